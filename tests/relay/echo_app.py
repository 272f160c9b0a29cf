"""A gunicorn application on the relay's own sockets: /echo, /slow (500 kB messages), /relay (a pump)."""

from __future__ import annotations

from gevent import monkey  # type: ignore[import-untyped]

monkey.patch_all()

from collections.abc import Callable, Iterable  # noqa: E402
from typing import Any  # noqa: E402

from skyvern_ui.relay.pump import pump  # noqa: E402
from skyvern_ui.relay.wire import ClientSocket, Closed, ServerSocket, handshake_refusal  # noqa: E402

MOST = 64 * 1024 * 1024


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a handshake by path; refuse what is no handshake."""
    refusal = handshake_refusal(environ)
    if refusal is not None:
        text = refusal.sentence.encode()
        headers = [("Content-Length", str(len(text))), *refusal.headers]
        start_response(f"{refusal.status} No", headers)
        return [text]
    leg = ServerSocket.accept(environ, most=65536 if environ["PATH_INFO"] == "/small" else MOST)
    try:
        {"/slow": slow, "/relay": relay}.get(environ["PATH_INFO"], echo)(leg, environ)
    except Closed:
        pass
    finally:
        leg.abort()
    raise StopIteration


def echo(leg: ServerSocket, environ: dict[str, Any]) -> None:
    """Say back what is heard."""
    while True:
        message = leg.receive()
        if isinstance(message, str):
            leg.send_text(message)
        elif message is not None:
            leg.send_bytes(message)


def slow(leg: ServerSocket, environ: dict[str, Any]) -> None:
    """Ten messages of 500 kB, each of one repeated letter."""
    for number in range(10):
        leg.send_text(chr(97 + number) * 500_000)
    leg.close(1000, "done")


def relay(leg: ServerSocket, environ: dict[str, Any]) -> None:
    """Pump to the upstream named in the query."""
    port = int(environ["QUERY_STRING"])
    upstream = ClientSocket.connect("http", "127.0.0.1", port, "/any", [("host", "upstream")])
    pump(leg, upstream)
