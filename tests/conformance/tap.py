"""A tap on the wire: it stands between the clients and the server and keeps every byte that clients receive."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CHUNK_HEAD = re.compile(rb"\r\n[0-9a-fA-F]{1,8}\r\n")
ACCEPTED = re.compile(rb"(?i)\r\naccept-encoding: ([^\r]{8,})\r\n")


def plainly(header: re.Match[bytes]) -> bytes:
    """The same header, asking for an answer that is not compressed, so that a secret in it would be seen."""
    return b"\r\naccept-encoding: " + b"identity".ljust(len(header.group(1))) + b"\r\n"


class Tap:
    """Listens on a port of its own and passes everything on, both ways."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._received: list[bytearray] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def size(self) -> int:
        """Bytes that clients have received so far."""
        with self._lock:
            return sum(map(len, self._received))

    def saw(self, secret: bytes) -> bool:
        """Whether some connection brought these bytes, also when a chunk ended in the midst of them."""
        with self._lock:
            streams = [bytes(stream) for stream in self._received]
        return any(secret in stream or secret in CHUNK_HEAD.sub(b"", stream) for stream in streams)

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target), timeout=10)
            except OSError:
                return
            server.settimeout(None)
            kept = bytearray()
            with self._lock:
                self._received.append(kept)
            threading.Thread(target=self._pass_on, args=(client, server, None), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(server, client, kept), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, kept: bytearray | None) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if kept is not None:
                    with self._lock:
                        kept += data
                else:
                    data = ACCEPTED.sub(plainly, data)
                sink.sendall(data)
        for end in (source, sink):  # either side gone: both are told, and both directions end
            with suppress(OSError):
                end.shutdown(socket.SHUT_WR if end is sink else socket.SHUT_RD)
        if kept is not None:
            with suppress(OSError):
                sink.close()
            with suppress(OSError):
                source.close()


@contextmanager
def tapped(port: int) -> Iterator[Tap]:
    """A tap in front of the server on this port, for as long as the block lasts."""
    tap = Tap(port)
    try:
        yield tap
    finally:
        tap.close()
