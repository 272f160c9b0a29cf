from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, request

from ..access import find_run, run_id_or_404, skyvern
from ..doctor.scrub import Scrub, secrets_of
from ..htmx import go_to
from ..presses import made_once
from ..request import actor, settings, signed_in
from ..runs.after_rules import asked_of, remember
from ..skyvern.errors import SkyvernError
from ..skyvern.values import Workflow
from .forms import TaskForm, WorkflowForm, prefill
from .problems import Problem, problem_of
from .rules import start_task
from .workflow_rules import ID, find_made, left_out, make_workflow, run_made

bp = Blueprint("tasks", __name__, url_prefix="/tasks")


@bp.get("")
def new_task() -> Any:
    filled: dict[str, Any] = {"url": request.args.get("url", ""), "prompt": request.args.get("prompt", "")}
    source = request.args.get("from", "")
    lost: tuple[str, ...] = ()
    closed: str | None = None
    if source:
        run = find_run(signed_in(), source)
        if "workflow_id" in run.request:
            return go_to("runs.new_repetition", run_id=run.run_id)
        asked = asked_of(skyvern(), run)
        filled, lost, closed = prefill(asked.body), asked.lost, asked.closed_session
    wpid = request.args.get("workflow", "")
    made = find_made(skyvern(), wpid) if wpid else None
    return _page(TaskForm(formdata=None, data=filled), source=source, lost=lost, closed=closed, made=made,
                 left=tuple(request.args.get("left", "").split(",")))


@bp.post("")
@made_once()
def create_task() -> Any:
    form, source = TaskForm(), request.form.get("from", "")
    origin = run_id_or_404(signed_in(), source) if source else None
    if not form.validate_on_submit():
        return _again(form), 422
    try:
        run = start_task(skyvern(), form.wanted, actor())
    except SkyvernError as error:
        problem = problem_of(error, "The task was not started", "Skyvern did not accept this task")
        return _again(form, problem=problem, again="/tasks"), problem.status
    if origin:
        remember(run.run_id, origin, "changed")
    return go_to("runs.show_run", run_id=run.run_id)


@bp.post("/workflow")
@made_once()
def create_workflow() -> Any:
    form, made = WorkflowForm(), None
    if not form.validate_on_submit():
        return _again(form), 422
    left = left_out(form.wanted, form.run_at_once.data)
    try:
        made = make_workflow(skyvern(), form.wanted, actor())
        if form.run_at_once.data and not made.lacks_address:
            run = run_made(skyvern(), made.permanent_id, form.wanted, actor())
            return go_to("runs.show_run", run_id=run.run_id)
    except SkyvernError as error:
        problem = problem_of(error, "The workflow was made, but not started" if made else "No workflow was made",
                             "Skyvern did not accept this")
        again = None if made else "/tasks/workflow"
        return _again(form, problem=problem, again=again, made=made, left=left), problem.status
    return go_to("tasks.new_task", workflow=made.permanent_id, left=",".join(left) or None)


@bp.post("/workflow/<wpid>/run")
@made_once()
def create_workflow_run(wpid: str) -> Any:
    if not ID.fullmatch(wpid):
        abort(404, "There is no such workflow.")
    try:
        run = run_made(skyvern(), wpid, {}, actor())
    except SkyvernError as error:
        problem = problem_of(error, "The workflow was not started", "Skyvern did not accept this")
        form = TaskForm(formdata=None)
        return _page(form, problem=problem, made=find_made(skyvern(), wpid)), problem.status
    return go_to("runs.show_run", run_id=run.run_id)


def _again(form: TaskForm, *, problem: Problem | None = None, again: str | None = None, made: Workflow | None = None,
           left: tuple[str, ...] = ()) -> str:
    """The form with what was typed, and what is wrong with it."""
    return _page(form, problem=problem, again=again, source=request.form.get("from", ""), made=made, left=left)


def _page(form: TaskForm, *, problem: Problem | None = None, again: str | None = None, source: str = "",
          lost: tuple[str, ...] = (), closed: str | None = None, made: Workflow | None = None,
          left: tuple[str, ...] = ()) -> str:
    said = problem.cause.evidence.excerpt if problem and problem.cause else ""
    labels = [form[name].label.text for name in left if name in form and name not in ("csrf_token", "run_at_once")]
    return render_template("tasks/new.html", form=form, problem=problem, again=again, source=source, lost=lost,
                           closed=closed, made=made, left=labels, said=Scrub(secrets_of(settings())).text(said))
