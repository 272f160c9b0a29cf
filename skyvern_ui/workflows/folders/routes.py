from __future__ import annotations

from typing import Any

from flask import abort, flash, render_template

from ...access import skyvern
from ...htmx import go_to, go_to_path
from ...presses import made_once
from ...request import actor
from ...skyvern.errors import Missing, SkyvernError
from ...skyvern.values.library import Folder
from ..blueprint import bp
from ..library.filter_rules import FOLDER
from . import rules
from .forms import DeletionForm, FolderForm


@bp.get("/folders")
def list_folders() -> Any:
    return _page(FolderForm(formdata=None))


@bp.post("/folders")
@made_once()
def create_folder() -> Any:
    form = FolderForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        folder = rules.create_folder(skyvern(), form.title.data or "", form.description.data or "", actor())
    except rules.Taken as error:
        form.title.errors = [f"There is a folder {error} already. Choose another name, or use that one."]
        return _page(form), 422
    flash(f"The folder {folder.title} is there.", "ok")
    return go_to("workflows.list_folders")


@bp.get("/folders/<folder_id>")
def show_folder(folder_id: str) -> Any:
    folder = _find(folder_id)
    form = FolderForm(formdata=None, data={"title": folder.title, "description": folder.description or ""})
    return _one(folder, form)


@bp.post("/folders/<folder_id>")
def update_folder(folder_id: str) -> Any:
    folder, form = _find(folder_id), FolderForm()
    if not form.validate_on_submit():
        return _one(folder, form), 422
    rules.update_folder(skyvern(), folder, form.title.data or "", form.description.data or "", actor())
    flash("The folder is changed.", "ok")
    return go_to("workflows.list_folders")


@bp.post("/folders/<folder_id>/deletion")
def delete_folder(folder_id: str) -> Any:
    folder, form = _find(folder_id), DeletionForm()
    held = rules.contents_of(skyvern(), folder)
    too = form.contents.data == "delete"
    if not form.validate_on_submit() or too and form.seen.data != str(len(held.rows)):
        problem = f"The folder holds {len(held.rows)} workflows now. Look again before they are deleted."
        filled = FolderForm(formdata=None, data={"title": folder.title, "description": folder.description or ""})
        return _one(folder, filled, problem if form.contents.data else "Choose what becomes of the workflows."), 422
    rules.delete_folder(skyvern(), folder, held, too, actor())
    count = f"{len(held.rows)} workflow{'' if len(held.rows) == 1 else 's'}"
    flash(f"The folder {folder.title} is deleted" + (f" with {count}." if too and held.rows else "."), "ok")
    return go_to_path("/workflows/folders")


def _page(form: FolderForm) -> str:
    folders: list[Folder] = []
    problem = None
    try:
        folders = sorted(skyvern().list_folders(), key=lambda each: each.title.casefold())
    except Missing:
        problem = "This release of Skyvern has no folders; they came with 0.2.21."
    except SkyvernError as error:
        problem = error.sentence
    return render_template("workflows/folders/list.html", folders=folders, form=form, problem=problem)


def _one(folder: Folder, form: FolderForm, problem: str = "") -> str:
    held = rules.contents_of(skyvern(), folder)
    deletion = DeletionForm(formdata=None, data={"contents": "keep", "seen": str(len(held.rows))})
    return render_template("workflows/folders/show.html", folder=folder, form=form, held=held, deletion=deletion,
                           problem=problem)


def _find(folder_id: str) -> Folder:
    if not FOLDER.fullmatch(folder_id):
        abort(404, "There is no such folder.")
    try:
        return skyvern().get_folder(folder_id)
    except Missing:
        abort(404, "There is no such folder, or it was deleted.")
