"""Fragments of a WebSocket message put together, up to a bound."""

from __future__ import annotations

from wsproto.events import BytesMessage, TextMessage


class TooBig(Exception):
    """The message under way is longer than allowed; nothing of it may be kept."""


class Assembly:
    """The message that is just coming in."""

    def __init__(self, most: int) -> None:
        """`most` is the largest message, in bytes for binary ones and in characters for text."""
        self._most = most
        self._parts: list[str | bytes] = []
        self._size = 0

    def add(self, event: TextMessage | BytesMessage) -> str | bytes | None:
        """The whole message once its last piece has come, else None. Raises `TooBig`."""
        data = bytes(event.data) if isinstance(event, BytesMessage) else event.data
        self._size += len(data)
        if self._size > self._most:
            raise TooBig
        self._parts.append(data)
        if not event.message_finished:
            return None
        parts, self._parts, self._size = self._parts, [], 0
        if len(parts) == 1:
            return parts[0]
        if isinstance(event, TextMessage):
            return "".join(part for part in parts if isinstance(part, str))
        return b"".join(part for part in parts if isinstance(part, bytes))
