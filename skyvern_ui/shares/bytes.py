"""The bytes of one picture or film of a shared run, with the care of /artifacts and no session to belong to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response, current_app, request

from ..proxy.sending import secrets_of
from ..relay.answer import Answer
from ..relay.artifact import artifact_headers, expect_bytes
from ..relay.headers import request_headers
from ..relay.key_scan import KeyScan
from ..relay.stream import RelayedBody, relay_body
from ..skyvern.connection import Connection
from ..skyvern.routes import DEADLINES

CACHING = "private, no-cache"  # a revoked link shows nothing from its next request on


def serve(there: Connection, artifact_id: str) -> Response:
    """The artifact through Skyvern's content route (api 6.3); Range works. Raises the errors of Skyvern."""
    deadlines = DEADLINES["stream"]
    headers = [(n, v) for n, v in request_headers(request.headers.items(), there.key, host=there.authority)
               if n not in ("content-type", "content-length")]
    answer = current_app.extensions["pools"].of(there).open(
        "GET", f"{there.path}/v1/artifacts/{artifact_id}/content", headers, None,
        first_byte=deadlines.first_byte, total=deadlines.total, client=request.environ.get("gunicorn.socket"))
    expect_bytes(answer)
    try:
        told = dict(artifact_headers(answer.headers)) | {"cache-control": CACHING}
        if request.method == "HEAD":
            answer.close()
            return Response(b"", answer.status, told)
        body = relay_body(answer, KeyScan(secrets_of(there)))
    except BaseException:
        answer.close()
        raise
    payload: Any = body.whole if body.whole is not None else _closing(body, answer)
    return Response(payload, answer.status, told, direct_passthrough=body.whole is None)


def _closing(body: RelayedBody, answer: Answer) -> Iterator[bytes]:
    try:
        yield from body
    finally:
        body.close()
        answer.close()
