"""What every page says at its top while something is broken that everybody depends on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

import structlog
from flask import g, request
from sqlalchemy.exc import SQLAlchemyError

from ...extensions import db
from ...request import me
from .standing_rules import Trouble, banner_state

log = structlog.get_logger("doctor")
FOR_MEMBERS = {
    "network": "Skyvern cannot be reached at the moment, so nothing can be started and runs cannot be read.",
    "prefixes": "A part of Skyvern cannot be reached at the moment. Some pages will not work.",
    "upstream-database": "Skyvern has lost its database, so nothing can be started and runs cannot be read.",
    "key": "Skyvern does not accept this server at the moment, so nothing can be started.",
    "own-database": "The database of this server is in trouble. What you do may not be kept.",
}
MODEL = "The model that Skyvern works with does not answer as it should. Runs will probably fail."
TOLD = "The administrators see why; there is nothing you need to do."


@dataclass(frozen=True, slots=True)
class Banner:
    """One sentence, since when (naive UTC), and for admins the way to the cause."""

    title: str
    since: datetime
    more: str
    is_admin: bool


def banner() -> Banner | None:
    """What is said at the top of this page: nothing on the doctor's own, which say it themselves."""
    return None if request.path.startswith("/doctor") else known_trouble()


def known_trouble() -> Banner | None:
    """The trouble of this moment as this person may read it, as the doctor knows it. One read of our own database for a
    page, however often it is asked; never an error, because the page must stand."""
    if "known_trouble" not in g:
        g.known_trouble = _look()
    return cast("Banner | None", g.known_trouble)


def _look() -> Banner | None:
    person = me()
    if person is None:
        return None
    try:
        trouble = banner_state()
    except SQLAlchemyError as error:
        log.warning("no banner", error=type(error).__name__)
        return None
    finally:
        db.session.remove()
    return None if trouble is None else _worded(trouble, person.is_admin)


def _worded(trouble: Trouble, is_admin: bool) -> Banner:
    finding = trouble.finding
    if is_admin:
        return Banner(f"{finding.title.rstrip('.')}.", trouble.since, "", True)
    words = MODEL if finding.layer == "model" else FOR_MEMBERS.get(finding.check, "Skyvern is in trouble.")
    return Banner(words, trouble.since, TOLD, False)
