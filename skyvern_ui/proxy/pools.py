"""The connections of this process to Skyvern, one pool for each address in use."""

from __future__ import annotations

import ssl
import threading

from ..relay.dial import trust
from ..relay.http import Pool
from ..skyvern.connection import Connection


class Pools:
    """Pools by scheme, host and port. Made after the fork, on first use."""

    def __init__(self) -> None:
        self._pools: dict[tuple[str, str, int], Pool] = {}
        self._known: tuple[str, Pool] | None = None
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None

    def of(self, connection: Connection) -> Pool:
        """The pool of this connection's address."""
        known = self._known
        if known is not None and known[0] == connection.url:
            return known[1]
        place = (connection.scheme, connection.host, connection.port)
        pool = self._pools.get(place)
        if pool is None:
            with self._lock:
                pool = self._pools.setdefault(place, Pool(*place, context=self.trusted(connection)))
        self._known = (connection.url, pool)
        return pool

    def trusted(self, connection: Connection) -> ssl.SSLContext | None:
        """What TLS to Skyvern trusts: the system's certificates."""
        if connection.scheme != "https":
            return None
        if self._context is None:
            self._context = trust()
        return self._context
