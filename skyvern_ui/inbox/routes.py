from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template

from ..access import claims_of, only_these_runs, skyvern
from ..conditional import conditional
from ..request import signed_in
from ..skyvern.errors import Missing, SkyvernError
from . import rules

bp = Blueprint("inbox", __name__, url_prefix="/inbox")


@bp.get("")
def list_inbox() -> Any:
    return render_template("inbox/list.html", **waiting())


@bp.get("/list")
def show_list() -> Any:
    return conditional("inbox/_list.html", waiting())


@bp.get("/count")
def show_count() -> Any:
    """How many wait. Without an answer from Skyvern there is no number, and no error either."""
    try:
        count = rules.count_paused(skyvern(), only_these_runs(signed_in()))
    except SkyvernError:
        count = 0
    return Response(render_template("inbox/_count.html", count=count))


def waiting() -> dict[str, Any]:
    """What the list is given; with Skyvern away, the sentence that stands in its place."""
    try:
        found = rules.list_waiting(skyvern(), only_these_runs(signed_in()))
    except Missing:
        return {"items": [], "owners": {}, "problem":
                "This release of Skyvern has no list of all runs (it came with 1.0.29). Runs that wait show it on "
                "their own pages."}
    except SkyvernError as error:
        return {"items": [], "owners": {}, "problem": error.sentence}
    return {"items": found, "owners": claims_of([each.run_id for each in found]), "problem": None}
