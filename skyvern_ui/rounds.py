"""Work that one worker does again and again: whoever leads looks, waits, and waits longer while others are away."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from .models.reader import Unavailable
from .skyvern.errors import SkyvernError

LONGEST_PAUSE_SECONDS = 60.0


class Lead(Protocol):
    """Whether this worker is the one that does a job."""

    @property
    def is_mine(self) -> bool: ...


class Everybody:
    """For work that each worker may do, because every piece is claimed by itself."""

    is_mine = True


def for_ever(look: Callable[[], object], lead: Lead, what: str, seconds: float) -> None:
    """Calls `look` about every so many seconds while `lead` is ours; up to a minute apart while Skyvern or a database
    is away. `what` is for the log. Never returns and never raises."""
    log = structlog.get_logger("rounds")
    pause = seconds
    while True:
        time.sleep(pause * random.uniform(0.8, 1.2))
        if not lead.is_mine:
            continue
        try:
            look()
            pause = seconds
        except (SkyvernError, SQLAlchemyError, Unavailable) as error:
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            log.warning("put off", what=what, error=type(error).__name__)
        except Exception:  # a loop that must outlive any mistake
            pause = LONGEST_PAUSE_SECONDS
            log.exception("put off", what=what)
