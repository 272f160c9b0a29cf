"""What is typed into the form becomes what Skyvern keeps, and back; nothing impossible gets through."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from skyvern_ui.schedules.plans import BadPlan, fallback, read_plan, typed_of
from skyvern_ui.schedules.timing import change_notes, disagreement, next_fires, shown
from skyvern_ui.schedules.words import cadence
from skyvern_ui.skyvern.values.schedule import Schedule

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BERLIN = {"timezone": "Europe/Berlin"}


def plan(**typed: Any) -> dict[str, Any]:
    return read_plan({**BERLIN, **typed}, NOW).timing


@pytest.mark.parametrize(("typed", "sent"), [
    ({"how": "hourly", "every_hours": "1", "minute": "5"}, {"cron_expression": "5 * * * *"}),
    ({"how": "hourly", "every_hours": "6", "minute": "0"}, {"cron_expression": "0 */6 * * *"}),
    ({"how": "daily", "times": "9:00, 17:00"}, {"cron_expression": "0 9,17 * * *"}),
    ({"how": "weekly", "times": "02:30", "days": ["5", "1"]}, {"cron_expression": "30 2 * * 1,5"}),
    ({"how": "monthly", "times": "08:00", "month_day": "last"}, {"cron_expression": "0 8 L * *"}),
    ({"how": "monthly", "times": "08:00", "month_day": "31"}, {"cron_expression": "0 8 31 * *"}),
    ({"how": "interval", "every": "90", "unit": "minutes", "first": ""}, {"interval_seconds": 5400}),
    ({"how": "interval", "every": "2", "unit": "days", "first": "2026-04-01T10:00"},
     {"interval_seconds": 172_800, "first_fire_at": "2026-04-01T08:00:00+00:00"}),
    ({"how": "once", "run_at": "2026-10-25T02:30"}, {"run_at": "2026-10-25T00:30:00+00:00"}),
    ({"how": "cron", "cron": " 0 9 * * mon "}, {"cron_expression": "0 9 * * mon"}),
])
def test_a_plan_is_sent_and_comes_back_as_it_was_typed(typed: dict[str, Any], sent: dict[str, Any]) -> None:
    told = read_plan({**BERLIN, **typed}, NOW)
    assert told.timing == {**sent, **BERLIN}
    kept = told.as_schedule(NOW)
    again = read_plan(fallback(typed_of(kept)), NOW, kept).as_schedule(NOW)
    assert replace(again, cron=None) == replace(kept, cron=None) and cadence(again) == cadence(kept)


@pytest.mark.parametrize(("typed", "field", "words"), [
    ({"how": "once", "run_at": "2026-03-29T02:30"}, "run_at", "02:30 does not exist on that day in Europe/Berlin"),
    ({"how": "once", "run_at": "2026-03-01T13:00"}, "run_at", "at least two minutes from now"),
    ({"how": "once", "run_at": "9999-01-01T00:00"}, "run_at", "before 2101"),
    ({"how": "once", "run_at": "soon"}, "run_at", "a day and a time"),
    ({"how": "once", "run_at": "0001-01-01T00:00+14:00"}, "run_at", "a day and a time"),
    ({"how": "cron", "timezone": "Europe"}, "timezone", "no time zone called"),
    ({"how": "cron", "timezone": "a\0" + "b" * 5000}, "timezone", "no time zone called"),
    ({"how": "interval", "every": "4", "unit": "minutes"}, "every", "5 minutes between"),
    ({"how": "interval", "every": "99999999999", "unit": "days"}, "every", "A whole number"),
    ({"how": "weekly", "times": "09:00", "days": []}, "days", "at least one day"),
    ({"how": "daily", "times": "09:00, 17:30"}, "times", "the same minute"),
    ({"how": "daily", "times": "25:00"}, "times", "Write times such as"),
    ({"how": "cron", "cron": "*/2 * * * *"}, "cron", "too often"),
    ({"how": "cron", "timezone": "Mars/Base"}, "timezone", "no time zone called “Mars/Base”"),
    ({"how": "cron", "timezone": "../../etc/passwd"}, "timezone", "no time zone called"),
    ({"how": "never"}, "how", "how often"), ({}, "how", "how often"),
])
def test_what_cannot_be_is_said_at_its_field(typed: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(BadPlan) as told:
        plan(**typed)
    assert words in told.value.fields[field]


def test_a_moment_that_stays_may_be_past_and_keeps_its_seconds() -> None:
    first = datetime(2026, 2, 1, 9, 0, 37, tzinfo=UTC)
    kept = Schedule("wfs_1", "wpid_1", "UTC", True, interval_seconds=3600, first_fire_at=first)
    assert read_plan(fallback(typed_of(kept)), NOW, kept).timing["first_fire_at"] == first.isoformat()


def test_clock_changes_before_the_last_moment_are_told_of() -> None:
    daily = read_plan({**BERLIN, "how": "daily", "times": "02:30"}, NOW).as_schedule(NOW)
    found = next_fires(daily, NOW, 30)
    [note] = change_notes(daily, found, NOW)
    assert "On 29 March 2026 clocks in Europe/Berlin go forward by an hour" in note and "a run too many" in note
    assert [due.note for due in shown(daily, found) if due.note] == [
        "The clocks skip this time, so it runs at the end of the gap."]
    assert change_notes(daily, next_fires(daily, NOW, 3), NOW) == []
    hourly = read_plan({**BERLIN, "how": "interval", "every": "1", "unit": "hours"}, NOW).as_schedule(NOW)
    assert change_notes(hourly, next_fires(hourly, NOW, 1000), NOW) == []


def test_where_skyvern_announces_other_moments_it_is_said() -> None:
    """1.0.56 announces the first run after a change twice, an hour apart (croniter 3)."""
    before = datetime(2026, 3, 27, 12, tzinfo=UTC)
    schedule = Schedule("wfs_1", "wpid_1", "Europe/Berlin", True, cron="0 9 * * 1-5")
    ours = [fire.moment for fire in next_fires(schedule, before, 5)]
    assert disagreement(schedule, ours, before) == ""
    told = disagreement(schedule, [ours[0].replace(hour=6), *ours[:4]], before)
    assert "Mon 30 Mar 2026, 08:00" in told and "an hour off around a clock change" in told
    assert disagreement(schedule, [], before) == ""
