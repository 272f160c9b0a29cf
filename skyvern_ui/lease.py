"""Which of all workers does a job that only one should do: whoever holds its lease, until it lets go or stops.

The clock is the database's where several hosts may share it, so that two of them agree on what is over.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, literal, literal_column, or_
from sqlalchemy.dialects import postgresql, sqlite

from .database import writing
from .extensions import db
from .models.columns import Moment, now
from .models.lease import Lease

CLOCK = "(clock_timestamp() AT TIME ZONE 'UTC')"


def hold(name: str, holder: str, seconds: float) -> bool:
    """Take or renew the lease for so long. False while somebody else holds it. Call it inside an application."""
    dialect: Any = postgresql if _is_postgres() else sqlite
    row = {"holder": holder, "until": _in(seconds)}
    free = or_(Lease.holder == holder, Lease.until < _in(0))
    statement = dialect.insert(Lease).values(name=name, **row).on_conflict_do_update(
        index_elements=["name"], set_=row, where=free).returning(Lease.holder)
    try:
        with writing() as session:
            return session.execute(statement).first() is not None
    finally:
        db.session.remove()


def let_go(name: str, holder: str) -> None:
    """Give the lease up, if it is this holder's."""
    try:
        with writing() as session:
            session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))
    finally:
        db.session.remove()


def _in(seconds: float) -> ColumnElement[Any]:
    span = timedelta(seconds=seconds)
    return literal_column(CLOCK, Moment) + literal(span) if _is_postgres() else literal(now() + span, Moment)


def _is_postgres() -> bool:
    return db.engine.dialect.name == "postgresql"
