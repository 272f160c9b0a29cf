"""A key under a name that no other living key of its service has: a form that was sent twice makes one key."""

from __future__ import annotations

from sqlalchemy import func, select

from ...audit import Actor
from ...database import writing
from ...models.columns import now
from ...models.organization import Organization
from ...models.service_key import ServiceKey
from ..unusable import Unusable
from .rights_rules import Rights
from .rules import create_key


def create_named_key(org_id: str, name: str, rights: Rights, actor: Actor, imported: str | None) -> tuple[str, str]:
    """As create_key. Raises Unusable, also when a living key has this name already."""
    with writing() as session:
        session.execute(select(Organization.id).where(Organization.id == org_id).with_for_update(key_share=True))
        living = (ServiceKey.expires_at.is_(None)) | (ServiceKey.expires_at > now())
        if session.scalar(select(ServiceKey.id).where(
                ServiceKey.org_id == org_id, ServiceKey.revoked_at.is_(None), living,
                func.lower(ServiceKey.name) == name.strip().lower()).limit(1)) is not None:
            raise Unusable("There is a key of this name already. Choose another one, or rotate that key to get a new "
                           "secret.", "name")
        return create_key(org_id, name, rights, actor, imported)
