"""A model's stream on its way to a service, read to its end for the books whoever leaves."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import structlog

from ...formatters import plain_credits
from ...skyvern.errors import Leaked, SkyvernError, TimedOut
from .charging import Charging
from .events import DONE, Events, TooLong
from .sending import Sent

log = structlog.get_logger("llm")
BROKE: dict[type[Exception], tuple[str, str]] = {
    Leaked: ("upstream_leak", "The model's answer was withheld: it held a secret."),
    TimedOut: ("upstream_timeout", "The model took too long."),
}


class MeteredStream:
    """A WSGI iterable. The charge ends when the stream does; when the client leaves first, the rest is read without it,
    within the deadline of the call. A stream that brought nothing costs nothing."""

    def __init__(self, sent: Sent, events: Events, charging: Charging) -> None:
        self._sent, self._events, self._charging = sent, events, charging
        self._is_over = False
        self._broke = ("upstream_broken", "The model's stream broke off.")

    def __iter__(self) -> Iterator[bytes]:
        try:
            while piece := self._sent.next():
                yield from self._events.feed(piece)
            yield self._events.end()
        except (SkyvernError, TooLong) as error:
            self._broke = BROKE.get(type(error), self._broke)
            log.warning("a stream broke", error=type(error).__name__)
        self._finish()
        if not self._events.is_done:
            yield DONE if self._events.has_failed else _broken(*self._broke) + DONE
        if self._charging.charged:
            yield f": credits={plain_credits(self._charging.charged)}\n\n".encode()

    def close(self) -> None:
        """Called by the server, also when the client has left."""
        if not self._is_over:
            threading.Thread(target=self._drain, daemon=True).start()

    def _drain(self) -> None:
        try:
            piece = b""  # first what had come already, when the client left in the middle of it
            while True:
                for _ in self._events.feed(piece):
                    pass
                if not (piece := self._sent.next()):
                    break
            self._events.end()
        except (SkyvernError, TooLong) as error:
            log.info("a stream that nobody reads broke", error=type(error).__name__)
        finally:
            self._finish()

    def _finish(self) -> None:
        self._is_over = True
        self._sent.close()
        events = self._events
        more: dict[str, Any] = {"upstream_status": self._sent.status}
        if events.has_failed:
            more["reason"] = events.failed_by
        if events.has_content or events.usage.tokens:
            outcome = "done" if events.is_done and not events.has_failed else "cut_off"
            self._charging.settle(events.usage, outcome, told=more)
        else:
            self._charging.release("upstream_error" if events.has_failed else "empty_stream", **more)


def _broken(code: str, sentence: str) -> bytes:
    said = {"error": {"message": sentence, "type": "server_error", "code": code, "param": None}}
    return b"data: " + json.dumps(said).encode() + b"\n\n"
