"""An answer's body on its way to a client, scanned for secrets, bounded, never held whole."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Self

from skyvern_ui.relay.answer import Answer
from skyvern_ui.relay.key_scan import KeyScan
from skyvern_ui.skyvern.errors import Broken

WINDOW = 65536
MOST = 2 * 1024**3


class RelayedBody:
    """A WSGI iterable with one owner. `whole` is the complete body when it fitted the first window.

    An error while iterating must reach the WSGI server: it then breaks the transfer instead of
    finishing it, so that a short body never looks complete. Closing is idempotent.
    """

    def __init__(self, answer: Answer, scan: KeyScan, most: int) -> None:
        self._answer = answer
        self._scan = scan
        self._left = most
        self._first: list[bytes] = []
        self._is_over = False
        self.whole: bytes | None = None

    def fill_window(self, size: int) -> None:
        """Read up to `size` bytes, or to the end, before anything may be sent."""
        held = 0
        while held < size and not self._is_over:
            piece = self._next()
            held += len(piece)
            self._first.append(piece)
        if self._is_over:
            self.whole = b"".join(self._first) if len(self._first) != 1 else self._first[0]

    def __iter__(self) -> Iterator[bytes]:
        try:
            first, self._first = self._first, []
            yield from filter(None, first)
            while not self._is_over:
                piece = self._next()
                if piece:
                    yield piece
        finally:
            self.close()

    def close(self) -> None:
        """Give the upstream connection back, or close it if the body was not read to its end."""
        self._answer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _next(self) -> bytes:
        try:
            chunk = self._answer.next_chunk()
            self._left -= len(chunk)
            if self._left < 0:
                raise Broken
            if chunk:
                return self._scan.feed(chunk)
            self._is_over = True
            return self._scan.end()
        except BaseException:
            self.close()
            raise


def relay_body(answer: Answer, scan: KeyScan, *, window: int = WINDOW, most: int = MOST) -> RelayedBody:
    """Take over an answer's body. Call it before the status is sent: it may raise `Leaked`.

    When the body is JSON or text, but not an event stream, its first `window` bytes (or all of it) are
    read and scanned here, so that an answer with a secret in it can become a 502 with nothing sent. A
    secret found later raises `Leaked` while iterating, which cuts the transfer. More than `most` bytes
    raise `Broken`. Also raises Broken, TimedOut and Departed; the answer is closed on every error.
    """
    body = RelayedBody(answer, scan, most)
    if answer.length == 0:
        body.fill_window(1)
    elif _is_read_by_people(answer.header("content-type")):
        body.fill_window(window)
    answer.allow_cut()
    return body


def _is_read_by_people(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    if kind in ("text/event-stream", "application/x-ndjson", "application/stream+json"):
        return False
    return kind in ("", "application/json") or kind.startswith("text/") or kind.endswith(("+json", "+xml"))
