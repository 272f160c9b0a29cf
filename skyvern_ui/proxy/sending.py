"""One call to Skyvern: sent once with our key, its answer relayed. Who may call, and what is written down, is said
by whoever calls: calls.py for people, keyed.py for services."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from flask import Response, abort, current_app, g, request
from werkzeug.datastructures import Headers

from ..headers import DATA_POLICY
from ..metrics import PROXIED, UPSTREAM_ENCODED_LEAKS, UPSTREAM_LEAKS
from ..relay.answer import Answer
from ..relay.headers import request_headers, response_headers
from ..relay.key_scan import KeyScan, Secrets
from ..relay.request_head import Payload
from ..relay.stream import WINDOW, RelayedBody, relay_body
from ..relay.upload import upload_pieces
from ..request import asked, settings
from ..skyvern.connection import Connection
from ..skyvern.errors import Leaked
from ..skyvern.routes import DEADLINES, Match
from .pools import Pools

INLINE_TYPES = ("application/json", "text/event-stream", "text/plain", "image/png", "image/jpeg", "image/webp",
                "video/mp4", "video/webm", "audio/webm", "audio/mpeg")
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


def asked_path() -> tuple[str, str]:
    """The undecoded path after our prefix, and the undecoded query. Aborts when the door is spelt otherwise."""
    this = asked()
    raw = this.environ.get("RAW_URI") or this.environ.get("REQUEST_URI") or this.full_path
    path, _, query = raw.partition("?")
    if not path.startswith(PREFIX):
        abort(400, "The path is not written in its plain form.")
    return path[len(PREFIX):], query


def send(call: Call, *, allow_steps: bool = False, body: Payload = b"",
         sent: Iterable[tuple[str, str]] | None = None) -> tuple[Answer, KeyScan]:
    """One request upstream, with our key and none of the client's. `sent`: the client's headers, where they are not
    to be taken as they came."""
    pools: Pools = current_app.extensions["pools"]
    there, deadlines = call.connection, DEADLINES[call.match.deadline]
    this = asked()
    headers = request_headers(this.headers.items() if sent is None else sent, there.key, host=there.authority,
                              allow_steps=allow_steps)
    client = this.environ.get("gunicorn.socket")
    if this.method in ("GET", "HEAD"):
        body = None
        headers = [(n, v) for n, v in headers if n not in ("content-length", "content-type")]
    answer = pools.of(there).open(this.method, call.target, headers, body, first_byte=deadlines.first_byte,
                                  total=deadlines.total, client=client)
    return answer, KeyScan(secrets_of(there))


def respond(call: Call, answer: Answer, scan: KeyScan, window: int = WINDOW) -> Response:
    """The answer as the client gets it, held whole up to `window` bytes of JSON. Raises Leaked before anything was
    sent when the key is in its beginning."""
    try:
        headers = response_headers(answer.headers, scan)
        body = relay_body(answer, scan, window=window)
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
    """A long answer belongs to the session that asked for it, and ends with it; a service's ends by its deadline."""
    streams, person = current_app.extensions["streams"], g.me
    if person is None:
        return iter(body)

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


def sent_body(call: Call) -> Iterator[bytes] | bytes:
    """What the client sends, piece by piece and bounded. Aborts with 413."""
    total, client = DEADLINES[call.match.deadline].total, request.environ.get("gunicorn.socket")
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
