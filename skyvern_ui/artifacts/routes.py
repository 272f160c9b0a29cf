from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, abort, current_app, request

from ..access import connection, may_see_run, preferences, skyvern
from ..metrics import PROXIED
from ..proxy.sending import held, secrets_of
from ..relay.answer import Answer
from ..relay.artifact import artifact_headers, artifact_id_in, expect_bytes, refuse_as_code
from ..relay.headers import request_headers
from ..relay.key_scan import KeyScan
from ..relay.stream import relay_body
from ..request import signed_in
from ..skyvern.errors import Missing
from ..skyvern.routes import DEADLINES

bp = Blueprint("artifacts", __name__)
ARTIFACT_ID = re.compile(r"a_[0-9]{1,24}")


@bp.get("/artifacts/<artifact_id>")
def show_artifact(artifact_id: str) -> Any:
    refuse_as_code(dict(request.headers))
    if not ARTIFACT_ID.fullmatch(artifact_id):
        abort(404, "There is no such artifact.")
    return by_id(artifact_id)


@bp.get("/api/artifact-proxy")
def relay_artifact() -> Any:
    refuse_as_code(dict(request.headers))
    urls = request.args.getlist("url")
    if len(urls) != 1 or not urls[0]:
        abort(400, "Give exactly one artifact address, as ?url=…")
    if (artifact_id := artifact_id_in(urls[0])) and not request.args.get("sig"):
        return by_id(artifact_id)
    origins = current_app.extensions["origins"]
    answer = origins.fetch(origins.judge(urls[0], request.args.get("sig")), request.headers.items(),
                           total=DEADLINES["stream"].total, client=request.environ.get("gunicorn.socket"))
    expect_bytes(answer)
    return bytes_of(answer, None, urls[0].partition("?")[0].rpartition("/")[2])


def by_id(artifact_id: str) -> Any:
    """The bytes through Skyvern's content route (api 6.3), with its kind where a private house needs to know it."""
    there, person = connection(), signed_in()
    kind = name = None
    wants_kind = "source" in request.args or "download" in request.args
    if wants_kind or (preferences()["private_runs"] and not person.is_admin):
        artifact = skyvern().get_artifact(artifact_id)
        if artifact.run_id and not may_see_run(person, artifact.run_id):
            raise Missing
        kind, name = artifact.kind, artifact.name
    deadlines = DEADLINES["stream"]
    headers = [(n, v) for n, v in request_headers(request.headers.items(), there.key, host=there.authority)
               if n not in ("content-type", "content-length")]
    answer = current_app.extensions["pools"].of(there).open(
        "GET", f"{there.path}/v1/artifacts/{artifact_id}/content", headers, None,
        first_byte=deadlines.first_byte, total=deadlines.total, client=request.environ.get("gunicorn.socket"),
    )
    expect_bytes(answer)
    return bytes_of(answer, kind, name)


def bytes_of(answer: Answer, kind: str | None, name: str | None) -> Response:
    """The answer as a page may show it: never as something a browser runs."""
    if request.method == "HEAD":
        answer.close()
        return Response(b"", answer.status, artifact_headers(answer.headers, artifact_type=kind, filename=name))
    try:
        headers = dict(artifact_headers(answer.headers, artifact_type=kind, filename=name,
                                        as_source="source" in request.args))
        if "download" in request.args:
            headers["content-disposition"] = headers["content-disposition"].replace("inline", "attachment", 1)
        body = relay_body(answer, KeyScan(secrets_of(connection())))
    except BaseException:
        answer.close()
        raise
    PROXIED.labels("artifact", str(answer.status)).inc()
    payload: Any = body.whole if body.whole is not None else held(body, answer)
    return Response(payload, answer.status, headers, direct_passthrough=body.whole is None)
