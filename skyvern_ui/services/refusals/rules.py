"""How often calls of services were refused, by day, service, key, route and reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from ...database import writing
from ...extensions import db
from ...models.columns import now
from ...models.refusal import Refusal

KEPT, LONGEST = timedelta(days=400), 200
BY = {"day": Refusal.day, "code": Refusal.code, "service": Refusal.org_id, "endpoint": Refusal.endpoint,
      "key": Refusal.key_id}


@dataclass(frozen=True, slots=True)
class Counted:
    """How often something was refused. `status` is the newest one's, `last_at` naive UTC."""

    group: str
    count: int
    status: int
    last_at: datetime


def count(org_id: str, key_id: str, endpoint: str, code: str, status: int) -> None:
    """One more. `endpoint` is a route as it is written in the code, never what a caller sent: so there are few."""
    moment = now()
    dialect: Any = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    with writing() as session:
        session.execute(dialect.insert(Refusal).values(
            day=f"{moment:%Y-%m-%d}", org_id=org_id, key_id=key_id, endpoint=endpoint[:LONGEST], code=code[:LONGEST],
            status=status, count=1, last_at=moment,
        ).on_conflict_do_update(index_elements=["day", "org_id", "key_id", "endpoint", "code"],
                                set_={"count": Refusal.count + 1, "status": status, "last_at": moment}))


def refusals_by(since_day: str, until_day: str, by: str, org_id: str | None = None) -> list[Counted]:
    """The refusals of these days, both included, by day, code, service, endpoint or key; days in their order, else the
    most frequent first. Nobody known: the service is empty. Raises ValueError for a group that is none."""
    if by not in BY:
        raise ValueError(by)
    column, total = BY[by], func.sum(Refusal.count)
    query = select(column, total, func.max(Refusal.status), func.max(Refusal.last_at)).where(
        Refusal.day >= since_day, Refusal.day <= until_day).group_by(column)
    if org_id is not None:
        query = query.where(Refusal.org_id == org_id)
    rows = db.session.execute(query.order_by(column if by == "day" else total.desc(), column)).all()
    return [Counted(str(row[0]), int(row[1]), int(row[2]), row[3]) for row in rows]


def forget() -> None:
    """Drops what is older than a year."""
    with writing() as session:
        session.execute(delete(Refusal).where(Refusal.day < f"{now() - KEPT:%Y-%m-%d}"))
