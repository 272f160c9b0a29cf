"""What is changed of a service: its name, its levels, its limits, its credits by hand. All in thousandths, all audited.
"""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from ..audit import Actor, record
from ..database import writing
from ..extensions import db
from ..formatters import credits
from ..models.charge import LedgerEntry
from ..models.columns import now
from ..models.organization import Organization, OrganizationCredits
from .credits.budget_rules import Limits
from .credits.ledger_rules import Insufficient, Pool, grant
from .credits.pool_rules import STANDING, relevel
from .credits.refill_rules import MOST
from .rules import clean_name
from .unusable import AlreadyDone, Unusable, visible

REASON_LENGTH, MOST_CALLS = 300, 10**9


def rename(org_id: str, name: str, actor: Actor) -> None:
    """Another name, for the next call. Raises Unusable."""
    clean = clean_name(name)
    try:
        with writing() as session:
            org = _org(org_id)
            if org.name != clean:
                record(actor, "service.rename", "organization", org_id, before=org.name, name=clean)
                org.name = clean
                session.flush()
    except IntegrityError as error:
        raise Unusable("There is a service of this name already.", "name") from error


def set_levels(org_id: str, warn_at: int, critical_at: int, actor: Actor) -> Pool:
    """Below which amounts people are warned. The level is put right at once. Raises Unusable."""
    if not 0 <= critical_at <= MOST or not 0 <= warn_at <= MOST:
        raise Unusable("A level is a number of credits that is not negative.", "warn_at")
    if critical_at > warn_at:
        raise Unusable("Critical cannot be above the warning: it comes after it.", "critical_at")
    with writing() as session:
        row = session.execute(update(OrganizationCredits).where(OrganizationCredits.org_id == org_id)
                              .values(warn_at=warn_at, critical_at=critical_at).returning(*STANDING)).first()
        if row is None:
            raise Unusable("There is no such service.")
        record(actor, "service.levels", "organization", org_id, warn_at=warn_at, critical_at=critical_at)
        return relevel(org_id, row)


def set_limits(org_id: str, limits: Limits, actor: Actor) -> None:
    """Budgets and quotas of a service, for its next call. Raises Unusable."""
    check_limits(limits)
    with writing():
        org = _org(org_id)
        record(actor, "service.limits", "organization", org_id, before=org.limits, limits=limits.to_json())
        org.limits, org.updated_at = limits.to_json(), now()


def adjust(org_id: str, amount: int, reason: str, actor: Actor, once: str = "") -> Pool:
    """Adds credits by hand, or takes some with a negative amount. `once`: what makes two sendings of one form one
    change; the second raises AlreadyDone. Raises Unusable."""
    if not 0 < abs(amount) <= MOST:
        raise Unusable("Say how many credits: a number that is not 0.", "amount")
    said = visible(reason, REASON_LENGTH, f"Say why, in at most {REASON_LENGTH} characters: it stays in the ledger.",
                   "reason")
    period = f"once:{once[:64]}" if once else None
    try:
        with writing() as session:
            if session.scalar(select(OrganizationCredits.org_id).where(OrganizationCredits.org_id == org_id)) is None:
                raise Unusable("There is no such service.")
            if period and session.scalar(select(LedgerEntry.id).where(LedgerEntry.org_id == org_id,
                                                                      LedgerEntry.period == period)) is not None:
                raise AlreadyDone("This was done already.")
            return grant(org_id, amount, actor, said, "grant" if amount > 0 else "adjust", period)
    except Insufficient as error:
        raise Unusable(f"There are only {credits(error.available)} credits.", "amount") from error
    except IntegrityError as error:
        raise AlreadyDone("This was done already.") from error


def check_limits(limits: Limits) -> None:
    """Raises Unusable for limits that make no sense."""
    for name, value in limits.to_json().items():
        if not 0 <= value <= (MOST if name.startswith("credits") else MOST_CALLS):
            raise Unusable("A limit is a number that is not negative.", name)
    for what, day, month in (("credits", limits.credits_day, limits.credits_month),
                             ("calls", limits.calls_day, limits.calls_month)):
        if day is not None and month is not None and day > month:
            raise Unusable("What a day may use cannot be more than what a month may.", f"{what}_day")


def _org(org_id: str) -> Organization:
    query = select(Organization).where(Organization.id == org_id).with_for_update(key_share=True)
    org: Organization | None = db.session.scalar(query)
    if org is None:
        raise Unusable("There is no such service.")
    return org
