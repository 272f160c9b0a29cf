"""What each worker does beside answering: tell its sockets before it goes, tidy up once a minute, and send notices.

Tidying is harmless when several workers do it at once: every statement only removes or settles what is over. Looking
at what is watched, asking about the runs of services, keeping their books, the doctor's rounds, schedules and batches,
are each for one of them, whoever holds the lease, so that Skyvern is asked once; sending is for any, because each
claims the row it sends.
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

from . import lease, rounds
from .audit.rules import settle_forgotten
from .config import Settings
from .database import writing
from .doctor.history import rules as history_rules
from .doctor.history.watching import Rounds
from .models import Session, Verification
from .models.columns import new_id, now
from .notices.delivery import deliver
from .notices.rules import anything_watched, forget
from .notices.watching import look
from .schedules import watching as schedules
from .schedules.watch_rules import anything_watched as any_schedule_watched
from .services.clockwork import anything_to_keep, keep_for_ever
from .services.runs import watching as charges
from .services.runs.charge_rules import anything_open
from .workflows.batches import running as batches
from .workflows.batches.row_rules import anything_to_do
from .workflows.batches.rules import forget_drafts
from .workflows.transfer.nightly import PAUSE_SECONDS as EXPORT_SECONDS
from .workflows.transfer.nightly import Nightly

log = structlog.get_logger("housekeeping")
DRAIN_TICK_SECONDS, TIDY_SECONDS = 0.25, 60.0
LOOK_SECONDS, DELIVER_SECONDS, WORKFLOWS_SECONDS, LEASE_SECONDS = 5.0, 3.0, 15.0, 20.0
WATCHER, DOCTOR, RUN_CHARGES, BOOKS, EXPORT = "watcher", "doctor", "run charges", "books", "export"
SCHEDULES, BATCHES = "schedules", "batches"


def start(worker: Any) -> None:
    """Called by gunicorn once the application of this worker is loaded."""
    app: Flask = worker.app.wsgi()
    gevent.spawn(drain_when_asked, worker, app)
    gevent.spawn(tidy_for_ever, app)
    settings: Settings = app.config["SETTINGS"]

    def led(job: str, is_wanted: Callable[[], bool]) -> Lead:
        lead = Lead(app, job, is_wanted)
        gevent.spawn(lead.keep_for_ever, worker)
        return lead

    def again(look: Callable[[], object], lead: rounds.Lead, what: str, seconds: float) -> None:
        gevent.spawn(rounds.for_ever, look, lead, what, seconds)

    again(Looker(app).look, led(WATCHER, anything_watched), "what is watched", LOOK_SECONDS)
    again(lambda: charges.look(app), led(RUN_CHARGES, anything_open), "runs of services", charges.PAUSE_SECONDS)
    again(lambda: schedules.look(app), led(SCHEDULES, any_schedule_watched), "schedules", schedules.SECONDS)
    gevent.spawn(keep_for_ever, app, led(BOOKS, anything_to_keep))
    if settings.doctor_minutes:
        again(Rounds(app, settings.doctor_minutes, app.extensions["checks"]).step, led(DOCTOR, lambda: True),
              "the doctor", LOOK_SECONDS)
    again(lambda: batches.look(app), led(BATCHES, anything_to_do), "batches", batches.PAUSE_SECONDS)
    if settings.export_dir:
        again(Nightly(app).look, led(EXPORT, lambda: True), "the nightly export", EXPORT_SECONDS)
    again(lambda: deliver(app), rounds.Everybody(), "notices", DELIVER_SECONDS)


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
        forget_drafts()
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


class Looker:
    """What is watched: runs each time, workflows every fifteen seconds."""

    def __init__(self, app: Flask) -> None:
        self._app, self._workflows_at = app, 0.0

    def look(self) -> None:
        too = time.monotonic() >= self._workflows_at
        look(self._app, workflows=too)
        if too:
            self._workflows_at = time.monotonic() + WORKFLOWS_SECONDS
