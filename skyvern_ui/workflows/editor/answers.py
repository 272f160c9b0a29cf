"""How the editor answers: a page, the list of cards after a change, or only what was changed by typing."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from flask import Response, render_template, request

from ...access import skyvern
from ...htmx import go_to_path
from ...request import is_htmx
from ...skyvern.errors import SkyvernError
from ..definition.catalogue import BLOCKS, CATEGORIES, PARAMETERS, Kind
from ..definition.document import as_text
from ..definition.walk import parameters
from ..drafts.rules import Draft
from .cards import Board, board_of, digest
from .forms import Sheet, block_sheet, parameter_sheet, settings_sheet
from .parameter_rules import rows_of

Json = dict[str, Any]
SIDES = (("parameters", "Parameters"), ("settings", "Settings"), ("text", "Text"), ("problems", "Problems"))
Triggers = dict[str, Any]


def path_of(wpid: str, **query: str | None) -> str:
    """The editor of this workflow."""
    asked = urlencode({key: value for key, value in query.items() if value})
    return f"/workflows/{wpid}/edit" + (f"?{asked}" if asked else "")


def values_of(draft: Draft, board: Board | None = None, **more: Any) -> Json:
    """What every template of the editor needs."""
    board = board or board_of(draft.document)
    return {"edit": path_of(draft.wpid), "draft": draft, "board": board, "opened": None, "said": "", "side": None,
            "title": str(draft.document.get("title") or "Untitled workflow"), "form": None, **more}


def logins_for(kind: Kind) -> tuple[tuple[str, str], ...]:
    """The logins that Skyvern keeps, when a field of this kind asks for one. None when Skyvern is away: an id can be
    typed all the same."""
    if not any(each.control == "credential" for each in kind.fields):
        return ()
    try:
        return tuple((each.credential_id, each.label) for each in skyvern().list_credentials())
    except SkyvernError:
        return ()


def page(draft: Draft, status: int = 200, sheet: Sheet | None = None, side: str | None = None,
         **more: Any) -> tuple[str, int]:
    """The whole editor, with one card open when `sheet` is of a block."""
    board = board_of(draft.document)
    known = side if side in dict(SIDES) else None
    return render_template("workflows/editor/show.html", **values_of(
        draft, board, opened=sheet.label if sheet and sheet.reload.startswith("block:") else None, form=sheet,
        side=known, **side_values(draft, board, known or "parameters", sheet), **more)
        ), status


def side_values(draft: Draft, board: Board, side: str, sheet: Sheet | None = None) -> Json:
    """What one side of the editor needs."""
    found: Json = {"shown": side, "rows": [], "settings": None, "text": "", "text_seen": "", "open_parameter": None,
                   "kinds": PARAMETERS, "sides": SIDES}
    if side == "parameters":
        found["rows"] = rows_of(draft.document, board.problems)
        if sheet and sheet.reload.startswith("parameter:"):
            found["open_parameter"] = sheet
    elif side == "settings":
        is_settings = sheet is not None and sheet.reload == "settings:"
        found["settings"] = sheet if is_settings else settings_sheet(draft.document, board.problems)
    elif side == "text":
        found["text"], found["text_seen"] = as_text(draft.document), digest(draft.document)
    return found


def changed(draft: Draft, said: str, *, card: str | None = None, side: str | None = None, reloads: bool = False,
            status: int = 200, is_told: bool = False, again: str = "") -> Any:
    """After a change of structure: the list of cards, or back to the page. With `reloads` the open forms are asked for
    anew, because what is in them may have changed, and then the one named `again`."""
    if not is_htmx():
        return go_to_path(path_of(draft.wpid, card=card, side=side))
    triggers: Triggers = {"draft-changed": {"reloads": reloads, "card": card, "again": again}}
    if said and (status != 200 or is_told):
        triggers["toast"] = {"kind": "bad" if status != 200 else "ok", "text": said}
    body = render_template("workflows/editor/_changed.html", **values_of(draft, said=said))
    return Response(body, status, headers={"HX-Trigger": json.dumps(triggers)})


def refused(draft: Draft, sentence: str, *, card: str | None = None) -> Any:
    """A change of structure that makes no sense: 422, the list as it is, and why."""
    if is_htmx():
        return changed(draft, sentence, status=422)
    board = board_of(draft.document)
    return page(draft, 422, block_sheet(draft.document, card, board) if card else None, problem=sentence)


def typed(draft: Draft, board: Board, sheet: Sheet, cards: list[Any], status: int = 200,
          again: str = "") -> Response:
    """After typing: the words on the cards and in the list of parameters, the problems and the bar; never the form
    itself, unless it is named to be asked for `again`."""
    where, _, key = sheet.reload.partition(":")
    rows = rows_of(draft.document, board.problems) if where == "parameter" else []
    body = render_template("workflows/editor/_typed.html", **values_of(
        draft, board, form=sheet, cards=cards, row=next((row for row in rows if row.key == key), None)))
    response = Response(body, status)
    response.headers["HX-Trigger"] = json.dumps({
        "draft-changed": {"reloads": False, "typed": sheet.reload, "again": again}})
    return response


def picker_values() -> Json:
    """The types of blocks by category, for whoever adds one."""
    groups = [(title, [kind for kind in BLOCKS.values() if kind.category == name and not kind.deprecated])
              for name, title in CATEGORIES]
    older = [kind for kind in BLOCKS.values() if kind.deprecated]
    return {"groups": [*groups, ("Older", older)] if older else groups}


def open_sheet(draft: Draft, board: Board) -> Sheet | None:
    """The form that the address asks for: `?card=label` or `?key=parameter`."""
    if label := request.args.get("card"):
        card = board.find(label)
        return block_sheet(draft.document, label, board, logins_for(card.kind)) if card else None
    if key := request.args.get("key"):
        holder = next((each for each in parameters(draft.document) if each.get("key") == key), None)
        if holder is not None:
            kind = PARAMETERS.get(str(holder.get("parameter_type")))
            return parameter_sheet(draft.document, key, board.problems, logins_for(kind) if kind else ())
    return None
