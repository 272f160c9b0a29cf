"""A circuit breaker: an upstream that is down is not dialled by every request."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from skyvern_ui.skyvern.errors import TimedOut, Unreachable


class Circuit:
    """After `failures` straight failures to connect, entering raises `Unreachable` at once for `pause` seconds.

    Then one caller may try; the others keep failing fast until that one has succeeded or failed.
    """

    def __init__(self, failures: int = 5, pause: float = 5.0) -> None:
        self._most = failures
        self._pause = pause
        self._lock = threading.Lock()
        self._failed = 0
        self._closed_until = 0.0

    @property
    def is_open(self) -> bool:
        """True while callers are turned away."""
        return self._failed >= self._most and time.monotonic() < self._closed_until

    def __enter__(self) -> None:
        if self._failed < self._most:
            return
        with self._lock:
            now = time.monotonic()
            if self._failed >= self._most:
                if now < self._closed_until:
                    raise Unreachable
                self._closed_until = now + self._pause

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            if error is None:
                self._failed = 0
            elif isinstance(error, (Unreachable, TimedOut)):
                self._failed += 1
                if self._failed >= self._most:
                    self._closed_until = time.monotonic() + self._pause
