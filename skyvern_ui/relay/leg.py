"""One leg of a WebSocket relay: whole messages in and out, over wsproto (RFC 6455).

No extension is ever agreed on. A sent message leaves in one piece under one lock, however slowly it
goes. Messages that come in are bounded; beyond the bound the leg closes with 1009.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

from urllib3.util.wait import wait_for_read, wait_for_write
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, Pong, TextMessage
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError

from skyvern_ui.relay.assembly import Assembly, TooBig
from skyvern_ui.relay.closing import MAY_BE_SENT, Closed
from skyvern_ui.relay.sockets import shut

__all__ = ["Closed", "Leg"]

PING_EVERY = 25.0
PONG_WITHIN = 25.0
SEND_WITHIN = 25.0
LINGER = 1.0
GOODBYE_WITHIN = 0.5
_SIZE = 262144


class Leg:
    """An open WebSocket. One thread may receive while any number send."""

    def __init__(self, sock: socket.socket, kind: ConnectionType, *, most: int, rest: bytes = b"") -> None:
        """`most` is the largest message accepted, in bytes; `rest` came together with the handshake."""
        self._sock = sock
        self._rest = rest
        self._protocol = Connection(kind)
        self._send_lock = threading.Lock()
        self._receive_lock = threading.Lock()
        self._events: Iterator[Event] = iter(())
        self._assembly = Assembly(most)
        self._heard = time.monotonic()
        self._pinged: float | None = None
        self._closed: Closed | None = None
        sock.settimeout(SEND_WITHIN)

    def fileno(self) -> int:
        """The descriptor, for polling; -1 once closed."""
        return self._sock.fileno()

    @property
    def is_open(self) -> bool:
        """Whether messages may still be sent."""
        return self._closed is None and self._protocol.state is ConnectionState.OPEN

    def send_text(self, text: str) -> None:
        """Send one text message. Raises `Closed`; a peer that takes nothing for 25 seconds is cut off."""
        self._send(TextMessage(data=text))

    def send_bytes(self, data: bytes) -> None:
        """Send one binary message. Raises `Closed`."""
        self._send(BytesMessage(data=data))

    def send_frame(self, frame: bytes) -> None:
        """Send bytes made by `server_frame`, the same object for any number of viewers. Raises `Closed`."""
        with self._send_lock:
            if not self.is_open:
                raise self._closed or Closed(1006)
            self._write(frame)

    def receive(self, timeout: float | None = None) -> str | bytes | None:
        """The next whole message, or None after `timeout` seconds. Raises `Closed` when the leg is over.

        Answers pings, sends one after 25 silent seconds and gives the peer up 25 seconds later, so a leg
        that somebody receives from never hangs for long.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._receive_lock:
            while True:
                for event in self._events:
                    message = self._take(event)
                    if message is not None:
                        return message
                if self._closed is not None:
                    raise self._closed
                if not self._read(deadline):
                    return None

    def close(self, code: int = 1000, reason: str = "", *, linger: float = LINGER) -> None:
        """Say goodbye, give the peer `linger` seconds to answer, then end the connection. Idempotent.

        A code that may not be sent (1005, 1006, 1015, anything unknown) is sent as no code at all.
        """
        with contextlib.suppress(Closed, OSError, ValueError):
            self._say_goodbye(code, reason)
            self._wait_for_goodbye(linger)
        self.abort()

    def abort(self) -> None:
        """End the connection at once, without a close frame. Wakes whoever sends or receives."""
        if self._closed is None:
            self._closed = Closed(1006)
        shut(self._sock)

    def free(self) -> None:
        """Give the descriptor back as well, where it is ours. Only by the one owner, at the very end."""
        self.abort()

    def _wait_for_goodbye(self, linger: float) -> None:
        deadline = time.monotonic() + linger
        if not self._receive_lock.acquire(timeout=linger):
            return
        try:
            while self._closed is None and self._read(deadline):
                for event in self._events:
                    self._take(event)
        finally:
            self._receive_lock.release()

    def _say_goodbye(self, code: int, reason: str = "") -> None:
        """Send the close frame, unless the peer takes nothing just now: then it gets none."""
        event = CloseConnection(code=CloseReason.NO_STATUS_RCVD)
        if code in MAY_BE_SENT:
            event = CloseConnection(code=code, reason=reason.encode()[:120].decode(errors="ignore") or None)
        if not self._send_lock.acquire(timeout=GOODBYE_WITHIN):
            self.abort()
            raise Closed(1006)
        try:
            data = self._encode(event)
            if not wait_for_write(self._sock, GOODBYE_WITHIN):
                self.abort()
                raise Closed(1006)
            self._write(data)
        finally:
            self._send_lock.release()

    def _send(self, event: Event) -> None:
        with self._send_lock:
            self._write(self._encode(event))

    def _encode(self, event: Event) -> bytes:
        try:
            return self._protocol.send(event)
        except LocalProtocolError:
            raise self._closed or Closed(1006) from None

    def _write(self, data: bytes) -> None:
        # Not sendall: its time-out counts for the whole message, and a slow viewer is not a dead one.
        view = memoryview(data)
        try:
            while view:
                view = view[self._sock.send(view) :]
        except (OSError, ValueError):
            self.abort()
            raise Closed(1006) from None

    def _read(self, deadline: float | None) -> bool:
        """Take in what there is. False when `deadline` passed first."""
        data, self._rest = self._rest, b""
        while not data:
            if not self._wait(deadline):
                return False
            try:
                data = self._sock.recv(_SIZE)
            except (OSError, ValueError):
                data = b""
            if not data:
                self._closed = self._closed or Closed(1006)
                raise self._closed
        self._heard = time.monotonic()
        self._pinged = None
        self._protocol.receive_data(data)
        self._events = self._protocol.events()
        return True

    def _wait(self, deadline: float | None) -> bool:
        """Until there is something to read; keeps the connection alive meanwhile."""
        while True:
            now = time.monotonic()
            if deadline is not None and now >= deadline:
                return False
            alarm = self._heard + PING_EVERY if self._pinged is None else self._pinged + PONG_WITHIN
            if now >= alarm:
                if self._pinged is not None:
                    self.abort()
                    raise Closed(1006)
                self._pinged = now
                self._ping()
                continue
            until = alarm if deadline is None else min(alarm, deadline)
            if self._is_readable(until - now):
                return True

    def _is_readable(self, seconds: float) -> bool:
        pending = getattr(self._sock, "pending", None)
        if pending is not None and pending():
            return True
        try:
            return wait_for_read(self._sock, max(seconds, 0.001))
        except (OSError, ValueError):
            return True

    def _ping(self) -> None:
        # A sender who holds the lock is already waiting for the peer; the pong deadline covers it.
        if self._protocol.state is ConnectionState.OPEN and self._send_lock.acquire(blocking=False):
            try:
                self._write(self._protocol.send(Ping()))
            finally:
                self._send_lock.release()

    def _take(self, event: Event) -> str | bytes | None:
        if isinstance(event, (TextMessage, BytesMessage)):
            try:
                return self._assembly.add(event)
            except TooBig:
                self._refuse_flood()
        if isinstance(event, Ping):
            if self._protocol.state is ConnectionState.OPEN:
                self._send(event.response())
        elif isinstance(event, CloseConnection):
            self._answer_close(event)
        elif not isinstance(event, Pong):
            raise TypeError(event)
        return None

    def _refuse_flood(self) -> None:
        """Close with 1009 and swallow what is still coming, or a reset would overtake the close frame."""
        self._closed = Closed(1009, "message too big")
        with contextlib.suppress(Closed, OSError, ValueError):
            self._say_goodbye(1009, "message too big")
            deadline = time.monotonic() + LINGER
            while (left := deadline - time.monotonic()) > 0 and self._is_readable(left):
                if not self._sock.recv(_SIZE):
                    break
        self.abort()
        raise self._closed

    def _answer_close(self, event: CloseConnection) -> None:
        if self._protocol.state in (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING):
            with contextlib.suppress(Closed, OSError, ValueError):
                self._say_goodbye(int(event.code))
        self._closed = Closed(int(event.code or 1005), event.reason or "")
        raise self._closed
