"""Posting a short message to an address that a person typed: never inside our own network, unless it is listed.

One strict gate, one resolution, every address classified, the connection to one of these very addresses, no
redirects, one deadline over all of it.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import NamedTuple

from skyvern_ui.relay.addresses import is_own, is_public, resolve
from skyvern_ui.relay.dial import dial, trust
from skyvern_ui.relay.exchange import Exchange
from skyvern_ui.skyvern.errors import Blocked, Redirected, SkyvernError, TimedOut, Unreachable

SECONDS = 10.0
LONGEST = 2083
_URL = re.compile(
    r"(?P<scheme>[Hh][Tt][Tt][Pp][Ss]?)://(?P<host>[A-Za-z0-9.\-]{1,253})(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>[/?](?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*)?"
)
_ADDRESS = re.compile(r"[0-9.]+|(?:0[xX][0-9A-Fa-f]+\.?)+")


class HookPlace(NamedTuple):
    """An address that passed the gate, in parts. `is_listed`: the operator allows it inside."""

    scheme: str
    host: str
    port: int
    target: str
    is_listed: bool


def judge_hook(url: str, listed: Collection[str]) -> HookPlace:
    """Takes an address apart, or raises Blocked with a sentence. Resolves nothing, sends nothing."""
    parts = _URL.fullmatch(url) if len(url) <= LONGEST else None
    if parts is None:
        raise Blocked("Enter an address like https://example.com/hook, without a user name or a fragment.")
    scheme, host = parts["scheme"].lower(), parts["host"].lower()
    port = int(parts["port"] or (443 if scheme == "https" else 80))
    if not 0 < port < 65_536:
        raise Blocked("The port of the address must be from 1 to 65535.")
    target = parts["target"] or "/"
    place = HookPlace(scheme, host, port, target if target[0] == "/" else "/" + target, host in listed)
    inside = host == "localhost" or host.endswith(".localhost") or (_ADDRESS.fullmatch(host) and not is_public(host))
    if inside and not (place.is_listed and (host == "localhost" or is_own(host))):
        raise Blocked("This address is inside this server's own network. An administrator can allow its host with "
                      "NOTICE_HOSTS.")
    return place


def post(place: HookPlace, body: bytes, headers: Iterable[tuple[str, str]], *, seconds: float = SECONDS,
         context: ssl.SSLContext | None = None) -> int:
    """Sends the body once, as JSON, and gives the receiver's status. `seconds` for everything together.

    Raises Blocked (a name that leads inside), Unreachable, TimedOut, Redirected, Broken."""
    deadline = time.monotonic() + seconds
    usual = place.port == (443 if place.scheme == "https" else 80)
    head = [("host", place.host if usual else f"{place.host}:{place.port}"), ("content-type", "application/json"),
            ("user-agent", "skyvern-ui"), ("accept", "*/*"), ("connection", "close"), *headers]
    sock = _connect(place, deadline, context)
    answer = Exchange("POST", place.target, head, body, seconds, deadline, None).over(sock, _close)
    try:
        return answer.status
    finally:
        answer.close()


def _connect(place: HookPlace, deadline: float, context: ssl.SSLContext | None) -> socket.socket:
    try:
        addresses = resolve(place.host, place.port, may_be_own=place.is_listed)
    except Blocked as error:
        raise Blocked("The name of the receiver leads inside a network, so nothing was sent.") from error
    except Unreachable as error:
        raise Unreachable("The receiver's name cannot be found.") from error
    failed: SkyvernError = Unreachable()
    context = context or (trust() if place.scheme == "https" else None)
    for address in addresses[:3]:
        try:
            left = max(deadline - time.monotonic(), 0.001)
            return dial(place.scheme, place.host, place.port, timeout=left, context=context, address=address)
        except (Unreachable, TimedOut) as error:
            failed = error
    raise type(failed)("The receiver cannot be reached.") from failed


def _close(sock: socket.socket, _is_reusable: bool) -> None:
    with suppress(OSError):
        sock.close()


def words_of(error: SkyvernError) -> str:
    """What to say of a message that did not arrive."""
    if isinstance(error, Redirected):
        return "The receiver pointed to another address, which is never followed."
    if isinstance(error, TimedOut):
        return "The receiver did not answer in time."
    if isinstance(error, Blocked | Unreachable):
        return error.sentence
    return "The receiver broke the connection, or did not answer as a web server does."
