"""What each worker does beside answering: tell its sockets before it goes, and tidy up once a minute.

Tidying is harmless when several workers do it at once: every statement only removes or settles what is over.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import gevent
import structlog
from flask import Flask
from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from .audit.rules import settle_forgotten
from .database import writing
from .models import Session, Verification
from .models.columns import now

log = structlog.get_logger("housekeeping")
DRAIN_TICK_SECONDS, TIDY_SECONDS = 0.25, 60.0


def start(worker: Any) -> None:
    """Called by gunicorn once the application of this worker is loaded."""
    app: Flask = worker.app.wsgi()
    gevent.spawn(drain_when_asked, worker, app)
    gevent.spawn(tidy_for_ever, app)


def drain_when_asked(worker: Any, app: Flask) -> None:
    """When the worker is told to stop, every open socket gets close code 1001 within a second."""
    while worker.alive:
        gevent.sleep(DRAIN_TICK_SECONDS)
    count = app.extensions["streams"].drain()
    log.warning("draining", streams=count)


def tidy_for_ever(app: Flask) -> None:
    while True:
        gevent.sleep(TIDY_SECONDS * random.uniform(0.8, 1.2))
        try:
            tidy(app)
        except SQLAlchemyError as error:
            log.warning("not tidied", error=type(error).__name__)


def tidy(app: Flask) -> None:
    """Removes what has run out, and marks writes whose outcome nobody learnt as unknown."""
    with app.app_context():
        with writing() as session:
            session.execute(delete(Session).where(Session.expires_at < now() - timedelta(days=1)))
            session.execute(delete(Verification).where(Verification.expires_at < now()))
        settle_forgotten()
