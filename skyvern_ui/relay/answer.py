"""An upstream's answer: its head read strictly, its body handed on as it arrives.

Framing follows RFC 9112. Whatever two readers could understand differently (two lengths, a length
beside chunks, chunks in HTTP/1.0, folded or nameless headers, control characters, bare line feeds) is
not understood at all: `Broken`.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator

from skyvern_ui.relay.body_frames import Body, ChunkedBody, EmptyBody, SizedBody, UntilCloseBody
from skyvern_ui.relay.watchman import WATCHMAN, Call
from skyvern_ui.skyvern.errors import Broken, Departed, Redirected, SkyvernError, TimedOut

MOST_HEAD = 65536
_STATUS = re.compile(r"HTTP/1\.([01]) ([1-5][0-9]{2})(?: [^\x00\r\n]*)?")
_FIELD = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_MOVED = frozenset({300, 301, 302, 303, 305, 307, 308})

Ending = Callable[[bool], None]


class Wire:
    """The upstream socket with a deadline: every read gets the time that is left, and no more."""

    __slots__ = ("_call", "deadline", "sock")

    def __init__(self, sock: socket.socket, deadline: float, call: Call | None) -> None:
        """`deadline` is a moment of `time.monotonic()`; `call` knows whether our client has gone."""
        self.sock = sock
        self.deadline = deadline
        self._call = call

    def recv(self, size: int) -> bytes:
        """Up to `size` bytes, `b""` at the end. Raises TimedOut, Broken, or Departed if the client left."""
        try:
            self._set_timeout()
            data = self.sock.recv(size)
        except TimeoutError as error:
            raise TimedOut from error
        except (OSError, ValueError) as error:
            raise self.broken() from error
        if not data and self._call is not None and self._call.left:
            raise Departed
        return data

    def send(self, data: bytes) -> bool:
        """Send all of it; False when the other side no longer listens. Raises TimedOut, Broken, Departed."""
        try:
            self._set_timeout()
            self.sock.sendall(data)
        except TimeoutError as error:
            raise TimedOut from error
        except ConnectionError:
            return False
        except (OSError, ValueError) as error:
            raise self.broken() from error
        return True

    def broken(self) -> SkyvernError:
        """What to call an end that came too early."""
        return Departed() if self._call is not None and self._call.left else Broken()

    def allow_cut(self) -> None:
        """Let a client that leaves end the call, where that had to wait."""
        if self._call is not None and not self._call.may_cut:
            WATCHMAN.allow_cut(self._call)

    def _set_timeout(self) -> None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimedOut
        self.sock.settimeout(left)


class Answer:
    """Status, headers (names in lower case, in order) and a body that can be read once."""

    def __init__(
        self,
        status: int,
        headers: list[tuple[str, str]],
        body: Body,
        reusable: bool,
        ending: Ending,
        allow_cut: Callable[[], None],
    ) -> None:
        self.status = status
        self.headers = headers
        self._body = body
        self._reusable = reusable
        self._ending: Ending | None = ending
        self._allow_cut = allow_cut

    @property
    def length(self) -> int | None:
        """Bytes of the body where the head tells, else None."""
        return self._body.length

    def header(self, name: str, default: str = "") -> str:
        """The first value of a header; `name` in lower case."""
        for key, value in self.headers:
            if key == name:
                return value
        return default

    def next_chunk(self) -> bytes:
        """The next bytes as soon as there are any, `b""` at the end; then the connection is given back.

        Raises Broken when the body ends early or lies about its length, TimedOut, Departed.
        """
        try:
            data = self._body.read()
        except BaseException:
            self.close()
            raise
        if self._body.is_over:
            self.close()
        return data

    def chunks(self) -> Iterator[bytes]:
        """The body as it arrives. Closes the answer whichever way the iteration ends."""
        try:
            while chunk := self.next_chunk():
                yield chunk
        finally:
            self.close()

    def read(self, most: int) -> bytes:
        """The whole body, at most `most` bytes; more raises Broken. For small JSON and error texts."""
        parts: list[bytes] = []
        size = 0
        for chunk in self.chunks():
            size += len(chunk)
            if size > most:
                raise Broken
            parts.append(chunk)
        return b"".join(parts)

    def allow_cut(self) -> None:
        """From now on a client that leaves ends this answer, although it answers a write.

        Not called before the part that says what was written has been read: it has to be recorded.
        """
        if self._ending is not None:
            self._allow_cut()

    def __del__(self) -> None:
        # A net for callers that never started to iterate: a slot of the pool not given back is lost for good.
        self.close()

    def close(self) -> None:
        """Give the connection back if the body was read to its end, close it otherwise. Idempotent."""
        ending, self._ending = self._ending, None
        if ending is not None:
            ending(self._reusable and self._body.is_over and self._body.is_clean)


def read_answer(wire: Wire, method: str, deadline: float, ending: Ending) -> Answer:
    """Read one answer's head; the body's deadline is `wire.deadline`, the head's is `deadline`.

    Raises Broken, TimedOut, Departed, and Redirected for a 3xx that names another place. `EndedEarly`,
    a kind of Broken, says that not a single byte came, which a GET on a reused connection may repeat.
    """
    last = wire.deadline
    wire.deadline = min(deadline, last)
    rest = b""
    for _ in range(8):
        head, rest = _read_head(wire, rest)
        minor, status, headers = _parse_head(head)
        if status >= 200:
            break
        if status == 101:
            raise Broken
    else:
        raise Broken
    wire.deadline = last
    if status in _MOVED:
        raise Redirected
    body, keeps = _frame(wire, rest, method, status, headers, knows_chunks=minor == "1")
    connection = ",".join(value for name, value in headers if name == "connection").lower()
    tokens = {token.strip() for token in connection.split(",")} if connection else frozenset()
    reusable = keeps and "close" not in tokens and (minor == "1" or "keep-alive" in tokens)
    return Answer(status, headers, body, reusable, ending, wire.allow_cut)


def read_head(wire: Wire) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and what came after the head, 101 included. Raises Broken, TimedOut."""
    head, rest = _read_head(wire, b"")
    _, status, headers = _parse_head(head)
    return status, headers, rest


class EndedEarly(Broken):
    """The connection ended before the first byte of the answer."""


def _read_head(wire: Wire, data: bytes) -> tuple[str, bytes]:
    started = bool(data)
    at = data.find(b"\r\n\r\n")
    while at < 0:
        if len(data) > MOST_HEAD:
            raise Broken
        try:
            more = wire.recv(65536)
        except Broken as error:
            raise (error if started else EndedEarly()) from error
        if not more:
            raise Broken if started else EndedEarly
        started = True
        start = max(0, len(data) - 3)
        data += more
        at = data.find(b"\r\n\r\n", start)
    return data[:at].decode("latin-1"), data[at + 4 :]


def _parse_head(head: str) -> tuple[str, int, list[tuple[str, str]]]:
    lines = head.split("\r\n")
    first = _STATUS.fullmatch(lines[0])
    if first is None:
        raise Broken
    headers = []
    for line in lines[1:]:
        field = _FIELD.fullmatch(line)
        if field is None:
            raise Broken
        headers.append((field[1].lower(), field[2].rstrip(" \t")))
    return first[1], int(first[2]), headers


def _frame(wire: Wire, rest: bytes, method: str, status: int, headers: list[tuple[str, str]], *,
           knows_chunks: bool) -> tuple[Body, bool]:
    lengths = [value for name, value in headers if name == "content-length"]
    codings = [value.lower() for name, value in headers if name == "transfer-encoding"]
    if codings and (codings != ["chunked"] or lengths or not knows_chunks):
        raise Broken
    if lengths and (len(set(lengths)) > 1 or not (lengths[0].isascii() and lengths[0].isdigit())):
        raise Broken
    if method == "HEAD" or status in (204, 304):
        return EmptyBody(rest), True
    if codings:
        return ChunkedBody(wire.recv, wire.broken, rest), True
    if lengths:
        return SizedBody(wire.recv, wire.broken, rest, int(lengths[0])), True
    return UntilCloseBody(wire.recv, wire.broken, rest), False
