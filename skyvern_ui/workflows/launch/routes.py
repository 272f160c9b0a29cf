from __future__ import annotations

import re
from typing import Any

from flask import abort, render_template, request

from ...access import find_run, find_workflow, run_id_or_404, skyvern
from ...aside import aside
from ...htmx import go_to
from ...presses import made_once
from ...request import actor, is_htmx, settings, signed_in
from ...runs.after_rules import asked_of
from ...skyvern.errors import SkyvernError
from ...tasks.problems import Problem, problem_of
from ..blueprint import bp
from ..head import head_of
from .files import MOST_UPLOAD_BYTES, read_typed
from .forms import LaunchOptions, prefill
from .inputs import filled, inputs_of, read_inputs
from .rules import browsers_for, choices_for, is_empty, start_workflow, stopping
from .snippets import snippets

TAKES_FILES = ("workflows.create_run", "workflows.create_batch")
MANY_FIELDS = (*TAKES_FILES, "workflows.show_run_code", "workflows.update_batch")
LOST = "Skyvern keeps their values to itself: {names}. They are further down, under “Browser and network”."
CLOSED = "The browser session that run worked in is closed, so this one gets a browser of its own."
GONE = "{names}. They are left out."
VERSION = re.compile(r"[1-9][0-9]{0,7}")
EMPTY = "This workflow has no blocks yet, so there is nothing to run. Add one in the editor."


@bp.url_value_preprocessor
def allow_files(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Before anything reads the form: files may be as large as Skyvern takes them, and a workflow with many inputs has
    many fields."""
    if endpoint in TAKES_FILES:
        request.max_content_length = MOST_UPLOAD_BYTES + 2 * 1024 * 1024
    if endpoint in MANY_FIELDS:
        request.max_form_parts, request.max_form_memory_size = 3000, 4 * 1024 * 1024


@bp.get("/<wpid>/run")
def new_run(wpid: str) -> Any:
    version, source = _version(request.args), request.args.get("from", "")
    workflow = find_workflow(wpid, version)
    if not source:
        return _page(workflow, version, LaunchOptions(formdata=None), filled(inputs_of(workflow)))
    asked = asked_of(skyvern(), find_run(signed_in(), source))
    if asked.body.get("workflow_id") != wpid:
        abort(409, "That is a run of another workflow.")
    given = asked.body.get("parameters") or {}
    gone = sorted(set(given) - {each.key for each in inputs_of(workflow)})
    notes = [("warn", "Some headers must be typed again.", LOST.format(names=", ".join(asked.lost)))] * bool(asked.lost)
    notes += [("info", "A browser of its own.", CLOSED)] * bool(asked.closed_session)
    notes += [("info", "Inputs that the workflow does not ask for any more:", GONE.format(names=", ".join(gone)))
              ] * bool(gone)
    form = LaunchOptions(formdata=None, data=prefill(asked.body))
    return _page(workflow, version, form, filled(inputs_of(workflow), given), source=source, notes=notes)


@bp.post("/<wpid>/run")
@made_once()
def create_run(wpid: str) -> Any:
    version, source = _version(request.form), request.form.get("from", "")
    origin = run_id_or_404(signed_in(), source) if source else None
    form = LaunchOptions()
    try:
        workflow = find_workflow(wpid, version)
    except SkyvernError as error:
        return _without_skyvern(wpid, version, form, source, error)
    inputs = inputs_of(workflow)
    typed, files, refused = read_typed(inputs, request.form, request.files, skyvern(), actor())
    values, wrong = read_inputs(inputs, typed)
    wrong |= refused
    is_right = form.validate_on_submit()
    if wrong or not is_right or is_empty(workflow):
        return _page(workflow, version, form, typed, files=files, wrong=wrong, source=source), 422
    body = {"workflow_id": wpid, "parameters": values, **form.options}
    try:
        run = start_workflow(skyvern(), body, actor(), version=version, origin=origin)
    except SkyvernError as error:
        problem = problem_of(error, "The run was not started", "Skyvern did not accept this")
        return _page(workflow, version, form, typed, files=files, source=source, problem=problem), problem.status
    return go_to("runs.show_run", run_id=run.run_id)


@bp.post("/<wpid>/run/code")
def show_run_code(wpid: str) -> Any:
    """What is filled in right now, as a program would start it. Nothing is sent and nothing is kept."""
    version = _version(request.form)
    workflow = find_workflow(wpid, version)
    inputs, form = inputs_of(workflow), LaunchOptions()
    typed, _, _ = read_typed(inputs, request.form, None, skyvern(), actor())
    values, wrong = read_inputs(inputs, typed)
    is_right = form.validate_on_submit()
    body = {"workflow_id": wpid, "parameters": values, **(form.options if is_right else {})}
    base = settings().public_url or request.host_url
    given = {"snippets": snippets(base.rstrip("/") + "/api/skyvern", body, version),
             "left_out": [*wrong, *(form[name].label.text for name in form.errors if name in form)],
             "head": head_of(workflow, "run")}
    return render_template("workflows/launch/_run_code.html" if is_htmx() else "workflows/launch/code.html", **given)


def _page(workflow: dict[str, Any], version: int | None, form: LaunchOptions, typed: dict[str, str], *,
          files: dict[str, str] | None = None, wrong: dict[str, str] | None = None, source: str = "",
          notes: list[tuple[str, str, str]] | None = None, problem: Problem | None = None) -> str:
    inputs = inputs_of(workflow)
    sessions, profiles = browsers_for(skyvern())
    return render_template(
        "workflows/launch/new.html", head=head_of(workflow, "run"), version=version, form=form, inputs=inputs,
        typed=typed, files=files or {}, wrong=wrong or {}, choices=choices_for(skyvern(), inputs), source=source,
        notes=notes or [], problem=problem, empty=EMPTY if is_empty(workflow) else None, sessions=sessions,
        profiles=profiles, stops=[] if is_empty(workflow) or problem else aside(stopping, workflow))


def _without_skyvern(wpid: str, version: int | None, form: LaunchOptions, source: str, error: SkyvernError) -> Any:
    """The form as it was sent, drawn from what was sent, while nobody can say what the workflow asks for."""
    keys = [name.removeprefix("kind-") for name in request.form if name.startswith("kind-")]
    parameters = [{"parameter_type": "workflow", "key": key, "default_value": "",
                   "workflow_parameter_type": request.form[f"kind-{key}"]} for key in keys]
    drawn = {"workflow_permanent_id": wpid, "title": request.form.get("called"), "workflow_definition": {
        "parameters": parameters, "blocks": [{}]}}
    typed, files, _ = read_typed(inputs_of(drawn), request.form, None, skyvern(), actor())
    problem = problem_of(error, "The run was not started", "Skyvern did not accept this")
    return _page(drawn, version, form, typed, files=files, source=source, problem=problem), problem.status


def _version(given: Any) -> int | None:
    """The version that is asked for, or None for the newest."""
    text = given.get("version", "")
    if not text:
        return None
    if not VERSION.fullmatch(text):
        abort(404, "There is no such version of this workflow.")
    return int(text)
