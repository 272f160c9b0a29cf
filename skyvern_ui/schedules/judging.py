"""Whether a schedule did what it should: pure decisions over what Skyvern says, on a clock that is given.

A run that a schedule starts carries the schedule's id. A moment counts as missed when ten minutes later no run of this
schedule exists that was made in its time, which ends with the next moment. What lies before the last change of the
schedule (made, edited, paused, resumed) is never expected: Skyvern does not make up for it either.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from ..skyvern.values import FAILED_STATUSES
from ..skyvern.values.reading import parse_time
from ..skyvern.values.schedule import PENDING, Schedule
from .timing import fires, fires_between

GRACE = timedelta(minutes=10)  # Skyvern looks once a minute, and starts one scheduled run at a time
FARTHEST = timedelta(days=2)  # how far back a moment is still expected, when nobody looked for longer
OK, FAILING, MISSED, GONE = "ok", "failing", "missed", "gone"
ENDED_WELL = "completed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a schedule stands. `judged_until` is up to where moments were decided about, `expected` the moment that was
    missed, `count` how many failed in a row, `run_id` the last that did."""

    state: str
    judged_until: datetime
    expected: datetime | None = None
    count: int = 0
    run_id: str | None = None


def judge(schedule: Schedule, rows: Sequence[Mapping[str, Any]], before: str, judged_until: datetime, now: datetime, *,
          failures: int, missed: bool) -> Verdict:
    """How it stands now. `rows` are runs of its workflow, the newest first; `before` is how it stood; all moments are
    aware. `failures` 0 and `missed` false leave that out."""
    mine = [row for row in rows if row.get("workflow_schedule_id") == schedule.schedule_id]
    expected, until = _expectation(schedule, mine, judged_until, now)
    lost = expected is not None and not _ran(schedule, mine, expected)
    count, run_id = failed_in_a_row(mine)
    if missed and lost:
        return Verdict(MISSED, until, expected, count, run_id)
    if failures and count >= failures:
        return Verdict(FAILING, until, None, count, run_id)
    stays = before == MISSED and missed and expected is None and schedule.is_active
    return Verdict(MISSED if stays else OK, until, None, count, run_id)


def failed_in_a_row(mine: Sequence[Mapping[str, Any]]) -> tuple[int, str | None]:
    """(how many of the last finished runs failed without one going well in between, the last of them). Canceled ones
    say nothing."""
    over = [row for row in mine if row.get("status") in (*FAILED_STATUSES, ENDED_WELL)]
    count = 0
    for row in over:
        if row.get("status") == ENDED_WELL:
            break
        count += 1
    return count, str(over[0].get("workflow_run_id") or "") or None if count else None


def scheduled_run_id(schedule_id: str, fire: datetime) -> str:
    """The id that Skyvern gives the run of this moment (1.0.56): known before it exists."""
    written = fire.astimezone(UTC).replace(microsecond=0).isoformat()
    return "wr_sched_" + hashlib.sha256(f"{schedule_id}:{written}".encode()).hexdigest()[:32]


def _expectation(schedule: Schedule, mine: Sequence[Mapping[str, Any]], judged_until: datetime,
                 now: datetime) -> tuple[datetime | None, datetime]:
    """(the last moment that should have led to a run by now, up to where that is decided)."""
    changed = schedule.modified_at or schedule.created_at or now
    since, until = max(judged_until, now - FARTHEST), now - GRACE
    if schedule.is_once:
        return _expected_once(schedule, since, until), max(judged_until, until)
    since = max(since, changed)
    if not schedule.is_active or until <= since:
        return None, max(judged_until, min(changed, now))
    due = fires_between(schedule, since, until)
    return (due[-1].moment if due else None), until


def _expected_once(schedule: Schedule, since: datetime, until: datetime) -> datetime | None:
    assert schedule.run_at is not None
    if schedule.dispatch == "canceled" or schedule.run_at > until:
        return None
    return schedule.run_at if schedule.dispatch in (PENDING, "failed") or schedule.run_at > since else None


def _ran(schedule: Schedule, mine: Sequence[Mapping[str, Any]], expected: datetime) -> bool:
    """Whether a run was made in the time of this moment."""
    ends = None if schedule.is_once else next((fire.moment for fire in islice(fires(schedule, expected), 1)), None)
    for row in mine:
        made = parse_time(row.get("created_at"))
        if made is not None and made >= expected - timedelta(seconds=5) and (ends is None or made < ends):
            return True
        if row.get("workflow_run_id") == scheduled_run_id(schedule.schedule_id, expected):
            return True
    return schedule.dispatch == "fired"
