"""When a pool runs dry: the pace of the last days, and the refills that are set."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from skyvern_ui.services.overview.forecast_rules import Forecast, Refill, forecast

NOW = datetime(2026, 11, 21, 12)
LONG_AGO = datetime(2026, 1, 1)
CREDIT = 1000


def steady(a_day: int, days: int = 30) -> dict[date, int]:
    """So many credits each day; of today, which is half over, the half."""
    return {NOW.date() - timedelta(days=n): a_day * CREDIT // (1 if n else 2) for n in range(days)}


def asked(left: int, spent: dict[date, int], made: datetime = LONG_AGO, refill: Refill | None = None) -> Forecast:
    return forecast(left * CREDIT, spent, made, NOW, refill or Refill())


def test_what_is_left_lasts_as_long_as_the_pace_says() -> None:
    found = asked(100, steady(10))
    assert (found.kind, found.at, found.days) == ("dry", NOW + timedelta(days=10), 7) and found.pace == 10 * CREDIT
    assert found.is_soon and found.rough_pace == 10_000
    later = asked(1000, steady(10))
    assert later.at == NOW + timedelta(days=100) and not later.is_soon


def test_the_pace_is_that_of_the_last_seven_days_today_among_them() -> None:
    once = {NOW.date() - timedelta(days=6): 65 * CREDIT}
    assert asked(100, once).pace == 10 * CREDIT  # six days and a half have lasted
    assert asked(100, {NOW.date() - timedelta(days=30): 65 * CREDIT}).kind == "idle"


def test_without_spending_in_seven_days_fourteen_are_asked() -> None:
    found = asked(100, {NOW.date() - timedelta(days=13): 27 * CREDIT})
    assert (found.kind, found.days, found.pace) == ("dry", 14, 2 * CREDIT)


def test_a_young_service_is_measured_since_it_was_made_by_a_day_at_least() -> None:
    spent = {NOW.date(): 6 * CREDIT}
    assert asked(12, spent, NOW - timedelta(hours=1)).at == NOW + timedelta(days=2)
    assert asked(12, {NOW.date() - timedelta(days=1): 6 * CREDIT}, NOW - timedelta(days=2)).pace == 3 * CREDIT


@pytest.mark.parametrize(("left", "spent", "kind"), [
    (0, steady(10), "empty"), (0, {}, "empty"), (100, {}, "idle"), (100_000, steady(10), "far"),
    (3650, steady(10), "dry"), (3651, steady(10), "far"),
])
def test_what_else_there_is_to_say(left: int, spent: dict[date, int], kind: str) -> None:
    assert asked(left, spent).kind == kind


def test_refills_that_cover_the_pace_keep_a_pool_for_ever() -> None:
    due = datetime(2026, 11, 23)
    for refill in (Refill("set", 100 * CREDIT, "week", due), Refill("add", 70 * CREDIT, "week", due)):
        assert asked(50, steady(10), refill=refill).kind == "kept"


def test_a_refill_that_comes_too_late_saves_nothing() -> None:
    found = asked(50, steady(10), refill=Refill("set", 1000 * CREDIT, "month", datetime(2026, 12, 1)))
    assert (found.kind, found.at) == ("dry", NOW + timedelta(days=5))


def test_a_refill_that_is_too_small_only_puts_it_off() -> None:
    found = asked(20, steady(10), refill=Refill("set", 50 * CREDIT, "week", datetime(2026, 11, 23)))
    assert (found.kind, found.at) == ("dry", datetime(2026, 11, 23) + timedelta(days=5))
    added = asked(20, steady(10), refill=Refill("add", 35 * CREDIT, "week", datetime(2026, 11, 23)))
    assert added.at == datetime(2026, 11, 23) + timedelta(days=4)


def test_a_refill_replaces_and_never_takes_away() -> None:
    found = asked(500, steady(10), refill=Refill("set", 10 * CREDIT, "day", datetime(2026, 11, 22)))
    assert found.kind == "kept"  # ten a day are spent, and ten are there each morning


def test_a_refill_that_is_overdue_counts_at_once() -> None:
    assert asked(1, steady(10), refill=Refill("add", 100 * CREDIT, "week", NOW - timedelta(days=3))).kind == "kept"
