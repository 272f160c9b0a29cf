"""Open a connection to an upstream, plain or TLS, and say in our words why it failed."""

from __future__ import annotations

import socket
import ssl

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from skyvern_ui.skyvern.errors import TimedOut, Unreachable


def trust(cafile: str | None = None, *, verify: bool = True) -> ssl.SSLContext:
    """A client TLS context, HTTP/1.1 only. `cafile` adds a private authority; `verify` False checks nothing."""
    context = ssl.create_default_context()
    if cafile:
        context.load_verify_locations(cafile)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context


def dial(
    scheme: str,
    host: str,
    port: int,
    *,
    timeout: float,
    context: ssl.SSLContext | None = None,
    address: str | None = None,
) -> socket.socket:
    """A connected socket; for https the handshake is done and the certificate checked against `host`.

    `timeout` is in seconds, for the connection and again for the handshake. With `address` that very
    address is used and nothing is resolved. Raises `TimedOut` or `Unreachable`. No proxy of the
    environment is ever used.
    """
    connect = _named if address is None else _pinned
    try:
        return connect(scheme, host, port, timeout, context, address or host)
    except (HTTPError, OSError, UnicodeError) as error:
        # NewConnectionError is a ConnectTimeoutError by descent, though nothing timed out.
        late = isinstance(error, (ConnectTimeoutError, TimeoutError)) and not isinstance(error, NewConnectionError)
        raise (TimedOut() if late else Unreachable()) from error


def _named(
    scheme: str, host: str, port: int, timeout: float, context: ssl.SSLContext | None, target: str
) -> socket.socket:
    connection: HTTPConnection
    if scheme == "https":
        context = context or trust()
        connection = HTTPSConnection(target, port, timeout=timeout, ssl_context=context, cert_reqs=context.verify_mode)
        if context.verify_mode == ssl.CERT_NONE:
            connection.assert_hostname = False
    else:
        connection = HTTPConnection(target, port, timeout=timeout)
    try:
        connection.connect()
    except BaseException:
        connection.close()
        raise
    assert connection.sock is not None
    return connection.sock


def _pinned(
    scheme: str, host: str, port: int, timeout: float, context: ssl.SSLContext | None, target: str
) -> socket.socket:
    """To one address and no other: no resolver is asked again, whatever it would answer by now."""
    sock = socket.socket(socket.AF_INET6 if ":" in target else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout)
        sock.connect((target, port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return (context or trust()).wrap_socket(sock, server_hostname=host) if scheme == "https" else sock
    except BaseException:
        sock.close()
        raise
