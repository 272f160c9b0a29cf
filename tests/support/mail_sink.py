"""A mail server on loopback that keeps letters, and misbehaves as it is told. Plain, STARTTLS or TLS at once."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from socketserver import StreamRequestHandler, ThreadingTCPServer

from .serving import serving


@dataclass
class Sink:
    """The running sink. `faults` are for the next letters, one each: `refuse` (550), `busy` (451), `hang_up` before
    the letter, `swallow` (takes it and hangs up without a word), `silent` (says nothing more)."""

    port: int
    url: str
    letters: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


class _Handler(StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        with suppress(OSError):
            self._talk()

    def _talk(self) -> None:
        sink = self.server.sink
        if self.server.scheme == "smtps":
            self._secure()
        self._say("220 sink")
        while line := self.rfile.readline():
            verb = line.split()[0].decode("ascii", "replace").upper() if line.split() else ""
            if verb == "EHLO":
                self._say("250-sink\r\n250-AUTH PLAIN" + ("\r\n250 STARTTLS" if self.server.scheme == "smtp"
                                                          else "\r\n250 8BITMIME"))
            elif verb == "STARTTLS":
                self._say("220 Go on")
                self._secure()
            elif verb == "AUTH":
                self._say("235 Welcome")
            elif verb == "DATA":
                fault = sink.faults.pop(0) if sink.faults else ""
                if fault == "hang_up":
                    return
                if fault == "silent":
                    sink.over.wait(60)
                    return
                if fault in ("refuse", "busy"):
                    self._say("550 No such\tperson" if fault == "refuse" else "451 Later")
                    continue
                self._say("354 Go on")
                self._keep()
                if fault == "swallow":
                    return
                self._say("250 Kept")
            elif verb == "QUIT":
                self._say("221 Bye")
                return
            else:
                self._say("250 OK")

    def _secure(self) -> None:
        assert self.server.tls is not None
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.setup()

    def _keep(self) -> None:
        letter = b""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            letter += line.removeprefix(b".") if line.startswith(b"..") else line
        self.server.sink.raw.append(letter)
        self.server.sink.letters.append(message_from_bytes(letter, policy=policy.default))

    def _say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, scheme: str, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.scheme, self.tls = scheme, tls
        port = self.server_address[1]
        self.sink = Sink(port, f"{scheme}://127.0.0.1:{port}")


@contextmanager
def running_sink(scheme: str = "smtp+plain", tls: ssl.SSLContext | None = None) -> Iterator[Sink]:
    """The sink for as long as the block lasts."""
    server = _Server(scheme, tls)
    with serving(server):
        try:
            yield server.sink
        finally:
            server.sink.over.set()
