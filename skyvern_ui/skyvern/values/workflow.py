"""Workflows in a list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .reading import Json, parse_time, read_int, read_text


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow in a list: enough to name it and to start it."""

    permanent_id: str
    title: str
    version: int | None
    description: str | None
    modified_at: datetime | None

    @classmethod
    def from_json(cls, data: Json) -> Workflow:
        """Never raises."""
        return cls(
            permanent_id=str(data.get("workflow_permanent_id") or ""),
            title=str(data.get("title") or "Untitled workflow"),
            version=read_int(data, "version"),
            description=read_text(data, "description"),
            modified_at=parse_time(data.get("modified_at")),
        )
