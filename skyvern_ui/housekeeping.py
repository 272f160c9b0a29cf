"""What each worker does beside answering: tell its sockets before it goes, tidy up once a minute, and send notices.

Tidying is harmless when several workers do it at once: every statement only removes or settles what is over. Looking
at what is watched, asking about the runs of services, keeping their books, and the doctor's rounds, are each for one of
them, whoever holds the lease, so that Skyvern is asked once; sending is for any, because each claims the row it sends.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import gevent
import structlog
from flask import Flask
from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from . import lease
from .audit.rules import settle_forgotten
from .config import Settings
from .database import writing
from .doctor.history import rules as history_rules
from .doctor.history.watching import Rounds
from .models import Session, Verification
from .models.columns import new_id, now
from .models.reader import Unavailable
from .notices.delivery import deliver
from .notices.rules import anything_watched, forget
from .notices.watching import look
from .services.clockwork import anything_to_keep, keep_for_ever
from .services.runs.charge_rules import anything_open
from .services.runs.watching import watch_for_ever
from .skyvern.errors import SkyvernError

log = structlog.get_logger("housekeeping")
DRAIN_TICK_SECONDS, TIDY_SECONDS = 0.25, 60.0
LOOK_SECONDS, WORKFLOWS_SECONDS, LONGEST_PAUSE, LEASE_SECONDS = 5.0, 15.0, 60.0, 20.0
WATCHER, DOCTOR, RUN_CHARGES, BOOKS = "watcher", "doctor", "run charges", "books"


def start(worker: Any) -> None:
    """Called by gunicorn once the application of this worker is loaded."""
    app: Flask = worker.app.wsgi()
    gevent.spawn(drain_when_asked, worker, app)
    gevent.spawn(tidy_for_ever, app)
    lead = Lead(app, WATCHER, anything_watched)
    gevent.spawn(lead.keep_for_ever, worker)
    gevent.spawn(look_for_ever, app, lead)
    runs_lead = Lead(app, RUN_CHARGES, anything_open)
    gevent.spawn(runs_lead.keep_for_ever, worker)
    gevent.spawn(watch_for_ever, app, runs_lead)
    books_lead = Lead(app, BOOKS, anything_to_keep)
    gevent.spawn(books_lead.keep_for_ever, worker)
    gevent.spawn(keep_for_ever, app, books_lead)
    settings: Settings = app.config["SETTINGS"]
    if settings.doctor_minutes:
        doctors_lead = Lead(app, DOCTOR, lambda: True)
        gevent.spawn(doctors_lead.keep_for_ever, worker)
        gevent.spawn(examine_for_ever, Rounds(app, settings.doctor_minutes, app.extensions["checks"]), doctors_lead)
    gevent.spawn(deliver_for_ever, app)


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
        forget()
        history_rules.forget()


class Lead:
    """Whether this worker is the one that does a job, for as long as there is anything to do. Renewed every five
    seconds; it falls to another within twenty."""

    def __init__(self, app: Flask, job: str, is_wanted: Callable[[], bool]) -> None:
        self._app, self._job, self._is_wanted = app, job, is_wanted
        self._name, self._until = new_id(), 0.0

    @property
    def is_mine(self) -> bool:
        return time.monotonic() < self._until

    def keep_for_ever(self, worker: Any) -> None:
        """Until the worker is told to stop; then the lease is free at once."""
        while worker.alive:
            begun = time.monotonic()
            try:
                with self._app.app_context():
                    mine = self._is_wanted() and lease.hold(self._job, self._name, LEASE_SECONDS)
                self._until = begun + LEASE_SECONDS if mine else 0.0
            except SQLAlchemyError as error:
                log.warning("lease not renewed", error=type(error).__name__)
            gevent.sleep(LOOK_SECONDS * random.uniform(0.9, 1.1))
        if self.is_mine:
            self._until = 0.0
            with self._app.app_context():
                lease.let_go(self._job, self._name)


def look_for_ever(app: Flask, lead: Lead) -> None:
    """Runs every five seconds, workflows every fifteen; seldom while Skyvern or the database is away."""
    pause, workflows_at = LOOK_SECONDS, 0.0
    while True:
        gevent.sleep(pause * random.uniform(0.8, 1.2))
        if not lead.is_mine:
            continue
        too = time.monotonic() >= workflows_at
        try:
            look(app, workflows=too)
        except (SkyvernError, SQLAlchemyError, Unavailable) as error:
            pause = min(pause * 2, LONGEST_PAUSE)
            log.warning("not looked", error=type(error).__name__)
            continue
        except Exception:  # a loop that must outlive any mistake
            log.exception("not looked")
            continue
        pause = LOOK_SECONDS
        if too:
            workflows_at = time.monotonic() + WORKFLOWS_SECONDS


def examine_for_ever(rounds: Rounds, lead: Lead) -> None:
    """The doctor's own rounds; quiet and seldom while our database is away."""
    pause = LOOK_SECONDS
    while True:
        gevent.sleep(pause * random.uniform(0.6, 1.0))
        if not lead.is_mine:
            continue
        try:
            rounds.step()
        except (SQLAlchemyError, Unavailable) as error:
            pause = min(pause * 2, LONGEST_PAUSE)
            log.warning("not examined", error=type(error).__name__)
            continue
        except Exception:  # a loop that must outlive any mistake
            pause = LONGEST_PAUSE
            log.exception("not examined")
            continue
        pause = LOOK_SECONDS


def deliver_for_ever(app: Flask) -> None:
    while True:
        gevent.sleep(LOOK_SECONDS * random.uniform(0.4, 0.8))
        try:
            deliver(app)
        except (SQLAlchemyError, Unavailable) as error:
            log.warning("not delivered", error=type(error).__name__)
        except Exception:  # a loop that must outlive any mistake
            log.exception("not delivered")
