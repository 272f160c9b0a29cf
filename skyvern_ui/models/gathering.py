"""Lookups that arrive while the database is busy with earlier ones are asked together, in one round trip.

Each is answered only by a question that was sent after it arrived, so nobody is told anything older than if they
had asked alone: promise 3 (DESIGN.md) holds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any

UNDER_WAY = 2
WAIT_SECONDS = 10.0

Rows = dict[str, Any]


class Unavailable(Exception):
    """The database cannot answer. Nobody is let in."""


class Gathering:
    """Finds rows by a key, several keys at a time. One of those who wait asks for all."""

    def __init__(self, ask: Callable[[Sequence[str]], Rows]) -> None:
        """`ask` answers the rows it found, by key. It may raise Unavailable."""
        self._ask = ask
        self._lock = threading.Lock()
        self._open: _Round | None = None
        self._turns: SimpleQueue[None] = SimpleQueue()
        for _ in range(UNDER_WAY):
            self._turns.put(None)

    def find(self, key: str) -> Any:
        """The row with this key, or None. Raises Unavailable."""
        with self._lock:
            joined = self._open
            mine = self._open = joined or _Round()
            mine.keys.add(key)
        if joined is None:
            self._lead(mine)
        elif not mine.is_answered.wait(WAIT_SECONDS) or mine.rows is None:
            raise Unavailable
        assert mine.rows is not None
        return mine.rows.get(key)

    def _lead(self, mine: _Round) -> None:
        try:
            self._wait_for_turn(mine)
            try:
                mine.rows = self._ask(tuple(mine.keys))
            finally:
                self._turns.put(None)
        finally:
            mine.is_answered.set()

    def _wait_for_turn(self, mine: _Round) -> None:
        """Afterwards nobody joins this round any more."""
        try:
            self._turns.get(timeout=WAIT_SECONDS)
        except Empty:
            raise Unavailable from None
        finally:
            with self._lock:
                if self._open is mine:
                    self._open = None


class _Round:
    """Those who are asked for together, and what was found: None while, and if, there is no answer."""

    __slots__ = ("is_answered", "keys", "rows")

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.rows: Rows | None = None
        self.is_answered = threading.Event()
