"""Who started what on Skyvern, which knows only one user."""

from __future__ import annotations

import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from .audit import Actor
from .database import writing
from .extensions import db
from .models import Claim
from .models.columns import now

log = structlog.get_logger("claims")


def claim(upstream_id: str, kind: str, actor: Actor) -> None:
    """Notes that this actor started it; the first claim stands. Never raises: the run exists already."""
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(Claim).values(
        upstream_id=upstream_id, kind=kind, actor_kind=actor.kind, actor_id=actor.id or "", actor_name=actor.name,
        created_at=now(),
    ).on_conflict_do_nothing(index_elements=["upstream_id"])
    try:
        with writing() as session:
            session.execute(statement)
    except SQLAlchemyError as error:
        log.error("claim not written", upstream_id=upstream_id, error=type(error).__name__)
    finally:
        db.session.remove()
