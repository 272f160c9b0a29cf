"""What a service has, and what it used: for itself, for the dashboard and for export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, or_, select

from ...extensions import db
from ...models.charge import Charge
from ...models.columns import now
from ...models.organization import Organization, OrganizationCredits
from ...models.service_key import ServiceKey

CHUNK, LONGEST = 500, timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Slice:
    """Which calls: of one service or of all, from a moment to before another (naive UTC), and further filters."""

    org_id: str | None
    since: datetime
    until: datetime
    key_id: str = ""
    model: str = ""
    endpoint: str = ""
    state: str = ""  # of a charge, or `refused`: begun, but nothing was charged
    outcome: str = ""
    retried: bool = False  # only repeats of a program's own SDK


def balance_of(org_id: str, key_id: str | None = None) -> dict[str, Any]:
    """What there is, in credits. Works at zero."""
    row = db.session.execute(select(Organization.name, Organization.status, OrganizationCredits).join(
        OrganizationCredits, OrganizationCredits.org_id == Organization.id).where(Organization.id == org_id)).one()
    pool: OrganizationCredits = row[2]
    key = db.session.get(ServiceKey, key_id) if key_id else None
    return {
        "service": row[0], "status": row[1], "credits": pool.credit_balance / 1000, "held": pool.held / 1000,
        "level": pool.level, "warning_below": pool.warn_at / 1000, "critical_below": pool.critical_at / 1000,
        "next_refill_at": _time(pool.next_refill_at) if pool.refill_mode != "none" else None,
        "refill": None if pool.refill_mode == "none" else
        {"mode": pool.refill_mode, "credits": pool.refill_amount / 1000, "period": pool.refill_period},
        "key": None if key is None else {
            "id": key.id, "name": key.name, "spent": key.spent / 1000, "expires_at": _time(key.expires_at),
            "cap": None if key.spend_cap is None else key.spend_cap / 1000},
    }


def find_call(org_id: str, charge_id: str) -> dict[str, Any] | None:
    """One call of this service, as `calls` tells it."""
    row = db.session.execute(select(Charge, Organization.name).join(Organization, Organization.id == Charge.org_id)
                             .where(Charge.id == charge_id, Charge.org_id == org_id)).first()
    if row is None:
        return None
    told = _row(row[0], row[1])
    told.pop("_place")
    return told


def place_of(org_id: str, charge_id: str) -> tuple[datetime, str] | None:
    """Where `calls` goes on after this call of this service."""
    row = db.session.execute(select(Charge.created_at, Charge.id).where(Charge.id == charge_id,
                                                                       Charge.org_id == org_id)).first()
    return None if row is None else (row[0], row[1])


def calls(part: Slice, after: tuple[datetime, str] | None = None) -> Iterator[dict[str, Any]]:
    """Every call of a slice, the newest first, a few hundred at a time; no connection is held between two chunks."""
    while True:
        chosen: Any = select(Charge, Organization.name)
        query = within(chosen, part).order_by(Charge.created_at.desc(), Charge.id.desc())
        if after is not None:
            query = query.where(or_(Charge.created_at < after[0],
                                    and_(Charge.created_at == after[0], Charge.id < after[1])))
        rows = [_row(charge, name) for charge, name in db.session.execute(query.limit(CHUNK))]
        last = rows[-1].pop("_place") if rows else None
        for row in rows[:-1]:
            row.pop("_place")
        db.session.remove()
        yield from rows
        if len(rows) < CHUNK:
            return
        after = last


def last_days(days: int) -> tuple[datetime, datetime]:
    """From midnight so many days ago to now, naive UTC."""
    moment = now()
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1), moment


def between(query: Select[Any], part: Slice) -> Select[Any]:
    """The same query for the days and the service of a slice: what an index answers. It must read Charge."""
    query = query.where(Charge.created_at >= max(part.since, part.until - LONGEST), Charge.created_at < part.until)
    return query.where(Charge.org_id == part.org_id) if part.org_id else query


def like(query: Select[Any], part: Slice) -> Select[Any]:
    """The same query for what else a slice asks: calls have to be looked at one by one for it."""
    if part.state == "refused":
        query = query.where(Charge.state.in_(("released", "expired")))
    elif part.state:
        query = query.where(Charge.state == part.state)
    if part.retried:
        query = query.where(Charge.details["sdk_retry"].as_integer() > 0)
    for column, wanted in ((Charge.key_id, part.key_id), (Charge.model, part.model), (Charge.endpoint, part.endpoint),
                           (Charge.outcome, part.outcome)):
        if wanted:
            query = query.where(column == wanted)
    return query


def within(query: Select[Any], part: Slice) -> Select[Any]:
    """The same query, joined with the service, for exactly the calls of a slice."""
    return like(between(query.join(Organization, Organization.id == Charge.org_id), part), part)


def _row(charge: Charge, service: str) -> dict[str, Any]:
    said = charge.details or {}
    return {
        "_place": (charge.created_at, charge.id), "id": charge.id, "service": service, "key_id": charge.key_id,
        "endpoint": charge.endpoint, "model": charge.model, "state": charge.state, "outcome": charge.outcome,
        "credits": (charge.hold if charge.actual is None else charge.actual) / 1000, "held": charge.hold / 1000,
        "overrun": charge.overrun / 1000, "byok": charge.byok, "tokens_in": said.get("tokens_in"),
        "tokens_out": said.get("tokens_out"), "images": said.get("images"), "seconds": said.get("seconds"),
        "sdk_retry": said.get("sdk_retry"), "request_id": said.get("request_id"), "ip": said.get("ip"),
        "upstream_status": said.get("upstream_status"), "run_id": charge.run_id, "created_at": _time(charge.created_at),
        "finished_at": _time(charge.finished_at),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds") + "Z"
