"""A WebSocket's server side over wsproto: handshake, whole messages, an end without ceremony."""

from __future__ import annotations

import socket
import threading
from typing import Any

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Message, Ping, Request, TextMessage


class Gone(Exception):
    """The other side has closed or vanished."""


class Wire:
    """One accepted socket. `opening` is the request head as it came, ending in an empty line."""

    def __init__(self, connection: socket.socket, opening: bytes) -> None:
        self._socket = connection
        self._protocol = WSConnection(ConnectionType.SERVER)
        self._protocol.receive_data(opening)
        self._parts: list[Any] = []
        self._arrived: list[str | bytes] = []
        self._lock = threading.Lock()
        asked = next((event for event in self._protocol.events() if isinstance(event, Request)), None)
        if asked is None:
            raise Gone
        wanted = asked.subprotocols
        self._out(AcceptConnection(subprotocol=wanted[0] if wanted else None))

    def send(self, message: str | bytes) -> None:
        self._out(TextMessage(data=message) if isinstance(message, str) else BytesMessage(data=message))

    def close(self, code: int, reason: str = "") -> None:
        self._out(CloseConnection(code=code, reason=reason))

    def receive(self, within: float) -> str | bytes | None:
        """The next message, or None when none came within so many seconds. Raises Gone."""
        if not self._arrived:
            self._pump(within)
        return self._arrived.pop(0) if self._arrived else None

    def _pump(self, within: float) -> None:
        self._socket.settimeout(within)
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            return
        except OSError:
            raise Gone from None
        finally:
            self._socket.settimeout(None)
        if not data:
            raise Gone
        self._protocol.receive_data(data)
        for event in self._protocol.events():
            if isinstance(event, Ping):
                self._out(event.response())
            elif isinstance(event, CloseConnection):
                self._out(event.response())
                raise Gone
            elif isinstance(event, Message):
                self._take(event)

    def _take(self, event: Any) -> None:
        self._parts.append(event.data)
        if event.message_finished:
            whole = self._parts[0][:0].join(self._parts)
            self._parts = []
            self._arrived.append(whole if isinstance(whole, str) else bytes(whole))

    def _out(self, event: Any) -> None:
        try:
            with self._lock:
                self._socket.sendall(self._protocol.send(event))
        except OSError:
            raise Gone from None
