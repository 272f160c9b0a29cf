from __future__ import annotations

from typing import Any

from flask import abort, current_app, flash, render_template

from ..htmx import go_to
from ..notices.rules import MOST_WATCHES, SCHEDULE, TooMany, Wish
from ..request import actor, settings, signed_in
from .blueprint import ONE, bp
from .reading import find_schedule, standing, visible
from .watch_forms import ScheduleWatchForm
from .watch_rules import begin, target
from .words import cadence


@bp.get(f"{ONE}/watch")
def new_schedule_watch(wpid: str, schedule_id: str) -> Any:
    form = ScheduleWatchForm(formdata=None, data={"missed": True, "failures": 3, "outcomes": "all"})
    return standing(wpid, lambda values: _form(values, wpid, schedule_id, form, 200))


@bp.post(f"{ONE}/watch")
def create_schedule_watch(wpid: str, schedule_id: str) -> Any:
    def draw(values: dict[str, Any]) -> Any:
        schedule, _ = find_schedule(wpid, schedule_id)
        form = ScheduleWatchForm().offer_ways(signed_in().email, settings().mail is not None)
        if not form.validate_on_submit():
            return _form(values, wpid, schedule_id, form, 422)
        _judge(schedule_id)
        is_hook = form.channel.data == "webhook"
        wish = Wish(SCHEDULE, target(wpid, schedule_id), schedule.name or values["head"].title,
                    str(form.channel.data), str(form.address.data or "") if is_hook else "", str(form.outcomes.data),
                    form.secret.data if is_hook else None)
        try:
            begin(signed_in().id, wpid, wish, form.failures.data or 0, bool(form.missed.data),
                  current_app.extensions["sealer"], actor())
        except TooMany:
            form.form_errors.append(f"You watch {MOST_WATCHES} things already. Stop some of them first.")
            return _form(values, wpid, schedule_id, form, 422)
        flash("You will be told.", "ok")
        return go_to("schedules.show_schedule", wpid=wpid, schedule_id=schedule_id)

    return standing(wpid, draw)


def _form(values: dict[str, Any], wpid: str, schedule_id: str, form: ScheduleWatchForm, status: int) -> Any:
    schedule, _ = find_schedule(wpid, schedule_id)
    _judge(schedule_id)
    form.offer_ways(signed_in().email, settings().mail is not None)
    return render_template("schedules/watch.html", **values, schedule=schedule, form=form,
                           cadence_words=cadence(schedule), mail=settings().mail is not None), status


def _judge(schedule_id: str) -> None:
    """With private runs, how a schedule goes is for whoever made it, and for admins."""
    if schedule_id not in visible([schedule_id]):
        abort(403, "Runs are private here: only whoever made this schedule, or an admin, may watch it.")
