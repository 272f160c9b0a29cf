from __future__ import annotations

from typing import Any

from flask import render_template, request

from ..htmx import go_to
from ..skyvern.values import run_kind
from .blueprint import bp
from .listing import table


@bp.get("")
def list_runs() -> Any:
    searched = request.args.get("q", "").strip()
    if run_kind(searched):
        return go_to("runs.show_run", run_id=searched)
    return render_template("runs/list.html", **table())


@bp.get("/table")
def show_table() -> Any:
    return render_template("runs/_table.html", **table())
