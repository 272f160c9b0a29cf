from __future__ import annotations

from typing import Any

from flask import abort, render_template, request

from ..htmx import go_to
from .blueprint import bp
from .comparison_pages import Side, candidates, comparison, side


@bp.get("/compare")
def show_comparison() -> Any:
    """Two runs side by side; with one only, the choice of the other."""
    ids = [request.args.get(name, "").strip()[:100] for name in ("left", "right")]
    left, right = side(ids[0]), side(ids[1]) if ids[1] != ids[0] or not ids[0] else Side(
        ids[1], problem="This is the same run twice. Choose another one.")
    known = left.run or right.run
    others = candidates(known) if known and not (left.run and right.run) else []
    status = 200 if left.run or right.run or not any(ids) else 404
    return render_template("runs/compare.html", others=others, **comparison(left, right)), status


@bp.post("/compare")
def create_comparison() -> Any:
    """From the list: the runs that were chosen there, at most two. It leads on and changes nothing."""
    ids = list(dict.fromkeys(text.strip() for text in request.form.getlist("run_id")))
    if not 1 <= len(ids) <= 2:
        abort(422, f"Choose two runs to compare; these are {len(ids)}.")
    return go_to("runs.show_comparison", **dict(zip(("left", "right"), ids, strict=False)))
