"""What keeps the holds of this process alive while its calls run, and ends those that could not be ended at once.

One thread for all calls, only while there are any. When the process dies it dies too, and the reaper takes over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from ...extensions import db
from ...models.reader import Unavailable
from ...services.credits.ledger_rules import extend

log = structlog.get_logger("llm")
SECONDS, LONGEST = 30.0, 2 * 3600.0  # no call lasts longer: what was forgotten is left to the reaper
AWAY = (SQLAlchemyError, Unavailable)


class Leases:
    """The calls under way in this process."""

    def __init__(self, app: Flask, seconds: float = SECONDS) -> None:
        """Each hold is extended every so many seconds."""
        self._app, self._seconds = app, seconds
        self._lock, self._woken = threading.Lock(), threading.Event()
        self._alive: dict[str, float] = {}
        self._unended: dict[str, Callable[[], object]] = {}
        self._is_running = False

    @property
    def is_idle(self) -> bool:
        """True when nothing is under way, and the thread has ended."""
        return not self._is_running

    def keep(self, charge_id: str) -> None:
        """This call has begun."""
        with self._lock:
            self._alive[charge_id] = time.monotonic() + LONGEST
            self._start()

    def drop(self, charge_id: str) -> None:
        """It is over."""
        with self._lock:
            self._alive.pop(charge_id, None)

    def end_later(self, charge_id: str, write: Callable[[], object]) -> None:
        """The books were away when this call ended: `write` is tried until it succeeds. It must be harmless twice."""
        with self._lock:
            self._alive.pop(charge_id, None)
            self._unended[charge_id] = write
            self._start()

    def _start(self) -> None:
        if not self._is_running:
            self._is_running = True
            threading.Thread(target=self._run, name="leases", daemon=True).start()

    def _run(self) -> None:
        while True:
            self._woken.wait(self._seconds)
            with self._lock:
                moment = time.monotonic()
                self._alive = {each: until for each, until in self._alive.items() if until > moment}
                alive, unended = tuple(self._alive), dict(self._unended)
                if not alive and not unended:
                    self._is_running = False
                    return
            with self._app.app_context():
                for charge_id, write in unended.items():
                    self._end(charge_id, write)
                for charge_id in alive:
                    with suppress(*AWAY):
                        extend(charge_id)
                db.session.remove()

    def _end(self, charge_id: str, write: Callable[[], object]) -> None:
        try:
            write()
        except AWAY as error:
            log.error("a charge is not ended yet", charge=charge_id, error=type(error).__name__)
            return
        except Exception:  # this thread must outlive any mistake; the reaper ends the charge
            log.exception("a charge cannot be ended", charge=charge_id)
        with self._lock:
            self._unended.pop(charge_id, None)


def leases_of(app: Flask) -> Leases:
    """This process's, made on first use."""
    found: Leases = app.extensions.setdefault("llm_leases", Leases(app))
    return found
