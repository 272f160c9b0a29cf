from __future__ import annotations

from typing import Any

from flask import abort, flash, render_template, request

from .. import lease
from ..access import find_run, skyvern
from ..formatters import status_word
from ..htmx import fragment, go_to, go_to_path
from ..models.columns import new_id
from ..presses import made_once
from ..request import actor, is_htmx, signed_in
from ..skyvern.errors import Missing, Rejected, SkyvernError
from ..skyvern.values import Run
from ..tasks.rules import cancel
from . import after_rules as rules
from .again_forms import form_for, prefill, values_of
from .again_rules import parameters_of
from .blueprint import bp
from .pages import face

STARTING_SECONDS = 90.0
OVER = "This run was over already ({status}), so nothing was sent."
LOST = "Skyvern keeps the values of these headers to itself, so they must be typed again: {names}."
CLOSED = "The browser session it worked in is closed, so this run gets a browser of its own."


@bp.post("/<run_id>/cancellation")
def create_cancellation(run_id: str) -> Any:
    run = find_run(signed_in(), run_id)
    try:
        told = "Canceled." if cancel(skyvern(), run, actor()) else OVER.format(status=status_word(run.status))
    except (Rejected, Missing):
        now = find_run(signed_in(), run_id)
        if not now.is_over:
            raise
        told = OVER.format(status=status_word(now.status))
    if is_htmx():
        return fragment("runs/_header.html", toast=told, **face(find_run(signed_in(), run_id)))
    flash(told, "ok" if told == "Canceled." else "info")
    return go_to("runs.show_run", run_id=run_id)


@bp.post("/<run_id>/repetition")
@made_once()
def create_repetition(run_id: str) -> Any:
    """The same once more, unless something of it is lost: then the form says what, and nothing is sent."""
    run = find_run(signed_in(), run_id)
    asked = _asked(run)
    if asked.lost:
        return _form_instead(run, asked)
    new = rules.start(skyvern(), asked.body, run.run_id, "again", actor())
    if asked.closed_session:
        flash(CLOSED, "info")
    return go_to("runs.show_run", run_id=new.run_id)


@bp.post("/<run_id>/retry")
def create_retry(run_id: str) -> Any:
    run = find_run(signed_in(), run_id)
    if not rules.can_retry(run):
        abort(409, "Only a run that is over can be retried. Cancel this one first, or let it end.")
    return _once(run, lambda: _retry(run))


@bp.get("/<run_id>/again")
def new_repetition(run_id: str) -> Any:
    run = find_run(signed_in(), run_id)
    if run.request.get("prompt"):
        return go_to_path(f"/tasks?from={run.run_id}")
    asked = _asked(run)
    parameters = _parameters(run)
    form = form_for(parameters)(formdata=None, data=prefill(asked.body, parameters))
    return _page(run, form, parameters, asked, None, 200)


@bp.post("/<run_id>/again")
@made_once()
def create_changed_run(run_id: str) -> Any:
    run = find_run(signed_in(), run_id)
    if run.request.get("prompt"):
        abort(409, "A task is changed on its own form.")
    parameters = _parameters(run)
    form = form_for(parameters)()
    if not form.validate_on_submit():
        return _page(run, form, parameters, None, None, 422)
    body = {"workflow_id": run.request["workflow_id"], "parameters": values_of(form, parameters), **form.options}
    try:
        new = rules.start(skyvern(), body, run.run_id, "changed", actor())
    except Rejected as error:
        return _page(run, form, parameters, None, ("Skyvern did not accept this", error.sentence), 422)
    except SkyvernError as error:
        return _page(run, form, parameters, None, ("The run was not started", error.sentence), error.status)
    return go_to("runs.show_run", run_id=new.run_id)


def _retry(run: Run) -> Any:
    if run.request.get("prompt") and (asked := rules.asked_of(skyvern(), run)).lost:
        return _form_instead(run, asked)
    try:
        new = rules.retry(skyvern(), run, actor())
    except Missing:
        flash("This release of Skyvern cannot retry a workflow run (that came with 1.0.37). “Run again” starts it anew "
              "with the same inputs.", "warn")
        return go_to("runs.show_run", run_id=run.run_id)
    return go_to("runs.show_run", run_id=new.run_id)


def _once(run: Run, act: Any) -> Any:
    """One retry at a time, and none by somebody who had not seen the last one: it leads there instead."""
    name, holder = f"retry:{run.run_id}", new_id()
    if not lease.hold(name, holder, STARTING_SECONDS):
        abort(409, "This run is being retried at this very moment.")
    try:
        chain = rules.chain_of(run.run_id)
        if request.form.get("seen", str(len(chain))) != str(len(chain)) and chain[-1].run_id != run.run_id:
            flash("This run was started again meanwhile. Here is the newest.", "info")
            return go_to("runs.show_run", run_id=chain[-1].run_id)
        return act()
    finally:
        lease.let_go(name, holder)


def _form_instead(run: Run, asked: rules.Asked) -> Any:
    if run.request.get("prompt"):
        flash(LOST.format(names=", ".join(asked.lost)), "warn")
    return go_to("runs.new_repetition", run_id=run.run_id)


def _asked(run: Run) -> rules.Asked:
    if not run.can_rerun:
        abort(409, "Skyvern does not say what this run was asked, so it cannot be asked again.")
    return rules.asked_of(skyvern(), run)


def _parameters(run: Run) -> Any:
    if not run.can_rerun:
        abort(409, "Skyvern does not say what this run was asked, so it cannot be asked again.")
    try:
        return parameters_of(skyvern().get_workflow(str(run.request["workflow_id"])))
    except Missing:
        abort(409, "The workflow of this run was deleted, so it cannot be started again.")


def _page(run: Run, form: Any, parameters: Any, asked: rules.Asked | None, problem: tuple[str, str] | None,
          status: int) -> Any:
    known = {each.key for each in parameters}
    dropped = [key for key in (run.request.get("parameters") or {}) if key not in known]
    return render_template(
        "runs/again.html", run=run, form=form, parameters=parameters, problem=problem, dropped=dropped,
        lost=LOST.format(names=", ".join(asked.lost)) if asked and asked.lost else None,
        closed=bool(asked and asked.closed_session),
    ), status
