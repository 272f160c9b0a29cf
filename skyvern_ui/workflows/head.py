"""What stands above every page of one workflow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

TABS = (
    ("overview", "Overview", ""), ("runs", "Runs", "/runs"), ("versions", "Versions", "/versions"),
    ("batches", "Batches", "/batches"), ("schedules", "Schedules", "/schedules"), ("scripts", "Code", "/scripts"),
)
STATES = {"draft": "draft", "auto_generated": "made from a prompt", "importing": "being imported",
          "import_failed": "import failed"}


@dataclass(frozen=True, slots=True)
class Head:
    """Title, id and version of a workflow, and which of its tabs is open. `current` of a page that is no tab (the
    editor, the form that starts it, trying) is the last part of its address: "edit", "run", "try"."""

    wpid: str
    title: str
    version: int | None
    current: str
    description: str | None = None
    is_template: bool = False
    state: str | None = None
    block_count: int = 0

    @property
    def tabs(self) -> list[tuple[str, str, bool]]:
        return [(label, f"/workflows/{self.wpid}{path}", key == self.current) for key, label, path in TABS]

    @property
    def path(self) -> str:
        return f"/workflows/{self.wpid}"


def head_of(workflow: dict[str, Any], current: str) -> Head:
    """The head of a workflow as Skyvern reads it out. Never raises."""
    definition = workflow.get("workflow_definition")
    blocks = definition.get("blocks") if isinstance(definition, dict) else None
    version = workflow.get("version")
    return Head(str(workflow.get("workflow_permanent_id") or ""),
                str(workflow.get("title") or "").strip() or "Untitled workflow",
                version if isinstance(version, int) else None, current,
                str(workflow.get("description") or "").strip() or None, bool(workflow.get("is_template")),
                STATES.get(str(workflow.get("status"))), len(blocks) if isinstance(blocks, list) else 0)
