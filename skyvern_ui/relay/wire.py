"""The two ends we hold of a WebSocket: one accepted from a browser, one opened to an upstream."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
import weakref
from collections.abc import Iterable, Mapping
from typing import Any, Self

from wsproto.connection import ConnectionType

from skyvern_ui.relay.answer import Wire, read_head
from skyvern_ui.relay.closing import Closed
from skyvern_ui.relay.dial import dial
from skyvern_ui.relay.handshake import check_switching, handshake_refusal, opening, switching
from skyvern_ui.relay.leg import Leg
from skyvern_ui.relay.request_head import request_head
from skyvern_ui.relay.server_frame import server_frame
from skyvern_ui.skyvern.errors import Broken, Failed, Missing, Redirected, Refused, Rejected

__all__ = ["ClientSocket", "Closed", "Leg", "ServerSocket", "close_all", "handshake_refusal", "server_frame"]

FROM_BROWSERS = 65536
FROM_UPSTREAM = 32 * 1024 * 1024
SEND_BUFFER = 262144
_OPEN: weakref.WeakSet[ServerSocket] = weakref.WeakSet()


class ServerSocket(Leg):
    """A browser's end."""

    subprotocol: str | None = None
    mode: str = "gunicorn"

    @classmethod
    def accept(
        cls,
        environ: Mapping[str, Any],
        *,
        most: int = FROM_BROWSERS,
        subprotocols: Iterable[str] = (),
        send_buffer: int | None = SEND_BUFFER,
    ) -> Self:
        """Answer 101 on the server's own socket; from then on the WSGI server must write nothing.

        Only for an environ that `handshake_refusal` found nothing wrong with, and after every check of
        who asks. `most` is the largest message taken, in bytes; `send_buffer` bounds how much may wait in
        the kernel for a slow viewer. Raises `Closed` if the browser has gone, RuntimeError if the server
        (anything but gunicorn or werkzeug) does not hand out its socket.
        """
        sock = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
        if sock is None:
            raise RuntimeError("the WSGI server does not hand out its socket")
        head, chosen = switching(environ, subprotocols)
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if send_buffer is not None:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
        leg = cls(sock, ConnectionType.SERVER, most=most)
        leg.subprotocol = chosen
        leg.mode = "gunicorn" if "gunicorn.socket" in environ else "werkzeug"
        leg._write(head)
        _OPEN.add(leg)
        return leg


class ClientSocket(Leg):
    """Our end towards an upstream."""

    @classmethod
    def connect(
        cls,
        scheme: str,
        host: str,
        port: int,
        target: str,
        headers: Iterable[tuple[str, str]],
        *,
        timeout: float = 10.0,
        most: int = FROM_UPSTREAM,
        subprotocols: Iterable[str] = (),
        context: ssl.SSLContext | None = None,
    ) -> Self:
        """Dial and shake hands within `timeout` seconds. `scheme` is http or https, `headers` hold `host`.

        `target` may carry Skyvern's `apikey=` query: never log it. A 101 proves nothing about the key,
        since Skyvern accepts first and complains in a text frame. Raises Unreachable, TimedOut, Broken,
        Redirected, Refused (401, 403), Missing (404), Rejected (other 4xx), Failed (5xx).
        """
        deadline = time.monotonic() + timeout
        offered = tuple(subprotocols)
        key, ours = opening(offered)
        head, _ = request_head("GET", target, [*headers, *ours], None)
        sock = dial(scheme, host, port, timeout=timeout, context=context)
        try:
            wire = Wire(sock, deadline, None)
            if not wire.send(head):
                raise Broken
            status, answered, rest = read_head(wire)
            if status != 101:
                raise _refused(status)
            check_switching(answered, key, offered)
        except BaseException:
            sock.close()
            raise
        return cls(sock, ConnectionType.CLIENT, most=most, rest=rest)

    def free(self) -> None:
        """End the connection and close the socket. Only by the one owner, at the very end."""
        self.abort()
        self._sock.close()


def close_all(code: int = 1001, reason: str = "going away") -> int:
    """Say goodbye to every browser of this worker, for a shutdown. Returns how many were told."""
    legs = [leg for leg in _OPEN if leg.is_open]
    for leg in legs:
        leg.close(code, reason, linger=0)
    return len(legs)


def _refused(status: int) -> Exception:
    if status in (401, 403):
        return Refused(upstream_status=status)
    if status == 404:
        return Missing()
    if 300 <= status < 400:
        return Redirected()
    return Rejected(upstream_status=status) if 400 <= status < 500 else Failed(upstream_status=status)
