"""What every page says to admins at its top while services are low on credits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from flask import request
from sqlalchemy.exc import SQLAlchemyError

from ...extensions import db
from ...request import me
from .rules import low_services

log = structlog.get_logger("credits")
PAGE = "/settings/services"
WORDS = {"warning": "runs low on credits", "critical": "has almost no credits left", "empty": "has no credits left"}


@dataclass(frozen=True, slots=True)
class Banner:
    """One sentence, how bad it is (warn or bad), since when (naive UTC), and where to act."""

    sentence: str
    tone: str
    since: datetime
    href: str


def banner() -> Banner | None:
    """For admins, one small read of our own database; nothing on the pages of services, which say it themselves. Never
    an error, because the page must stand."""
    person = me()
    if person is None or not person.is_admin or request.path.startswith(PAGE):
        return None
    try:
        low = low_services()
    except SQLAlchemyError as error:
        log.warning("no banner", error=type(error).__name__)
        return None
    finally:
        db.session.remove()
    if not low:
        return None
    worst, others = low[0], len(low) - 1
    more = f" {others} other service{'s run' if others > 1 else ' runs'} low too." if others else ""
    tone = "warn" if worst.level == "warning" else "bad"
    return Banner(f"{worst.name} {WORDS[worst.level]}.{more}", tone, worst.since,
                  PAGE if others else f"{PAGE}/{worst.org_id}")
