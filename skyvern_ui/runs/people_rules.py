"""Who started what, for lists of runs: people and services that claimed runs here, or are named in a run's tag."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from ..extensions import db
from ..models import Claim, User

PERSON_TAG = "ui.user"
MOST_CLAIMS = 10_000


@dataclass(frozen=True, slots=True)
class Starter:
    """Somebody who started runs: `id` as in `claim`, the name they go by now."""

    id: str
    name: str
    kind: str


def starters() -> list[Starter]:
    """Everybody who started something here, by name. Reads; holds no connection afterwards."""
    try:
        rows = db.session.execute(
            select(Claim.actor_id, func.max(Claim.actor_name), func.max(Claim.actor_kind), func.max(User.name))
            .outerjoin(User, User.id == Claim.actor_id).where(Claim.actor_id != "").group_by(Claim.actor_id)).all()
    finally:
        db.session.remove()
    found = [Starter(row[0], row[3] or row[1], row[2]) for row in rows]
    return sorted(found, key=lambda starter: (starter.kind != "person", starter.name.lower()))


def claimed_among(actor_id: str, run_ids: Collection[str]) -> set[str]:
    """Which of these runs this person or key started."""
    if not run_ids:
        return set()
    try:
        return set(db.session.scalars(
            select(Claim.upstream_id).where(Claim.actor_id == actor_id, Claim.upstream_id.in_(run_ids))))
    finally:
        db.session.remove()


def claims_by(actor_id: str) -> list[tuple[datetime, str]]:
    """The runs of this person or key, newest first, with the naive UTC time of the claim; at most 10,000."""
    is_run = or_(Claim.upstream_id.startswith("tsk_", autoescape=True),
                 Claim.upstream_id.startswith("wr_", autoescape=True))
    try:
        rows = db.session.execute(select(Claim.created_at, Claim.upstream_id).where(Claim.actor_id == actor_id, is_run)
                                  .order_by(Claim.created_at.desc(), Claim.upstream_id.desc()).limit(MOST_CLAIMS))
        return [(row.created_at, row.upstream_id) for row in rows]
    finally:
        db.session.remove()


def names_of(run_ids: Iterable[str]) -> dict[str, str]:
    """Who started each of these runs, by name, where we know it."""
    ids = list(run_ids)
    if not ids:
        return {}
    try:
        rows = db.session.execute(select(Claim.upstream_id, Claim.actor_name).where(Claim.upstream_id.in_(ids)))
        return {row.upstream_id: row.actor_name for row in rows}
    finally:
        db.session.remove()
