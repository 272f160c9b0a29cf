from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from ..access import find_run, run_id_or_404, skyvern
from ..htmx import go_to
from ..request import actor, signed_in
from ..runs.after_rules import asked_of, remember
from ..skyvern.errors import Rejected, SkyvernError
from .forms import TaskForm, prefill
from .rules import start_task

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
    return render_template("tasks/new.html", form=TaskForm(formdata=None, data=filled), problem=None, source=source,
                           lost=lost, closed=closed)


@bp.post("")
def create_task() -> Any:
    form, source = TaskForm(), request.form.get("from", "")
    origin = run_id_or_404(signed_in(), source) if source else None
    if not form.validate_on_submit():
        return _again(form, None, 422)
    try:
        run = start_task(skyvern(), form.wanted, actor())
    except Rejected as error:
        return _again(form, ("Skyvern did not accept this task", error.sentence), 422)
    except SkyvernError as error:
        return _again(form, ("The task was not started", error.sentence), error.status)
    if origin:
        remember(run.run_id, origin, "changed")
    return go_to("runs.show_run", run_id=run.run_id)


def _again(form: TaskForm, problem: tuple[str, str] | None, status: int) -> Any:
    """The form with what was typed, and what is wrong with it."""
    return render_template("tasks/new.html", form=form, problem=problem, source=request.form.get("from", ""), lost=(),
                           closed=None), status
