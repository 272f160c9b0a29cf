"""A WebSocket client for tests, over a real socket: strict about deadlines, indifferent to content."""

from __future__ import annotations

import json
import socket
import time
from typing import Any
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Message,
    Ping,
    RejectConnection,
    RejectData,
    Request,
    TextMessage,
)


class Refused(Exception):
    """The handshake was answered with an ordinary HTTP status, which is `status`."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


class Closed(Exception):
    """The other side is gone; `code` is that of its close frame, 1006 when there was none."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"{code} {reason}")
        self.code, self.reason = code, reason


class Socket:
    """One connection. `url` begins with ws:// or http://; every wait ends after `within` seconds."""

    def __init__(self, url: str, *, headers: dict[str, str] | None = None, within: float = 10.0) -> None:
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        self._socket = socket.create_connection((parts.hostname, parts.port or 80), timeout=within)
        self._wire = WSConnection(ConnectionType.CLIENT)
        self._ready: list[str | bytes] = []
        self._parts: list[Any] = []
        self._ended: Closed | None = None
        extra = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        self._out(Request(host=parts.netloc, target=target, extra_headers=extra))
        self._open = False
        deadline = time.monotonic() + within
        while not self._open:
            self._pump(deadline)

    def send(self, message: str | bytes | dict[str, Any]) -> None:
        """Send text, bytes, or a JSON object as text."""
        if isinstance(message, bytes):
            self._out(BytesMessage(data=message))
        else:
            self._out(TextMessage(data=message if isinstance(message, str) else json.dumps(message)))

    def receive(self, within: float = 10.0) -> str | bytes:
        """The next whole message. Raises TimeoutError, or Closed when the other side is gone."""
        deadline = time.monotonic() + within
        while not self._ready:
            self._pump(deadline)
        return self._ready.pop(0)

    def receive_json(self, within: float = 10.0) -> Any:
        return json.loads(self.receive(within))

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Socket:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _out(self, event: Any) -> None:
        self._socket.sendall(self._wire.send(event))

    def _pump(self, deadline: float) -> None:
        if self._ended is not None:
            raise self._ended
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no message in time")
        self._socket.settimeout(left)
        try:
            data = self._socket.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            raise Closed(1006)
        self._wire.receive_data(data)
        for event in self._wire.events():
            self._take(event)

    def _take(self, event: Any) -> None:
        if isinstance(event, AcceptConnection):
            self._open = True
        elif isinstance(event, RejectConnection):
            self._status = event.status_code
            if not event.has_body:
                raise Refused(event.status_code)
        elif isinstance(event, RejectData):
            raise Refused(self._status)
        elif isinstance(event, Ping):
            self._out(event.response())
        elif isinstance(event, CloseConnection):
            self._ended = Closed(int(event.code), event.reason or "")  # after what came before it
        elif isinstance(event, Message):
            self._parts.append(event.data)
            if event.message_finished:
                whole = self._parts[0][:0].join(self._parts)
                self._parts = []
                self._ready.append(whole if isinstance(whole, str) else bytes(whole))
