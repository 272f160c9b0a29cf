"""What was used, summed by day, key, model, route, service or outcome."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from sqlalchemy import case, func, select

from ...extensions import db
from ...models.charge import Charge
from ...models.columns import now
from ...models.organization import Organization
from .daily_rules import used
from .rules import LONGEST, Slice, within

GROUPS = ("day", "key", "model", "route", "service", "outcome")
SUMMED = ("day", "model", "route", "service")  # what is kept of each day that is over
AS_GOOD_AS_NOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Sum:
    """One group of calls. Credits in thousandths."""

    group: str
    calls: int
    charged: int
    refused: int
    spent: int
    tokens_in: int
    tokens_out: int


def summed(part: Slice, by: str) -> list[Sum]:
    """The calls of a slice by group, the largest spender first; days in their order. Whole days are read from their
    sums; models that had little of a day are "*" then. Raises ValueError for a group that is none."""
    if by not in GROUPS:
        raise ValueError(by)
    if by in SUMMED and _is_whole_days(part):
        return _by_day(part, by)
    return _by_call(part, by)


def _is_whole_days(part: Slice) -> bool:
    midnight = part.since.time() == part.until.time() == time() or (
        part.since.time() == time() and part.until >= now() - AS_GOOD_AS_NOW)
    return midnight and not (part.key_id or part.model or part.state or part.outcome or part.retried)


def _by_day(part: Slice, by: str) -> list[Sum]:
    last = part.until.date() - timedelta(days=1 if part.until.time() == time() else 0)
    first = max(part.since, part.until - LONGEST).date()
    named = select(Organization.id, Organization.name)
    names = {row.id: row.name for row in db.session.execute(named)} if by == "service" else {}
    sums: dict[str, list[int]] = {}
    for each in used(first, last):
        if (part.org_id and each.org_id != part.org_id) or (part.endpoint and each.endpoint != part.endpoint):
            continue
        group = {"day": each.day, "model": each.model, "route": each.endpoint,
                 "service": names.get(each.org_id, "")}[by]
        numbers = (each.calls, each.charged, each.calls - each.charged, each.spent, each.tokens_in, each.tokens_out)
        sums[group] = [a + b for a, b in zip(sums.get(group, [0] * 6), numbers, strict=True)]
    found = [Sum(group, *numbers) for group, numbers in sums.items()]
    return sorted(found, key=lambda each: each.group if by == "day" else (-each.spent, each.group))


def _by_call(part: Slice, by: str) -> list[Sum]:
    day = func.strftime("%Y-%m-%d", Charge.created_at) if db.engine.dialect.name == "sqlite" \
        else func.to_char(Charge.created_at, "YYYY-MM-DD")
    column: Any = {"day": day, "key": Charge.key_id, "model": func.coalesce(Charge.model, ""),
                   "route": Charge.endpoint, "service": Organization.name,
                   "outcome": func.coalesce(Charge.outcome, Charge.state)}[by]
    spent = func.coalesce(func.sum(func.coalesce(Charge.actual, Charge.hold)), 0)
    settled = func.sum(case((Charge.state.in_(("settled", "held")), 1), else_=0))
    tokens = [func.coalesce(func.sum(Charge.details[name].as_integer()), 0) for name in ("tokens_in", "tokens_out")]
    query = within(select(column, func.count(), settled, spent, *tokens), part).group_by(column)
    rows = db.session.execute(query.order_by(column if by == "day" else spent.desc())).all()
    return [Sum(str(row[0] or ""), int(row[1]), int(row[2] or 0), int(row[1]) - int(row[2] or 0), int(row[3]),
                int(row[4]), int(row[5])) for row in rows]
