"""One call to Skyvern on behalf of a person: judged, recorded, sent once, relayed."""

from __future__ import annotations

import json
from urllib.parse import unquote_plus

from flask import Response, request

from ..access import connection, may_see_run, preferences
from ..audit import conclude, intend
from ..claims import claim
from ..request import actor, signed_in
from ..skyvern.errors import Broken, SkyvernError, TimedOut
from ..skyvern.routes import Match, Refusal, resolve
from ..skyvern.values import run_kind
from .sending import Call, asked_path, refuse, respond, send, sent_body

SECRET_PARAMETERS = {"apikey", "api_key", "api-key", "x-api-key", "x_api_key", "token", "access_token"}
CLAIMED = {"run_id": "run", "task_id": "run", "workflow_run_id": "run", "browser_session_id": "browser_session",
           "workflow_permanent_id": "workflow", "file_id": "file"}


def judged(method: str) -> Call:
    """The call this request asks for. Aborts with the refusal of the route table, of the role or of the person."""
    path, query = asked_path()
    person = signed_in()
    match = resolve(method, path,
                    unknown_get_allowed=person.is_admin and bool(preferences()["unknown_gets"]))
    if isinstance(match, Refusal):
        refuse(match.status, match.code, match.sentence)
    if match.who == "admin" and not person.is_admin:
        refuse(403, "admins_only", "Only an admin may call this Skyvern route.")
    check_query(query)
    check_privacy(match)
    return Call(match, query, connection())


def check_query(query: str) -> None:
    """Keys belong in headers, and there only in ours; control characters belong nowhere."""
    if not query.isascii() or any(ord(c) <= 32 or ord(c) == 127 for c in query) or "#" in query:
        refuse(400, "query_not_canonical", "The query holds characters that must be escaped.")
    for pair in query.split("&") if query else ():
        if unquote_plus(pair.partition("=")[0]).strip().lower() in SECRET_PARAMETERS:
            refuse(400, "key_in_query", "A key must never be part of an address. Sign in instead.")


def check_privacy(match: Match) -> None:
    """With private runs, a member reaches only their own runs and browsers: by id. Lists would name the others', so
    they are closed."""
    person = signed_in()
    if not match.is_known or person.is_admin or not preferences()["private_runs"]:
        return
    ids = [value for value in match.params.values() if run_kind(value) or value.startswith("pbs_")]
    if any(not may_see_run(person, run_id) for run_id in ids):
        refuse(404, "not_found", "There is no such run, or it is not yours to see.")
    lists = not ids and any(word in match.template for word in ("runs", "tasks", "artifacts", "browser_sessions"))
    if lists and not match.is_write:
        refuse(403, "runs_are_private", "Runs are private here: open them by their id, or use the pages.")


def relayed(call: Call) -> Response:
    """Sends the call and relays its answer. A write is recorded first, and sent exactly once."""
    if not call.match.is_write:
        answer, scan = send(call, allow_steps=signed_in().is_admin)
        return respond(call, answer, scan)
    row = intend(actor(), call.match.audit, call.match.audit.split(".")[0], _id_in(call.match),
                 route=f"{request.method} {call.match.template}")
    try:
        answer, scan = send(call, allow_steps=signed_in().is_admin, body=sent_body(call))
        response = respond(call, answer, scan)
    except SkyvernError as error:
        conclude(row, "unknown" if isinstance(error, TimedOut | Broken) else "failed", error.status)
        raise
    except BaseException:
        conclude(row, "unknown", None)
        raise
    created = _claim(response) if answer.status < 300 else None
    outcome = "done" if answer.status < 400 else "refused" if answer.status < 500 else "failed"
    conclude(row, outcome, answer.status, created)
    return response


def _id_in(match: Match) -> str | None:
    return next(iter(match.params.values()), None)


def _claim(response: Response) -> str | None:
    """Claims what the answer of a write says it has made, for the person who made it."""
    made = created_in(response)
    if made is not None and request.method == "POST":
        claim(*made, actor())
    return made[0] if made else None


def created_in(response: Response) -> tuple[str, str] | None:
    """(id, kind) of what the answer of a write says it has made."""
    if response.direct_passthrough or response.mimetype != "application/json" or not response.data:
        return None
    try:
        made = json.loads(response.data)
    except ValueError:
        return None
    for name, kind in CLAIMED.items():
        found = made.get(name) if isinstance(made, dict) else None
        if isinstance(found, str) and found:
            return found, kind
    return None
