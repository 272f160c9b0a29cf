"""The pool of an organisation: the one statement that changes it, its level, and the row that every change leaves.

For use inside a `writing()` that has begun already; amounts are thousandths of a credit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from ...extensions import db
from ...models.charge import LedgerEntry
from ...models.columns import now
from ...models.organization import OrganizationCredits

CREDIT = 1000  # thousandths
LEVELS = ("ok", "warning", "critical", "empty")
STANDING = (OrganizationCredits.credit_balance, OrganizationCredits.held, OrganizationCredits.warn_at,
            OrganizationCredits.critical_at, OrganizationCredits.level)


@dataclass(frozen=True, slots=True)
class Pool:
    """How a pool stands after a movement."""

    available: int
    held: int
    level: str
    changed_level: bool = False


def move(org_id: str, d_available: int, d_held: int) -> Pool | None:
    """The one conditional statement that changes a pool. None when it would fall below zero, or there is none. From
    here to the end of the transaction no other movement of this organisation can begin, also when nothing moves."""
    balance, held = OrganizationCredits.credit_balance, OrganizationCredits.held
    row = db.session.execute(update(OrganizationCredits).where(
        OrganizationCredits.org_id == org_id, balance + d_available >= 0, held + d_held >= 0,
    ).values(credit_balance=balance + d_available, known_balance=OrganizationCredits.known_balance + d_available,
             held=held + d_held).returning(*STANDING)).first()
    return None if row is None else relevel(org_id, row)


def relevel(org_id: str, standing: Sequence[Any]) -> Pool:
    """Writes the level by what is available and held together, so that calls under way do not make it flap.
    `standing`: the STANDING of a row that this transaction has locked; so a change is told to one caller."""
    available, held, warn_at, critical_at, stood = standing
    level = level_of(available + held, warn_at, critical_at)
    if level != stood:
        db.session.execute(update(OrganizationCredits).where(OrganizationCredits.org_id == org_id)
                           .values(level=level, level_since=now()))
    return Pool(available, held, level, level != stood)


def level_of(total: int, warn_at: int, critical_at: int) -> str:
    """ok, warning, critical or empty, for so many thousandths."""
    return "empty" if total <= 0 else "critical" if total < critical_at else "warning" if total < warn_at else "ok"


def enter(org_id: str, kind: str, d_available: int, d_held: int, pool: Pool, actor: str, *,
          charge_id: str | None = None, reason: str | None = None, period: str | None = None) -> None:
    """The row of the ledger. A charge has each kind once, an organisation each period once: IntegrityError."""
    db.session.add(LedgerEntry(org_id=org_id, charge_id=charge_id, kind=kind, period=period, d_available=d_available,
                               d_held=d_held, available_after=pool.available, held_after=pool.held, actor_name=actor,
                               reason=reason))


def sums(org_id: str) -> tuple[int, int]:
    """What the ledger says is available and held: the check on the pool."""
    row = db.session.execute(select(func.coalesce(func.sum(LedgerEntry.d_available), 0),
                                    func.coalesce(func.sum(LedgerEntry.d_held), 0))
                             .where(LedgerEntry.org_id == org_id)).one()
    return int(row[0]), int(row[1])
