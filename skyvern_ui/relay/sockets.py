"""Questions about a socket that need no bytes, and the one blow that ends it from another thread."""

from __future__ import annotations

import os
import select
import socket
import sys
from functools import cache
from typing import Any, Protocol

RDHUP = getattr(select, "POLLRDHUP", 0x2000)
GONE = RDHUP | select.POLLHUP | select.POLLERR | select.POLLNVAL


class HasFileno(Protocol):
    """Anything with a file descriptor: a plain, TLS or gevent socket."""

    def fileno(self) -> int: ...


def new_poll() -> select.poll:
    """A poll object of the operating system's own, which with time-out zero never yields to a hub."""
    return _poll_type()()  # type: ignore[no-any-return]


@cache
def _poll_type() -> Any:
    """Asked once, at the first call: by then the process is patched, if it ever will be."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is not None and monkey.is_module_patched("select"):
        return monkey.get_original("select", "poll")
    return select.poll


def is_stale(sock: HasFileno) -> bool:
    """Whether an idle connection was closed, or spoke out of turn. Never waits, reads nothing."""
    poll = new_poll()
    poll.register(sock.fileno(), select.POLLIN | GONE)
    return bool(poll.poll(0))


def shut(sock: HasFileno) -> None:
    """End both directions of a connection that another thread or greenlet is blocked on.

    Works on a duplicate of the descriptor, so that a TLS object in use elsewhere keeps its state and
    simply sees the end of the stream. A socket already closed is left alone.
    """
    try:
        with socket.socket(fileno=os.dup(sock.fileno())) as twin:
            twin.shutdown(socket.SHUT_RDWR)
    except (OSError, ValueError):
        pass
