"""Turning blocks, thoughts and actions of Skyvern into the entries of a story."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from ..skyvern.values import Action, Block, Step, Thought
from .entry import Entry

LOOPS = frozenset({"for_loop", "while_loop"})
LONGEST_VALUE = 120
ACTION_WORDS = {
    "input_text": "Type", "paste_text": "Paste", "upload_file": "Upload a file", "download_file": "Download a file",
    "select_option": "Choose", "checkbox": "Tick", "null_action": "Nothing to do", "solve_captcha": "Solve a captcha",
    "terminate": "Stop here", "complete": "Done", "reload_page": "Reload the page", "close_page": "Close the page",
    "new_tab": "Open a tab", "switch_tab": "Change the tab", "extract": "Read data", "goto_url": "Go to",
    "verification_code": "Enter a code", "go_back": "Go back", "go_forward": "Go forward", "keypress": "Press keys",
    "move": "Move the mouse", "left_mouse": "Mouse button", "execute_js": "Run a script", "hover": "Point at",
}


def told(happened: Iterable[Block | Thought | Action], definition: Sequence[Any] = ()) -> tuple[Entry, ...]:
    """The story of these, in their order. `definition` is the workflow's blocks, for the branches not taken."""
    branches = dict(_conditions(definition))
    entries: list[Entry] = []
    for is_action, group in groupby(happened, lambda each: isinstance(each, Action)):
        rows = list(group)
        entries += _steps(row for row in rows if isinstance(row, Action)) if is_action else [
            _entry(row, branches) for row in rows if not isinstance(row, Action)]
    return tuple(entries)


def with_vain_steps(entries: tuple[Entry, ...], actions: Iterable[Action],
                    steps: Iterable[Step]) -> tuple[Entry, ...]:
    """The story of a task with the steps that failed before they came to an action, each in its place: when the model
    does not answer, nothing else is left of a run."""
    acted = {action.step_id for action in actions}
    vain = tuple(
        Entry(step.step_id or f"step-{step.order}.{step.retry_index}", "step", "step",
              f"Step {step.order + 1}" + (f", try {step.retry_index + 1}" if step.retry_index else ""), step.status,
              problem=step.failure or "It came to no action.", at=step.created_at)
        for step in steps if step.step_id not in acted and step.status in ("failed", "canceled"))
    if not vain:
        return entries
    return tuple(sorted((*entries, *vain), key=lambda each: (each.at is None, each.at or 0)))


def in_words(kind: str) -> str:
    """What an action is called; one that a newer release brings is called by its own name."""
    return ACTION_WORDS.get(kind) or kind.replace("_", " ").capitalize()


def _entry(each: Block | Thought, branches: dict[str, Any]) -> Entry:
    if isinstance(each, Thought):
        thoughts = (("Saw", each.observation), ("Thought", each.thought), ("Concluded", each.answer))
        said = [(name, text) for name, text in thoughts if text]
        return Entry(each.thought_id or f"thg-{each.created_at}", "thought", each.kind,
                     {"plan": "Plan", "user_goal_check": "Is the goal reached?", "metadata": "About the task",
                      "failure_describe": "Why it failed"}.get(each.kind, "Thought"),
                     note=said[0][1] if said else None, lines=tuple(said[1:]), at=each.created_at)
    lines: list[tuple[str, str]] = [(key, str(value)) for key, value in each.asked.items()]
    if each.error_codes:
        lines.append(("error_codes", ", ".join(each.error_codes)))
    if each.engine and each.engine != "skyvern-1.0":
        lines.append(("engine", each.engine))
    if each.ran_script:
        lines.append(("ran with", "generated code"))
    return Entry(
        each.block_id or f"block-{each.label}", "block", each.kind, each.label, each.status,
        note=lines[0][1] if lines and lines[0][0] in each.asked else None, problem=each.failure_reason,
        lines=tuple(lines[1:] if lines and lines[0][0] in each.asked else lines), seconds=each.seconds,
        at=each.created_at, sub_run=each.sub_run_id, task_id=each.task_id,
        goes_on=each.continue_on_failure and each.status in ("failed", "terminated", "timed_out"),
        shot=next((a.screenshot_id for a in reversed(each.actions) if a.screenshot_id), None)
        if len(each.actions) == 1 else None,
        children=(*(_action(a) for a in each.actions), *_inside(each, branches)),
    )


def _inside(block: Block, branches: dict[str, Any]) -> Iterable[Entry]:
    children = [(_entry(child, branches), child) for child in block.children]
    if block.kind in LOOPS or block.loop_values is not None:
        return _turns(block, children)
    if block.kind == "conditional":
        return _choices(block, [entry for entry, _ in children], branches.get(block.label) or [])
    return [entry for entry, _ in children]


def _turns(block: Block, children: Sequence[tuple[Entry, Block | Thought]]) -> Iterable[Entry]:
    turns: dict[int, list[tuple[Entry, Block | Thought]]] = {}
    for entry, child in children:
        index = child.index if isinstance(child, Block) and child.index is not None else max(turns, default=0)
        turns.setdefault(index, []).append((entry, child))
    values = block.loop_values or ()
    count = max(len(values), max(turns, default=-1) + 1)
    for index in range(count):
        inside = turns.get(index, [])
        value = values[index] if index < len(values) else next(
            (c.value for _, c in inside if isinstance(c, Block) and c.value is not None), None)
        seconds = [entry.seconds for entry, _ in inside if entry.seconds is not None]
        yield Entry(
            f"{block.block_id}.{index}", "turn", "turn",
            f"Turn {index + 1} of {len(values)}" if values else f"Turn {index + 1}",
            _status_of_turn([entry for entry, _ in inside], block.status), note=_short(value),
            seconds=sum(seconds) if seconds else None, at=inside[0][0].at if inside else None,
            children=tuple(entry for entry, _ in inside),
        )


def _status_of_turn(inside: Sequence[Entry], loop: str | None) -> str:
    if not inside:
        return "pending" if loop in (None, "running") else "skipped"
    for status in ("running", "failed", "terminated", "timed_out", "canceled"):
        if any(entry.status == status and not entry.goes_on for entry in inside):
            return status
    return "completed"


def _choices(block: Block, inside: list[Entry], defined: Sequence[Any]) -> Iterable[Entry]:
    """Every branch, as far as it was looked at; the one that was taken holds what was done in it."""
    weighed = {e.get("branch_id"): e for e in block.branch.get("evaluations") or () if isinstance(e, dict)}
    taken = block.branch.get("id")
    rows = [b for b in defined if isinstance(b, dict)] or [
        {"id": e.get("branch_id"), "criteria": {"expression": e.get("original_expression")},
         "next_block_label": e.get("next_block_label"), "is_default": e.get("is_default")} for e in weighed.values()]
    if taken and all(row.get("id") != taken for row in rows):
        rows.append({"id": taken, "criteria": {"expression": block.branch.get("expression")},
                     "next_block_label": block.branch.get("next"), "is_default": not block.branch.get("expression")})
    if not rows:
        yield from inside
        return
    for number, row in enumerate(rows):
        seen, is_taken = weighed.get(row.get("id")) or {}, bool(taken) and row.get("id") == taken
        criteria = row.get("criteria")
        expression = (criteria.get("expression") if isinstance(criteria, dict) else None) or seen.get(
            "original_expression")
        lines = [("Read as", str(seen["rendered_expression"]))] if seen.get("rendered_expression") else []
        if "result" in seen:
            lines.append(("Result", str(seen["result"]).lower()))
        lines.append(("Leads to", str(row.get("next_block_label") or "the end")))
        yield Entry(
            f"{block.block_id}.b{number}", "branch", "branch",
            str(row.get("description") or ("Otherwise" if row.get("is_default") or not expression else "If")),
            "taken" if is_taken else "not taken" if taken or block.status not in (None, "running") else "pending",
            note=str(expression) if expression else None, lines=tuple(lines),
            children=tuple(inside) if is_taken else (),
        )


def _steps(actions: Iterable[Action]) -> list[Entry]:
    """The actions of a task, by the step that took them."""
    groups: dict[tuple[int | None, str | None], list[Action]] = {}
    for action in actions:
        groups.setdefault((action.step_order, action.step_id), []).append(action)
    steps: list[Entry] = []
    for number, ((order, step_id), group) in enumerate(groups.items(), 1):
        place = order + 1 if order is not None else number
        failed = any(action.status == "failed" for action in group)
        rows = tuple(_action(action) for action in group)
        if len(rows) == 1:  # a step of one action needs no line of its own
            steps.append(replace(rows[0], title=f"{place}. {rows[0].title}"))
            continue
        steps.append(Entry(step_id or f"step-{place}", "step", "step", f"Step {place}", "failed" if failed else None,
                           at=group[0].created_at, children=rows))
    return steps


def _action(action: Action) -> Entry:
    lines = [("Typed", action.text), ("Asked", action.intention), ("Answered", action.said),
             ("Confidence", f"{action.confidence:.0%}" if action.confidence is not None else None)]
    return Entry(action.action_id or f"act-{action.created_at}", "action", action.kind, in_words(action.kind),
                 action.status, note=action.reasoning, lines=tuple((n, t) for n, t in lines if t),
                 seconds=action.seconds, at=action.created_at, shot=action.screenshot_id)


def _conditions(blocks: Iterable[Any]) -> Iterable[tuple[str, Any]]:
    for block in blocks:
        if not isinstance(block, dict):
            continue
        if isinstance(block.get("branch_conditions"), list):
            yield str(block.get("label")), block["branch_conditions"]
        if isinstance(block.get("loop_blocks"), list):
            yield from _conditions(block["loop_blocks"])


def _short(value: Any) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE - 1] + "…"
