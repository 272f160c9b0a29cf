"""Looking at the schedules that are watched: two questions for each workflow a minute, and one more before anybody is
told that a run did not come. One worker does it; what it decides is written with what it tells, so nothing is told
twice and nothing is forgotten by a restart."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import structlog
from flask import Flask

from ..access import skyvern_now
from ..models.columns import now
from ..notices.watching import runs_are_private
from ..skyvern.client import Skyvern
from ..skyvern.errors import Answered, Failed, Missing
from ..skyvern.values.schedule import Schedule
from .judging import GONE, MISSED, OK, Verdict, judge, scheduled_run_id
from .timing import next_fires
from .watch_rules import Watched, all_watched, conclude
from .words import cadence, moment
from .zones import zone_of

log = structlog.get_logger("schedules")
SECONDS, ROWS = 60.0, 100


def look(app: Flask) -> int:
    """Looks once at every schedule that is watched. How many people are told something. Raises SkyvernError when
    Skyvern does not answer at all."""
    with app.app_context():
        watched = all_watched()
        if not watched:
            return 0
        skyvern = skyvern_now()
        if skyvern is None:
            return 0
        by_workflow: dict[str, list[Watched]] = defaultdict(list)
        for each in watched:
            by_workflow[each.wpid].append(each)
        private = runs_are_private(app)
        return sum(_look_at(skyvern, wpid, found, private) for wpid, found in by_workflow.items())


def _look_at(skyvern: Skyvern, wpid: str, watched: list[Watched], private: bool) -> int:
    """One workflow. What Skyvern cannot say of this one holds up no other."""
    try:
        schedules = {each.schedule_id: each for each in skyvern.list_schedules_of(wpid)}
        rows = skyvern.list_run_rows_of_workflow(wpid, ROWS) if schedules else []
    except Missing:
        schedules, rows = {}, []
    except Answered as error:
        if isinstance(error, Failed) and error.upstream_status == 501:
            return 0  # schedules are switched off for now
        log.warning("not looked at", workflow=wpid, error=type(error).__name__)
        return 0
    told = 0
    for each in watched:
        schedule = schedules.get(each.schedule_id)
        if schedule is None:
            gone = {"kind": "schedule", "status": GONE, "title": each.title, "wpid": wpid,
                    "schedule_id": each.schedule_id}
            told += conclude(each, GONE, each.judged_until, gone, "gone", private)
            continue
        at = now()
        verdict = judge(schedule, rows, each.state, _aware(each.judged_until), _aware(at), failures=each.failures,
                        missed=each.missed)
        if verdict.state == MISSED and verdict.expected and each.state == OK and \
                _exists(skyvern, each.schedule_id, verdict.expected):
            verdict = Verdict(OK, verdict.judged_until)
        until = verdict.judged_until.astimezone(UTC).replace(tzinfo=None)
        told += conclude(each, verdict.state, until, content_of(schedule, each, verdict, _aware(at)),
                         f"{verdict.state} {at.isoformat()}", private)
    return told


def content_of(schedule: Schedule, each: Watched, verdict: Verdict, at: datetime) -> dict[str, Any]:
    """What is kept of it to tell people."""
    zone = zone_of(schedule.timezone)
    coming = next_fires(schedule, at, 1) if schedule.is_active else []
    return {
        "kind": "schedule", "status": verdict.state, "was": each.state, "title": schedule.name or each.title,
        "wpid": schedule.wpid, "schedule_id": schedule.schedule_id, "cadence": cadence(schedule),
        "timezone": schedule.timezone, "count": verdict.count, "run_id": verdict.run_id,
        "expected": verdict.expected.isoformat() if verdict.expected else None,
        "expected_words": moment(verdict.expected, zone) if verdict.expected else None,
        "next": coming[0].moment.isoformat() if coming else None,
        "next_words": moment(coming[0].moment, zone) if coming else None,
        "since": _aware(each.since).isoformat(),
    }


def _exists(skyvern: Skyvern, schedule_id: str, expected: datetime) -> bool:
    """Whether Skyvern has the run of this moment, though its lists did not show it. When it cannot say, yes: nobody is
    alarmed by a question that found no answer."""
    try:
        skyvern.get_run(scheduled_run_id(schedule_id, expected))
    except Missing:
        return False
    except Answered:
        return True
    return True


def _aware(when: datetime) -> datetime:
    return when.replace(tzinfo=UTC)
