"""A bounded number of places, first come, first served."""

from __future__ import annotations

from queue import Empty, SimpleQueue


class Slots:
    """At most `limit` holders at once.

    A queue of tokens and not `threading.Semaphore`: that one asks its lock in a way which, patched by gevent,
    gives up the processor at each release.
    """

    def __init__(self, limit: int) -> None:
        self._free: SimpleQueue[None] = SimpleQueue()
        for _ in range(limit):
            self._free.put(None)

    @property
    def free(self) -> int:
        """How many places nobody holds."""
        return self._free.qsize()

    def acquire(self, timeout: float) -> bool:
        """Take a place, waiting up to `timeout` seconds; False when none became free."""
        try:
            self._free.get(timeout=timeout)
        except Empty:
            return False
        return True

    def release(self) -> None:
        """Give the place back. Once for each that was taken."""
        self._free.put(None)
