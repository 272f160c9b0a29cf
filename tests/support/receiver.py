"""A webhook's receiver on loopback that keeps what it is sent, and answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .serving import serving


@dataclass
class Receiver:
    """The running receiver. `answers` are the statuses of the next requests; then 200."""

    url: str
    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)

    @property
    def messages(self) -> list[Any]:
        """The bodies, read."""
        return [json.loads(body) for _, body in self.got]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        receiver.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
        receiver.hold.wait(30)
        status = receiver.answers.pop(0) if receiver.answers else 200
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("location", "/elsewhere")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.receiver = Receiver(f"http://127.0.0.1:{self.server_address[1]}/hook")
        self.receiver.hold.set()


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    """The receiver for as long as the block lasts."""
    server = _Server()
    with serving(server):
        try:
            yield server.receiver
        finally:
            server.receiver.hold.set()
