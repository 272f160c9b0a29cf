"""Reading the audit log: filters, keyset paging, export."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, and_, or_, select, update

from ..database import changed, writing
from ..extensions import db
from ..models import AuditLog
from ..models.columns import now

PAGE = 50
EXPORT_CHUNK = 500
FORGOTTEN_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Filters:
    """What to look for. An empty value does not filter."""

    person: str = ""
    action: str = ""
    resource: str = ""
    outcome: str = ""
    since: date | None = None
    until: date | None = None


def page(filters: Filters, after: tuple[datetime, str] | None) -> tuple[Sequence[AuditLog], str | None]:
    """One page, newest first, and the key of the next one (None at the end)."""
    rows = db.session.scalars(_query(filters, after).limit(PAGE + 1)).all()
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    return rows, key_of(rows[-1]) if more else None


def everything(filters: Filters) -> Iterator[AuditLog]:
    """All matching rows, newest first, a few hundred at a time; no connection is held between two chunks."""
    after: tuple[datetime, str] | None = None
    while True:
        rows = db.session.scalars(_query(filters, after).limit(EXPORT_CHUNK)).all()
        db.session.expunge_all()
        db.session.remove()
        yield from rows
        if len(rows) < EXPORT_CHUNK:
            return
        after = (rows[-1].created_at, rows[-1].id)


def key_of(row: AuditLog) -> str:
    """Where the next page goes on."""
    return f"{row.created_at.isoformat()}~{row.id}"


def parse_key(text: str | None) -> tuple[datetime, str] | None:
    """The key again; None for anything else."""
    moment, _, row_id = (text or "").partition("~")
    try:
        return (datetime.fromisoformat(moment).replace(tzinfo=None), row_id) if row_id else None
    except ValueError:
        return None


def known_actions() -> Sequence[str]:
    """The actions that occur, for the filter."""
    return db.session.scalars(select(AuditLog.action).distinct().order_by(AuditLog.action).limit(200)).all()


def settle_forgotten() -> int:
    """Marks writes whose outcome was never learnt as unknown after ten minutes. How many there were."""
    with writing() as session:
        return changed(session.execute(
            update(AuditLog).where(AuditLog.outcome == "pending", AuditLog.created_at < now() - FORGOTTEN_AFTER)
            .values(outcome="unknown")
        ))


def _query(filters: Filters, after: tuple[datetime, str] | None) -> Select[AuditLog]:
    query = select(AuditLog).order_by(AuditLog.created_at.desc(), AuditLog.id.desc())
    if filters.person:
        query = query.where(or_(AuditLog.user_name.icontains(filters.person, autoescape=True),
                                AuditLog.user_id == filters.person))
    if filters.action:
        query = query.where(AuditLog.action == filters.action)
    if filters.resource:
        query = query.where(or_(AuditLog.resource == filters.resource, AuditLog.resource_id == filters.resource))
    if filters.outcome:
        query = query.where(AuditLog.outcome == filters.outcome)
    if filters.since:
        query = query.where(AuditLog.created_at >= datetime.combine(filters.since, datetime.min.time()))
    if filters.until:
        query = query.where(AuditLog.created_at < datetime.combine(filters.until, datetime.min.time())
                            + timedelta(days=1))
    if after:
        query = query.where(or_(AuditLog.created_at < after[0],
                                and_(AuditLog.created_at == after[0], AuditLog.id < after[1])))
    return query
