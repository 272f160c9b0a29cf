"""What may be shown of keys: never one of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from ...extensions import db
from ...models.columns import now
from ...models.service_key import ServiceKey, ServiceKeySecret
from .rights_rules import Rights, rights_of


@dataclass(frozen=True, slots=True)
class SecretFace:
    """What may be shown of one secret of a key. Times are naive UTC."""

    shown: str
    created_at: datetime
    revoke_at: datetime | None
    last_used_at: datetime | None
    is_alive: bool


@dataclass(frozen=True, slots=True)
class Face:
    """What may be shown of a key. `state`: active, expired, ended; `secrets`: how many open it now, of `faces`, the
    newest first; `spent` in thousandths."""

    key_id: str
    org_id: str
    name: str
    shown: str
    state: str
    rights: Rights
    spent: int
    created_at: datetime
    created_by: str
    ended_at: datetime | None
    faces: tuple[SecretFace, ...]

    @property
    def scopes(self) -> Sequence[str]:
        return self.rights.scopes

    @property
    def expires_at(self) -> datetime | None:
        return self.rights.expires_at

    @property
    def secrets(self) -> int:
        return sum(each.is_alive for each in self.faces)

    @property
    def last_used_at(self) -> datetime | None:
        """To the minute."""
        return max((each.last_used_at for each in self.faces if each.last_used_at), default=None)


def list_keys(org_id: str) -> list[Face]:
    """The keys of a service, the newest first. Two reads, however many there are."""
    keys = db.session.scalars(select(ServiceKey).where(ServiceKey.org_id == org_id)
                              .order_by(ServiceKey.created_at.desc(), ServiceKey.id)).all()
    return _faces(keys)


def find_key(org_id: str, key_id: str) -> Face | None:
    """One key of this service."""
    return next(iter(_faces(db.session.scalars(select(ServiceKey).where(
        ServiceKey.org_id == org_id, ServiceKey.id == key_id)).all())), None)


def _faces(keys: Sequence[ServiceKey]) -> list[Face]:
    moment = now()
    secrets: defaultdict[str, list[ServiceKeySecret]] = defaultdict(list)
    for row in db.session.scalars(select(ServiceKeySecret).where(
            ServiceKeySecret.key_id.in_([key.id for key in keys])).order_by(ServiceKeySecret.created_at.desc())):
        secrets[row.key_id].append(row)
    return [_face(key, secrets[key.id], moment) for key in keys]


def _face(key: ServiceKey, secrets: Sequence[ServiceKeySecret], moment: datetime) -> Face:
    over = key.expires_at is not None and key.expires_at <= moment
    opens = key.revoked_at is None and not over
    faces = tuple(SecretFace(f"{each.prefix}…{each.last4}", each.created_at, each.revoke_at, each.last_used_at,
                             opens and (each.revoke_at is None or each.revoke_at > moment)) for each in secrets)
    return Face(key.id, key.org_id, key.name, faces[0].shown if faces else "…",
                "ended" if key.revoked_at else "expired" if over else "active", rights_of(key), key.spent,
                key.created_at, key.created_by_name, key.revoked_at, faces)
