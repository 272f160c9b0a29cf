"""Cron expressions mean what Skyvern's scheduler makes of them, clock changes included."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from skyvern_ui.schedules.cron import BadCron, parse
from skyvern_ui.schedules.words import every, of_cron


def local(expression: str, zone: str, after: str, count: int) -> list[str]:
    """The next moments on a clock in the zone, those that are shifted marked."""
    here, since = ZoneInfo(zone), datetime.fromisoformat(after).replace(tzinfo=UTC)
    return [f"{fire.moment.astimezone(here):%d %H:%M %z}{fire.shift and ' ' + fire.shift}"
            for fire in islice(parse(expression).fires(here, since), count)]


# What the scheduler of 1.0.56 did, minute by minute, around each change of the clocks (services/
# workflow_schedule_service.py with croniter 3.0.4). The run too many of a spring day is left out: it is told of.
@pytest.mark.parametrize(("expression", "zone", "after", "found"), [
    ("30 2 * * *", "Europe/Berlin", "2026-03-27T12:01",
     ["28 02:30 +0100", "29 03:00 +0200 gap", "30 02:30 +0200", "31 02:30 +0200"]),
    ("30 2 * * *", "Europe/Berlin", "2026-10-23T12:01",
     ["24 02:30 +0200", "25 02:30 +0200 twice", "26 02:30 +0100", "27 02:30 +0100"]),
    ("0 9 * * 1-5", "Europe/Berlin", "2026-03-27T12:01", ["30 09:00 +0200", "31 09:00 +0200"]),
    ("0 * * * *", "Europe/Berlin", "2026-10-24T22:01",
     ["25 01:00 +0200", "25 02:00 +0200 twice", "25 03:00 +0100", "25 04:00 +0100"]),
    ("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:01",
     ["29 01:30 +0100", "29 03:00 +0200", "29 03:30 +0200"]),
    ("30 1 * * *", "America/New_York", "2026-10-31T12:01", ["01 01:30 -0400 twice", "02 01:30 -0500"]),
    ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00", ["04 02:30 +1100 gap", "05 02:15 +1100"]),
    ("0 0 * * *", "America/Havana", "2026-03-07T12:00", ["08 01:00 -0400 gap", "09 00:00 -0400"]),
    ("0 0 13 * 5", "UTC", "2026-02-26T00:00", ["27 00:00 +0000", "06 00:00 +0000", "13 00:00 +0000"]),
    ("0 0 L * *", "UTC", "2026-02-26T00:00", ["28 00:00 +0000", "31 00:00 +0000", "30 00:00 +0000"]),
    ("0 0 29 2 *", "UTC", "2026-02-26T00:00", ["29 00:00 +0000", "29 00:00 +0000"]),
    ("0 12 * * 7", "UTC", "2026-02-26T00:00", ["01 12:00 +0000"]),
])
def test_moments(expression: str, zone: str, after: str, found: list[str]) -> None:
    assert local(expression, zone, after, len(found)) == found


def test_moments_come_in_order_and_each_once_through_a_year_of_changes() -> None:
    for zone in ("Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca", "Asia/Kathmandu"):
        start = datetime(2026, 1, 1, tzinfo=UTC)
        found = [fire.moment for fire in islice(parse("*/15 * * * *").fires(ZoneInfo(zone), start), 365 * 96)]
        gaps = {later - earlier for earlier, later in zip(found, found[1:], strict=False)}
        assert min(gaps) >= timedelta(minutes=15) and max(gaps) <= timedelta(minutes=135), zone


@pytest.mark.parametrize(("text", "words"), [
    ("* * * * *", "too often"), ("*/4 * * * *", "too often"), ("0,58 0,23 * * *", "too often"),
    ("0 0 30 2 *", "would never run"), ("61 * * * *", "“61” is not a minute"), ("a b c", "This has 3"),
    ("0 0 0 9 * *", "This has 6"), ("0 0 * * fri-mon", "runs backwards"), ("@never", "is not one of"), ("", "has 0"),
    ("*/0 * * * *", "“*/0”"), ("1,,2 * * * *", "“”"), ("٣ * * * *", "is not a minute"), ("0 0 1-99 * *", "day of the"),
    ("0 0 ? * *", "“?”"), ("-1 * * * *", "“-1”"), ("9" * 5000 + " * * * *", "is not a minute"),
])
def test_what_cannot_be_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(BadCron, match=".") as told:
        parse(text)
    assert words in str(told.value) and len(str(told.value)) < 250


@pytest.mark.parametrize(("expression", "words"), [
    ("0 9 * * *", "Every day at 09:00"), ("0 9 * * 1-5", "Monday to Friday at 09:00"),
    ("30 8,17 * * mon,wed", "Mondays and Wednesdays at 08:30 and 17:30"), ("0 * * * *", "Every hour, on the hour"),
    ("5 * * * *", "Every hour at 05 past"), ("*/15 * * * *", "Every 15 minutes"),
    ("0 */6 * * *", "Every 6 hours, from 00:00"), ("0 8 1,15 * *", "Days 1 and 15 of the month at 08:00"),
    ("0 0 L * *", "The last day of the month at 00:00"), ("0 0 13 * 5", "Day 13 of the month, and Fridays, at 00:00"),
    ("0 9 * jan,jul *", "Every day in January and July at 09:00"), ("0 9 * * fri-sun", "Friday to Sunday at 09:00"),
    ("*/15 9-17 * * 1-5", "Monday to Friday, 36 times from 09:00 to 17:45"), ("@daily", "Every day at 00:00"),
    ("*/30 * * * 6,0", "Every 30 minutes, Saturdays and Sundays"),
    ("0 */6 1 * *", "Every 6 hours, from 00:00, day 1 of the month"),
])
def test_words(expression: str, words: str) -> None:
    assert of_cron(parse(expression)) == words


def test_intervals_in_words() -> None:
    assert [every(seconds) for seconds in (300, 3600, 5400, 86_400, 129_600, 301)] == [
        "Every 5 minutes", "Every hour", "Every 90 minutes", "Every day", "Every 36 hours", "Every 301 seconds"]
