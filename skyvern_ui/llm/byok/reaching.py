"""Reaching a provider that somebody named: over https, never inside our own network unless the operator allows it, to
an address that was checked and no other, no redirect followed."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urlsplit

from ...config import Settings
from ...relay.addresses import resolve
from ...relay.answer import Answer
from ...relay.artifact_hosts import is_host_name
from ...relay.dial import dial, trust
from ...relay.exchange import Exchange
from ...relay.request_head import Payload
from ...relay.slots import Slots
from ...skyvern.connection import Connection
from ...skyvern.errors import Busy, SkyvernError, TimedOut, Unreachable
from ..base import Unfit, clean_base, same_origin

CONNECT_SECONDS, WAIT_SECONDS, MOST_TRIED = 5.0, 2.0, 3
PLACES = Slots(64)  # calls of this process under way to all such providers together


def may_be_inside(settings: Settings, base: str) -> bool:
    """Whether the operator lets this address be one of our own network: the server of LLM_UPSTREAM_URL itself, and the
    hosts of BYOK_HOSTS."""
    host = (urlsplit(base).hostname or "").lower()
    return host in settings.byok_hosts or same_origin(base, settings.llm_upstream_url or "")


def check_base(settings: Settings, text: str) -> str:
    """The address as it is stored. Resolves nothing. Raises Unfit with a sentence."""
    if "://" not in text:
        text = "https://" + text.strip()
    base = clean_base(text)
    host, inside = (urlsplit(base).hostname or "").lower(), may_be_inside(settings, base)
    if not inside and not base.startswith("https://"):
        raise Unfit("The address must begin with https://: the key goes along with every call.")
    if not inside and (not is_host_name(host) or host == "localhost" or "." not in host):
        raise Unfit("The address must name a provider's host, like https://api.example.com/v1. Hosts inside this "
                    "network must be listed in BYOK_HOSTS.")
    return base


def open_direct(settings: Settings, base: str, method: str, path: str, headers: Iterable[tuple[str, str]],
                body: Payload, *, seconds: float) -> Answer:
    """Sends one request below `base` and reads the head of its answer; the caller closes it. `seconds` for everything.

    The name is resolved once and every address classified. Raises Blocked (it leads inside), Unreachable, TimedOut,
    Redirected, Broken, Busy."""
    deadline, there = time.monotonic() + seconds, Connection(base, "")
    head = [("host", there.authority), ("connection", "close"), ("accept-encoding", "identity"),
            ("user-agent", "skyvern-ui"), *headers]
    exchange = Exchange(method, there.path + path, head, body, seconds, deadline, None)
    if not PLACES.acquire(min(WAIT_SECONDS, seconds)):
        raise Busy
    try:
        return exchange.over(_connect(there, deadline, may_be_inside(settings, base)), _close)
    except BaseException:
        PLACES.release()
        raise


def _connect(there: Connection, deadline: float, inside: bool) -> socket.socket:
    failed: SkyvernError = Unreachable()
    context = trust() if there.scheme == "https" else None
    for address in resolve(there.host, there.port, may_be_own=inside)[:MOST_TRIED]:
        left = max(min(CONNECT_SECONDS, deadline - time.monotonic()), 0.001)
        try:
            return dial(there.scheme, there.host, there.port, timeout=left, context=context, address=address)
        except (Unreachable, TimedOut) as error:
            failed = error
    raise failed


def _close(sock: socket.socket, _is_reusable: bool) -> None:
    PLACES.release()
    with suppress(OSError):
        sock.close()
