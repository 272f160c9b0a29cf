"""What the pages of schedules read, for the person who asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from flask import abort, render_template

from ..access import find_workflow, preferences, skyvern, wpid_or_404
from ..extensions import db
from ..request import signed_in
from ..runs.people_rules import claimed_among
from ..skyvern.calls.schedules import Told
from ..skyvern.errors import Missing, NoConnection, SkyvernError
from ..skyvern.values import RunRow
from ..skyvern.values.schedule import Schedule
from ..workflows.head import head_of
from . import rules

NONE_SUCH = "There is no such schedule, or it was deleted."


def moment() -> datetime:
    """Now, aware."""
    return datetime.now(UTC)


def find_schedule(wpid: str, schedule_id: str) -> Told:
    """The schedule and what Skyvern announces, or 404. Other errors of Skyvern pass."""
    wpid_or_404(wpid)
    if not (schedule_id.isascii() and schedule_id.replace("_", "").isalnum() and len(schedule_id) < 80):
        abort(404, NONE_SUCH)
    try:
        return skyvern().get_schedule(wpid, schedule_id)
    except Missing:
        abort(404, NONE_SUCH)


def told_outcomes(schedules: Iterable[Schedule]) -> dict[str, RunRow]:
    """The last runs that this person may know of. Raises nothing."""
    held = [each for each in schedules if each.schedule_id in visible([one.schedule_id for one in schedules])]
    try:
        return rules.outcomes(skyvern(), held)
    except SkyvernError:
        return {}


def visible(schedule_ids: list[str]) -> set[str]:
    """Of which schedules this person may see the runs: with private runs, of those they made."""
    person = signed_in()
    if person.is_admin or not preferences()["private_runs"]:
        return set(schedule_ids)
    found = claimed_among(person.id, schedule_ids)
    db.session.remove()
    return found


def may_open_runs() -> bool:
    """Whether runs of schedules, which nobody started, may be opened: with private runs, by admins."""
    return signed_in().is_admin or not preferences()["private_runs"]


def standing(wpid: str, draw: Callable[[dict[str, Any]], Any], current: str = "schedules") -> Any:
    """The page of one workflow, drawn with its head, or the one that says why it cannot be read."""
    try:
        workflow = find_workflow(wpid)
        return draw({"workflow": workflow, "head": head_of(workflow, current)})
    except NoConnection:
        raise
    except SkyvernError as error:
        return render_template("workflows/away.html", wpid=wpid, sentence=rules.sentence_of(error)), error.status
