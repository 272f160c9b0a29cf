from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, render_template

from ..access import skyvern
from ..htmx import go_to
from ..recorded import send_recorded
from ..request import actor, signed_in
from ..skyvern.client import Skyvern
from ..skyvern.errors import Missing, NoConnection, SkyvernError
from ..workflows.launch.inputs import shown as shown_input
from . import rules
from .blueprint import ONE, bp
from .reading import find_schedule, may_open_runs, moment, standing, visible
from .timing import change_notes, disagreement, next_fires, shown
from .watch_rules import watches_of
from .words import cadence

__all__ = ["bp"]


@bp.get(ONE)
def show_schedule(wpid: str, schedule_id: str) -> Any:
    def draw(values: dict[str, Any]) -> Any:
        schedule, announced = find_schedule(wpid, schedule_id)
        now, runs, problem = moment(), [], ""
        may_see = schedule_id in visible([schedule_id])
        try:
            runs = rules.runs_of(skyvern(), schedule) if may_see else []
        except SkyvernError as error:
            problem = error.sentence
        found = next_fires(schedule, now)
        return render_template(
            "schedules/show.html", **values, schedule=schedule, cadence_words=cadence(schedule), runs=runs,
            runs_problem=problem, may_see=may_see, may_open=may_open_runs(), dues=shown(schedule, found),
            notes=change_notes(schedule, found, now) if schedule.is_active else [],
            differs=disagreement(schedule, announced, now), watches=watches_of(signed_in().id, wpid, schedule_id),
            inputs=[(key, shown_input(value)) for key, value in schedule.parameters.items()])

    return standing(wpid, draw)


@bp.post(f"{ONE}/pause")
def create_pause(wpid: str, schedule_id: str) -> Any:
    return _change(wpid, schedule_id, "pause", "It is paused.",
                   lambda upstream: upstream.disable_schedule(wpid, schedule_id))


@bp.post(f"{ONE}/resumption")
def create_resumption(wpid: str, schedule_id: str) -> Any:
    return _change(wpid, schedule_id, "resume", "It runs again.",
                   lambda upstream: upstream.enable_schedule(wpid, schedule_id))


@bp.post(f"{ONE}/cancellation")
def create_schedule_cancellation(wpid: str, schedule_id: str) -> Any:
    return _change(wpid, schedule_id, "cancel", "It is canceled: it will not start.",
                   lambda upstream: upstream.cancel_schedule(wpid, schedule_id))


@bp.post(f"{ONE}/deletion")
def delete_schedule(wpid: str, schedule_id: str) -> Any:
    return _change(wpid, schedule_id, "delete", "The schedule is deleted. Its runs stay.",
                   lambda upstream: upstream.delete_schedule(wpid, schedule_id), stays=False)


def _change(wpid: str, schedule_id: str, deed: str, done: str, send: Callable[[Skyvern], Any], *,
            stays: bool = True) -> Any:
    """One change, recorded; whatever Skyvern says against it is said on the page it came from."""
    find_schedule(wpid, schedule_id)
    upstream = skyvern()
    try:
        send_recorded(lambda: send(upstream), actor(), f"schedule.{deed}", schedule_id, resource="schedule",
                      workflow=wpid)
    except (NoConnection, Missing):
        raise
    except SkyvernError as error:
        flash(rules.sentence_of(error), "bad")
        stays = True
    else:
        flash(done, "ok")
    if stays:
        return go_to("schedules.show_schedule", wpid=wpid, schedule_id=schedule_id)
    return go_to("schedules.list_schedules_of", wpid=wpid)
