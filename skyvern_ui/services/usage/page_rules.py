"""Calls of services for people: a page at a time, what they come to, and whose keys they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select

from ...extensions import db
from ...models.charge import Charge
from ...models.organization import Organization
from ...models.service_key import ServiceKey
from .rules import Slice, between, like

Place = tuple[datetime, str]

PAGE = 50
LOOKED_AT = 20_000  # the calls that are looked through at once, so that a page costs the same however many there are


@dataclass(frozen=True, slots=True)
class Call:
    """One call with the names of its service and key; a key that is gone has none."""

    charge: Charge
    service: str
    key: str | None


@dataclass(frozen=True, slots=True)
class Totals:
    """What the newest calls of a slice come to. Thousandths. `is_cut`: there are more than were looked through."""

    calls: int
    refused: int
    spent: int
    tokens: int
    overrun: int
    retries: int
    retries_spent: int
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Calls, the newest first, and where the next page goes on (None at the end). `is_cut`: so many were looked
    through that it ends before it is full."""

    calls: list[Call]
    following: str | None
    is_cut: bool


def page(part: Slice, after: Place | None) -> Page:
    """One page of a slice."""
    window = _window(part, after)
    looked = window.subquery()
    query = like(_CALLS.join(looked, looked.c.id == Charge.id), part).order_by(*_NEWEST)
    rows = [Call(*row) for row in db.session.execute(query.limit(PAGE + 1))]
    if len(rows) > PAGE:
        last = rows[PAGE - 1].charge
        return Page(rows[:PAGE], _written(last.created_at, last.id), False)
    end = _end_of(window)
    return Page(rows, _written(*end) if end else None, end is not None)


def place_of(text: str) -> Place | None:
    """Where a page begins, from its address; None for anything else."""
    moment, _, charge_id = text.partition("~")
    if not (charge_id.isalnum() and charge_id.isascii()):
        return None
    try:
        return datetime.fromisoformat(moment).replace(tzinfo=None), charge_id
    except ValueError:
        return None


def find_call(charge_id: str) -> Call | None:
    """One call."""
    row = db.session.execute(_CALLS.where(Charge.id == charge_id)).first()
    return Call(*row) if row else None


def totals(part: Slice) -> Totals:
    """Sums of a slice."""
    retry = Charge.details["sdk_retry"].as_integer()
    counts = [func.coalesce(Charge.details[name].as_integer(), 0) for name in ("tokens_in", "tokens_out")]
    window = _window(part, None)
    looked = window.subquery()
    newest = like(select(
        Charge.state, func.coalesce(Charge.actual, Charge.hold).label("cost"), Charge.overrun,
        (counts[0] + counts[1]).label("tokens"), func.coalesce(retry, 0).label("retry"),
    ).join(looked, looked.c.id == Charge.id), part).subquery()
    costs = newest.c.state.in_(("settled", "held"))
    retried = and_(costs, newest.c.retry > 0, newest.c.cost > 0)
    row = db.session.execute(select(
        func.count(), func.sum(case((costs, 0), else_=1)), func.sum(newest.c.cost), func.sum(newest.c.tokens),
        func.sum(newest.c.overrun), func.sum(case((retried, 1), else_=0)),
        func.sum(case((retried, newest.c.cost), else_=0)))).one()
    calls, refused, spent, tokens, overrun, retries, retries_spent = (int(each or 0) for each in row)
    return Totals(calls, refused, spent, tokens, overrun, retries, retries_spent, _end_of(window) is not None)


def services() -> Sequence[tuple[str, str]]:
    """Id and name of every service, by name."""
    return [(row.id, row.name) for row in db.session.execute(
        select(Organization.id, Organization.name).where(Organization.is_service_account)
        .order_by(func.lower(Organization.name)))]


def keys_of(org_id: str) -> Sequence[tuple[str, str]]:
    """Id and name of every key of a service, also of those that are ended."""
    return [(row.id, row.name) for row in db.session.execute(
        select(ServiceKey.id, ServiceKey.name).where(ServiceKey.org_id == org_id).order_by(ServiceKey.name))]


def _window(part: Slice, after: Place | None) -> Select[Any]:
    """The newest calls of the days and the service that are meant."""
    places: Any = select(Charge.created_at, Charge.id)
    query = between(places, part)
    if after:
        query = query.where(or_(Charge.created_at < after[0],
                                and_(Charge.created_at == after[0], Charge.id < after[1])))
    return query.order_by(*_NEWEST).limit(LOOKED_AT)


def _end_of(window: Select[Any]) -> Place | None:
    """Where a window ends that is full."""
    row = db.session.execute(window.offset(LOOKED_AT - 1).limit(1)).first()
    return (row.created_at, row.id) if row else None


def _written(moment: datetime, charge_id: str) -> str:
    return f"{moment.isoformat()}~{charge_id}"


_NEWEST = (Charge.created_at.desc(), Charge.id.desc())
_CALLS: Any = select(Charge, Organization.name, ServiceKey.name).join(
    Organization, Organization.id == Charge.org_id).outerjoin(ServiceKey, ServiceKey.id == Charge.key_id)
