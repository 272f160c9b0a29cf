"""The ledger as people read it: one page of movements, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select

from ...extensions import db
from ...formatters import credits
from ...models.charge import Charge, LedgerEntry
from .endpoints import BY_PATH

PAGE = 50
WORDS = {"refill": "Refill", "hold": "Held for a call", "settle": "Call cost {}", "release": "Call not charged",
         "late_settle": "Call cost {}, late"}
KINDS_OF_PEOPLE = ("grant", "refill", "adjust")


@dataclass(frozen=True, slots=True)
class Movement:
    """One row of the ledger. Credits in thousandths; `call` names what was called, for a movement of a call."""

    id: int
    at: datetime
    word: str
    reason: str | None
    call: str | None
    charge_id: str | None
    actor: str
    d_available: int
    d_held: int
    available_after: int
    held_after: int


def movements(org_id: str, only_people: bool = False, after: tuple[datetime, int] | None = None,
              most: int = PAGE) -> tuple[list[Movement], str | None]:
    """A page of movements, and the key of the next one (None at the end). `only_people`: without those of calls."""
    query = select(LedgerEntry, Charge.endpoint, Charge.model).outerjoin(
        Charge, Charge.id == LedgerEntry.charge_id).where(LedgerEntry.org_id == org_id)
    if only_people:
        # None of them belongs to a call: by that its index finds them among a million that do.
        query = query.where(LedgerEntry.charge_id.is_(None), LedgerEntry.kind.in_(KINDS_OF_PEOPLE))
    if after is not None:
        query = query.where(or_(LedgerEntry.created_at < after[0],
                                and_(LedgerEntry.created_at == after[0], LedgerEntry.id < after[1])))
    rows = db.session.execute(query.order_by(LedgerEntry.created_at.desc(), LedgerEntry.id.desc())
                              .limit(most + 1)).all()
    shown = [_movement(entry, endpoint, model) for entry, endpoint, model in rows[:most]]
    return shown, f"{shown[-1].at.isoformat()}~{shown[-1].id}" if len(rows) > most else None


def parse_key(text: str | None) -> tuple[datetime, int] | None:
    """Where a page goes on; None for anything that is no such key."""
    moment, _, number = (text or "").partition("~")
    try:
        when = datetime.fromisoformat(moment)
        return (when, int(number)) if when.tzinfo is None and len(number) < 19 else None
    except ValueError:
        return None


def _movement(entry: LedgerEntry, endpoint: str | None, model: str | None) -> Movement:
    word = WORDS.get(entry.kind) or ("Taken away" if entry.d_available < 0 else "Given")
    word = word.format(credits(-entry.d_available - entry.d_held))
    known = BY_PATH.get(endpoint or "")
    call = f"{known.label if known else endpoint}{f' · {model}' if model else ''}" if endpoint else None
    return Movement(entry.id, entry.created_at, word, entry.reason, call, entry.charge_id, entry.actor_name,
                    entry.d_available, entry.d_held, entry.available_after, entry.held_after)
