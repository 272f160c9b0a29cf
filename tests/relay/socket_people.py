"""WebSocket counterparts for the tests: an upstream made of threads, a gunicorn of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from skyvern_ui.relay.wire import ClientSocket, Closed, ServerSocket
from tests.relay.fault_server import FaultServer, read_request

Talk = Callable[[ServerSocket, str], None]


def environ_of(request: bytes, conn: socket.socket) -> dict[str, object]:
    """A WSGI environ for a raw handshake."""
    line, *fields = request.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
    method, target, protocol = line.split(" ")
    path, _, query = target.partition("?")
    environ: dict[str, object] = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "SERVER_PROTOCOL": protocol,
        "werkzeug.socket": conn,
    }  # fmt: skip
    for field in fields:
        name, _, value = field.partition(":")
        environ["HTTP_" + name.upper().replace("-", "_")] = value.strip()
    return environ


def talking(talk: Talk, most: int = 1 << 26) -> FaultServer:
    """An upstream that accepts every WebSocket and then runs `talk(leg, target)`."""

    def script(conn: socket.socket, number: int) -> None:
        request = read_request(conn)
        server.requests.append(request)
        leg = ServerSocket.accept(environ_of(request, conn), most=most, send_buffer=None)
        with suppress(Closed):
            talk(leg, request.decode("latin-1").split(" ")[1])

    server = FaultServer(script)
    return server


def visit(port: int, path: str = "/echo", **options: object) -> ClientSocket:
    """Open a WebSocket to loopback."""
    return ClientSocket.connect("http", "127.0.0.1", port, path, [("host", "x")], **options)  # type: ignore[arg-type]


@contextmanager
def gunicorn(app: str) -> Iterator[int]:
    """A gevent worker that serves `app` on a free port."""
    command = [sys.executable, "-m", "gunicorn", "-k", "gevent", "-c", os.devnull, "-b", "127.0.0.1:0",
               "--no-control-socket", "--graceful-timeout", "1", app]  # fmt: skip
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": "."})
    assert process.stderr is not None
    try:
        for line in process.stderr:
            found = re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", line)
            if found:
                yield int(found[1])
                break
        else:
            raise RuntimeError("gunicorn did not start")
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
