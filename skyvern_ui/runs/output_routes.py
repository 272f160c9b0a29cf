from __future__ import annotations

import re
from typing import Any

from flask import Response, abort, request

from ..access import find_run, skyvern
from ..aside import aside
from ..formatters import json_pretty
from ..request import signed_in
from . import code_rules, output_rules
from .blueprint import bp


@bp.get("/<run_id>/output.json")
def show_output(run_id: str) -> Any:
    run = find_run(signed_in(), run_id)
    text = aside(json_pretty, _wanted(run.output))
    return _file(text, "application/json", f"{run.run_id}-output.json")


@bp.get("/<run_id>/output.csv")
def show_output_table(run_id: str) -> Any:
    run = find_run(signed_in(), run_id)
    rows = _wanted(run.output)
    if not output_rules.is_table(rows):
        abort(404, "This part of the output is not a table.")
    return _file(aside(output_rules.as_csv, rows), "text/csv; charset=utf-8", f"{run.run_id}-output.csv")


def _wanted(output: Any) -> Any:
    try:
        return output_rules.at_pointer(output, request.args.get("at", ""))
    except LookupError:
        abort(404, "The output has nothing at this place.")


def _file(text: str, mimetype: str, name: str) -> Response:
    return Response(text, headers={"Content-Type": mimetype, "Content-Disposition": f'attachment; filename="{name}"'})


@bp.get("/<run_id>/source/<int:number>")
def show_source(run_id: str, number: int) -> Any:
    """One piece of the code of a run, whole."""
    pieces = code_rules.pieces_of(skyvern(), find_run(signed_in(), run_id))
    if not 0 < number <= len(pieces):
        abort(404, "This run has no such piece of code.")
    piece = pieces[number - 1]
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", piece.name)[:80] or "code"
    return _file(piece.text, "text/plain; charset=utf-8", name if "." in name else f"{name}.py")
