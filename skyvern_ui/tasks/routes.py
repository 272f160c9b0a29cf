from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from ..access import find_run, skyvern
from ..htmx import go_to
from ..request import actor, signed_in
from ..skyvern.errors import Rejected, SkyvernError
from .forms import TaskForm, prefill
from .rules import start_task

bp = Blueprint("tasks", __name__, url_prefix="/tasks")


@bp.get("")
def new_task() -> Any:
    filled: dict[str, Any] = {"url": request.args.get("url", ""), "prompt": request.args.get("prompt", "")}
    source = request.args.get("from")
    if source:
        filled = prefill(find_run(signed_in(), source))
    return render_template("tasks/new.html", form=TaskForm(formdata=None, data=filled), problem=None)


@bp.post("")
def create_task() -> Any:
    form = TaskForm()
    if not form.validate_on_submit():
        return _again(form, None, 422)
    try:
        run = start_task(skyvern(), form.wanted, actor())
    except Rejected as error:
        return _again(form, ("Skyvern did not accept this task", error.sentence), 422)
    except SkyvernError as error:
        return _again(form, ("The task was not started", error.sentence), error.status)
    return go_to("runs.show_run", run_id=run.run_id)


def _again(form: TaskForm, problem: tuple[str, str] | None, status: int) -> Any:
    """The form with what was typed, and what is wrong with it."""
    return render_template("tasks/new.html", form=form, problem=problem), status
