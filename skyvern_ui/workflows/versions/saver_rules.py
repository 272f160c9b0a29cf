"""Who saved which version of a workflow: from our audit, because Skyvern knows only one user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from ...extensions import db
from ...models import AuditLog
from ...skyvern.values.reading import parse_time

ACTIONS = ("workflow.create", "workflow.update", "workflow.create_from_prompt")
NEAR = timedelta(seconds=15)  # between our row, written before it is sent, and Skyvern's
MOST_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Save:
    """One save as our audit has it. `made` is the version it made, where that is certain; `restored` the one it
    brought back."""

    name: str
    at: datetime
    made: int | None
    restored: int | None


def saves_of(wpid: str) -> list[Save]:
    """What was saved through us and came to pass, the newest first; at most a thousand. Holds no connection
    afterwards."""
    try:
        rows = db.session.execute(
            select(AuditLog.user_name, AuditLog.created_at, AuditLog.action, AuditLog.details)
            .where(AuditLog.resource_id == wpid, AuditLog.action.in_(ACTIONS), AuditLog.outcome == "done")
            .order_by(AuditLog.created_at.desc()).limit(MOST_ROWS)).all()
    finally:
        db.session.remove()
    return [Save(row.user_name or "somebody", row.created_at, _made(row.action, row.details or {}),
                 _number((row.details or {}).get("restored_from"))) for row in rows]


def savers(saves: Sequence[Save], versions: Sequence[Mapping[str, Any]]) -> dict[int, Save]:
    """The save behind each version: by its number, else by the moment, each save for one version only."""
    found = {save.made: save for save in reversed(saves) if save.made is not None}
    free = [save for save in saves if save.made is None]
    for version in versions:
        number = _number(version.get("version"))
        near = [] if number is None or number in found else [(apart, at) for at, save in enumerate(free)
                                                             if (apart := _apart(save, version)) <= NEAR]
        if near and number is not None:
            found[number] = free.pop(min(near)[1])
    return found


def _made(action: str, details: Mapping[str, Any]) -> int | None:
    certain, before = _number(details.get("version")), _number(details.get("before"))
    if certain is not None or before is not None:
        return certain if certain is not None else (before or 0) + 1
    return 1 if action != "workflow.update" else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _apart(save: Save, version: Mapping[str, Any]) -> timedelta:
    """How far a save is from either moment of a version: of some, Skyvern tells the beginning of the first."""
    moments = [parse_time(version.get(name)) for name in ("modified_at", "created_at")]
    return min((abs(save.at - moment.replace(tzinfo=None)) for moment in moments if moment), default=timedelta.max)
