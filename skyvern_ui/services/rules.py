"""Service organisations: made, found, suspended."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from ..audit import Actor, record
from ..database import writing
from ..extensions import db
from ..models.columns import now
from ..models.organization import Organization, OrganizationCredits
from .credits.ledger_rules import CREDIT, grant
from .unusable import Unusable, visible

__all__ = ["SEEDS", "SEED_CREDITS", "Unusable", "clean_name", "create_service", "find_service", "list_services", "seed",
           "set_status"]

NAME_LENGTH = 100
SEEDS = ("presenton-service", "bolt-diy-service", "brigade-service", "centerdeep-service")
SEED_CREDITS = 10_000


def clean_name(name: str) -> str:
    """The name as it is kept. Raises Unusable."""
    return visible(name, NAME_LENGTH, f"A service needs a name of at most {NAME_LENGTH} visible characters.", "name")


def create_service(name: str, credits: int, actor: Actor, reason: str = "Start") -> str:
    """A service with so many whole credits; its id. The level it begins with is announced to nobody. Raises
    Unusable."""
    clean = clean_name(name)
    if not 0 <= credits <= 10**12:
        raise Unusable("Credits are a whole number that is not negative.", "credits")
    try:
        with writing() as session:
            row = Organization(name=clean, limits={})
            session.add(row)
            session.flush()
            org_id, moment = row.id, row.created_at
            session.add(OrganizationCredits(org_id=org_id))
            session.flush()
            record(actor, "service.create", "organization", org_id, name=clean)
            if credits:
                grant(org_id, credits * CREDIT, actor, reason)
            session.execute(update(OrganizationCredits).where(OrganizationCredits.org_id == org_id).values(
                announced_level=OrganizationCredits.level, level_since=moment))
            return org_id
    except IntegrityError as error:
        raise Unusable("There is a service of this name already.", "name") from error


def seed(actor: Actor) -> list[str]:
    """The services that are here from the start, each with its credits. The names of those that were not there yet."""
    made = []
    for name in SEEDS:
        try:
            create_service(name, SEED_CREDITS, actor, "Seed")
        except Unusable:
            continue
        made.append(name)
    return made


def set_status(org_id: str, status: str, actor: Actor) -> bool:
    """`active` or `suspended`: it holds for the next call of every worker. False when it was so before."""
    if status not in ("active", "suspended"):
        raise ValueError(status)
    with writing() as session:
        row = session.execute(update(Organization).where(Organization.id == org_id, Organization.status != status)
                              .values(status=status, updated_at=now()).returning(Organization.id)).first()
        if row is not None:
            record(actor, f"service.{'resume' if status == 'active' else 'suspend'}", "organization", org_id)
        return row is not None


def list_services() -> Sequence[tuple[Organization, OrganizationCredits]]:
    """All services with their pools, by name."""
    query = select(Organization, OrganizationCredits).join(
        OrganizationCredits, OrganizationCredits.org_id == Organization.id).where(Organization.is_service_account)
    return [(row[0], row[1]) for row in db.session.execute(query.order_by(Organization.name))]


def find_service(name_or_id: str) -> Organization | None:
    """By name or id."""
    query = select(Organization).where((Organization.name == name_or_id) | (Organization.id == name_or_id))
    return db.session.scalar(query.where(Organization.is_service_account))
