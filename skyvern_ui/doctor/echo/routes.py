"""The echo addresses: how a call from outside reaches us. Worthless without a token of the last minute (echo.py)."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections.abc import Iterator
from typing import Any

from flask import Response, abort, current_app, request

from ...access import latest_connection
from ...extensions import csrf
from ...guard import anonymous
from ...models.reader import Unavailable
from ...relay.wire import Closed, ServerSocket
from ...request import client_ip, settings
from ...rush import Rush
from ...skyvern.errors import SkyvernError
from ...sockets import Run, sock
from ..blueprint import bp
from .tokens import LONGEST_QUIET, Purpose, facts_of, is_good, seal_answer

LONGEST_HOOK, LARGEST = 64 * 1024, 4 * 1024 * 1024
DRIP_SECONDS, SOCKET_SECONDS, LONGEST_MESSAGE = 1.0, 5.0, 200
BUSY = "Too many echoes at once. Try again in a moment."
CALLS = Rush(most=30)
HELD = threading.BoundedSemaphore(16)  # drips, silences and sockets at once in this process


@bp.get("/doctor/echo/<token>")
@anonymous  # the doctor calls from outside, where it has no session; the token is ours and one minute old at most
def show_echo(token: str) -> Any:
    _admit(token, "look")
    facts = facts_of(request.environ)
    return _sealed(token, peer=facts.peer, scheme=facts.scheme, host=facts.host, forwarded=facts.forwarded,
                   client=client_ip() or "", protocol=request.environ.get("SERVER_PROTOCOL", ""))


@bp.get("/doctor/echo/<token>/drip")
@anonymous  # as above; three short lines a second apart, to see who holds them back
def show_drip(token: str) -> Any:
    _admit(token, "drip")
    headers = {"X-Accel-Buffering": "no"} if "asking" in request.args else {}
    return Response(_drip(seal_answer(current_app.extensions["sealer"], token, {"drip": True})), 200, headers,
                    mimetype="text/event-stream")


@bp.get("/doctor/echo/<token>/quiet")
@anonymous  # as above; says nothing for a while, to see who hangs up first
def show_quiet(token: str) -> Any:
    _admit(token, "quiet")
    seconds = request.args.get("seconds", 0, type=int)
    if not 0 <= seconds <= LONGEST_QUIET:
        abort(400, f"The silence must be from 0 to {LONGEST_QUIET} seconds.")
    if not HELD.acquire(blocking=False):
        abort(429, BUSY)
    try:
        time.sleep(seconds)
    finally:
        HELD.release()
    return _sealed(token, quiet=seconds)


@bp.post("/doctor/echo/<token>/size")
@csrf.exempt
@anonymous  # as above; counts what arrives and drops it, to see who refuses larger bodies than we do
def measure_size(token: str) -> Any:
    _admit(token, "size")
    request.max_content_length = LARGEST
    length = 0
    while piece := request.stream.read(LONGEST_HOOK):
        length += len(piece)
    return _sealed(token, length=length)


@bp.post("/doctor/echo/<token>/hook")
@csrf.exempt
@anonymous  # Skyvern calls it, and Skyvern has no session; it keeps nothing and says only to us what arrived
def receive_hook(token: str) -> Any:
    _admit(token, "hook")
    request.max_content_length = LONGEST_HOOK
    body = request.get_data(cache=False)
    facts = facts_of(request.environ)
    return _sealed(token, signature=_verdict(body), length=len(body), sha256=hashlib.sha256(body).hexdigest(),
                   timestamp=request.headers.get("x-skyvern-timestamp", "")[:40],
                   agent=request.headers.get("User-Agent", "")[:100], kind=request.mimetype[:60], peer=facts.peer,
                   host=facts.host)


@sock.route("/doctor/echo/<token>/socket", bp=bp)
@anonymous  # as above; one message up, one down
def open_echo_socket(token: str) -> Run | Any:
    _admit(token, "socket")
    origin, sealer = request.headers.get("Origin", "")[:300], current_app.extensions["sealer"]

    def run(leg: ServerSocket) -> None:
        if not HELD.acquire(blocking=False):
            return leg.close(1013, "busy")
        try:
            said = leg.receive(SOCKET_SECONDS)
            if isinstance(said, str):
                leg.send_text(seal_answer(sealer, token, {"heard": said[:LONGEST_MESSAGE], "origin": origin}))
            leg.close(1000)
        except Closed:
            pass
        finally:
            HELD.release()

    run.most = 1024  # type: ignore[attr-defined]
    return run


def _drip(answer: str) -> Iterator[bytes]:
    """Three events, a second apart: a proxy that buffers sends the first one on with the head, and holds back the
    second. Its place is taken when the first is asked for, so that a HEAD takes none."""
    if not HELD.acquire(blocking=False):
        return
    try:
        for word in (b": first\n\n", b": second\n\n"):
            yield word
            time.sleep(DRIP_SECONDS)
        yield f"data: {answer}\n\n".encode()
    finally:
        HELD.release()


def _admit(token: str, purpose: Purpose) -> None:
    """404 like any unknown address for a token that is not good; 429 when all of them together are too many."""
    if not is_good(settings(), token, purpose):
        abort(404)
    if CALLS.is_on():
        abort(429, BUSY)


def _sealed(token: str, **answer: Any) -> Response:
    return Response(seal_answer(current_app.extensions["sealer"], token, answer), mimetype="application/json")


def _verdict(body: bytes) -> str:
    """`good`, `missing`, `wrong` or `no_key`: whether Skyvern signed this body with the key that we know (api 4.8)."""
    sent = request.headers.get("x-skyvern-signature", "")
    if not sent:
        return "missing"
    try:
        key = latest_connection().key
    except (SkyvernError, Unavailable):
        return "no_key"
    wanted = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return "good" if hmac.compare_digest(sent.encode("latin-1", "replace"), wanted.encode()) else "wrong"
