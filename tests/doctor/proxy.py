"""A small proxy on loopback that does to requests what proxies in the field do."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit


class Proxy:
    """Passes each connection's one request on to `leads_to`, its head changed as it is told."""

    def __init__(self, *, host: str = "", appends: str = "", drops: tuple[str, ...] = (), holds_back: bool = False
                 ) -> None:
        """`host` replaces the Host header; `appends` is the header to which the visitor's address is added; headers
        named in `drops` are not passed on; with `holds_back` the answer is passed on when it is whole."""
        self._host, self._appends, self._drops = host, appends.lower(), drops
        self._holds_back = holds_back
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.leads_to = ""

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                conn, peer = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(conn, peer[0]), daemon=True).start()

    def _pass_on(self, conn: socket.socket, visitor: str) -> None:
        parts = urlsplit(self.leads_to)
        with conn, suppress(OSError), socket.create_connection((parts.hostname, parts.port)) as upstream:
            data = b""
            while b"\r\n\r\n" not in data:
                if not (more := conn.recv(65536)):
                    return
                data += more
            head, _, rest = data.partition(b"\r\n\r\n")
            upstream.sendall(self._changed(head.decode("latin-1"), visitor).encode("latin-1") + rest)
            threading.Thread(target=_pump, args=(conn, upstream), daemon=True).start()
            if self._holds_back:
                kept = b""
                while piece := upstream.recv(65536):
                    kept += piece
                conn.sendall(kept)
            else:
                _pump(upstream, conn)

    def _changed(self, head: str, visitor: str) -> str:
        first, *lines = head.split("\r\n")
        pairs = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
        if self._appends:
            before = [value for name, value in pairs if name.lower() == self._appends]
            pairs = [pair for pair in pairs if pair[0].lower() != self._appends]
            pairs.append((self._appends, ", ".join([*before, visitor])))
        kept = [(name, self._host if self._host and name.lower() == "host" else value) for name, value in pairs
                if name.lower() not in self._drops]
        return "\r\n".join([first, *(f"{name}: {value}" for name, value in kept), "", ""])


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
