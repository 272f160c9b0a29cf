from __future__ import annotations

from typing import Any

from flask import abort, render_template, request

from ...request import is_htmx
from ..blueprint import bp
from ..definition.catalogue import SETTINGS, Kind, parameter_kind_of
from ..definition.changes import Impossible
from ..definition.walk import definition_of, parameters
from ..drafts.rules import TooLarge
from .answers import changed, logins_for, page, refused, side_values, typed, values_of
from .cards import board_of, digest
from .forms import (
    NOT_SETTINGS,
    OF_DEFINITION,
    PARAMETER_STRUCTURE,
    SETTINGS_KIND,
    clash_of,
    parameter_sheet,
    settings_of,
    settings_sheet,
)
from .opening import change, look
from .parameter_rules import add_parameter, change_parameter, move_parameter, remove_parameter, used_by
from .reading import Reading, read_form
from .values import Unreadable, value_of

Json = dict[str, Any]


class Changed(Exception):
    """The thing is not any more what the form was drawn from."""


@bp.get("/<wpid>/edit/parameter")
def show_parameter(wpid: str) -> Any:
    draft, key = look(wpid), request.args.get("key", "")
    holder = _find(draft.document, key)
    logins = logins_for(parameter_kind_of(holder.get("parameter_type")))
    board = board_of(draft.document)
    sheet = parameter_sheet(draft.document, key, board.problems, logins)
    return render_template("workflows/editor/_parameter.html", uses=used_by(draft.document, key),
                           **values_of(draft, board, form=sheet))


@bp.post("/<wpid>/edit/parameter")
def update_parameter(wpid: str) -> Any:
    key, reading = request.form.get("key", ""), Reading()
    seen = request.form.get("over") or request.form.get("seen")

    def apply(document: Json) -> tuple[Json, str]:
        nonlocal reading
        holder = _find(document, key)
        kind = parameter_kind_of(holder.get("parameter_type"))
        beside = {**holder, **_typed_kind(holder)}
        reading = read_form(kind.fields, beside, request.form, PARAMETER_STRUCTURE)
        _change_type(kind, holder, beside, reading)
        if reading.changes and digest(holder) != seen:
            raise Changed
        return change_parameter(document, key, reading.changes), f"Parameter {key}"

    try:
        draft = change(wpid, apply, joins=True)
        sheet = parameter_sheet(draft.document, key, board_of(draft.document).problems, (), reading, request.form)
    except (Changed, TooLarge) as error:
        draft = look(wpid)
        sheet = parameter_sheet(draft.document, key, [], (), Reading(errors=reading.errors), request.form)
        assert sheet is not None
        if isinstance(error, TooLarge):
            return refused(draft, str(error))
        holder = _find(draft.document, key)
        return _clash(draft, sheet, clash_of(sheet.kind, holder, reading, request.form))
    return _kept(draft, sheet, reading, key=key)


@bp.post("/<wpid>/edit/settings")
def update_settings(wpid: str) -> Any:
    reading, seen = Reading(), request.form.get("over") or request.form.get("seen")

    def apply(document: Json) -> tuple[Json, str]:
        nonlocal reading
        holder = settings_of(document)
        reading = read_form(SETTINGS_KIND.fields, holder, request.form, NOT_SETTINGS)
        if reading.changes and digest(holder) != seen:
            raise Changed
        return _with_settings(document, reading.changes), "Settings"

    try:
        draft = change(wpid, apply, joins=True)
        sheet = settings_sheet(draft.document, board_of(draft.document).problems, reading, request.form)
    except (Changed, TooLarge) as error:
        draft = look(wpid)
        sheet = settings_sheet(draft.document, [], Reading(errors=reading.errors), request.form)
        if isinstance(error, TooLarge):
            return refused(draft, str(error))
        return _clash(draft, sheet, clash_of(SETTINGS_KIND, settings_of(draft.document), reading, request.form))
    return _kept(draft, sheet, reading)


@bp.post("/<wpid>/edit/parameters")
def create_parameter(wpid: str) -> Any:
    kind, wanted, made = request.form.get("parameter_type", ""), request.form.get("key", "").strip(), ""

    def apply(document: Json) -> tuple[Json, str]:
        nonlocal made
        document, made = add_parameter(document, kind, wanted)
        return document, f"Added parameter {made}"

    return _side(wpid, apply, lambda: made)


@bp.post("/<wpid>/edit/parameter/removal")
def create_parameter_removal(wpid: str) -> Any:
    key = request.form.get("key", "")
    return _side(wpid, lambda document: (remove_parameter(document, key), f"Deleted parameter {key}"), lambda: None)


@bp.post("/<wpid>/edit/parameter/place")
def update_parameter_place(wpid: str) -> Any:
    key, direction = request.form.get("key", ""), request.form.get("direction", "")
    return _side(wpid, lambda document: (move_parameter(document, key, direction), f"Moved parameter {key}"),
                 lambda: key)


def _side(wpid: str, apply: Any, made: Any) -> Any:
    """The panel of parameters after a change of it, with the one that was made open."""
    problem, status, before = "", 200, None

    def looked(document: Json) -> tuple[Json, str]:
        nonlocal before
        before = document
        after: tuple[Json, str] = apply(document)
        return after

    try:
        draft = change(wpid, looked)
    except (Impossible, TooLarge) as error:
        draft, problem, status = look(wpid), str(error), 422
    board = board_of(draft.document)
    key = made() if not problem else None
    sheet = parameter_sheet(draft.document, key, board.problems) if key else None
    if not is_htmx():
        return page(draft, 422, side="parameters", problem=problem) if problem else \
            changed(draft, "", side="parameters")
    values = values_of(draft, board, side="parameters", **side_values(draft, board, "parameters", sheet))
    return render_template("workflows/editor/_side_changed.html", problem=problem,
                           typed_key=request.form.get("key", ""),
                           cards=board.differing(board_of(before)) if before is not None and not problem else [],
                           uses=used_by(draft.document, key) if key else [], **values), status


def _kept(draft: Any, sheet: Any, reading: Reading, key: str | None = None) -> Any:
    assert sheet is not None
    side = "parameters" if key else "settings"
    if is_htmx():
        again = sheet.reload if "workflow_parameter_type" in reading.changes else ""
        return typed(draft, board_of(draft.document), sheet, [], again=again)
    return page(draft, 422, sheet, side) if reading.errors else changed(draft, "", side=side)


def _clash(draft: Any, sheet: Any, found: Any) -> Any:
    sheet.clash, sheet.newest = found, sheet.seen
    if not is_htmx():
        return page(draft, 409, sheet, "parameters" if sheet.label else "settings")
    sheet.seen = request.form.get("seen", "")
    return typed(draft, board_of(draft.document), sheet, [], 409)


def _typed_kind(holder: Json) -> Json:
    """The type of an input as it was just chosen: its default is read by it."""
    chosen = request.form.get("f.workflow_parameter_type")
    return {"workflow_parameter_type": chosen} if chosen and "workflow_parameter_type" in holder else {}


def _change_type(kind: Kind, holder: Json, beside: Json, reading: Reading) -> None:
    """A new type of input: its default is what was typed, read anew."""
    chosen, field = beside.get("workflow_parameter_type"), kind.field("default_value")
    if chosen == holder.get("workflow_parameter_type") or field is None:
        return
    reading.changes["workflow_parameter_type"] = chosen
    text = request.form.get("f.default_value", "")
    try:
        reading.changes["default_value"] = value_of(field, text, beside)
        reading.errors.pop("default_value", None)
    except Unreadable as error:
        reading.changes["default_value"], reading.errors["default_value"] = None, str(error)


def _with_settings(document: Json, changes: Json) -> Json:
    changed_one = {key: value for key, value in document.items() if key != "workflow_definition"}
    inner = dict(definition_of(document))
    for name, value in changes.items():
        holder = inner if name in OF_DEFINITION and name not in {each.name for each in SETTINGS} else changed_one
        if value is ...:
            holder.pop(name, None)
        else:
            holder[name] = value
    return {**changed_one, "workflow_definition": inner}


def _find(document: Json, key: str) -> Json:
    return next((each for each in parameters(document) if each.get("key") == key), None) or abort(
        404, "There is no such parameter in this draft any more.")
