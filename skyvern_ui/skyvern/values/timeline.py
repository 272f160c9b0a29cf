"""What happened in a run, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .reading import Json, parse_time, read_dict, read_text


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """A block, a thought or an action in the order it happened, with what it holds (api 2.7)."""

    kind: str
    title: str
    status: str | None
    note: str | None
    started_at: datetime | None
    seconds: float | None
    screenshot_id: str | None
    children: tuple[TimelineItem, ...] = ()

    @classmethod
    def from_json(cls, data: Json) -> TimelineItem:
        """One `WorkflowRunTimeline` row with its children; a block's actions become children too."""
        children = [cls.from_json(c) for c in reversed(data.get("children") or ()) if isinstance(c, dict)]
        thought = data.get("thought")
        if data.get("type") == "thought" and isinstance(thought, dict):
            said = read_text(thought, "thought") or read_text(thought, "answer") or read_text(thought, "observation")
            return cls("thought", "Thought", None, said, parse_time(thought.get("created_at")), None, None,
                       tuple(children))
        block = read_dict(data, "block")
        actions = [cls.from_action(a) for a in reversed(block.get("actions") or ()) if isinstance(a, dict)]
        seconds = block.get("duration")
        return cls(
            kind=str(block.get("block_type") or "block"),
            title=str(block.get("label") or block.get("block_type") or "Block"),
            status=read_text(block, "status"),
            note=read_text(block, "failure_reason") or read_text(block, "navigation_goal")
            or read_text(block, "data_extraction_goal") or read_text(block, "url"),
            started_at=parse_time(block.get("created_at")),
            seconds=float(seconds) if isinstance(seconds, int | float) else None,
            screenshot_id=None,
            children=tuple(actions + children),
        )

    @classmethod
    def from_action(cls, data: Json) -> TimelineItem:
        """One `Action` of a step (api 2.5)."""
        return cls(
            kind="action",
            title=str(data.get("action_type") or "action").replace("_", " "),
            status=read_text(data, "status"),
            note=read_text(data, "reasoning") or read_text(data, "intention") or read_text(data, "description"),
            started_at=parse_time(data.get("created_at")),
            seconds=None,
            screenshot_id=read_text(data, "screenshot_artifact_id"),
        )
