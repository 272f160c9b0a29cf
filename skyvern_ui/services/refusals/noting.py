"""Counting a refused call as it is answered. It never makes the answer fail, and never waits long."""

from __future__ import annotations

import structlog
from flask import g, request
from sqlalchemy.exc import SQLAlchemyError

from ...extensions import db
from ...models.reader import Unavailable
from ..door import Refused
from .rules import count

log = structlog.get_logger("services")
FLOOD = "too_many_bad_keys"  # who guesses keys all day costs one read, not one write more


def note(refused: Refused, endpoint: str | None = None) -> None:
    """Counts it for who called, as far as the door knows that. `endpoint`: the route's template, by default the one
    that answers. Call it where no charge was made: what a charge became is told by the charge."""
    if refused.code == FLOOD:
        return
    who = g.get("service_caller")
    template = endpoint or (request.url_rule.rule if request.url_rule else "")
    try:
        count(who.org_id if who else "", who.key_id if who else "", template, refused.code, refused.status)
    except (SQLAlchemyError, Unavailable) as error:
        log.warning("a refusal is not counted", code=refused.code, error=type(error).__name__)
    finally:
        db.session.remove()
