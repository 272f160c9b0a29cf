"""Calls from many threads on a machine with much else to do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import OperationalError

Got = TypeVar("Got")
LONGEST_SECONDS = 120.0


def patiently(act: Callable[[], Got]) -> Got:
    """What `act` gives, once the database lets it write. Whoever waits five seconds for the lock is told so and has
    changed nothing: it tries again, as a program does after a 503."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while True:
        try:
            return act()
        except OperationalError:
            if time.monotonic() > deadline:
                raise
