from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, render_template, request

from ..access import skyvern
from ..claims import claim
from ..htmx import go_to
from ..presses import made_once
from ..recorded import send_recorded
from ..request import actor
from ..skyvern.errors import Missing, NoConnection, SkyvernError
from ..skyvern.values.schedule import Schedule
from ..workflows.launch.inputs import LOGIN, Input, filled, inputs_of, read_inputs
from ..workflows.launch.rules import choices_for
from . import rules
from .blueprint import ONE, bp
from .forms import typed_all, typed_when, wrong_words
from .plans import EVERY_HOURS, WAYS, BadPlan, Plan, fallback, read_plan, typed_of
from .reading import find_schedule, moment, standing
from .timing import change_notes, next_fires, shown
from .words import cadence
from .zones import names


@bp.get("/workflows/<wpid>/schedules/new")
def new_schedule(wpid: str) -> Any:
    """An empty form, or, with `copy`, one that is filled in as another schedule is."""
    def draw(values: dict[str, Any]) -> Any:
        like = find_schedule(wpid, request.args["copy"])[0] if request.args.get("copy") else None
        typed = fallback({})
        if like:
            typed |= typed_of(like) | {"name": f"Copy of {like.title}"[:rules.NAMED], "paused": True,
                                       "description": like.description or ""}
        return _form(values, None, typed, filled(_inputs(values["workflow"]), like.parameters if like else None))

    return standing(wpid, draw)


@bp.get(f"{ONE}/edit")
def edit_schedule(wpid: str, schedule_id: str) -> Any:
    def draw(values: dict[str, Any]) -> Any:
        schedule, _ = find_schedule(wpid, schedule_id)
        typed = fallback(typed_of(schedule)) | {"name": schedule.name or "", "description": schedule.description or ""}
        return _form(values, schedule, typed, filled(_inputs(values["workflow"]), schedule.parameters))

    return standing(wpid, draw)


@bp.post("/workflows/<wpid>/schedules")
@made_once()
def create_schedule(wpid: str) -> Any:
    return standing(wpid, lambda values: _save(values, None))


@bp.post(ONE)
def update_schedule(wpid: str, schedule_id: str) -> Any:
    return standing(wpid, lambda values: _save(values, find_schedule(wpid, schedule_id)[0]))


@bp.get("/schedules/preview")
def show_preview() -> Any:
    """The next moments of what is being typed."""
    return render_template("schedules/_preview.html", **_preview(typed_when(), None))


@bp.get("/schedules/zones")
def list_zones() -> Any:
    """The names of time zones, for whoever starts to type one."""
    return render_template("schedules/_zones.html", zones=names())


def _save(values: dict[str, Any], before: Schedule | None) -> Any:
    """Writes it, or shows the form again with all that was typed and what is wrong."""
    workflow, typed = values["workflow"], typed_all()
    wpid, inputs = values["head"].wpid, _inputs(workflow)
    written = {each.key: request.form.get(f"p-{each.key}", "") for each in inputs}
    given, wrong_inputs = read_inputs(inputs, written)
    wrong = wrong_words(typed)
    try:
        plan = read_plan(typed, moment(), before)
    except BadPlan as error:
        wrong, plan = wrong | error.fields, Plan()
    if before is not None and plan.timing and ("run_at" in plan.timing) is not before.is_once:
        wrong["how"] = "A schedule that repeats cannot become one that runs once, or the other way. Make a new one."
    if wrong or wrong_inputs or "look" in request.form:
        return _form(values, before, typed, written, wrong, wrong_inputs, status=200 if not (wrong or wrong_inputs)
                     else 422)
    body, upstream = rules.body_of(plan, typed, given, is_new=before is None), skyvern()
    said = {"resource": "schedule", "workflow": wpid, "cadence": cadence(plan.as_schedule(moment())),
            "timezone": plan.timing["timezone"]}
    try:
        if before is None:
            told = send_recorded(lambda: upstream.create_schedule(wpid, body), actor(), "schedule.create", None,
                                 made=lambda answer: answer[0].schedule_id, **said)
            claim(told[0].schedule_id, "schedule", actor())
        else:
            told = send_recorded(lambda: upstream.update_schedule(wpid, before.schedule_id, body), actor(),
                                 "schedule.update", before.schedule_id, **said)
    except (NoConnection, Missing):
        raise
    except SkyvernError as error:
        status = error.status if error.status >= 500 else 409 if error.status == 409 else 422
        return _form(values, before, typed, written, problem=rules.sentence_of(error), status=status)
    flash("The schedule is saved." if before else "The schedule is made.", "ok")
    return go_to("schedules.show_schedule", wpid=wpid, schedule_id=told[0].schedule_id)


def _form(values: dict[str, Any], schedule: Schedule | None, typed: Mapping[str, Any], written: Mapping[str, str],
          wrong: Mapping[str, str] | None = None, wrong_inputs: Mapping[str, str] | None = None, *, problem: str = "",
          status: int = 200) -> Any:
    inputs = _inputs(values["workflow"])
    known = {each.key for each in inputs}
    dropped = sorted(set(schedule.parameters) - known) if schedule else []
    wrong = dict(wrong or {})
    ways = [way for way in WAYS if schedule is None or (way[0] == "once") is schedule.is_once]
    return render_template(
        "schedules/form.html", **values, schedule=schedule, typed={**fallback(typed), **typed}, wrong=wrong,
        inputs=inputs, written=written, wrong_inputs=dict(wrong_inputs or {}), ways=ways, every_hours=EVERY_HOURS,
        choices=choices_for(skyvern(), inputs), dropped=dropped, problem=problem, **_preview(typed, schedule)), status


def _preview(typed: Mapping[str, Any], before: Schedule | None) -> dict[str, Any]:
    now = moment()
    try:
        planned = read_plan(typed, now, before).as_schedule(now)
    except BadPlan as error:
        return {"dues": [], "notes": [], "cadence_words": "", "unfit": error.fields, "zone_name": ""}
    found = next_fires(planned, now)
    return {"dues": shown(planned, found), "notes": change_notes(planned, found, now), "unfit": {},
            "cadence_words": cadence(planned), "zone_name": planned.timezone}


def _inputs(workflow: Mapping[str, Any]) -> tuple[Input, ...]:
    """What a schedule may hold: Skyvern refuses the choice of a login there."""
    return tuple(each for each in inputs_of(workflow) if each.kind != LOGIN)
