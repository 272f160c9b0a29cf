from __future__ import annotations

from typing import Any

from flask import abort, flash, render_template, request

from ...access import find_workflow, skyvern
from ...aside import aside
from ...extensions import db
from ...htmx import go_to
from ...models.batch import Batch
from ...presses import made_once
from ...request import actor, signed_in
from ..blueprint import bp
from ..head import head_of
from ..launch.forms import LaunchOptions, prefill
from ..launch.inputs import Input, filled, inputs_of
from ..launch.rules import browsers_for, choices_for, is_empty
from . import rules
from .mapping_rules import Assignment, Reading, guess, read_rows, relaxed, unused
from .routes import find_batch
from .table import MOST_BYTES, BadTable, read_table

PREVIEWED = 5
EMPTY = "This workflow has no blocks yet, so there is nothing to run. Add one in the editor first."
STARTED = "This batch was started, so it cannot be changed any more."
MOST_TAGS = 18  # of twenty, two are ours


@bp.get("/<wpid>/batches/new")
def new_batch(wpid: str) -> Any:
    return _upload_page(find_workflow(wpid), None)


@bp.post("/<wpid>/batches")
@made_once()
def create_batch(wpid: str) -> Any:
    """Reads the file and keeps its table as a draft."""
    workflow = find_workflow(wpid)
    chosen = request.files.get("file")
    if chosen is None or not chosen.filename:
        return _upload_page(workflow, "Choose a file first."), 422
    name = "".join(filter(str.isprintable, chosen.filename)) or "table"
    try:
        table = aside(read_table, name, chosen.stream.read(MOST_BYTES + 1))
    except BadTable as error:
        return _upload_page(workflow, str(error)), 422
    batch_id = rules.create_draft(wpid, str(workflow.get("title") or wpid), name, table, actor())
    return go_to("workflows.edit_batch", wpid=wpid, batch_id=batch_id)


@bp.get("/<wpid>/batches/<batch_id>/mapping")
def edit_batch(wpid: str, batch_id: str) -> Any:
    batch = _draft(wpid, batch_id)
    workflow = find_workflow(wpid)
    inputs = inputs_of(workflow)
    kept = Assignment.from_document(batch.mapping)
    if not batch.mapping:
        kept = Assignment(guess(inputs, batch.headings), filled(inputs))
    form = LaunchOptions(formdata=None, data=prefill(batch.options))
    return _mapping_page(workflow, batch, kept, form)


@bp.post("/<wpid>/batches/<batch_id>/mapping")
def update_batch(wpid: str, batch_id: str) -> Any:
    """Every row is read with the chosen columns before anything is kept."""
    batch = _draft(wpid, batch_id)
    workflow = find_workflow(wpid)
    inputs, form = inputs_of(workflow), LaunchOptions()
    chosen = _chosen(inputs, batch.headings)
    is_right = form.validate_on_submit()
    if is_right and len(form.options.get("run_metadata") or {}) > MOST_TAGS:
        form.run_metadata.errors = [f"At most {MOST_TAGS} tags, because a batch adds two of its own."]
        is_right = False
    rows = [(row.number, row.cells) for row in rules.every_row(batch_id)]
    reading = aside(read_rows, inputs, chosen, batch.headings, rows)
    leaves_out = bool(request.form.get("leave_out")) and reading.wrong_rows < len(rows)
    if not is_right or reading.constants or (reading.wrong_rows and not leaves_out):
        return _mapping_page(workflow, batch, chosen, form, reading), 422
    sent = zip((number for number, _ in rows), reading.inputs, strict=True)
    if not rules.save_mapping(batch_id, chosen.document, form.options, sent, actor()):
        abort(409, STARTED)
    return go_to("workflows.show_batch_preview", wpid=wpid, batch_id=batch_id)


@bp.get("/<wpid>/batches/<batch_id>/preview")
def show_batch_preview(wpid: str, batch_id: str) -> Any:
    batch = _draft(wpid, batch_id)
    if not batch.mapping:
        return go_to("workflows.edit_batch", wpid=wpid, batch_id=batch_id)
    return _preview(batch)


@bp.post("/<wpid>/batches/<batch_id>/start")
def create_batch_start(wpid: str, batch_id: str) -> Any:
    batch = find_batch(wpid, batch_id)
    if batch.user_id != signed_in().id:
        abort(404, "There is no such batch, or it is not yours to see.")
    title, at_once = request.form.get("title", "").strip(), request.form.get("at_once", "")
    if batch.state == rules.DRAFT and batch.mapping:
        if not (at_once.isascii() and at_once.isdecimal() and 1 <= int(at_once[:9]) <= rules.MOST_AT_ONCE
                and len(at_once) < 10):
            return _preview(batch, f"A number from 1 to {rules.MOST_AT_ONCE}."), 422
        if rules.start(batch_id, "".join(filter(str.isprintable, title)) or batch.title, int(at_once), actor()):
            flash("Started. You may leave this page; it goes on by itself.", "ok")
    return go_to("workflows.show_batch", wpid=wpid, batch_id=batch_id)


def _draft(wpid: str, batch_id: str) -> Batch:
    batch = find_batch(wpid, batch_id)
    return batch if batch.state == rules.DRAFT else abort(409, STARTED)


def _chosen(inputs: tuple[Input, ...], headings: list[str]) -> Assignment:
    columns, constants = {}, {}
    for each in inputs:
        place = request.form.get(f"c-{each.key}", "")
        if place.isascii() and place.isdecimal() and int(place[:6]) < len(headings):
            columns[each.key] = int(place[:6])
        constants[each.key] = request.form.get(f"p-{each.key}", "")
    return Assignment(columns, constants)


def _upload_page(workflow: dict[str, Any], problem: str | None) -> str:
    return render_template("workflows/batches/new.html", head=head_of(workflow, "batches"), problem=problem,
                           inputs=inputs_of(workflow), empty=EMPTY if is_empty(workflow) else None)


def _mapping_page(workflow: dict[str, Any], batch: Batch, chosen: Assignment, form: LaunchOptions,
                  reading: Reading | None = None) -> str:
    inputs = inputs_of(workflow)
    sessions, profiles = browsers_for(skyvern())
    choices = choices_for(skyvern(), inputs)
    first = rules.rows_of(batch.id, most=3)
    total = sum(rules.counts_of([batch.id])[batch.id].values())
    db.session.remove()
    return render_template(
        "workflows/batches/mapping.html", head=head_of(workflow, "batches"), batch=batch, inputs=relaxed(inputs),
        needed={each.key for each in inputs if each.is_needed}, chosen=chosen, form=form, reading=reading, first=first,
        total=total, choices=choices, sessions=sessions, profiles=profiles, unused=unused(batch.headings, chosen))


def _preview(batch: Batch, problem: str | None = None) -> str:
    workflow, counts = find_workflow(batch.wpid), rules.counts_of([batch.id])[batch.id]
    rows = rules.rows_of(batch.id, ("waiting",), most=PREVIEWED)
    sent = {key for row in rows for key in row.inputs}
    return render_template(
        "workflows/batches/preview.html", head=head_of(workflow, "batches"), batch=batch, problem=problem, rows=rows,
        keys=[each.key for each in inputs_of(workflow) if each.key in sent], ready=counts.get("waiting", 0),
        left_out=counts.get("skipped", 0), most=rules.MOST_AT_ONCE, title=request.form.get("title", batch.title),
        at_once=request.form.get("at_once", batch.at_once), options=sorted(
            (name, value) for name, value in batch.options.items() if value not in (None, "")))
