from __future__ import annotations

from typing import Any

from flask import render_template, request
from werkzeug.exceptions import NotFound

from ...access import find_workflow, skyvern
from ...skyvern.errors import SkyvernError
from ..blueprint import bp
from .opening import look

EACH, LONGEST = 8, 200  # workflows of one answer; characters of a question
FILLED_IN = "Known when it runs."
UNKNOWN = "Skyvern has no workflow with this id. It is kept as it stands."


@bp.get("/<wpid>/edit/workflows")
def list_pickable(wpid: str) -> Any:
    """The workflows that Skyvern finds by what was typed, for a block that starts one; all when nothing was."""
    look(wpid)
    words = " ".join(request.args.get("words", "").split())[:LONGEST]
    asked = [("search_key", words)] if words else []
    try:
        found, problem = skyvern().list_workflows([*asked, ("page", "1"), ("page_size", str(EACH))]), ""
    except SkyvernError as error:
        found, problem = [], error.sentence
    return render_template("workflows/editor/_workflows.html", problem=problem,
                           found=[each for each in found if each.permanent_id][:EACH])


@bp.get("/<wpid>/edit/named")
def show_named(wpid: str) -> Any:
    """The title of the workflow whose id stands in a box; a sentence where there is none."""
    look(wpid)
    held = next(iter(request.args.values()), "").strip()
    title, problem = "", FILLED_IN if "{{" in held else ""
    if held and not problem:
        try:
            title = str(find_workflow(held).get("title") or "Untitled workflow")
        except NotFound:
            problem = UNKNOWN
        except SkyvernError as error:
            problem = error.sentence
    return render_template("workflows/editor/_named.html", wpid=held, title=title, problem=problem)
