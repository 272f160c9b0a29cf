"""Schedules of workflows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .reading import Json, parse_time, read_dict, read_int, read_text

PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Schedule:
    """One row of `GET /v1/schedules`, or a schedule by itself (api 3.9). Exactly one of `cron`, `interval_seconds` and
    `run_at` is set; `dispatch` is how one that runs once stands: pending, fired, canceled, failed."""

    schedule_id: str
    wpid: str
    timezone: str
    enabled: bool
    cron: str | None = None
    interval_seconds: int | None = None
    first_fire_at: datetime | None = None
    run_at: datetime | None = None
    dispatch: str | None = None
    run_id: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict, repr=False)
    name: str | None = None
    description: str | None = None
    workflow_title: str | None = None
    next_run: datetime | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None

    @property
    def is_once(self) -> bool:
        return self.run_at is not None

    @property
    def is_active(self) -> bool:
        """True while it will start runs."""
        return self.dispatch in (None, PENDING) if self.is_once else self.enabled

    @property
    def state(self) -> str:
        """active, paused, or how a schedule that runs once ended: fired, canceled, failed."""
        if self.is_once and self.dispatch not in (None, PENDING):
            return str(self.dispatch)
        return "active" if self.is_active else "paused"

    @property
    def title(self) -> str:
        """What to call it."""
        return self.name or self.workflow_title or self.schedule_id

    @classmethod
    def from_json(cls, data: Json) -> Schedule:
        """Never raises."""
        return cls(
            schedule_id=str(data.get("workflow_schedule_id") or ""),
            wpid=str(data.get("workflow_permanent_id") or ""),
            timezone=str(data.get("timezone") or "UTC"),
            enabled=data.get("enabled") is not False,
            cron=read_text(data, "cron_expression"),
            interval_seconds=read_int(data, "interval_seconds"),
            first_fire_at=parse_time(data.get("first_fire_at")),
            run_at=parse_time(data.get("run_at")),
            dispatch=read_text(data, "dispatch_status"),
            run_id=read_text(data, "workflow_run_id"),
            parameters=dict(read_dict(data, "parameters")),
            name=read_text(data, "name"),
            description=read_text(data, "description"),
            workflow_title=read_text(data, "workflow_title"),
            next_run=parse_time(data.get("next_run")),
            created_at=parse_time(data.get("created_at")),
            modified_at=parse_time(data.get("modified_at")),
        )
