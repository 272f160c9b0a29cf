"""The opening handshake of RFC 6455, judged on the server's side and made on the client's."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from skyvern_ui.skyvern.errors import Broken

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class HandshakeRefusal(NamedTuple):
    """What to answer instead of 101."""

    status: int
    headers: list[tuple[str, str]]
    sentence: str


def handshake_refusal(environ: Mapping[str, Any]) -> HandshakeRefusal | None:
    """None for a well-formed opening handshake (RFC 6455 4.2.1), otherwise 426 or 400 with a sentence."""
    upgrades = _tokens(environ.get("HTTP_UPGRADE", ""))
    connection = _tokens(environ.get("HTTP_CONNECTION", ""))
    if environ.get("REQUEST_METHOD") != "GET" or environ.get("SERVER_PROTOCOL") in ("HTTP/1.0", "HTTP/0.9"):
        return _bad("A WebSocket starts with a GET request of HTTP/1.1.")
    if "websocket" not in upgrades or "upgrade" not in connection:
        return _bad("This address speaks WebSocket only.")
    if environ.get("CONTENT_LENGTH") not in (None, "", "0") or environ.get("HTTP_TRANSFER_ENCODING"):
        return _bad("A WebSocket handshake has no body.")
    if environ.get("HTTP_SEC_WEBSOCKET_VERSION", "").strip() != "13":
        return HandshakeRefusal(
            426,
            [("Sec-WebSocket-Version", "13"), ("Upgrade", "websocket")],
            "Only version 13 of the WebSocket protocol is spoken here.",
        )
    if not _is_key(environ.get("HTTP_SEC_WEBSOCKET_KEY", "").strip()):
        return _bad("The WebSocket handshake has no proper key.")
    return None


def switching(environ: Mapping[str, Any], subprotocols: Iterable[str]) -> tuple[bytes, str | None]:
    """The 101 answer for a handshake that was not refused, and the subprotocol it agrees on, if any."""
    accept = accept_value(environ["HTTP_SEC_WEBSOCKET_KEY"].strip())
    offered = [token.strip() for token in environ.get("HTTP_SEC_WEBSOCKET_PROTOCOL", "").split(",")]
    chosen = next((name for name in subprotocols if name in offered), None)
    lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {accept}",
        *([f"Sec-WebSocket-Protocol: {chosen}"] if chosen else []),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii"), chosen


def opening(subprotocols: Iterable[str]) -> tuple[str, list[tuple[str, str]]]:
    """A fresh key and the headers of a client's handshake that carry it."""
    key = base64.b64encode(os.urandom(16)).decode("ascii")
    wanted = ", ".join(subprotocols)
    return key, [
        ("upgrade", "websocket"),
        ("connection", "Upgrade"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", key),
        *([("sec-websocket-protocol", wanted)] if wanted else []),
    ]


def check_switching(headers: list[tuple[str, str]], key: str, subprotocols: Iterable[str]) -> None:
    """Raise `Broken` unless a 101 answer belongs to our `key` and agrees on nothing we did not offer."""
    found = dict(headers)
    if (
        "websocket" not in _tokens(found.get("upgrade", ""))
        or "upgrade" not in _tokens(found.get("connection", ""))
        or found.get("sec-websocket-accept") != accept_value(key)
        or found.get("sec-websocket-extensions")
        or found.get("sec-websocket-protocol", "") not in ("", *subprotocols)
    ):
        raise Broken


def accept_value(key: str) -> str:
    """`Sec-WebSocket-Accept` for a `Sec-WebSocket-Key` (RFC 6455 4.2.2)."""
    return base64.b64encode(hashlib.sha1(key.encode("latin-1") + _MAGIC, usedforsecurity=False).digest()).decode()


def _bad(sentence: str) -> HandshakeRefusal:
    return HandshakeRefusal(400, [], sentence)


def _tokens(value: str) -> set[str]:
    return {token.strip().lower() for token in value.split(",")}


def _is_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key.encode("ascii"), validate=True)) == 16
    except (binascii.Error, ValueError):
        return False
