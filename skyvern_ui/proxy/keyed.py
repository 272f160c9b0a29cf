"""One call to Skyvern on behalf of a service: known by its key, held to its scopes and its own things, paid, recorded.

In this order, so that a refusal costs nothing and reaches nobody: key, route, scope and pace; what the call names;
the hold; the audit's intent; the call. The run that comes of it is claimed and written on the charge in one
transaction. The audit's row carries the request's id as the charge does: after a crash it says whether anything was
sent (services/runs/resolving.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from flask import Response, current_app, g, jsonify, request

from ..access import latest_connection
from ..aside import aside_if_large
from ..audit import Actor, conclude, intend
from ..claims import claim
from ..formatters import plain_credits
from ..relay.stream import WINDOW
from ..request import request_id
from ..services.door import Refused, actor_of, caller
from ..services.keys.rules import Caller
from ..services.refusals.noting import note
from ..services.runs.charging import CallCharge
from ..services.runs.owning_rules import SERVICE
from ..services.runs.reading import settle_if_over, standing
from ..services.runs.resolving import asked_of
from ..services.runs.route_rules import Terms, plain, terms_of
from ..skyvern.errors import Broken, Departed, Leaked, SkyvernError, TimedOut
from ..skyvern.routes import Refusal, resolve
from ..skyvern.values import run_kind
from ..strict_json import NotJson, read_json
from .calls import check_query, created_in
from .own import check_owned, own_list
from .sending import JSON_BYTES, Call, asked_path, respond, send, sent_body

STARTED = JSON_BYTES + WINDOW  # what a run tells of itself when it starts repeats what was asked
IDEMPOTENCY_LENGTH = 255


class Upload:
    """A body that streams up. `is_whole`: whether all of it was handed on, without which nothing can have happened."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self.is_whole = pieces, False

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces
        self.is_whole = True


def serve(method: str) -> Response:
    """Answers a program that sends a key. A refusal says why, in this API's shape."""
    endpoint = None
    try:
        path, query = asked_path()
        match = resolve(method, path)
        terms = None if isinstance(match, Refusal) else terms_of(method, match)
        if not isinstance(match, Refusal):
            endpoint = terms.endpoint if terms and terms.endpoint else f"/{match.prefix}/{plain(match.template)}"
        who = caller(terms.scope if terms else "")
        if isinstance(match, Refusal):
            raise Refused(match.status, match.code, match.sentence)
        if terms is None:
            raise Refused(403, "not_for_services", "No service may call this Skyvern route.", "permission_error")
        check_query(query)
        call = Call(match, query, latest_connection())
        response = _answered(call, who, terms)
    except Refused as refused:
        note(refused, endpoint)
        return _refusal(refused)
    for name, value in (g.get("pace_headers") or {}).items():
        response.headers[name] = value
    return response


def _answered(call: Call, who: Caller, terms: Terms) -> Response:
    raw, body = _read_body(call)
    check_owned(who, call, body, len(raw) if isinstance(raw, bytes) else 0)
    if call.match.is_write:
        return _written(call, who, terms, raw, body)
    if terms.pages:
        response = own_list(call, who, terms.pages)
    else:
        answer, scan = send(call)
        response = respond(call, answer, scan)
        if call.match.audit == "run.read" and response.status_code == 200 and response.is_sequence:
            settle_if_over(who.org_id, response.get_data())
    return _say(response, who, None)


def _read_body(call: Call) -> tuple[Any, Any]:
    """What is sent up, and what it says where that is JSON: read strictly, so that Skyvern reads nothing else in it."""
    if request.method in ("GET", "HEAD"):
        return b"", None
    pieces = sent_body(call)
    if isinstance(pieces, bytes):
        return pieces, None
    if call.match.audit == "file.upload":
        return Upload(pieces), None
    if request.mimetype != "application/json":
        raise Refused(415, "unsupported_media_type", "Send JSON with Content-Type: application/json.")
    raw = b"".join(pieces)
    try:
        return raw, aside_if_large(len(raw), read_json, raw)
    except NotJson as error:
        raise Refused(error.status, "bad_json", str(error)) from error


def _written(call: Call, who: Caller, terms: Terms, raw: Any, body: Any) -> Response:
    charge = _held(call, who, terms, raw, body) if terms.endpoint else None
    match, actor = call.match, actor_of(who)
    try:
        row = intend(actor, match.audit, match.audit.split(".")[0], next(iter(match.params.values()), None),
                     route=f"{request.method} {match.template}", organization=who.org_id,
                     charge=charge.id if charge else None)
    except BaseException:
        if charge:
            charge.failed("not_recorded")
        raise
    status = None
    try:
        answer, scan = send(call, body=raw, sent=_own_headers(who))
        status = answer.status
        response = respond(call, answer, scan, STARTED if terms.starts_run else WINDOW)
    except SkyvernError as error:
        doubtful = _may_have_happened(error, status, raw)
        conclude(row, "unknown" if doubtful else "failed", error.status)
        if charge:
            _give_up(charge, error, doubtful)
        raise
    except BaseException:
        doubtful = not isinstance(raw, Upload) or raw.is_whole
        conclude(row, "unknown" if doubtful else "failed", None)
        if charge and doubtful:
            charge.unknown("lost")
        elif charge:
            charge.failed("upload_broken_off")
        raise
    made = _made(response) if status < 300 else None
    if charge:
        if status < 300:
            charge.happened(made[0] if made and made[1] == "run" else None)
        else:
            charge.failed(f"upstream_{status}")
    if made and not terms.starts_run:
        claim(*made, Actor(SERVICE, who.org_id, who.org_name))
    outcome = "done" if status < 400 else "refused" if status < 500 else "failed"
    conclude(row, outcome, status, made[0] if made else None)
    return _say(response, who, charge)


def _held(call: Call, who: Caller, terms: Terms, raw: Any, body: Any) -> CallCharge:
    key, print_of = request.headers.get("Idempotency-Key"), None
    if key is not None:
        if not (0 < len(key) <= IDEMPOTENCY_LENGTH and key.isascii() and key.isprintable()):
            raise Refused(400, "bad_idempotency_key",
                          f"An Idempotency-Key has at most {IDEMPOTENCY_LENGTH} characters.")
        sent = raw if isinstance(raw, bytes) else b""
        print_of = hashlib.sha256(f"{request.method} {call.match.target}\n".encode() + sent).hexdigest()
    assert terms.endpoint is not None
    details = {"request_id": request_id(), "route": plain(call.match.template)}
    if terms.starts_run:
        details["starts"] = "task" if plain(call.match.template) in ("run/tasks", "tasks") else "workflow_run"
        if asked := asked_of(terms.endpoint, body, call.match.params):
            details["asked"] = asked
    app: Any = current_app._get_current_object()  # type: ignore[attr-defined]
    return CallCharge(app, who, terms.endpoint, details, key, print_of)


def _may_have_happened(error: SkyvernError, status: int | None, raw: Any) -> bool:
    """Whether Skyvern may have done it although this came back."""
    if isinstance(raw, Upload) and not raw.is_whole:
        return False
    if isinstance(error, Leaked):
        return status is not None and status < 300
    return isinstance(error, TimedOut | Broken | Departed) and (status is None or status < 300)


def _give_up(charge: CallCharge, error: SkyvernError, doubtful: bool) -> None:
    if doubtful:
        charge.unknown("timed_out" if isinstance(error, TimedOut) else "broken")
    else:
        charge.failed(error.code)


def _own_headers(who: Caller) -> list[tuple[str, str]]:
    """The client's headers. Skyvern knows one organisation only, and the Idempotency-Keys of two of ours must not meet
    there."""
    return [(name, hashlib.sha256(f"{who.org_id}:{value}".encode()).hexdigest()
             if name.lower() == "idempotency-key" else value) for name, value in request.headers.items()]


def _made(response: Response) -> tuple[str, str] | None:
    """(id, kind) of what the answer says was made and belongs to its maker."""
    found = created_in(response)
    if found is None or request.method != "POST":
        return None
    return found if found[1] != "run" or run_kind(found[0]) else None


def _say(response: Response, who: Caller, charge: CallCharge | None) -> Response:
    pool = charge.pool if charge else standing(who.org_id)
    response.headers["X-Credits-Charged"] = plain_credits(charge.charged if charge else 0)
    if charge and charge.held:
        response.headers["X-Credits-Held"] = plain_credits(charge.held)
    if pool is not None:
        response.headers["X-Credits-Remaining"] = plain_credits(pool.available)
        response.headers["X-Credits-Level"] = pool.level
    return response


def _refusal(refused: Refused) -> Response:
    response = jsonify({"error": refused.sentence, "code": refused.code, "request_id": g.request_id,
                        **({"param": refused.param} if refused.param else {}), **refused.more})
    response.status_code = refused.status
    for name, value in {**(g.get("pace_headers") or {}), **refused.headers}.items():
        response.headers[name] = value
    if refused.status not in (409, 429, 503) and "x-should-retry" not in response.headers:
        response.headers["x-should-retry"] = "false"
    return response
