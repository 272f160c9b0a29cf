from __future__ import annotations

from typing import Any

from flask import abort, flash, render_template, request

from ...access import skyvern
from ...aside import aside
from ...audit import record
from ...database import writing
from ...extensions import db
from ...guard import admin_only
from ...htmx import fragment, go_to, go_to_path
from ...request import actor, is_htmx, settings, signed_in
from ..blueprint import bp
from . import round_rules as rules
from .files import wpid_in
from .import_routes import preview
from .nightly import where_of
from .reading import LARGEST_TEXT, MOST_DOCUMENTS, read_files


@bp.get("/transfer")
@admin_only
def show_transfer() -> Any:
    where, files, problem = where_of(settings()), [], None
    if where is not None:
        try:
            files = rules.files_in(where.folder)
        except OSError as error:
            problem = f"The export folder cannot be read: {type(error).__name__}."
    return render_template("workflows/transfer/show.html", where=where, files=files, problem=problem,
                           most=MOST_DOCUMENTS, **_rounds())


@bp.get("/transfer/rounds")
@admin_only
def list_export_rounds() -> Any:
    return render_template("workflows/transfer/_rounds.html", **_rounds())


@bp.post("/transfer/rounds")
@admin_only
def create_export_round() -> Any:
    if where_of(settings()) is None:
        abort(422, "EXPORT_DIR is not set, so there is no folder to write into.")
    is_new = rules.ask(signed_in().name)
    if is_new:
        with writing():
            record(actor(), "workflow.export", "export_folder", None, format="folder")
        db.session.remove()
    if is_htmx():
        return fragment("workflows/transfer/_rounds.html", **_rounds())
    flash("The export begins within seconds." if is_new else "An export is under way already.", "ok")
    return go_to("workflows.show_transfer")


@bp.post("/transfer/restorations")
@admin_only
def create_folder_restoration() -> Any:
    where = where_of(settings()) or abort(422, "EXPORT_DIR is not set.")
    names = list(dict.fromkeys(request.form.getlist("name")))
    if not names or len(names) > MOST_DOCUMENTS or not all(wpid_in(name) and "/" not in name for name in names):
        abort(422, f"Choose one to {MOST_DOCUMENTS} of the files.")
    files = []
    for name in names:
        try:
            with rules.open_own(where.folder / name) as held:
                files.append((name, held.read(LARGEST_TEXT + 1)))
        except OSError:
            abort(404, f"{name} is not in the folder any more.")
    found, troubles = aside(read_files, files)
    if not found:
        abort(422, troubles[0].sentence)
    return go_to_path(f"/workflows/import/{preview(skyvern(), found, troubles)}")


def _rounds() -> dict[str, Any]:
    rounds = rules.history()
    return {"rounds": rounds, "is_live": any(each.state in ("asked", "running") for each in rounds)}
