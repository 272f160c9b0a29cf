from __future__ import annotations

from typing import Any

from flask import abort, flash, render_template, request

from ...access import skyvern
from ...htmx import go_to
from ...presses import made_once
from ...request import actor
from ...skyvern.errors import Missing, Rejected, SkyvernError
from ...skyvern.values.library import LabelGroup, LabelValue
from ...skyvern.values.tag import BadTag
from ..blueprint import bp
from ..library.bulk_rules import Outcome
from . import registry_rules as rules
from .forms import GroupForm, LabelForm, NewLabelForm
from .rules import check_group, checked


@bp.get("/labels")
def list_labels() -> Any:
    return _page(NewLabelForm(formdata=None, data={"colour": "blue"}))


@bp.post("/labels")
@made_once()
def create_label() -> Any:
    form = NewLabelForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        rules.create_value(skyvern(), form.tag, form.colour.data, actor())
    except Rejected as error:
        form.name.errors = [_words(error, form.tag.text)]
        return _page(form), error.status
    flash(f"The label {form.tag.text} is there.", "ok")
    return go_to("workflows.list_labels")


@bp.get("/labels/label")
def show_label() -> Any:
    found = _find(request.args.get("name", ""))
    return _one(found, LabelForm(formdata=None, data={"name": _text(found), "colour": found.colour}))


@bp.post("/labels/label")
def update_label() -> Any:
    found, form = _find(request.form.get("label", "")), LabelForm()
    if not form.validate_on_submit():
        return _one(found, form), 422
    try:
        outcomes = rules.change_value(skyvern(), found, form.tag, form.colour.data, actor())
    except (Rejected, rules.Refused) as error:
        form.name.errors = [_words(error, form.tag.text)]
        return _one(found, form), getattr(error, "status", 422)
    return _told(outcomes, f"The label is {form.tag.text} now.")


@bp.post("/labels/label/deletion")
def delete_label() -> Any:
    found = _find(request.form.get("label", ""))
    try:
        outcomes = rules.delete_value(skyvern(), found, actor())
    except rules.Refused as error:
        abort(422, str(error))
    return _told(outcomes, f"The label {_text(found)} is gone.")


@bp.get("/labels/group")
def show_group() -> Any:
    group = _find_group(request.args.get("name", ""))
    return _group(group, GroupForm(formdata=None, data={"description": group.description or ""}))


@bp.post("/labels/group")
def update_group() -> Any:
    group, form = _find_group(request.form.get("group", "")), GroupForm()
    if not form.validate_on_submit():
        return _group(group, form), 422
    rules.describe_group(skyvern(), group.key, form.description.data or "", actor())
    flash(f"The group {group.key} is described.", "ok")
    return go_to("workflows.list_labels")


@bp.post("/labels/group/deletion")
def delete_group() -> Any:
    group = _find_group(request.form.get("group", ""))
    rules.delete_group(skyvern(), group, actor())
    flash(f"The group {group.key} and its labels are gone.", "ok")
    return go_to("workflows.list_labels")


def _page(form: NewLabelForm) -> str:
    registry, problem = rules.Registry([], []), None
    try:
        registry = rules.read_registry(skyvern())
    except Missing:
        problem = "This release of Skyvern has no labels of workflows; they came with 1.0.37."
    except SkyvernError as error:
        problem = error.sentence
    return render_template("workflows/labels/list.html", registry=registry, form=form, problem=problem)


def _one(found: LabelValue, form: LabelForm) -> str:
    return render_template("workflows/labels/label.html", found=found, text=_text(found), form=form)


def _group(group: LabelGroup, form: GroupForm) -> str:
    return render_template("workflows/labels/group.html", group=group, form=form)


def _find(text: str) -> LabelValue:
    try:
        return rules.find_value(skyvern(), checked(text))
    except (BadTag, Missing):
        abort(404, "There is no such label.")


def _find_group(text: str) -> LabelGroup:
    try:
        key = check_group(text)
    except BadTag:
        abort(404, "There is no such group.")
    found = next((each for each in skyvern().list_label_groups() if each.key == key), None)
    return found or abort(404, "There is no such group.")


def _text(found: LabelValue) -> str:
    return found.text if found.key else found.value


def _words(error: Exception, text: str) -> str:
    if isinstance(error, Rejected) and error.status == 409:
        return f"There is a label {text} already; two labels are not made one."
    return error.sentence if isinstance(error, SkyvernError) else str(error)


def _told(outcomes: list[Outcome], sentence: str) -> Any:
    failed = [each for each in outcomes if each.problem]
    if failed:
        flash(f"{len(failed)} of {len(outcomes)} workflows could not be changed: {failed[0].problem}", "bad")
    else:
        flash(sentence, "ok")
    return go_to("workflows.list_labels")
