"""Work that keeps the processor busy, done beside the loop that serves everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import gevent

T = TypeVar("T")


def aside(work: Callable[..., T], *given: Any) -> T:
    """The result of `work`, done in a real thread of gevent's own, so that no other request waits for it."""
    result: T = gevent.get_hub().threadpool.apply(work, given)
    return result
