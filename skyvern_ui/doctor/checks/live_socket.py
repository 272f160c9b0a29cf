"""Shaking hands with a live socket, and telling apart the ways in which that fails. Nothing here raises."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from wsproto.connection import ConnectionType

from ...relay import knock
from ...relay.answer import Wire, read_head
from ...relay.closing import Closed
from ...relay.handshake import check_switching, opening
from ...relay.request_head import request_head
from ...relay.wire import FROM_UPSTREAM, ClientSocket
from ...skyvern.errors import SkyvernError, TimedOut

SHAKE_SECONDS, SAY_SECONDS = 4.0, 4.0
KEPT = 300


@dataclass(frozen=True, slots=True)
class Shaken:
    """What became of a handshake and of the first message.

    `trouble` is empty when a message came; else as in `relay.ask.Asked` when there was no connection, `status` (an HTTP
    status in place of 101), `garbage` (no HTTP, or a 101 that is not for us), `silent` (101, then nothing) or `closed`
    (101, then the end; `code` says how). `said` is the message, decoded where it is JSON; `body` what stood beside a
    status. `seconds` for all of it."""

    trouble: str = ""
    detail: str = ""
    status: int | None = None
    said: Any = None
    code: int | None = None
    body: str = ""
    seconds: float = 0.0

    @property
    def words(self) -> str:
        """In one line, for the evidence; of what was said only its status or a short text."""
        if self.trouble == "":
            said = self.said.get("status", "JSON") if isinstance(self.said, dict) else self.said
            return f"101, then “{str(said)[:60]}” after {self.seconds * 1000:.0f} ms"
        return {"status": f"HTTP {self.status} in place of 101", "silent": "101, then nothing",
                "closed": f"101, then closed ({self.code})"}.get(self.trouble, self.detail or self.trouble)


def shake(url: str, target: str, headers: Iterable[tuple[str, str]] = (), *, say: str = "",
          context: ssl.SSLContext | None = None) -> Shaken:
    """Opens the socket at `target` of the server of `url`, says something if it should, takes one message, and leaves.
    At most SHAKE_SECONDS for the handshake and SAY_SECONDS for the message. `target` may hold a key: never log it."""
    begun = time.monotonic()
    leg, shaken = open_socket(url, target, headers, context=context)
    if leg is None:
        return shaken
    try:
        if say:
            leg.send_text(say)
        message = leg.receive(SAY_SECONDS)
        if message is None:
            return Shaken("silent", status=101, seconds=time.monotonic() - begun)
        return Shaken("", status=101, said=decoded(message), seconds=time.monotonic() - begun)
    except Closed as closed:
        return Shaken("closed", status=101, code=closed.code, seconds=time.monotonic() - begun)
    finally:
        leg.free()


def open_socket(url: str, target: str, headers: Iterable[tuple[str, str]] = (), *,
                context: ssl.SSLContext | None = None) -> tuple[ClientSocket | None, Shaken]:
    """The open socket, which the caller frees, or None and why not."""
    begun, parts = time.monotonic(), urlsplit(url)
    deadline = begun + SHAKE_SECONDS
    key, ours = opening(())
    try:
        head, _ = request_head("GET", target, [("host", parts.netloc), *headers, *ours], None)
        sock, _, _ = knock.knock(parts.scheme, parts.hostname or "", parts.port or (
            443 if parts.scheme == "https" else 80), deadline, context)
    except ValueError:
        return None, Shaken("unsendable", "unsendable")
    except knock.Closed as closed:
        return None, Shaken(closed.trouble, closed.detail, seconds=time.monotonic() - begun)
    status = None
    try:
        wire = Wire(sock, deadline, None)
        wire.send(head)
        status, answered, rest = read_head(wire)
        if status == 101:
            check_switching(answered, key, ())
            return ClientSocket(sock, ConnectionType.CLIENT, most=FROM_UPSTREAM, rest=rest), Shaken(status=101)
        shaken = Shaken("status", status=status, body=_rest_of(wire, rest))
    except TimedOut:
        shaken = Shaken("timeout", "handshake", status)
    except SkyvernError:
        shaken = Shaken("garbage", "garbage", status)
    with suppress(OSError):
        sock.close()
    return None, shaken


def decoded(message: str | bytes) -> Any:
    """The message as JSON, else its beginning as text."""
    text = message if isinstance(message, str) else message.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text[:KEPT]


def _rest_of(wire: Wire, rest: bytes) -> str:
    """The beginning of a refusal's body: what has come, or comes within a moment."""
    wire.deadline = min(wire.deadline, time.monotonic() + 0.5)
    with suppress(SkyvernError):
        while len(rest) < KEPT and (more := wire.recv(KEPT)):
            rest += more
    return rest[:KEPT].decode("utf-8", "replace")
