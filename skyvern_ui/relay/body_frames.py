"""The four ways an HTTP/1.1 body can end: not at all, by length, by chunks, by the connection (RFC 9112 6)."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable

SIZE = 524288
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,12})[ \t]*(?:;[^\r\n]*)?")
_MOST_LINE = 4096
_MOST_TRAILERS = 16384

Recv = Callable[[int], bytes]
Fault = Callable[[], Exception]


class Body(ABC):
    """A body that is read piece by piece. `is_clean` is False when bytes followed its end."""

    length: int | None = None

    def __init__(self, recv: Recv, broken: Fault, rest: bytes) -> None:
        """`rest` is what arrived together with the head; `broken()` makes the error for an early end."""
        self._recv = recv
        self._broken = broken
        self._rest = rest
        self.is_over = False

    @property
    def is_clean(self) -> bool:
        return not self._rest

    @abstractmethod
    def read(self) -> bytes:
        """Bytes as soon as there are any; `b""` only at the end."""


class EmptyBody(Body):
    """No body: HEAD, 204, 304."""

    length = 0

    def __init__(self, rest: bytes) -> None:
        super().__init__(_nothing, EOFError, rest)
        self.is_over = True

    def read(self) -> bytes:
        return b""


class SizedBody(Body):
    """Content-Length."""

    def __init__(self, recv: Recv, broken: Fault, rest: bytes, length: int) -> None:
        super().__init__(recv, broken, rest)
        self.length = length
        self._left = length
        self.is_over = not length

    def read(self) -> bytes:
        if not self._left:
            return b""
        data, self._rest = self._rest, b""
        if not data:
            data = self._recv(SIZE)
            if not data:
                raise self._broken()
        if len(data) > self._left:
            data, self._rest = data[: self._left], data[self._left :]
        self._left -= len(data)
        self.is_over = not self._left
        return data


class UntilCloseBody(Body):
    """No length and no chunks: the end of the connection ends the body."""

    def read(self) -> bytes:
        if self.is_over:
            return b""
        data, self._rest = self._rest, b""
        data = data or self._recv(SIZE)
        self.is_over = not data
        return data


class ChunkedBody(Body):
    """Transfer-Encoding: chunked. Chunks that arrived together are handed on together."""

    def __init__(self, recv: Recv, broken: Fault, rest: bytes) -> None:
        super().__init__(recv, broken, b"")
        self._buffer = rest
        self._at = 0
        self._left = 0
        self._awaits = "size"
        self._trailers = 0

    def read(self) -> bytes:
        parts: list[bytes] = []
        while not self.is_over:
            if self._left and not (parts and self._at >= len(self._buffer)):
                self._take(parts)
            elif not self._left and (not parts or self._has_line()):
                self._step()
            else:
                break
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _take(self, parts: list[bytes]) -> None:
        if self._at >= len(self._buffer):
            self._fill()
        piece = self._buffer[self._at : self._at + self._left]
        self._at += len(piece)
        self._left -= len(piece)
        if not self._left:
            self._awaits = "end of chunk"
        parts.append(piece)

    def _step(self) -> None:
        line = self._line()
        if self._awaits == "end of chunk":
            if line:
                raise self._broken()
            self._awaits = "size"
        elif self._awaits == "size":
            size = _CHUNK.fullmatch(line)
            if size is None:
                raise self._broken()
            self._left = int(size[1], 16)
            if not self._left:
                self._awaits = "trailer"
        elif line:
            self._trailers += len(line)
            if self._trailers > _MOST_TRAILERS:
                raise self._broken()
        else:
            self.is_over = True
            self._rest = self._buffer[self._at :]

    def _has_line(self) -> bool:
        return self._buffer.find(b"\n", self._at) >= 0

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\n", self._at)) < 0:
            if len(self._buffer) - self._at > _MOST_LINE:
                raise self._broken()
            self._fill()
        line = self._buffer[self._at : end]
        self._at = end + 1
        if not line.endswith(b"\r"):
            raise self._broken()
        return line[:-1]

    def _fill(self) -> None:
        more = self._recv(SIZE)
        if not more:
            raise self._broken()
        self._buffer = self._buffer[self._at :] + more
        self._at = 0


def _nothing(size: int) -> bytes:
    return b""
