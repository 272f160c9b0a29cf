"""May bytes be fetched from this URL, and from which address exactly?

One strict gate, one resolution, a checked address, no redirects. The URL is taken apart once, by one
expression, after every character that two parsers could read differently has been refused.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from typing import NamedTuple

from skyvern_ui.relay.addresses import resolve
from skyvern_ui.relay.answer import Answer
from skyvern_ui.relay.artifact_file import FileServer
from skyvern_ui.relay.artifact_hosts import is_host_name, is_storage
from skyvern_ui.relay.dial import dial, trust
from skyvern_ui.relay.exchange import Exchange
from skyvern_ui.relay.sockets import HasFileno
from skyvern_ui.skyvern.errors import Blocked, Busy, SkyvernError, TimedOut, Unreachable

LONGEST = 8000
CONNECT = 5.0
_CHARS = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/%s]|%%[0-9A-Fa-f]{2})*"
_URL = re.compile(
    r"(?P<scheme>[Hh][Tt][Tt][Pp][Ss]?)://(?P<host>[A-Za-z0-9.\-]{1,253})(?::(?P<port>[0-9]{1,5}))?"
    rf"(?P<target>/{_CHARS % ''}(?:\?{_CHARS % '?'})?)"
)
_DOTS = re.compile(r"/(?:\.|%2[Ee]){1,2}(?:/|\?|$)")
_CONDITIONS = ("range", "if-range", "if-none-match", "if-modified-since")
_VALUE = re.compile(r"[ -~]{1,1024}")


class Place(NamedTuple):
    """A URL that passed the gate, in parts. `target` is unchanged."""

    scheme: str
    host: str
    port: int
    target: str
    is_own: bool
    kind: str


class Origins:
    """Where artifacts may come from."""

    def __init__(
        self,
        *,
        extra_hosts: Iterable[str] = (),
        files: FileServer | None = None,
        limit: int = 32,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """`extra_hosts` are exact further host names (https, port 443), `files` the one configured file server.

        At most `limit` fetches at once in this worker; `context` replaces the usual authorities.
        """
        self._extra = frozenset(host.lower() for host in extra_hosts)
        self._files = files
        self._slots = threading.BoundedSemaphore(limit)
        self._context = context

    def judge(self, url: str, signature: str | None = None) -> Place:
        """Take a URL apart, or raise `Blocked`. Resolves nothing, sends nothing.

        Allowed: https on port 443 at storage hosts and the extra ones; and, at exactly the configured
        file server's origin, a path of its known shape with our `signature`.
        """
        parts = _URL.fullmatch(url) if len(url) <= LONGEST else None
        if parts is None or _DOTS.search(parts["target"].partition("?")[0]):
            raise Blocked
        scheme, host, target = parts["scheme"].lower(), parts["host"].lower(), parts["target"]
        origin = f"{scheme}://{host}" + (f":{parts['port']}" if parts["port"] else "")
        if self._files is not None and origin == self._files.origin:
            self._files.verify(url, signature)
            kind = self._files.check_shape(target)
            port = int(parts["port"] or (443 if scheme == "https" else 80))
            return Place(scheme, host, port, target, True, kind)
        if scheme != "https" or parts["port"] not in (None, "443"):
            raise Blocked
        if not (is_storage(host) or (host in self._extra and is_host_name(host))):
            raise Blocked
        return Place(scheme, host, 443, target, False, "")

    def fetch(
        self,
        place: Place,
        client_headers: Iterable[tuple[str, str]] = (),
        *,
        first_byte: float = 30.0,
        total: float = 1800.0,
        client: HasFileno | None = None,
    ) -> Answer:
        """GET the bytes of a judged place; the caller closes the Answer (for HEAD: at once).

        The name is resolved once, all its addresses are checked, and the connection goes to one of these
        very addresses while TLS proves the name. Of the client's headers only Range and the conditions
        cross; no key and no cookie ever do. A presigned URL is good for GET only, so HEAD asks GET too.
        Raises Blocked, Unreachable, TimedOut, Busy, Redirected, Broken, Departed.
        """
        headers = self._headers(place, client_headers)
        deadline = time.monotonic() + total
        if not self._slots.acquire(timeout=2.0):
            raise Busy
        try:
            sock = self._connect(place, deadline)
            exchange = Exchange("GET", place.target, headers, None, first_byte, deadline, client)
            return exchange.over(sock, self._finish)
        except BaseException:
            self._slots.release()
            raise

    def _connect(self, place: Place, deadline: float) -> socket.socket:
        failed: SkyvernError = Unreachable()
        context = self._context or (trust() if place.scheme == "https" else None)
        for address in resolve(place.host, place.port, may_be_own=place.is_own)[:3]:
            timeout = min(CONNECT, deadline - time.monotonic())
            try:
                return dial(
                    place.scheme, place.host, place.port, timeout=max(timeout, 0.001), context=context, address=address
                )
            except (Unreachable, TimedOut) as error:
                failed = error
        raise type(failed)("The artifact's host cannot be reached.") from failed

    def _headers(self, place: Place, client_headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        usual = place.port == (443 if place.scheme == "https" else 80)
        chosen = {"host": place.host if usual else f"{place.host}:{place.port}"}
        for name, value in client_headers:
            if name.lower() in _CONDITIONS and _VALUE.fullmatch(value):
                chosen.setdefault(name.lower(), value)
        if place.kind == "recording":
            chosen.setdefault("range", "bytes=0-")
        return [*chosen.items(), ("accept", "*/*"), ("accept-encoding", "identity")]

    def _finish(self, sock: socket.socket, is_reusable: bool) -> None:
        sock.close()
        self._slots.release()
