"""Budgets and quotas: how many credits and calls an organisation or a key may use in a day or a month (UTC).

Every call is counted, whether there is a limit or not, so that a limit set at noon knows the morning. What is held
counts as used, and comes back into the very day and month it was taken from. Credits are thousandths.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ...database import writing
from ...extensions import db
from ...models.budget_use import BudgetUse
from ...models.columns import now
from ...models.organization import Organization
from .faults import OverBudget

SPANS, KEPT = ("day", "month"), timedelta(days=400)
UNIT = {"credits": 1000, "calls": 1}


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be used at most in a day and a month; None is no limit, 0 is nothing."""

    credits_day: int | None = None
    credits_month: int | None = None
    calls_day: int | None = None
    calls_month: int | None = None

    @classmethod
    def of(cls, data: Mapping[str, Any] | None) -> Limits:
        """As kept with an organisation or a key."""
        return cls(**{name: int(value) for name, value in (data or {}).items()
                      if name in cls.__slots__ and value is not None})

    def to_json(self) -> dict[str, int]:
        """As it is kept."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Used:
    """What was used today and this month."""

    credits_day: int = 0
    credits_month: int = 0
    calls_day: int = 0
    calls_month: int = 0


def period_of(span: str, moment: datetime) -> str:
    """`day:2026-11-21` or `month:2026-11`."""
    return f"{span}:{moment:%Y-%m-%d}" if span == "day" else f"{span}:{moment:%Y-%m}"


def end_of(span: str, moment: datetime) -> datetime:
    """When the day or month of this moment is over, naive UTC."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=1) if span == "day" else (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def take(owners: Mapping[str, tuple[str, Limits]], amount: int, moment: datetime) -> None:
    """Counts one call and so many thousandths. `owners`: org and key, each with its id and limits. Inside the
    transaction of the hold, after the pool: its row keeps others out. Raises OverBudget; then roll back."""
    rows = [{"owner_id": owner_id, "period": period_of(span, moment), "used": amount, "calls": 1}
            for owner_id, _ in owners.values() for span in SPANS]
    dialect: Any = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(BudgetUse).values(rows)
    counted = {(row.owner_id, row.period): row for row in db.session.execute(insert.on_conflict_do_update(
        index_elements=["owner_id", "period"],
        set_={"used": BudgetUse.used + insert.excluded.used, "calls": BudgetUse.calls + insert.excluded.calls},
    ).returning(BudgetUse.owner_id, BudgetUse.period, BudgetUse.used, BudgetUse.calls))}
    for owner, (owner_id, limits) in owners.items():
        for what, span, limit in _set(limits):
            row = counted[owner_id, period_of(span, moment)]
            now_used, needed = (row.used, amount) if what == "credits" else (row.calls, 1)
            if now_used > limit and needed:
                raise OverBudget(f"{owner}_{what}_{span}", limit, now_used - needed, needed, end_of(span, moment))


def give_back(owner_ids: list[str], amount: int, calls: int, moment: datetime) -> None:
    """Into the day and month of `moment`, when the charge was made. Negative amounts take."""
    if amount or calls:
        db.session.execute(update(BudgetUse).where(
            BudgetUse.owner_id.in_(owner_ids), BudgetUse.period.in_([period_of(span, moment) for span in SPANS]),
            BudgetUse.used >= amount, BudgetUse.calls >= calls,
        ).values(used=BudgetUse.used - amount, calls=BudgetUse.calls - calls))


def left(owners: Mapping[str, tuple[str, Limits]], moment: datetime) -> int | None:
    """How many thousandths all budgets of that day and month still allow; None without a budget."""
    rooms = [max(0, limit - getattr(uses_of(owner_id, moment), f"credits_{span}"))
             for owner_id, limits in owners.values() for what, span, limit in _set(limits) if what == "credits"]
    return min(rooms) if rooms else None


def uses_of(owner_id: str, moment: datetime | None = None) -> Used:
    """What an organisation or a key used in the day and month of this moment, which is now."""
    at = moment or now()
    rows = {row.period: row for row in db.session.execute(
        select(BudgetUse.period, BudgetUse.used, BudgetUse.calls).where(
            BudgetUse.owner_id == owner_id, BudgetUse.period.in_([period_of(span, at) for span in SPANS])))}
    values: dict[str, int] = {}
    for span in SPANS:
        row = rows.get(period_of(span, at))
        values |= {f"credits_{span}": row.used if row else 0, f"calls_{span}": row.calls if row else 0}
    return Used(**values)


def budgets_of(owner_id: str, limits: Limits | None = None) -> list[dict[str, Any]]:
    """Each limit of an organisation or a key, as a program reads it: credits, not thousandths."""
    if limits is None:
        limits = Limits.of(db.session.scalar(select(Organization.limits).where(Organization.id == owner_id)))
    moment = now()
    used = uses_of(owner_id, moment)
    return [{"what": what, "period": span, "limit": limit / UNIT[what],
             "used": getattr(used, f"{what}_{span}") / UNIT[what],
             "resets_at": end_of(span, moment).isoformat(timespec="seconds") + "Z"}
            for what, span, limit in _set(limits)]


def forget() -> None:
    """Drops what was counted more than a year ago."""
    old = now() - KEPT
    with writing() as session:
        for span in SPANS:
            session.execute(delete(BudgetUse).where(BudgetUse.period.startswith(f"{span}:"),
                                                    BudgetUse.period < period_of(span, old)))


def _set(limits: Limits) -> Iterator[tuple[str, str, int]]:
    for what in ("credits", "calls"):
        for span in SPANS:
            limit = getattr(limits, f"{what}_{span}")
            if limit is not None:
                yield what, span, limit
