"""Whether a text is a service key at all, good or ended: for whoever must refuse one where it does not belong."""

from __future__ import annotations

from sqlalchemy import select

from ...extensions import db
from ...models.service_key import ServiceKeySecret
from .format import LONGEST, digest_of


def is_service_key(text: str) -> bool:
    """True for what looks like a key of ours, and for every imported one that we ever knew. At most one read."""
    if text.startswith("skui_"):
        return True
    if not text or len(text) > LONGEST:
        return False
    found = db.session.scalar(select(ServiceKeySecret.key_id).where(ServiceKeySecret.digest == digest_of(text)))
    return found is not None
