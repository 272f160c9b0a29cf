"""Work that keeps the processor busy, done in a real thread beside the loop that serves everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import gevent

T = TypeVar("T")
LARGE = 256 * 1024  # bytes; less is read at once, in a few milliseconds


def aside(work: Callable[..., T], *given: Any) -> T:
    """What `work` gives, or raises. It must touch neither the request nor the database."""
    trouble, value = gevent.get_hub().threadpool.apply(_done, (work, given))
    if trouble is not None:
        raise trouble
    found: T = value
    return found


def aside_if_large(size: int, work: Callable[..., T], *given: Any) -> T:
    """The same for something of so many bytes: a thread costs more than to read a small one."""
    return aside(work, *given) if size > LARGE else work(*given)


def _done(work: Callable[..., T], given: tuple[Any, ...]) -> tuple[Exception | None, T | None]:
    """An error that left the thread by itself would be printed by gevent before anybody handles it."""
    try:
        return None, work(*given)
    except Exception as error:  # noqa: BLE001 - raised again where somebody waits for it
        return error, None
