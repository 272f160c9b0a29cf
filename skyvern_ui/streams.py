"""Everything that stays open: sockets, long downloads. Each belongs to a session and ends with it.

One watcher per process asks the database every second which of the sessions may go on. When the database is
away, streams live for another minute. On shutdown all are told to come back elsewhere.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from .metrics import OPEN_STREAMS
from .models.reader import Reader, SignedIn, Unavailable

SIGNED_OUT, GOING_AWAY, TRY_LATER = 4401, 1001, 1013
TICK_SECONDS, PATIENCE_SECONDS = 1.0, 60.0


@dataclass(eq=False, slots=True)
class Stream:
    """Something open. `end(code)` closes it, from any greenlet, and never blocks for long."""

    session_id: str
    role: str
    end: Callable[[int], None]


class Streams:
    """The open streams of this process."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._open: set[Stream] = set()
        self._watcher: threading.Thread | None = None
        self._lock = threading.Lock()
        self.draining = False

    def __len__(self) -> int:
        return len(self._open)

    def count_of(self, session_id: str) -> int:
        """How many streams this session has open here."""
        return sum(1 for s in list(self._open) if s.session_id == session_id)

    @contextmanager
    def holding(self, person: SignedIn, end: Callable[[int], None]) -> Iterator[None]:
        """While inside, `end` is called as soon as this person's session may not go on."""
        stream = Stream(person.session_id, person.role, end)
        self._open.add(stream)
        OPEN_STREAMS.inc()
        self._ensure_watcher()
        try:
            yield
        finally:
            self._open.discard(stream)
            OPEN_STREAMS.dec()

    def drain(self) -> int:
        """Ends everything because this process goes away. How many there were."""
        self.draining = True
        streams = list(self._open)
        for stream in streams:
            _end(stream, GOING_AWAY)
        return len(streams)

    def _ensure_watcher(self) -> None:
        with self._lock:
            if self._watcher is None or not self._watcher.is_alive():
                self._watcher = threading.Thread(target=self._watch, name="streams", daemon=True)
                self._watcher.start()

    def _watch(self) -> None:
        answered = time.monotonic()
        idle_ticks = 0
        while idle_ticks < 30:
            time.sleep(TICK_SECONDS)
            streams = list(self._open)
            idle_ticks = 0 if streams else idle_ticks + 1
            if not streams:
                answered = time.monotonic()
                continue
            try:
                alive = self._alive({s.session_id for s in streams})
            except Unavailable:
                if time.monotonic() - answered > PATIENCE_SECONDS:
                    for stream in streams:
                        _end(stream, TRY_LATER)
                continue
            answered = time.monotonic()
            for stream in streams:
                if alive.get(stream.session_id) != stream.role:
                    # Each by itself: a slow goodbye must not keep the next one open beyond its two seconds.
                    threading.Thread(target=_end, args=(stream, SIGNED_OUT), name="stream end", daemon=True).start()

    def _alive(self, ids: set[str]) -> dict[str, str]:
        alive: dict[str, str] = {}
        waiting = sorted(ids)
        for start in range(0, len(waiting), 400):
            alive |= self._reader.alive(waiting[start:start + 400])
        return alive


def _end(stream: Stream, code: int) -> None:
    with suppress(Exception):
        stream.end(code)
