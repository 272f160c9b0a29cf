from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from flask import Response, abort, current_app, request, stream_with_context

from ..access import skyvern
from ..audit import record
from ..database import writing
from ..extensions import db
from ..models.reader import SignedIn
from ..request import actor, signed_in
from .blueprint import bp
from .export_rules import Facts, Going, as_csv, as_json, rows_of
from .list_address import kept_pairs, query_of
from .list_rules import walk_runs
from .listing import read_filters, scope, tags_of
from .people_rules import names_of

KINDS = {"csv": ("text/csv", as_csv), "json": ("application/json", as_json)}
SIGNED_OUT = "the session it was asked for in has ended."


@bp.get("/export.<kind>")
def export_runs(kind: str) -> Any:
    if kind not in KINDS:
        abort(404, "A list of runs is exported as CSV or JSON.")
    kept = kept_pairs(request.args)
    filters, problem = read_filters(kept, 1)
    if filters is None:
        abort(422, problem)
    upstream, going, person = skyvern(), Going(), signed_in()

    def look_up(run_ids: list[str]) -> Facts:
        return Facts(names_of(run_ids), tags_of(upstream, run_ids))

    rows = rows_of(walk_runs(upstream, filters, scope()), look_up, going)
    first = next(rows, None)  # an error of Skyvern is still an error page here
    with writing():
        record(actor(), "run.export", "run", None, format=kind, filters=query_of(kept)[:500] or None)
    db.session.remove()
    mimetype, write = KINDS[kind]
    lines = write(chain([] if first is None else [first], rows))
    response = Response(stream_with_context(_while_signed_in(person, going, lines)), mimetype=mimetype)
    name = f"runs-{datetime.now(UTC):%Y-%m-%d}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _while_signed_in(person: SignedIn, going: Going, lines: Iterator[str]) -> Iterator[str]:
    def end(_code: int) -> None:
        going.over = SIGNED_OUT

    with current_app.extensions["streams"].holding(person, end):
        yield from lines
