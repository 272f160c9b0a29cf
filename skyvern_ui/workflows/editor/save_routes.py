from __future__ import annotations

from typing import Any

from flask import flash, request

from ...access import find_workflow, skyvern
from ...htmx import go_to_path
from ...presses import made_once
from ...request import actor
from ...skyvern.errors import Rejected, SkyvernError, TimedOut
from ..blueprint import bp
from ..drafts.rebasing_rules import rebase
from ..drafts.rules import Stale, is_new_ref, looked_at, put_on_top
from ..drafts.saving_rules import Overtaken, create, save
from .answers import path_of
from .cards import board_of
from .opening import look
from .review import conflict, review

UNKNOWN = ("It took too long, so nobody knows whether it was saved all the same. Your draft is kept. Open this page "
           "again to see whether Skyvern has it.")
MOVED = "Your draft was changed in another window meanwhile. This is what would be saved now."
TWICE = "It is being saved in another window just now. Wait a moment, and look at the list of workflows."
STOPPED = "Skyvern would refuse this. Mend what is listed below first."


@bp.get("/<wpid>/edit/save")
def show_save(wpid: str) -> Any:
    return review(look(wpid))


@bp.post("/<wpid>/edit/save")
@made_once()
def create_save(wpid: str) -> Any:
    draft = look(wpid)
    if request.form.get("position") != str(draft.position):
        return review(draft, 409, MOVED, "Nothing was saved.")
    if board_of(draft.document).stops:
        return review(draft, 422, STOPPED, "Nothing was saved.")
    if not draft.is_changed:
        return go_to_path(f"/workflows/{wpid}")
    try:
        made = save(skyvern(), draft, actor())
    except Overtaken as error:
        return conflict(draft, error.read)
    except Stale:
        return review(look(wpid), 409, TWICE, "Nothing was sent twice.")
    except SkyvernError as error:
        return _refused(draft, error)
    flash("The workflow was created." if draft.is_new else f"Saved as version {made.version}.", "ok")
    return go_to_path(f"/workflows/{made.wpid}")


@bp.post("/<wpid>/edit/copies")
@made_once()
def create_copy_of_draft(wpid: str) -> Any:
    """What is in the draft as a workflow of its own; the other one stays as somebody else saved it."""
    draft = look(wpid)
    title = str(draft.document.get("title") or "Untitled workflow")[:180]
    try:
        made = create(skyvern(), draft, {**draft.document, "title": f"{title} (copy)"}, actor())
    except Stale:
        return go_to_path(f"/workflows/{wpid}")
    except SkyvernError as error:
        return _refused(draft, error)
    flash("Your changes are a workflow of their own now. The other one is as it was saved.", "ok")
    return go_to_path(f"/workflows/{made.wpid}")


@bp.post("/<wpid>/edit/base")
def update_base(wpid: str) -> Any:
    """My draft on top of the newest version; `prefer` says whose is taken of what both changed."""
    draft = look(wpid)
    if is_new_ref(wpid) or draft.id is None:
        return go_to_path(path_of(wpid))
    newest, prefer = find_workflow(wpid), request.form.get("prefer") or None
    seen = request.form.get("newest")
    if prefer not in (None, "mine", "theirs") or seen != str(newest.get("version")):
        return conflict(draft, newest)
    result = rebase(draft.base, draft.document, looked_at(draft.user_id, wpid, newest).document, prefer)
    if result.document is None:
        return conflict(draft, newest)
    try:
        put_on_top(draft, newest, result.document)
    except Stale:
        return conflict(look(wpid), newest)
    flash(f"Your changes are on top of version {newest.get('version')} now. Look at them before you save.", "ok")
    return go_to_path(f"{path_of(wpid)}/save")


def _refused(draft: Any, error: SkyvernError) -> Any:
    if isinstance(error, TimedOut):
        return review(draft, error.status, UNKNOWN, "Skyvern did not answer in time.")
    if isinstance(error, Rejected):
        return review(draft, 422, error.sentence, "Skyvern did not accept it:")
    return review(draft, error.status, error.sentence, "Nothing was saved.")
