"""Workflows in a list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .reading import Json, parse_time, read_dict, read_int, read_list, read_text


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow: enough to name it and to start it."""

    permanent_id: str
    title: str
    version: int | None
    description: str | None
    modified_at: datetime | None
    lacks_address: bool = False

    @classmethod
    def from_json(cls, data: Json) -> Workflow:
        """Never raises."""
        return cls(
            permanent_id=str(data.get("workflow_permanent_id") or ""),
            title=str(data.get("title") or "Untitled workflow"),
            version=read_int(data, "version"),
            description=read_text(data, "description"),
            modified_at=parse_time(data.get("modified_at")),
            lacks_address=_lacks_address(data),
        )


def _lacks_address(data: Json) -> bool:
    """True when its first block opens a page and has no address: a run then fails at once (1.0.56)."""
    blocks = read_list(read_dict(data, "workflow_definition"), "blocks")
    first = blocks[0] if blocks and isinstance(blocks[0], dict) else {}
    return first.get("block_type") == "navigation" and not first.get("url")
