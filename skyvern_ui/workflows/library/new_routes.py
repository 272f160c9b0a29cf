from __future__ import annotations

from typing import Any

from flask import abort, flash, render_template

from ...access import skyvern, wpid_or_404
from ...htmx import go_to_path
from ...presses import made_once
from ...recorded import send_recorded
from ...request import actor
from ...skyvern.client import Skyvern
from ...skyvern.errors import SkyvernError
from ...skyvern.values.library import WorkflowRow
from ..blueprint import bp
from .copy_rules import copy_of

GLOBAL = [("template", "true"), ("page_size", "100")]


@bp.get("/new")
def new_workflow() -> Any:
    own: list[WorkflowRow] = []
    others: list[WorkflowRow] = []
    problem = None
    try:
        upstream = skyvern()
        own = upstream.list_library([("only_templates", "true"), ("page_size", "100")])
        others = _global(upstream)
    except SkyvernError as error:
        problem = error.sentence
    return render_template("workflows/new.html", own=own, others=others, problem=problem)


@bp.post("/templates/<wpid>/copies")
@made_once()
def create_copy_of_template(wpid: str) -> Any:
    """One of the templates that come with Skyvern: it belongs to nobody here, and is only in that list."""
    upstream, wanted = skyvern(), wpid_or_404(wpid)
    found = next((each for each in upstream.list_whole_workflows(GLOBAL)
                  if each.get("workflow_permanent_id") == wanted), None)
    if found is None:
        abort(404, "There is no such template.")
    document, note = copy_of({**found, "folder_id": None}, str(found.get("title") or "Untitled workflow"))
    made = send_recorded(lambda: str(upstream.create_workflow(document).get("workflow_permanent_id") or ""), actor(),
                         "workflow.create", None, resource="workflow", made=lambda wpid: wpid, copy_of=wanted,
                         version=1)
    if note:
        flash(note, "warn")
    return go_to_path(f"/workflows/{made}/edit")


def _global(upstream: Skyvern) -> list[WorkflowRow]:
    try:
        return [row for row in upstream.list_library(GLOBAL) if row.wpid]
    except SkyvernError:
        return []  # older releases know no such filter
