"""Which calls came to nothing lately and why: what was refused before it cost, and what failed and was given back."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select

from ...extensions import db
from ...models.charge import Charge
from ...models.refusal import Refusal
from .reason_words import Reason, reason_of

NEWEST = 20_000  # calls that are looked through for those that failed
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Cause:
    """One code: how often, for whom (by id, the most first; "" is somebody unknown), when last. `status` is what the
    program was answered; None for a call that was begun, failed and cost nothing."""

    code: str
    status: int | None
    count: int
    last_at: datetime
    services: tuple[tuple[str, int], ...]
    reason: Reason


def causes(first: date, last: date) -> list[Cause]:
    """Those of these days (UTC, both included), the most frequent first."""
    refused = select(Refusal.code, Refusal.status, Refusal.org_id, func.sum(Refusal.count), func.max(Refusal.last_at)
                     ).where(Refusal.day >= first.isoformat(), Refusal.day <= last.isoformat()
                             ).group_by(Refusal.code, Refusal.status, Refusal.org_id)
    newest = select(Charge.outcome, Charge.state, Charge.org_id, Charge.created_at).where(
        Charge.created_at >= datetime.combine(first, time()),
        Charge.created_at < datetime.combine(last, time()) + timedelta(days=1),
    ).order_by(Charge.created_at.desc()).limit(NEWEST).subquery()
    failed = select(newest.c.outcome, newest.c.org_id, func.count(), func.max(newest.c.created_at)).where(
        newest.c.state.in_(("released", "expired"))).group_by(newest.c.outcome, newest.c.org_id)
    found: dict[tuple[str, int | None], list[tuple[str, int, datetime]]] = defaultdict(list)
    for code, status, org_id, count, at in db.session.execute(refused):
        found[code, status].append((org_id, int(count), at))
    for outcome, org_id, count, at in db.session.execute(failed):
        found[outcome or "lost", None].append((org_id, int(count), at))
    told = [Cause(code, status, sum(row[1] for row in rows), max(row[2] for row in rows),
                  tuple(sorted(((row[0], row[1]) for row in rows), key=lambda each: (-each[1], each[0]))),
                  reason_of(code)) for (code, status), rows in found.items()]
    return sorted(told, key=lambda cause: (-cause.count, cause.code))
