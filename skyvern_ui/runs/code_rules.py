"""The code that belongs to a run: generated scripts, script files it kept, code that its blocks were given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..skyvern.client import Skyvern
from ..skyvern.errors import SkyvernError
from ..skyvern.values import Run
from .rules import artifacts_of
from .timeline_rules import inner_of, workflow_of

LONGEST = 100_000  # letters of one piece on the page
MOST_PIECES, MOST_FILES = 60, 12  # each file is a call; the others are on the Files tab


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of code. `artifact_id` is set where the whole can be downloaded as Skyvern kept it."""

    name: str
    origin: str
    text: str
    artifact_id: str | None = None

    @property
    def is_cut(self) -> bool:
        """True when the page shows less than all of it."""
        return len(self.text) > LONGEST


def pieces_of(skyvern: Skyvern, run: Run) -> list[Piece]:
    """All of it, as far as this release tells: the generated script first. What one source will not give does not
    hide the others; raises only when Skyvern cannot be asked at all."""
    run = skyvern.with_inner_run(run)
    workflow, inner = workflow_of(run), inner_of(run)
    kept = [a for a in artifacts_of(skyvern, run) if a.kind == "script_file"][:MOST_FILES]
    found = [Piece(a.name, "Kept by Skyvern", skyvern.get_artifact_text(a.artifact_id), a.artifact_id) for a in kept]
    if workflow and inner:
        found = [*_generated(skyvern, workflow, inner), *found, *_given(skyvern, inner)]
    return found[:MOST_PIECES]


def _generated(skyvern: Skyvern, workflow: str, run_id: str) -> list[Piece]:
    try:
        script = skyvern.get_script_blocks(workflow, run_id)
    except SkyvernError:
        return []
    version = f"Generated, version {script['version']}" if script.get("version") else "Generated"
    blocks = script.get("blocks")
    main = [Piece("main.py", version, str(script["main_script"]))] if script.get("main_script") else []
    return main + [Piece(f"{label}.py", version, str(text)) for label, text in
                   (blocks.items() if isinstance(blocks, dict) else ()) if text]


def _given(skyvern: Skyvern, run_id: str) -> list[Piece]:
    try:
        workflow = skyvern.get_workflow_run(run_id).get("workflow")
    except SkyvernError:
        return []
    definition = workflow.get("workflow_definition") if isinstance(workflow, dict) else None
    blocks = definition.get("blocks") if isinstance(definition, dict) else None
    return [Piece(str(block.get("label")), "Code block of the workflow", block["code"])
            for block in _walk(blocks if isinstance(blocks, list) else [])
            if isinstance(block.get("code"), str) and block["code"].strip()]


def _walk(blocks: Iterable[Any]) -> Iterator[dict[str, Any]]:
    for block in blocks:
        if isinstance(block, dict):
            yield block
            inside = block.get("loop_blocks")
            yield from _walk(inside if isinstance(inside, list) else [])
