from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from flask import Response, abort, current_app, request, stream_with_context

from ...access import WPID, find_workflow, skyvern
from ...aside import aside
from ...audit import record
from ...database import writing
from ...extensions import db
from ...models.reader import SignedIn
from ...request import actor, signed_in
from ..blueprint import bp
from ..library.bulk_rules import MOST
from .archive_rules import zipped
from .files import content, file_name

KINDS = {"yaml": "application/yaml", "json": "application/json"}


@bp.get("/<wpid>/export.<kind>")
def export_workflow(wpid: str, kind: str) -> Any:
    if kind not in KINDS:
        abort(404, "A workflow is exported as YAML or JSON.")
    read = find_workflow(wpid)
    _note([wpid], kind)
    return _file(Response(aside(content, read, kind), mimetype=KINDS[kind]), file_name(read, kind))


@bp.post("/export.zip")
def create_export() -> Any:
    ids = list(dict.fromkeys(text.strip() for text in request.form.getlist("workflow_id")))
    if not ids or not all(WPID.fullmatch(each) for each in ids):
        abort(422, "Choose at least one workflow first.")
    if len(ids) > MOST:
        abort(422, f"At most {MOST} workflows can be exported at once; these are {len(ids)}.")
    pieces = zipped(skyvern(), ids, lambda read, kind: aside(content, read, kind))
    first = next(pieces)
    _note(ids, "zip")
    body = _while_signed_in(signed_in(), chain([first], pieces))
    return _file(Response(stream_with_context(body), mimetype="application/zip"),
                 f"workflows-{datetime.now(UTC):%Y-%m-%d}.zip")


def _note(ids: list[str], kind: str) -> None:
    with writing():
        record(actor(), "workflow.export", "workflow", ids[0] if len(ids) == 1 else None, format=kind,
               workflows=", ".join(ids) if len(ids) > 1 else None)
    db.session.remove()


def _file(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _while_signed_in(person: SignedIn, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The bytes until they end or the session does: then the ZIP is cut off, and no program opens it."""
    ended: list[int] = []
    with current_app.extensions["streams"].holding(person, ended.append):
        for piece in pieces:
            if ended:
                return
            yield piece
