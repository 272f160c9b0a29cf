from __future__ import annotations

from typing import Any

from flask import abort, request

from ...request import is_htmx
from ..blueprint import bp
from ..definition.catalogue import kind_of, start
from ..definition.changes import Impossible, add_way, change_block, duplicate, free_label, insert, members, move, remove
from ..definition.links import label_of
from ..definition.references import rename_block
from ..definition.walk import find, labels, parameters
from ..drafts.rules import TooLarge
from .answers import changed, logins_for, page, refused, typed
from .cards import STRUCTURE, board_of, seen_of
from .forms import block_sheet, clash_of
from .opening import change, look
from .places import next_place, place_in, where_words
from .reading import Reading, read_form
from .ways import swap_way, take_way

Json = dict[str, Any]
NEW_WAY: Json = {"criteria": {"criteria_type": "jinja2_template", "expression": ""}, "next_block_label": None}
NEW_DEFAULT: Json = {"is_default": True, "next_block_label": None}


class Changed(Exception):
    """The block is not any more what the form was drawn from."""


@bp.post("/<wpid>/edit/block")
def update_block(wpid: str) -> Any:
    label, seen = request.form.get("label", ""), request.form.get("over") or request.form.get("seen")
    before: Json = {}
    reading = Reading()

    def apply(document: Json) -> tuple[Json, str]:
        nonlocal before, reading
        before = document
        block = find(document, label) or abort(404, "There is no such block in this draft any more.")
        kind = kind_of(block.get("block_type"))
        reading = read_form(kind.fields, block, request.form, STRUCTURE)
        if reading.changes and seen_of(block) != seen:
            raise Changed
        return change_block(document, label, reading.changes), _what(label, kind, reading)

    try:
        draft = change(wpid, apply, joins=True)
    except Changed:
        return _clash(wpid, label, reading)
    except TooLarge as error:
        return refused(look(wpid), str(error), card=label)
    board = board_of(draft.document)
    kind = kind_of((find(draft.document, label) or {}).get("block_type"))
    sheet = block_sheet(draft.document, label, board, logins_for(kind) if not is_htmx() else (), reading, request.form)
    assert sheet is not None
    if not is_htmx():
        return page(draft, 422, sheet) if reading.errors else changed(draft, "", card=label)
    return typed(draft, board, sheet, _cards_to_show(before, board, label))


@bp.post("/<wpid>/edit/blocks")
def create_block(wpid: str) -> Any:
    kind, place = request.form.get("block_type", ""), request.form.get("place", "first")
    made = ""

    def apply(document: Json) -> tuple[Json, str]:
        nonlocal made
        if kind_of(kind).category == "unknown":
            raise Impossible("There is no such type of block.")
        taken = [*labels(document), *(str(each.get("key")).removesuffix("_output") for each in parameters(document))]
        made = free_label(kind, taken)
        return insert(document, start(kind, made), place_in(document, place)), f"Added {made}"

    return _structure(wpid, apply, lambda: made, "added", opens=True)


@bp.post("/<wpid>/edit/block/copies")
def create_block_copy(wpid: str) -> Any:
    label, made = request.form.get("label", ""), ""

    def apply(document: Json) -> tuple[Json, str]:
        nonlocal made
        document, made = duplicate(document, label, rename_block)
        return document, f"Copied {label}"

    return _structure(wpid, apply, lambda: made, "made as a copy", opens=True)


@bp.post("/<wpid>/edit/block/removal")
def create_block_removal(wpid: str) -> Any:
    label, inside = request.form.get("label", ""), 0

    def apply(document: Json) -> tuple[Json, str]:
        nonlocal inside
        inside = len(members(document, label))
        return remove(document, label), f"Deleted {label}" + (f" and {inside} inside" if inside else "")

    return _structure(wpid, apply, lambda: None, f"{label} deleted. Undo brings it back")


@bp.post("/<wpid>/edit/block/place")
def update_block_place(wpid: str) -> Any:
    """`place` names one; `direction` is one step up, down, out or in; `number` counts among the others of a list."""
    label, place = request.form.get("label", ""), request.form.get("place", "")
    direction = request.form.get("direction", "")

    def apply(document: Json) -> tuple[Json, str]:
        if not place and not direction:
            raise Impossible("Choose a place first.")
        to = next_place(document, label, direction) if direction else place_in(document, place)
        return move(document, label, to), f"Moved {label}"

    return _structure(wpid, apply, lambda: label, "moved")


@bp.post("/<wpid>/edit/ways")
def update_ways(wpid: str) -> Any:
    label, do = request.form.get("label", ""), request.form.get("do", "")
    number = request.form.get("index", "")
    index = int(number) if number.isdecimal() and len(number) < 4 else -1

    def apply(document: Json) -> tuple[Json, str]:
        if do in ("add", "add-default"):
            return add_way(document, label, NEW_WAY if do == "add" else NEW_DEFAULT), f"Added a way to {label}"
        if do == "remove":
            return take_way(document, label, index), f"Removed a way of {label}"
        if do in ("up", "down"):
            return swap_way(document, label, index, do), f"Moved a way of {label}"
        raise Impossible("There is no such change of ways.")

    return _structure(wpid, apply, lambda: label, "changed", reloads=True)


def _structure(wpid: str, apply: Any, made: Any, words: str, reloads: bool = False, opens: bool = False) -> Any:
    asked = request.form.get("label")
    try:
        draft = change(wpid, apply)
    except (Impossible, TooLarge) as error:
        return refused(look(wpid), str(error), card=asked)
    label = made()
    said = f"{label} {words}. {where_words(draft.document, label)}" if label else f"{words}."
    return changed(draft, said, card=label if opens or not is_htmx() else None, reloads=reloads, is_told=not label)


def _clash(wpid: str, label: str, reading: Reading) -> Any:
    draft = look(wpid)
    board, block = board_of(draft.document), find(draft.document, label) or {}
    sheet = block_sheet(draft.document, label, board, (), Reading(errors=reading.errors), request.form)
    assert sheet is not None
    sheet.clash, sheet.newest = clash_of(kind_of(block.get("block_type")), block, reading, request.form), sheet.seen
    if is_htmx():
        return typed(draft, board, _still_old(sheet), [], 409)
    return page(draft, 409, sheet)


def _still_old(sheet: Any) -> Any:
    """The open form goes on being one of an older state until its reader has chosen."""
    sheet.seen = request.form.get("seen", "")
    return sheet


def _cards_to_show(before: Json, board: Any, label: str) -> list[Any]:
    """The card that was typed in, and others whose problems are not what they were."""
    differing = board.differing(board_of(before))
    own = board.find(label)
    return [*differing, own] if own and own not in differing else differing


def _what(label: str, kind: Any, reading: Reading) -> str:
    names = [(kind.field(name).label if kind.field(name) else "other fields") for name in reading.changes]
    return f"{label}: {', '.join(names[:3])}" if names else label_of({"label": label})
