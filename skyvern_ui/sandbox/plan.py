"""How a run unfolds: its blocks as a tree in time. Loops turn, one branch is taken, others never begin."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from jinja2 import TemplateError
from jinja2.sandbox import SandboxedEnvironment

from skyvern_ui.sandbox.kinds import SCENES
from skyvern_ui.sandbox.story import Run
from skyvern_ui.sandbox.words import Failure, failure_in

Block = dict[str, Any]
TEMPLATES = SandboxedEnvironment()
MOST_TURNS = 200
SIZES = {"[10]": (2, 1, 5), "[1000]": (50, 5, 4)}  # blocks, steps of each, actions of each step
BARELY = 1e-9


@dataclass(eq=False)
class Part:
    """One block as it is played, from share `start` to share `end` (0 … 1) of the run's work."""

    index: int
    block: Block
    parent: Part | None
    more: dict[str, Any]  # what its timeline entry says besides
    start: float = 0.0
    end: float = 0.0
    failure: Failure | None = None
    fatal: bool = False  # the run ends with it
    scenes: tuple[int, ...] = ()
    steps: int = 0
    per_step: int = 1
    first_step: int = 0
    children: list[Part] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return str(self.block.get("block_type"))

    @property
    def label(self) -> str:
        return str(self.block.get("label"))

    def status(self, run: Run, now: float) -> str | None:
        """None before it begins."""
        done = run.progress(now)
        if run.started(now) is None or done + BARELY < self.start or (done <= self.start and run.is_over(now)):
            return None
        if done + BARELY >= self.end:
            return self.failure.status if self.failure else "completed"
        return run.status(now) if run.is_over(now) else "running"

    def steps_done(self, run: Run, now: float) -> int:
        """How many of its steps are finished; what fails never finishes its last."""
        share = (run.progress(now) - self.start) / max(self.end - self.start, BARELY)
        done = max(0, min(self.steps, int(share * self.steps + BARELY)))
        return min(done, self.steps - 1) if self.fatal and self.steps else done

    def share(self, step: int) -> float:
        """When a step of it begins, as a share of the run's work."""
        return self.start + (self.end - self.start) * step / max(self.steps, 1)


def parts_of(run: Run) -> list[Part]:
    """All parts in the order in which they begin. A task of engine 2.0 has those of its hidden workflow run."""
    if run.played_by is not None:
        return parts_of(run.played_by)
    if run.parts is None:
        run.parts = _Planner(run).plan()
    parts: list[Part] = run.parts
    return parts


def steps_done(run: Run, now: float) -> int:
    return sum(part.steps_done(run, now) for part in parts_of(run))


def halting_share(run: Run) -> float:
    """Where a run waits: in its human_interaction block, or halfway."""
    found = next((part for part in parts_of(run) if part.kind == "human_interaction"), None)
    return (found.start + found.end) / 2 if found else 0.5


class _Planner:
    def __init__(self, run: Run) -> None:
        self.run = run
        self.parts: list[Part] = []
        self.stopped = False
        definition = (run.workflow or {}).get("workflow_definition") or {}
        self.values = {p.get("key"): p.get("default_value") for p in definition.get("parameters") or []}
        self.values |= run.request.get("parameters") or {}

    def plan(self) -> list[Part]:
        size = next((size for word, size in SIZES.items() if word in self.run.prompt), None)
        blocks, many = self.run.blocks, 1
        if size and self.run.kind == "workflow_run":
            blocks = [{"block_type": "navigation", "label": f"page_{n}", "navigation_goal": f"Read page {n}"}
                      for n in range(1, size[0] + 1)]
        elif size:
            many = size[0]
        self.unfold(in_order(blocks), None, {})
        for part in self.parts if size else ():
            part.steps, part.per_step = (size[1] * many, size[2]) if part.scenes and size else (0, 1)
        leaves = [part for part in self.parts if not part.children]
        for place, part in enumerate(leaves):
            part.start, part.end = place / len(leaves), (place + 1) / len(leaves)
        if self.run.failure and leaves:
            leaves[-1].fatal, leaves[-1].failure = True, self.run.failure
        for part in reversed(self.parts):
            if part.children:
                part.start, part.end = part.children[0].start, part.children[-1].end
                part.fatal = part.children[-1].fatal
                part.failure = part.children[-1].failure if part.fatal else None
        step = 0
        for part in self.parts:
            part.first_step, step = step, step + part.steps
        return self.parts

    def unfold(self, blocks: Iterator[Block], parent: Part | None, more: dict[str, Any]) -> None:
        for block in blocks:
            if self.stopped:
                return
            scenes = SCENES.get(str(block.get("block_type")), ())
            part = Part(len(self.parts), block, parent, dict(more), scenes=scenes, steps=len(scenes))
            self.parts.append(part)
            if parent is not None:
                parent.children.append(part)
            if part.kind in ("for_loop", "while_loop"):
                self.turn(part)
            elif part.kind == "conditional":
                self.choose(part, more)
            elif found := failure_in(own_text(block)):
                part.failure = found if block.get("continue_on_failure") else None
                self.stopped = not block.get("continue_on_failure")

    def turn(self, part: Part) -> None:
        """The blocks of a loop once for every value; a while_loop turns three times."""
        values: Any = [None] * 3
        if part.kind == "for_loop":
            key = (part.block.get("loop_over") or {}).get("key") or part.block.get("loop_variable_reference")
            values = self.values[key] if key in self.values else self.rendered(key) if "{{" in str(key) else None
            values = ["first", "second", "third"] if values is None else _list(values)
            part.more["loop_values"] = values
        for index, value in enumerate(values[:MOST_TURNS]):
            told = value if isinstance(value, str) or value is None else json.dumps(value, ensure_ascii=False)
            self.values["current_value"] = value
            self.unfold(in_order(part.block.get("loop_blocks") or []), part,
                        {"current_index": index, "current_value": told})

    def choose(self, part: Part, more: dict[str, Any]) -> None:
        """The first branch that holds, or the default one; its blocks, up to where the branches meet."""
        branches = part.block.get("branch_conditions") or []
        taken = next((b for b in branches if not b.get("is_default") and self.holds(b)), None)
        taken = taken or next((b for b in branches if b.get("is_default")), None) or (branches[0] if branches else {})
        expression = None if taken.get("is_default") else (taken.get("criteria") or {}).get("expression")
        part.more |= {"executed_branch_id": taken.get("id"), "executed_branch_expression": expression,
                      "executed_branch_result": True if expression else None,
                      "executed_branch_next_block": taken.get("next_block_label")}
        self.unfold(iter(branch_blocks(self.siblings(part), branches, taken)), part, more)

    def holds(self, branch: Block) -> bool:
        return self.rendered((branch.get("criteria") or {}).get("expression")).strip().lower() in ("true", "1", "yes")

    def rendered(self, template: Any) -> str:
        """A template of the definition with the parameters in it; empty when it cannot be read."""
        try:
            return TEMPLATES.from_string(str(template)).render(self.values)
        except (TemplateError, TypeError, ValueError, ArithmeticError):
            return ""

    def siblings(self, part: Part) -> list[Block]:
        above = part.parent
        while above is not None and above.kind == "conditional":
            above = above.parent
        blocks: list[Block] = above.block.get("loop_blocks") or [] if above else self.run.blocks
        return blocks


def in_order(blocks: list[Block]) -> Iterator[Block]:
    """The blocks in the order of their links, where they have any; what a branch leads to is left to it."""
    if not any(block.get("next_block_label") or block.get("branch_conditions") for block in blocks):
        yield from blocks
        return
    block: Block | None = blocks[0]
    named = {block.get("label"): block for block in blocks}
    while block is not None:
        yield block
        following = block.get("next_block_label")
        if branches := block.get("branch_conditions"):
            following = following or meeting_point(blocks, branches)
        block = named.get(following)


def branch_blocks(blocks: list[Block], branches: list[Block], taken: Block) -> list[Block]:
    end, found = meeting_point(blocks, branches), []
    for block in _chain(blocks, taken.get("next_block_label")):
        if block.get("label") == end:
            break
        found.append(block)
    return found


def meeting_point(blocks: list[Block], branches: list[Block]) -> str | None:
    """The label of the first block to which all branches lead."""
    chains = [[block.get("label") for block in _chain(blocks, branch.get("next_block_label"))] for branch in branches]
    return next((label for label in chains[0] if all(label in chain for chain in chains)), None) if chains else None


def own_text(block: Block) -> str:
    """What the block itself says, without the blocks inside it."""
    return json.dumps({key: value for key, value in block.items() if key != "loop_blocks"}, ensure_ascii=False,
                      default=str)


def _chain(blocks: list[Block], label: str | None) -> list[Block]:
    named, found = {block.get("label"): block for block in blocks}, []
    while label in named and named[label] not in found:
        found.append(named[label])
        label = named[label].get("next_block_label")
    return found


def _list(value: Any) -> list[Any]:
    if isinstance(value, str):
        try:
            value = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            return [value]
    return value if isinstance(value, list) else [value]
