"""A client's request body, piece by piece, under a deadline."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Protocol

from skyvern_ui.skyvern.errors import Departed, Stalled

PIECE = 65536
PATIENCE = 10.0


class Readable(Protocol):
    """`wsgi.input`."""

    def read(self, size: int, /) -> bytes: ...


class Timed(Protocol):
    """The client's socket, where the server hands it out."""

    def settimeout(self, value: float | None, /) -> None: ...
    def gettimeout(self) -> float | None: ...


def upload_pieces(
    source: Readable, length: int | None, *, total: float, client: Timed | None = None
) -> Iterator[bytes]:
    """The body in pieces of at most 64 KiB; `length` bytes, or to its end when that is unknown.

    `total` is in seconds from the first piece; with `client`, its socket also may not stay silent for
    more than 10 seconds. Raises `Stalled` for a slow client, `Departed` for one that left half-way.
    """
    deadline = time.monotonic() + total
    before = client.gettimeout() if client is not None else None
    left = length
    try:
        while left is None or left > 0:
            now = time.monotonic()
            if now >= deadline:
                raise Stalled
            if client is not None:
                client.settimeout(min(PATIENCE, deadline - now))
            piece = source.read(PIECE if left is None else min(PIECE, left))
            if not piece:
                if left:
                    raise Departed
                return
            if left is not None:
                left -= len(piece)
            yield piece
    except TimeoutError as error:
        raise Stalled from error
    except OSError as error:
        raise Departed from error
    finally:
        if client is not None:
            client.settimeout(before)
