"""The one-driver rule for sockets that programs open through the proxy: as on the page, by the same lease."""

from __future__ import annotations

from contextlib import suppress

from flask import Flask

from ..audit import Actor
from ..holds import SOMEBODY_ELSE, Hold
from ..relay.leg import Closed, Leg
from ..relay.steering import kind_of

CEDE = '{"kind": "cede-control"}'
# What the messages socket does to the browser itself, whoever holds its picture (api 5.5).
ACTS = frozenset({"navigate", "reload", "go-back", "go-forward", "clipboard-paste", "clear-cookies", "clear-history",
                  "clear-all-data"})  # fmt: skip


class Turn:
    """Watches what a program says to the browser. Control is taken by its `take-control` and ends with its socket."""

    def __init__(self, app: Flask, key: str, actor: Actor, socket: str) -> None:
        """`socket` is cdp_input or messages: of the first everything needs control, of the second what acts."""
        self._hold = Hold(app, key, actor, self._let_go)
        self._everything = socket == "cdp_input"
        self._was_taken = False
        self._browser: Leg | None = None

    def begin(self, browser: Leg) -> None:
        """The socket is open; it is closed with 4423 when somebody else takes the browser."""
        self._browser = browser

    def up(self, message: str | bytes) -> str | bytes | None:
        """The message as it may go on, or None. Raises `Closed` when the browser is somebody else's."""
        kind = kind_of(message)
        if kind is None:
            return None  # Skyvern's socket breaks on JSON that is no object, and hears nothing else
        if kind == "take-control":
            self._take()
        elif kind == "cede-control":
            self._hold.give_back()
        elif (self._everything or kind in ACTS) and not self._hold.is_good():
            return None  # as Skyvern does before take-control
        return message

    def part(self, upstream: Leg) -> None:
        """The program has gone: Skyvern hears so, and what was taken is given back."""
        if self._was_taken:
            with suppress(Closed):
                upstream.send_text(CEDE)
            upstream.close(1000)
        self.end()

    def end(self) -> None:
        """The socket is over: what was taken is given back."""
        self._hold.give_back()

    def _take(self) -> None:
        taking = self._hold.take()
        if not taking.is_mine:
            who = taking.driver.holder_name[:60] if taking.driver else "Somebody"
            raise Closed(SOMEBODY_ELSE, f"{who} drives now.")
        self._was_taken = True
        self._hold.wait_for_turn()

    def _let_go(self, sentence: str) -> None:
        if self._browser is not None:
            self._browser.close(SOMEBODY_ELSE, sentence, linger=0.2)
