"""A tab's hold on a browser: taken once, refreshed every second, ended by whoever notices first that it is over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from .audit import Actor
from .models.columns import new_id
from .runs import control_rules as rules

BEAT = 1.0  # seconds
PATIENCE = 5.0  # seconds without a word of the database, then the browser is given up: others may have it soon
SOMEBODY_ELSE = 4423  # our close code: somebody else drives this browser
log = structlog.get_logger("holds")


class Hold:
    """The right to drive one browser. Everything here may be called from any thread."""

    def __init__(self, app: Flask, key: str, actor: Actor, on_lost: Callable[[str], None]) -> None:
        """`on_lost` is called once, from a thread of its own, with a sentence when the browser is another's."""
        self.key, self.viewer = key, new_id()
        self._app, self._actor, self._on_lost = app, actor, on_lost
        self._good = threading.Condition()
        self._refreshed = 0.0
        self._is_held = False
        self._over: threading.Event | None = None
        self._not_before = 0.0

    def take(self, *, by_force: bool = False) -> rules.Taking:
        """Take the browser, or learn who has it. From then on it is refreshed in the background."""
        begun = time.monotonic()
        with self._app.app_context():
            taking = rules.take(self.key, self._actor, self.viewer, by_force=by_force)
        if taking.is_mine:
            self._not_before = begun + rules.GOOD_FOR if taking.must_wait else 0.0
            self._refreshed, self._is_held = begun, True
            self._stop_beating()
            self._over = over = threading.Event()
            threading.Thread(target=self._beat, args=(over,), name="hold", daemon=True).start()
        return taking

    def wait_for_turn(self) -> None:
        """Wait, two seconds at most, until whoever drove before has certainly stopped."""
        while self._is_held and (left := self._not_before - time.monotonic()) > 0:
            time.sleep(min(left, 0.25))

    def is_good(self, within: float = PATIENCE) -> bool:
        """Whether something may be sent on now; waits up to `within` seconds for a refresh that is late."""
        deadline = time.monotonic() + within
        with self._good:
            while self._is_held and time.monotonic() - self._refreshed >= rules.GOOD_FOR:
                if not self._good.wait(max(0.0, deadline - time.monotonic())) and time.monotonic() >= deadline:
                    return False
            return self._is_held

    def give_back(self, *, lost: str | None = None) -> None:
        """Free the browser; `lost` says why when it was not the person's own doing. Idempotent. Never raises."""
        if self._end():
            self._try(lambda: rules.release(self.key, self.viewer, self._actor, lost=lost))

    def hand_over(self) -> None:
        """Keep the browser for whoever asked; free it when nobody does. Never raises."""
        if self._end() and not self._try(lambda: rules.hand_over(self.key, self.viewer, self._actor)):
            self._try(lambda: rules.release(self.key, self.viewer, self._actor))

    def keep(self) -> None:
        """Answer no to whoever asked. Never raises."""
        self._try(lambda: rules.keep(self.key, self.viewer, self._actor))

    def _beat(self, over: threading.Event) -> None:
        while not over.wait(BEAT):
            begun = time.monotonic()
            try:
                with self._app.app_context():
                    mine = rules.refresh(self.key, self.viewer)
                    now = None if mine else rules.driver_of([self.key]).get(self.key)
            except SQLAlchemyError:
                if begun - self._refreshed <= PATIENCE:
                    continue
                self._lose(over, "Our database does not answer, so the browser was let go.")
                return
            if mine is None:
                self._lose(over, self._who_has_it(now))
                return
            with self._good:
                self._refreshed = begun
                self._good.notify_all()

    def _who_has_it(self, now: rules.Driver | None) -> str:
        if now is None:
            return "The browser was let go."
        if now.holder_id == self._actor.id:
            return "You drive in another window now."
        return f"{now.holder_name[:60]} drives now."

    def _lose(self, over: threading.Event, sentence: str) -> None:
        if not over.is_set() and self._end():
            self._on_lost(sentence)

    def _end(self) -> bool:
        with self._good:
            was_held, self._is_held = self._is_held, False
            self._good.notify_all()
        self._stop_beating()
        return was_held

    def _stop_beating(self) -> None:
        if self._over is not None:
            self._over.set()

    def _try(self, act: Callable[[], object]) -> object:
        try:
            with self._app.app_context():
                return act()
        except SQLAlchemyError as error:
            log.error("hold not written", key=self.key, error=type(error).__name__)
            return None
