from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, current_app, request
from werkzeug.exceptions import NotFound

from ..access import find_run
from ..audit import conclude, intend
from ..extensions import csrf, db
from ..guard import refuse as refuse_alike
from ..guard import takes_keys
from ..relay.leg import Closed
from ..relay.pump import pump
from ..relay.wire import ClientSocket, ServerSocket
from ..request import actor, me, signed_in
from ..runs.control_rules import browser_key
from ..services.keys.known_rules import is_service_key
from ..skyvern.errors import SkyvernError
from ..skyvern.live import socket_target
from ..sockets import sock
from .calls import judged, relayed
from .keyed import serve
from .sending import refuse
from .turns import Turn

bp = Blueprint("proxy", __name__)
csrf.exempt(bp)
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
SOCKET_PARAMETERS = ("client_id", "force_cdp")
TEXT_FRAME, UPLOAD_FRAME = 64 * 1024, 16 * 1024 * 1024
CONTROLS = ("cdp_input", "vnc", "messages")


@bp.route("/api/skyvern/<path:rest>", methods=METHODS)
@takes_keys
def relay_call(rest: str) -> Any:
    if me() is not None and _service_key_beside_session():
        return refuse_alike(400, "key_beside_session", "Send a service key or a session, not both.")
    if request.method not in ("GET", "HEAD") and request.content_length and not request.mimetype:
        return refuse_alike(415, "content_type_missing", "Say what the body is with a Content-Type header.")
    if request.mimetype in ("text/plain", "application/x-www-form-urlencoded"):
        return refuse_alike(415, "unsupported_media_type", "Send JSON or multipart/form-data.")
    return relayed(judged(request.method)) if me() is not None else serve(request.method)


@sock.route("/api/skyvern/<path:rest>", bp)
@takes_keys
def relay_socket(rest: str) -> Any:
    if me() is None:
        return serve("WS")
    call = judged("WS")
    there, person = call.connection, signed_in()
    pools, streams = current_app.extensions["pools"], current_app.extensions["streams"]
    wanted = [(k, v) for k, v in parse_qsl(call.query) if k in SOCKET_PARAMETERS]
    if streams.count_of(person.session_id) >= 8:
        refuse(429, "too_many_sockets", "Eight sockets are open for this session already.")
    control = next((word for word in CONTROLS if f"/{word}/" in call.match.template), None)
    turn = turn_of(control, call.match.params)
    row = intend(actor(), f"browser.{control}", "browser", next(iter(call.match.params.values()), None)
                 ) if control else None
    try:
        upstream = ClientSocket.connect(
            there.scheme, there.host, there.port, socket_target(there, call.match.target, urlencode(wanted)),
            [("host", there.authority)], context=pools.trusted(there),
        )
    except SkyvernError as error:
        if row:
            conclude(row, "failed", error.status)
        raise

    def run(browser: ServerSocket) -> None:
        def end(code: int) -> None:
            browser.close(code, linger=0.2)
            if turn is None:
                upstream.abort()

        try:
            with streams.holding(person, end):
                if turn is not None:
                    turn.begin(browser)
                ended: Closed = pump(browser, upstream, up=turn.up if turn else None,
                                     parting=(lambda _closed: turn.part(upstream)) if turn else None)
        finally:
            if turn is not None:
                turn.end()
            upstream.free()
            if row:
                conclude(row, "done", 101)
        current_app.logger.debug("socket ended with %s", ended.code)

    run.most = UPLOAD_FRAME if control == "cdp_input" else TEXT_FRAME  # type: ignore[attr-defined]
    return run


def _service_key_beside_session() -> bool:
    """Whether the key beside the session is one of ours. Any other is dropped, as it always was."""
    sent = [text.partition(" ")[2] for text in request.headers.getlist("Authorization")]
    sent += request.headers.getlist("X-Api-Key")
    try:
        return any(is_service_key(text.strip()) for text in sent)
    finally:
        if sent:
            db.session.remove()


def turn_of(control: str | None, params: dict[str, str]) -> Turn | None:
    """Who may say something to this browser, where the socket lets one. A run is driven by the browser it works in."""
    if control not in ("cdp_input", "messages"):
        return None
    key: str | None = next(iter(params.values()), "")
    if "workflow_run_id" in params:
        with suppress(NotFound):  # a run inside another one, which Skyvern does not show by itself
            key = browser_key(find_run(signed_in(), params["workflow_run_id"]))
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    return Turn(app, key or "", actor(), control)
