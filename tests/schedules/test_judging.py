"""When a schedule did not do what it should, on a clock that stands still."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from skyvern_ui.schedules.judging import Verdict, failed_in_a_row, judge, scheduled_run_id
from skyvern_ui.skyvern.values.schedule import Schedule

NINE = datetime(2026, 6, 10, 9, tzinfo=UTC)
DAILY = Schedule("wfs_1", "wpid_1", "UTC", True, cron="0 9 * * *", modified_at=NINE - timedelta(days=30))


def run(when: datetime, status: str = "completed", schedule: str = "wfs_1", run_id: str = "wr_1") -> dict[str, Any]:
    return {"workflow_schedule_id": schedule, "created_at": when.replace(tzinfo=None).isoformat(), "status": status,
            "workflow_run_id": run_id}


def judged(schedule: Schedule, rows: list[dict[str, Any]], now: datetime, before: str = "ok", failures: int = 0,
           missed: bool = True, since: datetime = NINE - timedelta(hours=1)) -> Verdict:
    return judge(schedule, rows, before, since, now, failures=failures, missed=missed)


def later(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def test_a_start_that_did_not_come_is_missed_after_ten_minutes() -> None:
    assert judged(DAILY, [], later(9)).state == "ok"
    told = judged(DAILY, [], later(11))
    assert (told.state, told.expected, told.judged_until) == ("missed", NINE, later(1))
    assert judged(DAILY, [run(later(1))], later(11)).state == "ok"
    assert judged(DAILY, [run(later(1), schedule="wfs_2"), run(later(-30))], later(11)).state == "missed"
    assert judged(DAILY, [], later(11), missed=False).state == "ok"
    named = run(NINE - timedelta(days=9), run_id=scheduled_run_id("wfs_1", NINE))
    assert judged(DAILY, [named], later(11)).state == "ok"


def test_it_stays_missed_until_a_later_start_came() -> None:
    assert judged(DAILY, [], later(60), "missed", since=later(50)).state == "missed"
    tomorrow = NINE + timedelta(days=1)
    assert judged(DAILY, [run(tomorrow + timedelta(minutes=1))], tomorrow + timedelta(minutes=12), "missed",
                  since=later(50)).state == "ok"


@pytest.mark.parametrize("schedule", [
    Schedule("wfs_1", "wpid_1", "UTC", False, cron="0 9 * * *", modified_at=later(-600)),
    Schedule("wfs_1", "wpid_1", "UTC", True, cron="0 9 * * *", modified_at=later(5)),
    Schedule("wfs_1", "wpid_1", "America/New_York", True, cron="0 9 * * *", modified_at=later(-600)),
    Schedule("wfs_1", "wpid_1", "UTC", True, cron="0 0 9 * * *", modified_at=later(-600)),
    Schedule("wfs_1", "wpid_1", "UTC", True, run_at=NINE, dispatch="canceled"),
    Schedule("wfs_1", "wpid_1", "UTC", True, run_at=NINE, dispatch="fired"),
], ids=["paused", "just changed", "another zone", "unreadable", "canceled", "started"])
def test_what_was_not_to_be_expected_is_not_missed(schedule: Schedule) -> None:
    assert judged(schedule, [], later(30)).state == "ok"


@pytest.mark.parametrize("dispatch", ["pending", "failed"])
def test_a_single_start_that_did_not_come_is_missed(dispatch: str) -> None:
    once = Schedule("wfs_1", "wpid_1", "UTC", True, run_at=NINE, dispatch=dispatch)
    assert judged(once, [], later(11)).state == "missed" and judged(once, [], later(5)).state == "ok"


def test_the_clock_change_is_no_miss() -> None:
    berlin = Schedule("wfs_1", "wpid_1", "Europe/Berlin", True, cron="30 2 * * *",
                      modified_at=NINE - timedelta(days=400))
    gap = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # 03:00 on the clock: the end of the gap
    ran = run(gap + timedelta(minutes=1))
    assert judged(berlin, [ran], gap + timedelta(minutes=45), since=gap - timedelta(hours=2)).state == "ok"
    twice = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # the first 02:30
    ran = run(twice + timedelta(minutes=1))
    assert judged(berlin, [ran], twice + timedelta(hours=2), since=twice - timedelta(hours=2)).state == "ok"


def test_after_days_without_a_look_only_the_last_start_counts() -> None:
    assert judged(DAILY, [run(later(1))], later(20), since=NINE - timedelta(days=20)).state == "ok"
    assert judged(DAILY, [run(NINE - timedelta(days=1))], later(20), since=NINE - timedelta(days=20)).expected == NINE


def test_failures_in_a_row_count_what_is_over_and_not_canceled() -> None:
    rows = [run(later(9), "running"), run(later(8), "failed", run_id="wr_3"), run(later(7), "canceled"),
            run(later(6), "timed_out"), run(later(5), "completed"), run(later(4), "failed")]
    assert failed_in_a_row(rows) == (2, "wr_3") and failed_in_a_row(rows[4:]) == (0, None)
    assert judged(DAILY, rows, later(11), failures=2).state == "failing"
    assert judged(DAILY, rows, later(11), failures=3).state == "ok"
    assert judged(DAILY, rows, later(11), failures=0).state == "ok"
    assert judged(DAILY, [run(later(1), "completed"), *rows], later(11), "failing", failures=2).state == "ok"


def test_the_id_of_a_run_is_known_before_it_is_there() -> None:
    assert scheduled_run_id("wfs_1", NINE) == scheduled_run_id("wfs_1", NINE.astimezone())
    assert scheduled_run_id("wfs_1", NINE).startswith("wr_sched_") and len(scheduled_run_id("wfs_1", NINE)) == 41
