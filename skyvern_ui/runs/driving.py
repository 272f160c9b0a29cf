"""One person's turn at the browser of a run: from the first word of their page until somebody ends it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from ..audit import Actor
from ..holds import SOMEBODY_ELSE, Hold
from ..models.reader import Unavailable
from ..relay.answers import READY, closing_sentence, read_answer, tell
from ..relay.frames import State, read_message
from ..relay.leg import Closed
from ..relay.pump import pump
from ..relay.steering import read_input
from ..relay.viewport import Viewer
from ..relay.wire import ClientSocket, ServerSocket
from ..skyvern.errors import SkyvernError

FIRST_WORD_WITHIN = 10.0  # seconds
MOVES_APART = 1 / 30  # seconds between two moves of the mouse that are passed on
MOST_MESSAGE = 15 * 1024 * 1024  # a file of 10 MiB in base64, and its name
TAKE, CEDE = '{"kind": "take-control"}', '{"kind": "cede-control"}'
RUN_OVER, LOST = 4404, 1011
UNEXPECTED = "the connection was lost"


class Drive:
    """Made when a page asks to drive; `run` then carries its words to Skyvern for as long as the turn lasts."""

    def __init__(self, app: Flask, key: str, actor: Actor, *, may_force: bool,
                 open_upstream: Callable[[str], ClientSocket], watch: Callable[[], Viewer]) -> None:
        """`open_upstream` dials Skyvern's input socket under a client id; `watch` joins the picture of the run, which
        is how its end is noticed."""
        self._may_force, self._open, self._watch = may_force, open_upstream, watch
        self._lost: str | None = None
        self._is_given = self._is_ready = False
        self._moved = 0.0
        self._browser: ServerSocket | None = None
        self._hold = Hold(app, key, actor, self._let_go)

    def run(self, browser: ServerSocket) -> None:
        """Take the browser, drive it, give it back. Returns when the page's socket is over."""
        self._browser = browser
        if not self._take(browser):
            return
        self._lost = UNEXPECTED
        try:
            self._drive(browser)
        finally:
            self._hold.give_back(lost=self._lost)

    def sign_out(self, browser: ServerSocket, code: int) -> None:
        """End the turn because the session has ended, or this process goes."""
        self._lost = "the session ended" if code == 4401 else "the server went away"
        browser.close(code, linger=0.2)

    def _take(self, browser: ServerSocket) -> bool:
        first = browser.receive(FIRST_WORD_WITHIN)
        said = read_input(first) if first is not None else None
        if said is None or said.kind != "take-control":
            browser.close(1008, "The first word must be take-control.")
            return False
        try:
            taking = self._hold.take(by_force=said.is_forced and self._may_force)
        except SQLAlchemyError:
            browser.close(1013, "Our database does not answer. Try again in a moment.")
            return False
        if not taking.is_mine:
            who = taking.driver.holder_name[:60] if taking.driver else "Somebody"
            if said.is_forced and not self._may_force:
                self._tell(tell("refused", "Only an admin may take the browser from somebody."))
            browser.close(SOMEBODY_ELSE, f"{who} drives now.")
        return taking.is_mine

    def _drive(self, browser: ServerSocket) -> None:
        self._tell(tell("opening", "Waiting for the browser."))
        try:
            upstream = self._open(self._hold.viewer)
        except SkyvernError as error:
            browser.close(1011, error.sentence)
            return
        except Unavailable:
            browser.close(1013, "Our database does not answer. Try again in a moment.")
            return
        viewer, done = self._watch(), threading.Event()
        threading.Thread(target=self._wait_for_the_end, args=(viewer, done), name="drive", daemon=True).start()
        try:
            pump(browser, upstream, up=self._up, down=lambda message: self._down(message, upstream),
                 parting=lambda closed: self._part(closed, upstream),
                 explain=lambda closed: Closed(LOST if closed.code == 1000 else closed.code,
                                               closing_sentence(closed.code)))
        finally:
            done.set()
            viewer.leave()
            upstream.free()

    def _up(self, message: str | bytes) -> str | bytes | None:
        said = read_input(message)
        if said.kind in ("cede-control", "give-control"):
            self._is_given = said.kind == "give-control"
            raise Closed(1000, "The browser was given back.")
        if said.kind == "keep-control":
            self._hold.keep()
        if said.problem:
            self._tell(tell("not-passed-on", said.problem))
        if said.wire is None or not self._is_ready or (said.is_move and not self._may_move()):
            return None
        if not self._hold.is_good():
            raise Closed(SOMEBODY_ELSE, "You do not drive any more.")
        return said.wire

    def _down(self, message: str | bytes, upstream: ClientSocket) -> str | bytes | None:
        refusal = read_message(message).final
        if refusal is not None and refusal.reason == "key_refused":
            raise Closed(1002)
        kind, told = read_answer(message)
        if kind == READY and not self._is_ready:
            self._hold.wait_for_turn()
            upstream.send_text(TAKE)
            self._is_ready = True
            return tell("driving", "You drive. The picture takes your mouse and your keys.")
        return told

    def _part(self, closed: Closed, upstream: ClientSocket) -> None:
        """Nothing more goes up: then the browser is free, and only then does the page hear that it is."""
        self._say_goodbye(upstream)
        upstream.close(1000)
        if self._is_given:
            self._hold.hand_over()
        elif closed.code in (1000, 1001) and self._lost == UNEXPECTED:
            self._hold.give_back()
        else:
            self._hold.give_back(lost=self._lost)

    def _say_goodbye(self, upstream: ClientSocket) -> None:
        with suppress(Closed):
            upstream.send_text(CEDE)

    def _may_move(self) -> bool:
        now = time.monotonic()
        is_due = now - self._moved >= MOVES_APART
        self._moved = now if is_due else self._moved
        return is_due

    def _tell(self, text: str) -> None:
        if self._browser is not None:
            self._browser.send_text(text)

    def _let_go(self, sentence: str) -> None:
        if self._browser is not None:
            self._browser.close(SOMEBODY_ELSE, sentence, linger=0.2)

    def _wait_for_the_end(self, viewer: Viewer, done: threading.Event) -> None:
        while not done.is_set():
            item = viewer.next(1.0)
            if isinstance(item, State) and item.name == "over" and self._browser is not None:
                self._lost = "the run ended"
                self._browser.close(RUN_OVER, "The run is over.", linger=0.2)
                return
