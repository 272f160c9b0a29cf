"""One question to a server that may be anything: an HTTP answer, or what kept it from coming. Never raises.

No redirect is followed, no proxy of the environment used, no cloud's metadata address reached; one deadline holds for
resolving, connecting, the handshake, the head and the body together, so that nothing drips past it.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from skyvern_ui.diagnosis.diagnosis import Reply
from skyvern_ui.relay.answer import Answer, EndedEarly, Wire, read_answer
from skyvern_ui.relay.knock import Closed, knock
from skyvern_ui.relay.request_head import request_head
from skyvern_ui.skyvern.errors import Redirected, SkyvernError, TimedOut

MOST = 65_536
_LOCATION = re.compile(rb"\r\nlocation:[ \t]*([^\r\n]{0,2000})", re.I)
_TLS_ALERT = b"\x15\x03"


@dataclass(frozen=True, slots=True)
class Asked:
    """A reply with what the doctor wants to know beside it.

    `detail` tells troubles of one name apart: refused → `refused`, `no_route`, `forbidden` (an address that is never
    reached); tls → `plain` (https was spoken to an http port), `secure` (http to an https port), `expired`,
    `self_signed`, `unknown_issuer`, `wrong_name`, `handshake`; timeout → `name`, `connect`, `handshake`, `waiting`,
    `body`; reset → `closed` (not a byte came), `reset`, `body`; garbage → `garbage`; unsendable → `unsendable` (address
    or header could not be written as HTTP). `addresses` are those that the name stands for, `address` the one that was
    reached; `location` where a redirect leads; `is_cut` says that the body was longer than what was read; `pieces` when
    each piece of the body came, since the question. Seconds."""

    reply: Reply
    detail: str = ""
    seconds: float = 0.0
    addresses: tuple[str, ...] = ()
    address: str = ""
    location: str = ""
    is_cut: bool = False
    pieces: tuple[float, ...] = ()

    @property
    def status(self) -> int | None:
        """The HTTP status, or None."""
        return self.reply.status

    @property
    def text(self) -> str:
        """The body as text, whatever its bytes are."""
        return self.reply.text

    @property
    def is_web_page(self) -> bool:
        """True for HTML, by its type or its first characters."""
        kind = self.reply.headers.get("content-type", "").lower()
        return "text/html" in kind or self.text[:512].lstrip("\ufeff \t\r\n").lower().startswith(("<!doctype", "<html"))

    def json(self) -> Any:
        """The body decoded, or None."""
        try:
            return json.loads(self.reply.body)
        except (ValueError, RecursionError):
            return None


def ask(method: str, url: str, headers: Iterable[tuple[str, str]] = (), body: bytes | None = None, *,
        seconds: float = 5.0, most: int = MOST, asked: str = "skyvern", model: str = "",
        context: ssl.SSLContext | None = None) -> Asked:
    """Sends one request, once, and tells what came back: at most `most` bytes of it, within `seconds` for everything.

    `host`, `user-agent`, `accept`, `accept-encoding` and `connection` are added; a body is sent with its length. For
    certificates `context`, else the system's. A redirect has its status and the trouble `redirect`; an answer that
    broke off in its body has its status, what came of the body, and the trouble `timeout` or `reset`."""
    begun = time.monotonic()
    deadline = begun + seconds
    try:
        parts = urlsplit(url)
        host, port, scheme = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80), parts.scheme
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        more = list(headers)
        given = {name.lower() for name, _ in more}
        usual = [("host", parts.netloc.rpartition("@")[2]), ("user-agent", "skyvern-ui"), ("accept", "*/*"),
                 ("accept-encoding", "identity"), ("connection", "close")]
        head, _ = request_head(method, target, [*(each for each in usual if each[0] not in given), *more], body)
        if scheme not in ("http", "https") or not host:
            raise ValueError("not an address")
    except (ValueError, UnicodeError):
        return Asked(Reply(None, trouble="unsendable", asked=asked, model=model), "unsendable")
    asks = _Question(host, asked, model, begun)
    try:
        sock, address, addresses = knock(scheme, host, port, deadline, context)
    except Closed as closed:
        return asks.failed(closed.trouble, closed.detail, closed.addresses)
    wire = _Listening(sock, deadline)
    try:
        return asks.exchange(wire, method, head + (body or b""), most, address, addresses)
    finally:
        with suppress(OSError):
            sock.close()


class _Listening(Wire):
    """A wire that remembers the first bytes that came, for what was no HTTP."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        super().__init__(sock, deadline, None)
        self.heard = b""

    def recv(self, size: int) -> bytes:
        data = super().recv(min(size, MOST))
        if len(self.heard) < 16_384:
            self.heard += data
        return data


@dataclass(frozen=True, slots=True)
class _Question:
    host: str
    asked: str
    model: str
    begun: float

    def failed(self, trouble: str, detail: str, addresses: tuple[str, ...] = (), address: str = "",
               body: bytes = b"") -> Asked:
        reply = Reply(None, body, {}, self.host, trouble, self.asked, self.model)
        return Asked(reply, detail, time.monotonic() - self.begun, addresses, address)

    def exchange(self, wire: _Listening, method: str, request: bytes, most: int, address: str,
                 addresses: tuple[str, ...]) -> Asked:
        try:
            wire.send(request)
            answer = read_answer(wire, method, wire.deadline, lambda _reusable: None)
        except Redirected:
            found = _LOCATION.search(wire.heard)
            place = found.group(1).decode("latin-1").strip() if found else ""
            status = int(wire.heard[9:12])
            reply = Reply(status, b"", {"location": place}, self.host, "redirect", self.asked, self.model)
            return Asked(reply, "redirect", time.monotonic() - self.begun, addresses, address, place)
        except TimedOut:
            return self.failed("timeout", "waiting", addresses, address, wire.heard[:512])
        except EndedEarly as error:
            detail = "reset" if error.__cause__ else "closed"
            return self.failed("reset", detail, addresses, address)
        except SkyvernError:
            if wire.heard.startswith(_TLS_ALERT):
                return self.failed("tls", "secure", addresses, address)
            return self.failed("garbage", "garbage", addresses, address, wire.heard[:512])
        body, trouble, is_cut, came = _body(answer, most)
        headers = dict(reversed(answer.headers))
        reply = Reply(answer.status, body, headers, self.host, trouble, self.asked, self.model)
        if answer.status == 400 and b"plain HTTP request was sent to HTTPS port" in body:
            return self.failed("tls", "secure", addresses, address)
        pieces = tuple(moment - self.begun for moment in came)
        return Asked(reply, "body" if trouble else "", time.monotonic() - self.begun, addresses, address, "", is_cut,
                     pieces)


def _body(answer: Answer, most: int) -> tuple[bytes, str, bool, list[float]]:
    """What came of the body, what kept the rest from coming, whether there was more than `most` bytes, and the moments
    at which its pieces came."""
    data, came = b"", list[float]()
    try:
        while chunk := answer.next_chunk():
            data += chunk
            came.append(time.monotonic())
            if len(data) > most:
                return data[:most], "", True, came
    except TimedOut:
        return data, "timeout", False, came
    except SkyvernError:
        return data, "reset", False, came
    finally:
        answer.close()
    return data, "", False, came
