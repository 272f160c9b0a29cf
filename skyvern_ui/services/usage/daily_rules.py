"""What was used, by day, service, route and model: old days from their own table, the last ones from the calls.

A day is counted once, some hours after its end, and again when a call that was still under way then has ended. So a
page costs what the last two days cost, however many calls there are behind them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Select, and_, case, delete, func, select
from sqlalchemy.exc import IntegrityError

from ...database import writing
from ...extensions import db
from ...models.charge import Charge
from ...models.columns import now
from ...models.usage_day import UsageDay

OVER_AFTER = timedelta(hours=6)  # a call never ends later than this, but for runs, which keep their day open
OLDEST = timedelta(days=400)
MODELS_A_DAY, OTHERS = 20, "*"
MOST_GROUPS = 20_000


@dataclass(frozen=True, slots=True)
class Used:
    """One group of calls of one day (UTC). Credits in thousandths; a call under way counts with what it holds.
    `model` is "*" for all those that had little of the day. `retries`: repeats of a program's own SDK that cost."""

    day: str
    org_id: str
    endpoint: str
    model: str
    calls: int
    charged: int
    spent: int
    tokens_in: int
    tokens_out: int
    retries: int


def used(first: date, last: date) -> list[Used]:
    """All that was used from a day to another, both included, in no order."""
    known = _counted(first, last)
    rows = [Used(*row) for row in db.session.execute(select(*_STORED).where(
        UsageDay.day.in_(known), UsageDay.org_id != ""))] if known else []
    for a, b in _spans(first, last, known):
        span = and_(Charge.created_at >= _midnight(a), Charge.created_at < _midnight(b) + timedelta(days=1))
        rows += [_row(row) for row in db.session.execute(_grouped().where(span).limit(MOST_GROUPS))]
    return rows


def roll_up(most: int = 7) -> int:
    """Counts days that are over, the oldest first; at most so many at once. How many were counted."""
    moment = now()
    last = (moment - OVER_AFTER).date() - timedelta(days=1)
    oldest = db.session.scalar(select(func.min(Charge.created_at)))
    if oldest is None:
        return 0
    first = max(oldest.date(), (moment - OLDEST).date())
    known = _counted(first, last)
    due = [day for day in _days(first, last) if day.isoformat() not in known]
    due += [date.fromisoformat(day) for day, still in known.items() if still and still != _under_way(day)]
    db.session.remove()
    return sum(_count(day) for day in due[:most])


def _count(day: date) -> bool:
    name, inside = day.isoformat(), _inside(day)
    rows = [_row(row) for row in db.session.execute(_grouped().where(inside).limit(MOST_GROUPS))]
    still = db.session.scalar(select(func.count()).select_from(Charge).where(inside, Charge.state == "held")) or 0
    db.session.remove()
    try:
        with writing() as session:
            session.execute(delete(UsageDay).where(UsageDay.day == name))
            session.add_all(UsageDay(**{each: getattr(row, each) for each in Used.__slots__}) for row in _folded(rows))
            session.add(UsageDay(day=name, org_id="", endpoint="", model="", calls=still))
    except IntegrityError:  # another worker was first
        return False
    return True


def _folded(rows: list[Used]) -> list[Used]:
    """The same with at most so many models for a service and route: the rest is one, so that names cost nothing."""
    kept: list[Used] = []
    for (day, org_id, endpoint), group in groupby(
            sorted(rows, key=lambda row: (row.day, row.org_id, row.endpoint, -row.spent)),
            key=lambda row: (row.day, row.org_id, row.endpoint)):
        listed = list(group)
        kept += listed[:MODELS_A_DAY]
        if rest := listed[MODELS_A_DAY:]:
            sums = [sum(getattr(row, name) for row in rest) for name in Used.__slots__[4:]]
            kept.append(Used(day, org_id, endpoint, OTHERS, *sums))
    return kept


def _grouped() -> Select[Any]:
    day = func.substr(Charge.created_at, 1, 10) if db.engine.dialect.name == "sqlite" \
        else func.to_char(Charge.created_at, "YYYY-MM-DD")
    costs, model = Charge.state.in_(("settled", "held")), func.coalesce(Charge.model, "")
    spent = func.coalesce(func.sum(func.coalesce(Charge.actual, Charge.hold)), 0)
    tokens = [func.coalesce(func.sum(Charge.details[name].as_integer()), 0) for name in ("tokens_in", "tokens_out")]
    retried = and_(costs, Charge.details["sdk_retry"].as_integer() > 0)
    return select(day, Charge.org_id, Charge.endpoint, model, func.count(), func.sum(case((costs, 1), else_=0)), spent,
                  *tokens, func.sum(case((retried, 1), else_=0))
                  ).group_by(day, Charge.org_id, Charge.endpoint, model).order_by(spent.desc())


def _row(row: Any) -> Used:
    day, org_id, endpoint, model, *numbers = row
    calls, charged, spent, tokens_in, tokens_out, retries = (int(each or 0) for each in numbers)
    return Used(day, org_id, endpoint, model, calls, charged, spent, tokens_in, tokens_out, retries)


_STORED = [getattr(UsageDay, name) for name in Used.__slots__]


def _counted(first: date, last: date) -> dict[str, int]:
    """The days that are counted, each with how many of its calls were still under way."""
    return {row.day: row.calls for row in db.session.execute(select(UsageDay.day, UsageDay.calls).where(
        UsageDay.org_id == "", UsageDay.day >= first.isoformat(), UsageDay.day <= last.isoformat()))}


def _under_way(day: str) -> int:
    return db.session.scalar(select(func.count()).select_from(Charge).where(
        _inside(date.fromisoformat(day)), Charge.state == "held")) or 0


def _spans(first: date, last: date, known: dict[str, int]) -> list[tuple[date, date]]:
    """The days that are not counted yet, those that follow each other together."""
    spans: list[tuple[date, date]] = []
    for day in _days(first, last):
        if day.isoformat() in known:
            continue
        if spans and spans[-1][1] == day - timedelta(days=1):
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return spans


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _inside(day: date) -> Any:
    return and_(Charge.created_at >= _midnight(day), Charge.created_at < _midnight(day) + timedelta(days=1))
