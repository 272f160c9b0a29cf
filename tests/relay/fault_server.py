"""A byte-exact upstream: what it sends, and when it stops, is written in the test."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Self

Script = Callable[[socket.socket, int], None]


def until(condition: Callable[[], object], seconds: float = 5.0) -> bool:
    """Wait for a condition, at most `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        threading.Event().wait(0.005)
    return True


def read_request(conn: socket.socket) -> bytes:
    """One request, head and body; `b""` when the other side closed."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = conn.recv(65536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lower = head.lower()
    if b"transfer-encoding: chunked" in lower:
        while not body.endswith(b"0\r\n\r\n"):
            body += conn.recv(65536)
    elif b"content-length: " in lower:
        length = int(lower.split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(body) < length:
            more = conn.recv(65536)
            if not more:
                break
            body += more
    return head + b"\r\n\r\n" + body


def reset(conn: socket.socket) -> None:
    """Close with RST."""
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    conn.close()


def ok(body: bytes, *headers: str) -> bytes:
    """A plain 200 with a length."""
    lines = ["HTTP/1.1 200 OK", f"content-length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


class FaultServer:
    """Each connection runs `script(conn, number)` in a thread of its own; `requests` keeps the bytes."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self.requests: list[bytes] = []
        self.connections = 0
        self.closed_by_peer = threading.Event()
        self.done = threading.Event()
        self._open: list[socket.socket] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        self.done.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for conn in self._open:
            with suppress(OSError):
                conn.shutdown(socket.SHUT_RDWR)
            conn.close()

    def request(self, conn: socket.socket) -> bytes:
        """Read and keep one request."""
        data = read_request(conn)
        if data:
            self.requests.append(data)
        return data

    def wait_for_close(self, conn: socket.socket) -> None:
        """Block until the other side has closed, then set `closed_by_peer`."""
        with suppress(OSError):
            while conn.recv(65536):
                pass
        self.closed_by_peer.set()

    def _accept(self) -> None:
        while True:
            try:
                conn, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(conn)
            self.connections += 1
            threading.Thread(target=self._run, args=(conn, self.connections), daemon=True).start()

    def _run(self, conn: socket.socket, number: int) -> None:
        with suppress(OSError):
            self._script(conn, number)
            conn.close()


def answering(*answers: bytes) -> FaultServer:
    """A server that answers each request on a kept connection with the next of `answers`, the last for ever."""

    def script(conn: socket.socket, number: int) -> None:
        count = 0
        while server.request(conn):
            conn.sendall(answers[min(count, len(answers) - 1)])
            count += 1

    server = FaultServer(script)
    return server


def speaking(script: Callable[[FaultServer, socket.socket, int], None]) -> FaultServer:
    """A server whose script also gets the server, to read requests and to wait."""
    server = FaultServer(lambda conn, number: script(server, conn, number))
    return server
