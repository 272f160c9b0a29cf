"""Keys of services: made, imported, rotated, revoked, and recognised.

A key is a row with its rights; its secrets are rows of their own, at most two alive at once, so that rotating keeps
rights, limits and history. Only digests are kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from ...audit import Actor, record
from ...database import writing
from ...extensions import db
from ...models.columns import now
from ...models.organization import Organization
from ...models.service_key import ServiceKey, ServiceKeySecret
from ..unusable import Unusable, visible
from .format import LONGEST, digest_of, face_of, is_mistyped, new_key, new_key_id
from .rights_rules import Rights, checked, columns_of, rights_of

__all__ = ["OVERLAPS", "Caller", "KeyRefused", "Rights", "Unusable", "check_import", "create_key", "end_old_secret",
           "recognise", "revoke_key", "rotate_key", "touch", "update_key"]

OVERLAPS = (timedelta(0), timedelta(hours=1), timedelta(days=1), timedelta(days=7))
SHORTEST, NAME_LENGTH = 16, 80  # of an imported key; of its name
TOUCHED_EVERY = timedelta(minutes=1)


class KeyRefused(Exception):
    """This key opens nothing. `code`: missing, mistyped, unknown, revoked, expired or suspended. Each is a 401; only
    who holds the whole key learns more than "unknown"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls with a key that is good. `digest` is told when its use is to be remembered: see `touch`."""

    org_id: str
    org_name: str
    key_id: str
    key_name: str
    rights: Rights = Rights()
    digest: str = field(default="", repr=False)


def create_key(org_id: str, name: str, rights: Rights, actor: Actor, imported: str | None = None) -> tuple[str, str]:
    """The key's id and the key itself, which is shown this once. An imported one is taken as it is. Raises Unusable."""
    key_id, name, rights = new_key_id(), _name(name), checked(rights)
    secret = new_key(key_id) if imported is None else imported
    if imported is not None:
        check_import(imported)
    prefix, last4 = face_of(secret)
    try:
        with writing() as session:
            session.add(ServiceKey(id=key_id, org_id=org_id, name=name, created_by_name=actor.name,
                                   **columns_of(rights)))
            session.flush()
            session.add(ServiceKeySecret(digest=digest_of(secret), key_id=key_id, prefix=prefix, last4=last4))
            record(actor, "service_key.create", "service_key", key_id, organization=org_id, name=name,
                   imported=imported is not None)
            session.flush()
    except IntegrityError as error:
        raise Unusable("This key is in use already.", "imported") from error
    return key_id, secret


def update_key(key_id: str, name: str, rights: Rights, actor: Actor) -> bool:
    """Other rights, for the next call of every worker. False when nothing is different. Raises Unusable."""
    with writing() as session:
        key = session.scalar(select(ServiceKey).where(ServiceKey.id == key_id).with_for_update(key_share=True))
        if key is None or key.revoked_at is not None:
            raise Unusable("This key is not there any more.")
        wanted = {"name": _name(name), **columns_of(checked(rights, key.expires_at))}
        other = {column: value for column, value in wanted.items() if getattr(key, column) != value}
        if not other:
            return False
        record(actor, "service_key.update", "service_key", key_id, organization=key.org_id,
               before={column: _plain(getattr(key, column)) for column in other},
               after={column: _plain(value) for column, value in other.items()})
        for column, value in other.items():
            setattr(key, column, value)
        if key.expires_at is not None and "expires_at" in other:
            session.execute(update(ServiceKeySecret).where(
                ServiceKeySecret.key_id == key_id, ServiceKeySecret.revoke_at > key.expires_at,
            ).values(revoke_at=key.expires_at))
    return True


def rotate_key(key_id: str, overlap: timedelta, actor: Actor) -> str:
    """A second secret of the same key, shown this once; the one before ends after the overlap. Raises Unusable."""
    secret = new_key(key_id if len(key_id) == 8 else new_key_id())
    prefix, last4 = face_of(secret)
    with writing() as session:
        key = session.scalar(select(ServiceKey).where(ServiceKey.id == key_id).with_for_update())
        if key is None or key.revoked_at is not None:
            raise Unusable("This key is not there any more.")
        moment = now()
        alive = and_(ServiceKeySecret.key_id == key_id,
                     or_(ServiceKeySecret.revoke_at.is_(None), ServiceKeySecret.revoke_at > moment))
        if (session.scalar(select(func.count()).select_from(ServiceKeySecret).where(alive)) or 0) > 1:
            raise Unusable("Two secrets of this key are alive already. End the older one first.")
        end = min(moment + overlap, key.expires_at or datetime.max)
        session.execute(update(ServiceKeySecret).where(alive).values(revoke_at=end))
        session.add(ServiceKeySecret(digest=digest_of(secret), key_id=key_id, prefix=prefix, last4=last4))
        record(actor, "service_key.rotate", "service_key", key_id, overlap_seconds=int(overlap.total_seconds()))
    return secret


def end_old_secret(key_id: str, actor: Actor) -> bool:
    """Ends the secret that was to end after its overlap, for the next request. False when there is none."""
    with writing() as session:
        moment = now()
        ended = session.scalars(update(ServiceKeySecret).where(
            ServiceKeySecret.key_id == key_id, ServiceKeySecret.revoke_at > moment).values(revoke_at=moment)
            .returning(ServiceKeySecret.last4)).all()
        if ended:
            record(actor, "service_key.end_secret", "service_key", key_id, last4=ended[0])
        return bool(ended)


def touch(caller: Caller) -> None:
    """Remembers when the secret was used, at most once a minute."""
    with writing() as session:
        session.execute(update(ServiceKeySecret).where(ServiceKeySecret.digest == caller.digest)
                        .values(last_used_at=now()))


def revoke_key(key_id: str, actor: Actor) -> bool:
    """Ends a key with all its secrets, for the next request of every worker. False when it was ended before."""
    with writing() as session:
        row = session.execute(update(ServiceKey).where(ServiceKey.id == key_id, ServiceKey.revoked_at.is_(None))
                              .values(revoked_at=now()).returning(ServiceKey.id)).first()
        if row is not None:
            record(actor, "service_key.revoke", "service_key", key_id)
        return row is not None


def recognise(text: str | None) -> Caller:
    """Who calls with this key. One read; raises KeyRefused."""
    if not text:
        raise KeyRefused("missing")
    if len(text) > LONGEST or is_mistyped(text):
        raise KeyRefused("mistyped")
    row = db.session.execute(
        select(ServiceKey, ServiceKeySecret.revoke_at, Organization.name, Organization.status,
               ServiceKeySecret.last_used_at)
        .join(ServiceKeySecret, ServiceKeySecret.key_id == ServiceKey.id)
        .join(Organization, Organization.id == ServiceKey.org_id)
        .where(ServiceKeySecret.digest == digest_of(text))).first()
    if row is None:
        raise KeyRefused("unknown")
    key, revoke_at, org_name, status, last_used_at = row
    moment = now()
    if key.revoked_at is not None or (revoke_at is not None and revoke_at <= moment):
        raise KeyRefused("revoked")
    if key.expires_at is not None and key.expires_at <= moment:
        raise KeyRefused("expired")
    if status != "active":
        raise KeyRefused("suspended")
    is_fresh = last_used_at is not None and abs(moment - last_used_at) < TOUCHED_EVERY
    return Caller(key.org_id, org_name, key.id, key.name, rights_of(key), "" if is_fresh else digest_of(text))


def check_import(text: str) -> None:
    """Raises Unusable for what cannot be taken as a key."""
    if not (text.isascii() and text.isprintable() and " " not in text and SHORTEST <= len(text) <= LONGEST):
        raise Unusable(f"A key to import has {SHORTEST} to {LONGEST} visible characters and no spaces.", "imported")
    if is_mistyped(text):
        raise Unusable("This looks like a key of ours, but it is mistyped.", "imported")


def _name(name: str) -> str:
    return visible(name, NAME_LENGTH, f"A key needs a name of at most {NAME_LENGTH} visible characters.", "name")


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
