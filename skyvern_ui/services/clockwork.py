"""What the books need every few seconds. One worker does it, whoever holds the lease; two at once would do no harm."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import structlog
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from ..audit import Actor
from ..extensions import db
from ..llm.gateway.kept_rules import tidy_answers
from ..models.organization import Organization
from ..models.reader import Unavailable
from ..rounds import Lead
from .alerts.rules import announce_changes
from .credits import budget_rules
from .credits.books_rules import reconcile_all
from .credits.ledger_rules import reap
from .credits.refill_rules import refill_due
from .refusals import rules as refusal_rules
from .usage.daily_rules import roll_up

log = structlog.get_logger("credits")
CLOCKWORK = Actor("system", None, "housekeeping")
MOST_ROUNDS, AT_ONCE = 20, 200
PAUSE_SECONDS, TIDY_SECONDS, FORGET_SECONDS = 5.0, 60.0, 3600.0


def keep_for_ever(app: Flask, lead: Lead) -> None:
    """The books every five seconds, what is over every minute, what is old every hour."""
    tidied = forgot = time.monotonic() - random.uniform(0, TIDY_SECONDS)
    while True:
        time.sleep(PAUSE_SECONDS * random.uniform(0.8, 1.2))
        if not lead.is_mine:
            continue
        keep_books(app)
        if time.monotonic() - tidied > TIDY_SECONDS:
            tidied = time.monotonic()
            tidy_books(app)
        if time.monotonic() - forgot > FORGET_SECONDS:
            forgot = time.monotonic()
            forget_old(app)


def anything_to_keep() -> bool:
    """Whether there is a service at all. Holds no connection afterwards."""
    try:
        return db.session.scalar(select(Organization.id).limit(1)) is not None
    finally:
        db.session.remove()


def keep_books(app: Flask) -> None:
    """Gives back what the dead held, fills pools, enters what was changed by hand, and tells of levels: in this order,
    so that the level that is told is the one that holds. A step that fails stops none of the others."""
    _do(app, (_reap_all, refill_due, lambda: reconcile_all(CLOCKWORK), announce_changes))


def tidy_books(app: Flask) -> None:
    """Drops answers that nobody may ask for again, and sums up the days that are over."""
    _do(app, (tidy_answers, roll_up))


def forget_old(app: Flask) -> None:
    """Drops counts that are older than a year."""
    _do(app, (refusal_rules.forget, budget_rules.forget))


def _do(app: Flask, steps: tuple[Callable[[], object], ...]) -> None:
    with app.app_context():
        for step in steps:
            try:
                step()
            except (SQLAlchemyError, Unavailable) as error:
                log.warning("the books wait", step=step.__name__, error=type(error).__name__)
            except Exception:  # the other steps must come all the same
                log.exception("a step of the books failed", step=step.__name__)
            finally:
                db.session.remove()


def _reap_all() -> None:
    for _ in range(MOST_ROUNDS):
        if reap(AT_ONCE) < AT_ONCE:
            return
