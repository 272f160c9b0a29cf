"""Lists of schedules, how their last runs ended, and what one is sent as."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..skyvern.client import Skyvern
from ..skyvern.errors import Answered, Failed, SkyvernError
from ..skyvern.values import RunRow
from ..skyvern.values.schedule import Schedule
from .plans import Plan
from .timing import Due, next_fires, shown
from .words import cadence

SIZES, USUAL_SIZE, STATES = (10, 25, 50), 10, ("active", "paused")
AT_ONCE, OUTCOME_SECONDS, LOOKED_AT = 6, 2.5, 50
NAMED, DESCRIBED = 200, 2000  # characters
OFF = "This Skyvern does not run schedules: they are switched off there (ENABLE_WORKFLOW_SCHEDULES)."
OLD = "This release of Skyvern has no schedules (they came with 1.0.30)."
NOT_TAKEN = "Skyvern's scheduler did not take it, so Skyvern put everything back as it was. Try again in a moment."


@dataclass(frozen=True, slots=True)
class Row:
    """A schedule in a list: its cadence in words and its next moment, None while there is none."""

    schedule: Schedule
    cadence: str
    due: Due | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of schedules; `total` is how many fit in all."""

    rows: list[Row]
    total: int
    page: int
    size: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))


def list_page(skyvern: Skyvern, search: str, state: str, page: int, size: int, now: datetime) -> Listing:
    """One page, the newest first. Raises the errors of Skyvern."""
    params = [("page", str(page)), ("page_size", str(size))]
    params += [("status", state)] if state in STATES else []
    params += [("search", search)] if search else []
    found, total = skyvern.list_schedules(params)
    return Listing([row_of(each, now) for each in found], total, page, size)


def row_of(schedule: Schedule, now: datetime) -> Row:
    """As a row. The next moment is worked out here: Skyvern's own is an hour off around clock changes (1.0.56)."""
    due = shown(schedule, next_fires(schedule, now, 1)) if schedule.is_active else []
    return Row(schedule, cadence(schedule), due[0] if due else None)


def outcomes(skyvern: Skyvern, schedules: Iterable[Schedule]) -> dict[str, RunRow]:
    """The last run of each of these schedules by its id, as far as it can be told within two and a half seconds."""
    wpids = sorted({each.wpid for each in schedules})
    if not wpids:
        return {}
    pool = ThreadPoolExecutor(AT_ONCE)
    jobs = [pool.submit(skyvern.list_run_rows_of_workflow, wpid, LOOKED_AT) for wpid in wpids]
    wait(jobs, OUTCOME_SECONDS)
    pool.shutdown(wait=False, cancel_futures=True)
    found: dict[str, RunRow] = {}
    for job in jobs:
        if job.done() and not job.cancelled() and job.exception() is None:
            for row in job.result():
                if row.get("workflow_schedule_id"):
                    found.setdefault(str(row["workflow_schedule_id"]), RunRow.from_json(row))
    return found


def runs_of(skyvern: Skyvern, schedule: Schedule, most: int = 10) -> list[RunRow]:
    """The runs this schedule started, the newest first, among the workflow's last hundred. Raises the errors of
    Skyvern."""
    rows = skyvern.list_run_rows_of_workflow(schedule.wpid, 100)
    return [RunRow.from_json(row) for row in rows if row.get("workflow_schedule_id") == schedule.schedule_id][:most]


def body_of(plan: Plan, typed: Mapping[str, Any], inputs: Mapping[str, Any], *, is_new: bool) -> dict[str, Any]:
    """What `POST` and `PUT` are sent. An existing schedule stays paused or not as it is."""
    body: dict[str, Any] = {**plan.timing, "parameters": dict(inputs) or None,
                            "name": str(typed.get("name") or "").strip() or None,
                            "description": str(typed.get("description") or "").strip() or None}
    if is_new:
        body["enabled"] = not typed.get("paused") or "run_at" in plan.timing
    return body


def copy_of(schedule: Schedule) -> dict[str, Any]:
    """What a copy of it is sent as: paused, so that nothing runs twice."""
    timing = {"interval_seconds": schedule.interval_seconds} if schedule.interval_seconds else \
        {"cron_expression": schedule.cron}
    name = f"Copy of {schedule.title}"[:NAMED]
    return {**timing, "timezone": schedule.timezone, "parameters": schedule.parameters or None, "enabled": False,
            "name": name, "description": schedule.description}


def sentence_of(error: SkyvernError) -> str:
    """Why Skyvern did not do it, in words."""
    if isinstance(error, Failed) and error.upstream_status == 501:
        return OFF
    if isinstance(error, Failed) and "sync schedule" in error.sentence:
        return NOT_TAKEN
    if isinstance(error, Answered) and error.upstream_status in (404, 405) and error.sentence in (
            "Method Not Allowed", type(error).words):
        return OLD
    return error.sentence
