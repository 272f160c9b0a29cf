"""Answers kept for who sends the same call with the same idempotency key again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select

from ...database import changed, writing
from ...extensions import db
from ...models.columns import now
from ...models.kept_answer import KeptAnswer

LARGEST, KEPT_FOR = 256 * 1024, timedelta(hours=24)  # bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was given."""

    status: int
    mimetype: str
    body: str


def keep(charge_id: str, mimetype: str, body: bytes) -> bool:
    """Adds the answer to the transaction that settles its charge. False when it is too large, or no text."""
    if len(body) > LARGEST or b"\0" in body:
        return False
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    with writing() as session:
        session.add(KeptAnswer(charge_id=charge_id, status=200, mimetype=mimetype, body=text,
                               expires_at=now() + KEPT_FOR))
    return True


def find_kept(charge_id: str) -> Kept | None:
    """The answer of this charge, if it is kept still. Holds no connection afterwards."""
    row = db.session.execute(select(KeptAnswer.status, KeptAnswer.mimetype, KeptAnswer.body).where(
        KeptAnswer.charge_id == charge_id, KeptAnswer.expires_at > now())).first()
    db.session.remove()
    return Kept(*row) if row is not None else None


def tidy_answers() -> int:
    """Removes what was kept for a day. How many there were."""
    with writing() as session:
        return changed(session.execute(delete(KeptAnswer).where(KeptAnswer.expires_at <= now())))
