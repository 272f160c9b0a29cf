from __future__ import annotations

from typing import Any

from flask import abort, flash, render_template, request

from ...access import find_workflow
from ...htmx import go_to_path
from ...request import is_htmx, signed_in
from ...skyvern.errors import SkyvernError
from ..blueprint import bp
from ..drafts.rules import discard, is_new_ref, new_draft, redo, undo
from .answers import SIDES, changed, logins_for, open_sheet, page, path_of, picker_values, side_values, values_of
from .cards import board_of
from .forms import block_sheet
from .opening import look

LONGEST_TITLE = 200


@bp.post("/drafts")
def create_draft() -> Any:
    title = (request.form.get("title") or "").strip()[:LONGEST_TITLE] or "Untitled workflow"
    document: dict[str, Any] = {"title": title, "workflow_definition": {"parameters": [], "blocks": []}}
    if folder := request.form.get("folder_id", "").strip():
        document["folder_id"] = folder
    return go_to_path(path_of(new_draft(signed_in().id, document).wpid))


@bp.get("/<wpid>/edit")
def show_editor(wpid: str) -> Any:
    draft = look(wpid)
    sheet = open_sheet(draft, board_of(draft.document))
    side = request.args.get("side") or ("text" if request.args.get("text") else None)
    return page(draft, sheet=sheet, side="parameters" if request.args.get("key") else side)


@bp.get("/<wpid>/edit/block")
def show_block(wpid: str) -> Any:
    draft = look(wpid)
    board, label = board_of(draft.document), request.args.get("label", "")
    card = board.find(label) or abort(404, "There is no such block in this draft.")
    sheet = block_sheet(draft.document, label, board, logins_for(card.kind))
    return render_template("workflows/editor/_card.html", **values_of(draft, board, form=sheet, card=card))


@bp.get("/<wpid>/edit/side")
def show_side(wpid: str) -> Any:
    draft, side = look(wpid), request.args.get("side", "")
    if side not in dict(SIDES):
        abort(404, "There is no such side of the editor.")
    board = board_of(draft.document)
    sheet = open_sheet(draft, board) if side == "parameters" else None
    return render_template("workflows/editor/_side.html", **values_of(
        draft, board, side=side, **side_values(draft, board, side, sheet)))


@bp.get("/<wpid>/edit/blocks")
def show_blocks(wpid: str) -> Any:
    draft = look(wpid)
    return changed(draft, "") if is_htmx() else go_to_path(path_of(wpid))


@bp.get("/<wpid>/edit/newest")
def show_newest(wpid: str) -> Any:
    """Whether the draft still stands on the newest version; nothing when that cannot be known now."""
    draft = look(wpid)
    newest: Any = None
    if draft.id and not is_new_ref(wpid):
        try:
            newest = find_workflow(wpid).get("version")
        except SkyvernError:
            newest = None
    is_old = isinstance(newest, int) and draft.base_version is not None and newest != draft.base_version
    return render_template("workflows/editor/_newest.html", edit=path_of(wpid), draft=draft,
                           newest=newest if is_old else None)


@bp.get("/<wpid>/edit/kinds")
def list_kinds(wpid: str) -> Any:
    draft = look(wpid)
    return render_template("workflows/editor/kinds.html", place=request.args.get("place", "first"),
                           **values_of(draft), **picker_values())


@bp.get("/<wpid>/edit/picker")
def show_picker(wpid: str) -> Any:
    return render_template("workflows/editor/_picker.html", edit=path_of(wpid), place="", **picker_values())


@bp.post("/<wpid>/edit/position")
def update_position(wpid: str) -> Any:
    person, before = signed_in(), look(wpid)
    back = request.form.get("to") != "redo"
    draft = (undo if back else redo)(person.id, wpid) or before
    done = before.undoes if back else before.redoes
    said = f"{'Undone' if back else 'Done again'}: {done}." if done else f"Nothing to {'undo' if back else 'redo'}."
    return changed(draft, said, reloads=True)


@bp.post("/<wpid>/edit/removal")
def create_draft_removal(wpid: str) -> Any:
    look(wpid)
    discard(signed_in().id, wpid)
    flash("Your draft was thrown away. Nothing at Skyvern was changed.", "ok")
    return go_to_path("/workflows" if is_new_ref(wpid) else f"/workflows/{wpid}")
