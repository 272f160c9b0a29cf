from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, render_template, request

from ...access import find_workflow, skyvern
from ...aside import aside
from ...htmx import go_to
from ...recorded import send_recorded
from ...request import actor
from ...skyvern.errors import NoConnection, Rejected, SkyvernError
from ..blueprint import bp
from ..definition.document import as_text, document_of
from . import pages
from .reading import number_of


@bp.get("/<wpid>/versions")
def list_versions(wpid: str) -> Any:
    text = request.args.get("page", "1")
    page = max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 5 else 1
    return standing(wpid, lambda: render_template("workflows/versions/list.html",
                                                  **pages.listed(find_workflow(wpid), page)))


@bp.get("/<wpid>/versions/compare")
def show_comparison_of_versions(wpid: str) -> Any:
    before, after = _number("from"), _number("to")
    if before is None or after is None:
        abort(422, "Choose two versions to compare, by their numbers.")

    def draw() -> str:
        newest, left, right = pages.pair(wpid, before, after)
        return render_template("workflows/versions/compare.html", **pages.compared(
            newest, left, right, request.args.get("as") == "text", bool(request.args.get("all"))))

    return standing(wpid, draw)


@bp.get("/<wpid>/versions/<int(min=1, max=1000000):number>")
def show_version(wpid: str, number: int) -> Any:
    return standing(wpid, lambda: render_template(
        "workflows/versions/show.html", **pages.one(find_workflow(wpid), find_workflow(wpid, number))))


@bp.get("/<wpid>/versions/<int(min=1, max=1000000):number>/document.yaml")
def export_version(wpid: str, number: int) -> Any:
    """The file that imports back as this version."""
    text = aside(lambda read: as_text(document_of(read)), find_workflow(wpid, number))
    return Response(text, mimetype="application/yaml", headers={
        "Content-Disposition": f'attachment; filename="{wpid}-version-{number}.yaml"'})


@bp.get("/<wpid>/versions/<int(min=1, max=1000000):number>/restoration")
def new_restoration(wpid: str, number: int) -> Any:
    return standing(wpid, lambda: render_template(
        "workflows/versions/restore.html", problem=None,
        **pages.restoring(find_workflow(wpid), find_workflow(wpid, number))))


@bp.post("/<wpid>/versions/<int(min=1, max=1000000):number>/restoration")
def create_restoration(wpid: str, number: int) -> Any:
    """The old document as a new version, unless somebody has saved since the page was made."""
    newest, old = find_workflow(wpid), find_workflow(wpid, number)
    seen, now = request.form.get("seen", ""), number_of(newest)
    if seen != str(now):
        return _refused(newest, old, f"Somebody has saved version {now} meanwhile. What bringing back version {number} "
                                     "would change now is shown below.", 409)
    try:
        send_recorded(lambda: skyvern().update_workflow(wpid, document_of(old), now), actor(), "workflow.update", wpid,
                      resource="workflow", before=now, version=now + 1, restored_from=number)
    except Rejected as error:
        if error.status != 409:
            return _refused(newest, old, error.sentence, 422)
        newest = find_workflow(wpid)
        return _refused(newest, old, f"Somebody has saved version {number_of(newest)} at this very moment. What would "
                                     "change now is shown below.", 409)
    flash(f"Version {number} is back, as version {now + 1}.", "ok")
    return go_to("workflows.list_versions", wpid=wpid)


def standing(wpid: str, draw: Any) -> Any:
    """The page, or the one that says why it cannot be read."""
    try:
        return draw()
    except NoConnection:
        raise
    except SkyvernError as error:
        return render_template("workflows/away.html", wpid=wpid, sentence=error.sentence), error.status


def _refused(newest: Any, old: Any, problem: str, status: int) -> Any:
    return render_template("workflows/versions/restore.html", problem=problem,
                           **pages.restoring(newest, old)), status


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 and int(text) else None
