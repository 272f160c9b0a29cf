"""Reading something large in a real thread, so that everybody else's requests go on meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import gevent

T = TypeVar("T")
LARGE = 256 * 1024  # bytes; less is read at once, in a few milliseconds


def aside(size: int, work: Callable[[], T]) -> T:
    """What `work` gives, or raises. It must touch neither the request nor the database."""
    if size <= LARGE:
        return work()
    told, value = gevent.get_hub().threadpool.apply(_told, (work,))
    if told is not None:
        raise told
    found: T = value
    return found


def _told(work: Callable[[], T]) -> tuple[Exception | None, T | None]:
    try:
        return None, work()
    except Exception as error:  # noqa: BLE001 - raised again where somebody waits for it
        return error, None
