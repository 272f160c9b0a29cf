"""A whole server-to-client WebSocket frame as bytes, for one message to many viewers."""

from __future__ import annotations


def server_frame(payload: bytes, *, text: bool) -> bytes:
    """One unmasked, final frame: what a server sends, built once and sent to many (RFC 6455 5.2)."""
    first = 0x81 if text else 0x82
    size = len(payload)
    if size < 126:
        head = bytes((first, size))
    elif size < 65536:
        head = bytes((first, 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, 127)) + size.to_bytes(8, "big")
    return head + payload
