from __future__ import annotations

from typing import Any

from flask import abort, render_template, request

from ..access import WPID, skyvern
from ..claims import claim
from ..presses import made_once
from ..request import actor
from .blueprint import bp
from .bulk_rules import DEEDS, MOST, do_all

WORDS = {"pause": ("Pause", "paused"), "resume": ("Resume", "resumed"), "copy": ("Duplicate", "duplicated"),
         "delete": ("Delete", "deleted")}


@bp.post("/schedules/changes")
@made_once("/schedules", only=("deed", "copy"))
def create_changes() -> Any:
    """Pauses, resumes, duplicates or deletes the chosen ones, and reports on each. Deleting is asked for twice."""
    deed = request.form.get("deed", "")
    if deed not in DEEDS:
        abort(422, "Choose what is to be done with them.")
    chosen = [pair for each in dict.fromkeys(request.form.getlist("schedule")) if (pair := _pair(each))]
    problem = "" if chosen else "Choose at least one schedule first."
    if len(chosen) > MOST:
        problem = f"At most {MOST} schedules can be chosen at once; these are {len(chosen)}."
    values: dict[str, Any] = {"deed": deed, "words": WORDS[deed]}
    if problem or (deed == "delete" and "sure" not in request.form):
        return render_template("schedules/changes.html", chosen=chosen[:MOST], problem=problem, outcomes=[],
                               **values), 422 if problem else 200
    outcomes = do_all(skyvern(), deed, chosen, actor())
    for each in outcomes:
        if each.made:
            claim(each.made, "schedule", actor())
    return render_template("schedules/changes.html", chosen=[], problem="", outcomes=outcomes, **values)


def _pair(text: str) -> tuple[str, str] | None:
    wpid, _, schedule_id = text.partition("/")
    fits = WPID.fullmatch(wpid) and schedule_id.replace("_", "").isalnum() and schedule_id.isascii()
    return (wpid, schedule_id) if fits and len(schedule_id) < 80 else None
