"""Credits: held before a call, settled or released after it, once; every movement is a row that stays.

All amounts are thousandths of a credit. Each function is one short write transaction and touches charge, pool, key,
budgets and ledger in that order, so that two never wait for each other in a ring. Nothing is clamped: what the pool
does not have is refused by the very statement that would take it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ...audit import Actor, record
from ...database import writing
from ...extensions import db
from ...models.charge import Charge
from ...models.columns import new_id, now
from ...models.organization import Organization, OrganizationCredits
from ...models.service_key import ServiceKey
from . import budget_rules
from .budget_rules import Limits
from .endpoints import ASKED
from .faults import Duplicate, Insufficient, NotHeld, OverBudget, TooManyAtOnce
from .pool_rules import CREDIT, Pool, enter, level_of, move, sums

__all__ = ["CREDIT", "Duplicate", "Insufficient", "NotHeld", "OverBudget", "Pool", "TooManyAtOnce", "Wish", "extend",
           "grant", "hold", "level_of", "reap", "release", "settle", "sums"]
LEASE, IDEMPOTENCY_LASTS = timedelta(minutes=5), timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Wish:
    """A call that is about to be made, and what it may cost at most."""

    org_id: str
    endpoint: str
    hold: int
    key_id: str | None = None
    model: str | None = None
    price_id: str | None = None
    idempotency_key: str | None = None
    fingerprint: str | None = None
    byok: bool = False
    details: dict[str, Any] | None = None


def hold(wish: Wish) -> tuple[str, Pool]:
    """Reserves the most that the call may cost; the id of the charge. Raises NotHeld: then nothing has happened. The
    cap, the parallel calls, the budgets and the quotas are those of this moment. A call on the organisation's own
    provider key holds 0 and leaves no row in the ledger."""
    with writing() as session:
        moment = now()
        owners, at_once = _limits(wish.org_id, wish.key_id)
        charge_id = _new_charge(wish, moment)
        pool = move(wish.org_id, -wish.hold, wish.hold)
        if at_once is not None and _under_way(wish.key_id, moment) > at_once:
            raise TooManyAtOnce(at_once)
        if pool is None:
            raise _insufficient(wish.org_id, wish.hold)
        if wish.key_id:
            capped = or_(ServiceKey.spend_cap.is_(None), ServiceKey.spent + wish.hold <= ServiceKey.spend_cap)
            row = session.execute(update(ServiceKey).where(ServiceKey.id == wish.key_id, capped)
                                  .values(spent=ServiceKey.spent + wish.hold).returning(ServiceKey.id)).first()
            if row is None:
                raise Insufficient("key_cap", _left_of_cap(wish.key_id) or 0, wish.hold)
        budget_rules.take(owners, wish.hold, moment)
        if wish.hold:
            enter(wish.org_id, "hold", -wish.hold, wish.hold, pool, "service", charge_id=charge_id)
        return charge_id, pool


def settle(charge_id: str, actual: int, outcome: str = "done", **details: Any) -> Pool | None:
    """Takes what the call really cost, never more than was held, and gives the rest back. What it cost beyond is kept
    as `overrun`. None when the charge was already settled or released: then nothing happens, whoever finished it. When
    its lease had run out and the hold was given back, it takes what pool, cap and budgets still have."""
    return _finish(charge_id, "settled", actual, outcome, details)


def release(charge_id: str, outcome: str, **details: Any) -> Pool | None:
    """Gives everything back: the call did not happen, so its idempotency key may be used again. None when the charge
    was already finished."""
    return _finish(charge_id, "released", 0, outcome, details)


def extend(charge_id: str) -> bool:
    """The call is still under way: its hold stands for another while. False when it is finished."""
    with writing() as session:
        return session.execute(update(Charge).where(Charge.id == charge_id, Charge.state == "held")
                               .values(lease_until=now() + LEASE).returning(Charge.id)).first() is not None


def reap(most: int = 200) -> int:
    """Gives back what calls held whose process died: their lease is over. How many there were. Calls of Skyvern are
    not among them: services/runs asks it whether they happened."""
    rows = db.session.scalars(select(Charge.id).where(Charge.state == "held", Charge.run_id.is_(None),
                                                      Charge.endpoint.not_in(ASKED), Charge.lease_until < now())
                              .order_by(Charge.lease_until).limit(most)).all()
    db.session.remove()
    return sum(_finish(each, "expired", 0, "lost", {}, only_late=True) is not None for each in rows)


def grant(org_id: str, amount: int, actor: Actor, reason: str, kind: str = "grant", period: str | None = None) -> Pool:
    """Adds credits, or takes some away when the amount is negative. Raises Insufficient when there are not so many,
    and IntegrityError when there is a row of this period already."""
    with writing() as session:
        pool = move(org_id, amount, 0)
        if pool is None:
            raise _insufficient(org_id, -amount)
        enter(org_id, kind, amount, 0, pool, actor.name, reason=reason, period=period)
        record(actor, f"credits.{kind}", "organization", org_id, amount=amount, reason=reason)
        session.flush()
        return pool


def _finish(charge_id: str, state: str, actual: int, outcome: str, details: dict[str, Any],
            only_late: bool = False) -> Pool | None:
    with writing() as session:
        open_charge = [Charge.id == charge_id, Charge.state == "held"]
        if only_late:
            open_charge += [Charge.run_id.is_(None), Charge.lease_until < now()]
        taken = case((Charge.hold < actual, Charge.hold), else_=actual)
        row = session.execute(update(Charge).where(*open_charge).values(
            state=state, actual=taken, overrun=actual - taken, outcome=outcome, finished_at=now(),
            idempotency_key=Charge.idempotency_key if state == "settled" else None,
        ).returning(*FINISHED)).first()
        if row is None:
            return _settle_late(charge_id, actual, outcome, details) if state == "settled" else None
        _tell(charge_id, row.details, details)
        back = row.hold - row.actual
        pool = move(row.org_id, back, -row.hold)
        assert pool is not None, "what was held is there"
        _return_to_key(row.key_id, back)
        budget_rules.give_back([row.org_id, *filter(None, [row.key_id])], back, int(state != "settled"),
                               row.created_at)
        if row.hold:
            kind = "settle" if state == "settled" else "release"
            enter(row.org_id, kind, back, -row.hold, pool, "service", charge_id=charge_id)
        return pool


FINISHED = (Charge.org_id, Charge.key_id, Charge.hold, Charge.actual, Charge.details, Charge.created_at)


def _settle_late(charge_id: str, actual: int, outcome: str, details: dict[str, Any]) -> Pool | None:
    """The call did happen, but its hold was given back: as much of it as there is."""
    row = db.session.execute(update(Charge).where(Charge.id == charge_id, Charge.state == "expired")
                             .values(state="settled", outcome=outcome, finished_at=now()).returning(*FINISHED)).first()
    if row is None:
        return None
    owners, _ = _limits(row.org_id, row.key_id)
    available = db.session.scalar(select(OrganizationCredits.credit_balance).where(
        OrganizationCredits.org_id == row.org_id).with_for_update())
    rooms = (available or 0, _left_of_cap(row.key_id), budget_rules.left(owners, row.created_at), row.hold, actual)
    taken = max(0, min(room for room in rooms if room is not None))
    db.session.execute(update(Charge).where(Charge.id == charge_id).values(actual=taken, overrun=actual - taken))
    _tell(charge_id, row.details, {**details, "late": True})
    pool = move(row.org_id, -taken, 0)
    assert pool is not None, "no more is taken than there is"
    _return_to_key(row.key_id, -taken)
    budget_rules.give_back([owner_id for owner_id, _ in owners.values()], -taken, -1, row.created_at)
    if row.hold:
        enter(row.org_id, "late_settle", -taken, 0, pool, "service", charge_id=charge_id)
    return pool


def _new_charge(wish: Wish, moment: datetime) -> str:
    """The row of the charge. Raises Duplicate for an idempotency key of the last day; an older one is free again."""
    dialect: Any = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    charge_id, same = new_id(), and_(Charge.org_id == wish.org_id, Charge.idempotency_key == wish.idempotency_key)
    insert = dialect.insert(Charge).values(
        id=charge_id, org_id=wish.org_id, key_id=wish.key_id, idempotency_key=wish.idempotency_key,
        fingerprint=wish.fingerprint, endpoint=wish.endpoint, model=wish.model, byok=wish.byok,
        price_id=wish.price_id, hold=wish.hold, overrun=0, state="held", lease_until=moment + LEASE,
        details=wish.details or {}, created_at=moment,
    ).on_conflict_do_nothing(index_elements=["org_id", "idempotency_key"]).returning(Charge.id)
    while db.session.execute(insert).first() is None:
        db.session.execute(update(Charge).where(same, Charge.state != "held", Charge.created_at < moment -
                                                IDEMPOTENCY_LASTS).values(idempotency_key=None))
        if (earlier := db.session.scalar(select(Charge).where(same))) is not None:
            db.session.expunge(earlier)
            raise Duplicate(earlier)  # else it was released this moment, and its key is free
    return charge_id


def _limits(org_id: str, key_id: str | None) -> tuple[dict[str, tuple[str, Limits]], int | None]:
    """Whose budgets a call counts in, and how many calls of the key may be under way."""
    row = db.session.execute(select(Organization.limits, ServiceKey.limits, ServiceKey.at_once).join(
        ServiceKey, and_(ServiceKey.id == key_id, ServiceKey.org_id == Organization.id), isouter=True,
    ).where(Organization.id == org_id)).first()
    of_org, of_key, at_once = row or ({}, {}, None)
    owners = {"org": (org_id, Limits.of(of_org))}
    return owners | ({"key": (key_id, Limits.of(of_key))} if key_id else {}), at_once


def _under_way(key_id: str | None, moment: datetime) -> int:
    """The calls of a key, this one too. The pool's row is ours by now, so nobody else of it is counting."""
    return db.session.scalar(select(func.count()).select_from(Charge).where(
        Charge.key_id == key_id, Charge.state == "held", Charge.run_id.is_(None),
        Charge.lease_until >= moment)) or 0


def _insufficient(org_id: str, needed: int) -> Insufficient:
    pool = db.session.execute(select(OrganizationCredits.credit_balance, OrganizationCredits.refill_mode,
                                     OrganizationCredits.next_refill_at)
                              .where(OrganizationCredits.org_id == org_id)).first()
    if pool is None:
        return Insufficient("org_pool", 0, needed)
    return Insufficient("org_pool", int(pool[0]), needed, pool[2] if pool[1] != "none" else None)


def _left_of_cap(key_id: str | None) -> int | None:
    left = db.session.scalar(select(ServiceKey.spend_cap - ServiceKey.spent).where(ServiceKey.id == key_id))
    return None if left is None else int(left)


def _return_to_key(key_id: str | None, amount: int) -> None:
    if key_id and amount:
        db.session.execute(update(ServiceKey).where(ServiceKey.id == key_id).values(spent=ServiceKey.spent - amount))


def _tell(charge_id: str, known: dict[str, Any], details: dict[str, Any]) -> None:
    if details:
        db.session.execute(update(Charge).where(Charge.id == charge_id).values(details={**known, **details}))
