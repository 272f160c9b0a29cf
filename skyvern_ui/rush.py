"""After a restart everybody who watched comes back at once: a rush is spread over the next seconds."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

MOST_A_SECOND = 100


class Rush:
    """Counts the sockets opened in this process, second by second."""

    def __init__(self, most: int = MOST_A_SECOND, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._second, self._count = 0, 0

    def is_on(self) -> bool:
        """Counts one more; true when this second has had enough of them."""
        now = int(self._clock())
        if now != self._second:
            self._second, self._count = now, 0
        self._count += 1
        return self._count > self._most


def come_back_in() -> int:
    """Whole seconds to wait, at random, so that those who were sent away do not come back together."""
    return random.randint(1, 5)
