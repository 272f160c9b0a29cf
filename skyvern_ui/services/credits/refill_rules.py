"""Pools that fill themselves: to an amount, or by an amount, at the turn of a day, week or month (UTC).

A refill is a row of the ledger with the period it is for; the unique key of organisation and period is what makes it
once, whichever worker comes first and however often the job runs.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.exc import IntegrityError

from ...audit import Actor, record
from ...database import writing
from ...extensions import db
from ...formatters import credits
from ...models.charge import LedgerEntry
from ...models.columns import now
from ...models.organization import OrganizationCredits
from ..unusable import Unusable
from .ledger_rules import grant

MODES = ("none", "set", "add")
PERIODS = ("day", "week", "month")
CLOCKWORK = Actor("system", None, "refill")
MOST = 10**15  # thousandths in one movement


def next_turn(moment: datetime, period: str) -> datetime:
    """When the period after this moment begins, naive UTC. Raises ValueError for an unknown period."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "day":
        return day + timedelta(days=1)
    if period == "week":
        return day + timedelta(days=7 - day.weekday())
    if period == "month":
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    raise ValueError(period)


def set_refill(org_id: str, mode: str, amount: int, period: str, actor: Actor) -> None:
    """From the next turn of the period on. `set` fills up to the amount, `add` adds it (thousandths), `none` is no
    refill. Raises Unusable."""
    if mode not in MODES:
        raise Unusable("A refill sets the pool to an amount, adds an amount, or there is none.", "mode")
    if period not in PERIODS:
        raise Unusable("A refill is by day, week or month.", "period")
    if not (0 < amount <= MOST or (mode == "none" and amount == 0)):
        raise Unusable("Say how many credits: more than 0.", "amount")
    with writing() as session:
        turn = None if mode == "none" else next_turn(now(), period)
        row = session.execute(update(OrganizationCredits).where(OrganizationCredits.org_id == org_id).values(
            refill_mode=mode, refill_amount=amount, refill_period=period, next_refill_at=turn,
        ).returning(OrganizationCredits.org_id)).first()
        if row is None:
            raise Unusable("There is no such service.")
        record(actor, "service.refill", "organization", org_id, mode=mode, amount=amount, period=period)


def refill_due(most: int = 100) -> int:
    """Fills every pool whose turn has come, each once. How many were filled. A pool that missed several turns, because
    nothing ran, is filled once by `set`, and once for the last turn by `add`: nobody gets a heap for a holiday. A turn
    that a wrong clock put too far away is put right."""
    moment = now()
    wrong_clock = [and_(OrganizationCredits.refill_period == period,
                        OrganizationCredits.next_refill_at > next_turn(moment, period)) for period in PERIODS]
    due = db.session.scalars(select(OrganizationCredits.org_id).where(
        OrganizationCredits.refill_mode != "none",
        or_(OrganizationCredits.next_refill_at <= moment, *wrong_clock)).limit(most)).all()
    db.session.remove()
    return sum(_refill(org_id) for org_id in due)


def _refill(org_id: str) -> bool:
    try:
        with writing() as session:
            pool = session.scalar(select(OrganizationCredits).where(OrganizationCredits.org_id == org_id)
                                  .with_for_update())
            moment = now()
            if pool is None or pool.refill_mode == "none" or not pool.next_refill_at:
                return False
            if pool.next_refill_at > moment:
                pool.next_refill_at = min(pool.next_refill_at, next_turn(moment, pool.refill_period))
                return False
            period = f"{pool.refill_period}:{pool.next_refill_at.date().isoformat()}"
            amount = pool.refill_amount
            if pool.refill_mode == "set":
                amount -= pool.credit_balance + pool.held
            turn = next_turn(moment, pool.refill_period)
            said = f"Set to {credits(pool.refill_amount)}" if pool.refill_mode == "set" else "Added"
            done = session.scalar(select(LedgerEntry.id).where(LedgerEntry.org_id == org_id,
                                                               LedgerEntry.period == period))
            session.expunge(pool)
            if done is None and amount > 0:
                grant(org_id, amount, CLOCKWORK, f"{said} for this {pool.refill_period}", kind="refill", period=period)
            session.execute(update(OrganizationCredits).where(OrganizationCredits.org_id == org_id)
                            .values(next_refill_at=turn))
            return done is None and amount > 0
    except IntegrityError:  # another worker was first
        return False
