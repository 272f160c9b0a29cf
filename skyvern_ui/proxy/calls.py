"""One call to Skyvern on behalf of a person: judged, recorded, sent once, relayed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import unquote_plus

from flask import Response, abort, current_app, g, request
from werkzeug.datastructures import Headers

from ..access import connection, may_see_run, preferences
from ..audit import conclude, intend
from ..claims import claim
from ..headers import DATA_POLICY
from ..metrics import PROXIED, UPSTREAM_ENCODED_LEAKS, UPSTREAM_LEAKS
from ..relay.answer import Answer
from ..relay.headers import request_headers, response_headers
from ..relay.key_scan import KeyScan, Secrets
from ..relay.stream import RelayedBody, relay_body
from ..relay.upload import upload_pieces
from ..request import actor, asked, settings, signed_in
from ..skyvern.connection import Connection
from ..skyvern.errors import Broken, Leaked, SkyvernError, TimedOut
from ..skyvern.routes import DEADLINES, Match, Refusal, resolve
from ..skyvern.values import run_kind
from .pools import Pools

SECRET_PARAMETERS = {"apikey", "api_key", "api-key", "x-api-key", "x_api_key", "token", "access_token"}
INLINE_TYPES = ("application/json", "text/event-stream", "text/plain", "image/png", "image/jpeg", "image/webp",
                "video/mp4", "video/webm", "audio/webm", "audio/mpeg")
CLAIMED = {"run_id": "run", "workflow_run_id": "run", "task_id": "run", "browser_session_id": "browser_session",
           "workflow_permanent_id": "workflow"}
PREFIX = "/api/skyvern/"
JSON_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """A call that may be made: where it goes, and the bytes of its query as the client wrote them."""

    match: Match
    query: str
    connection: Connection

    @property
    def target(self) -> str:
        path = self.connection.path + self.match.target
        return f"{path}?{self.query}" if self.query else path


class Complete(Response):
    """An answer with a body whose headers need no correction: werkzeug would copy them all to look."""

    def get_wsgi_headers(self, environ: Any) -> Headers:
        """As they are."""
        return self.headers


def judged(method: str) -> Call:
    """The call this request asks for. Aborts with the refusal of the route table, of the role or of the person."""
    this = asked()
    raw = this.environ.get("RAW_URI") or this.environ.get("REQUEST_URI") or this.full_path
    path, _, query = raw.partition("?")
    if not path.startswith(PREFIX):
        abort(400, "The path is not written in its plain form.")
    person = signed_in()
    match = resolve(method, path[len(PREFIX):],
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
        answer, scan = send(call)
        return respond(call, answer, scan)
    row = intend(actor(), call.match.audit, call.match.audit.split(".")[0], _id_in(call.match),
                 route=f"{request.method} {call.match.template}")
    try:
        answer, scan = send(call)
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


def send(call: Call) -> tuple[Answer, KeyScan]:
    """One request upstream, with our key and none of the client's."""
    pools: Pools = current_app.extensions["pools"]
    there, deadlines = call.connection, DEADLINES[call.match.deadline]
    this = asked()
    headers = request_headers(this.headers.items(), there.key, host=there.authority, allow_steps=signed_in().is_admin)
    client = this.environ.get("gunicorn.socket")
    body = _body(deadlines.total, client) if this.method not in ("GET", "HEAD") else None
    if body is None:
        headers = [(n, v) for n, v in headers if n not in ("content-length", "content-type")]
    answer = pools.of(there).open(this.method, call.target, headers, body, first_byte=deadlines.first_byte,
                                  total=deadlines.total, client=client)
    return answer, KeyScan(secrets_of(there))


def respond(call: Call, answer: Answer, scan: KeyScan) -> Response:
    """The answer as the client gets it. Raises Leaked before anything was sent when the key is in its beginning."""
    try:
        headers = response_headers(answer.headers, scan)
        body = relay_body(answer, scan)
    except Leaked:
        UPSTREAM_LEAKS.inc()
        answer.close()
        raise
    except BaseException:
        answer.close()
        raise
    if body.whole and scan.is_encoded_in(body.whole):
        UPSTREAM_ENCODED_LEAKS.inc()
    PROXIED.labels(call.match.deadline, str(answer.status)).inc()
    payload: Any = body.whole if body.whole is not None else held(body, answer)
    is_complete = bool(body.whole) and answer.status not in (204, 304)
    response = (Complete if is_complete else Response)(payload, answer.status, harmless(headers),
                                                       direct_passthrough=body.whole is None)
    response.headers["Content-Security-Policy"] = DATA_POLICY
    if response.mimetype == "text/event-stream":
        response.headers["X-Accel-Buffering"] = "no"
    return response


def harmless(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """No type that a browser would run: what is not data becomes a download (security.md 2.8)."""
    kept = dict(headers)
    kind = kept.get("content-type", "").split(";")[0].strip().lower()
    if kind and kind not in INLINE_TYPES:
        kept["content-type"] = "application/octet-stream"
        kept["content-disposition"] = "attachment"
    elif kind.startswith("text/plain"):
        kept["content-type"] = "text/plain; charset=utf-8"
    return list(kept.items())


def held(body: RelayedBody, answer: Answer) -> Iterator[bytes]:
    """A long answer belongs to the session that asked for it, and ends with it."""
    streams, person = current_app.extensions["streams"], g.me

    def chunks() -> Iterator[bytes]:
        try:
            with streams.holding(person, lambda _code: answer.close()):
                yield from body
        finally:
            body.close()

    return chunks()


def secrets_of(there: Connection) -> Secrets:
    """What must not appear in an answer, prepared once for each key."""
    cache: dict[str, Secrets] = current_app.extensions["secrets"]
    found = cache.get(there.key)
    if found is None:
        cache.clear()
        found = cache[there.key] = Secrets([there.key.encode()])
    return found


def refuse(status: int, code: str, sentence: str) -> NoReturn:
    """Answers in the shape of this API and goes no further."""
    response = Response(json.dumps({"error": sentence, "code": code, "request_id": g.request_id}) + "\n", status,
                        mimetype="application/json")
    abort(response)


def _body(total: float, client: Any) -> Iterator[bytes] | bytes | None:
    length = request.content_length
    chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    if not length and not chunked:
        return b""
    most = settings().max_upload_bytes if request.mimetype == "multipart/form-data" else JSON_BYTES
    if length is not None and length > most:
        refuse(413, "too_large", f"At most {most // 1024 // 1024} MiB may be sent here.")
    pieces = upload_pieces(request.environ["wsgi.input"], length, total=total, client=client)
    return pieces if length is not None else _bounded(pieces, most)


def _bounded(pieces: Iterator[bytes], most: int) -> Iterator[bytes]:
    sent = 0
    for piece in pieces:
        sent += len(piece)
        if sent > most:
            refuse(413, "too_large", f"At most {most // 1024 // 1024} MiB may be sent here.")
        yield piece


def _id_in(match: Match) -> str | None:
    return next(iter(match.params.values()), None)


def _claim(response: Response) -> str | None:
    """Claims what the answer of a write says it has made, for the person who made it."""
    if response.direct_passthrough or response.mimetype != "application/json" or not response.data:
        return None
    try:
        made = json.loads(response.data)
    except ValueError:
        return None
    for name, kind in CLAIMED.items():
        found = made.get(name) if isinstance(made, dict) else None
        if isinstance(found, str) and found:
            if request.method == "POST":
                claim(found, kind, actor())
            return found
    return None
