"""Requests to one upstream: a bounded pool of kept connections, deadlines, and a circuit breaker.

The target goes out byte for byte as it was judged. urllib3 opens the connections; the head is written
and read here, because `urlopen` rewrites percent escapes and a read time-out is not a deadline.
"""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import suppress

from skyvern_ui.relay.answer import Answer, EndedEarly
from skyvern_ui.relay.circuit import Circuit
from skyvern_ui.relay.dial import dial
from skyvern_ui.relay.exchange import Exchange
from skyvern_ui.relay.request_head import Headers, Payload
from skyvern_ui.relay.slots import Slots
from skyvern_ui.relay.sockets import HasFileno, is_stale
from skyvern_ui.skyvern.errors import Busy


class Pool:
    """Connections of one worker process to one upstream. Create it after the fork."""

    def __init__(
        self,
        scheme: str,
        host: str,
        port: int,
        *,
        limit: int = 64,
        wait: float = 2.0,
        idle: float = 4.0,
        connect: float = 5.0,
        context: ssl.SSLContext | None = None,
        address: str | None = None,
    ) -> None:
        """At most `limit` calls at once; further ones wait up to `wait` seconds, then raise `Busy`.

        Connections idle for more than `idle` seconds are dropped (Skyvern up to 1.0.50 drops its side
        after 5). `connect` is in seconds. `address` pins the connection to a checked address while TLS
        still proves `host`.
        """
        self._place = (scheme, host, port)
        self._address = address
        self._context = context
        self._wait = wait
        self._idle_for = idle
        self._connect = connect
        self._slots = Slots(limit)
        self._idle: list[tuple[socket.socket, float]] = []
        self._circuit = Circuit()

    def open(
        self,
        method: str,
        target: str,
        headers: Headers,
        body: Payload = None,
        *,
        first_byte: float,
        total: float,
        retry_reset: bool = True,
        client: HasFileno | None = None,
    ) -> Answer:
        """Send one request and read the head of its answer; the caller must close the Answer.

        `first_byte` (seconds from the sent request to the complete head) and `total` (seconds from now to
        the last byte) are deadlines that no drip outlives. A body that is not bytes is streamed: with the
        `content-length` given in `headers`, which it must match, or else chunked. `client` is the socket
        of the one who asked: when it hangs up, a GET or HEAD is ended at once, a write only after
        `relay_body` has read the beginning of its answer. A GET or HEAD on a reused connection that was
        reset before any byte is sent once more unless `retry_reset` is False; nothing else is ever sent twice.

        Raises Busy, Unreachable, TimedOut, Redirected, Broken, Departed; ValueError for a target, method
        or header that cannot be written.
        """
        deadline = time.monotonic() + total
        exchange = Exchange(method, target, headers, body, first_byte, deadline, client)
        if not self._slots.acquire(min(self._wait, total)):
            raise Busy
        try:
            sock, is_reused = self._take(deadline)
            try:
                return exchange.over(sock, self._finish)
            except EndedEarly:
                if not (is_reused and retry_reset and exchange.is_repeatable):
                    raise
            self.drop_idle()
            return exchange.over(self._fresh(deadline), self._finish)
        except BaseException:
            self._slots.release()
            raise

    def drop_idle(self) -> None:
        """Close every idle connection, for example after the upstream's address or key has changed."""
        idle, self._idle = self._idle, []
        for sock, _ in idle:
            sock.close()

    def _finish(self, sock: socket.socket, is_reusable: bool) -> None:
        if is_reusable:
            now = time.monotonic()
            while self._idle and self._idle[0][1] < now - self._idle_for:
                with suppress(IndexError):
                    self._idle.pop(0)[0].close()
            self._idle.append((sock, now))
        else:
            sock.close()
        self._slots.release()

    def _take(self, deadline: float) -> tuple[socket.socket, bool]:
        oldest = time.monotonic() - self._idle_for
        while self._idle:
            with suppress(IndexError):
                sock, since = self._idle.pop()
                if since >= oldest and not is_stale(sock):
                    return sock, True
                sock.close()
        return self._fresh(deadline), False

    def _fresh(self, deadline: float) -> socket.socket:
        scheme, host, port = self._place
        with self._circuit:
            timeout = max(0.001, min(self._connect, deadline - time.monotonic()))
            return dial(scheme, host, port, timeout=timeout, context=self._context, address=self._address)
