"""Looking through a list that Skyvern cannot filter: by halving to a day, and never further than it must."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from skyvern_ui.runs.list_rules import RunFilters, _first_page, _scanned_page
from skyvern_ui.runs.list_sources import Source
from skyvern_ui.skyvern.values import RunRow

START = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Long:
    """A list of many runs, one a minute, newest first; it counts how often it is asked."""

    def __init__(self, count: int) -> None:
        self.asked: list[tuple[int, int]] = []
        self.rows = [RunRow.from_json({"run_id": f"tsk_{n}", "status": "completed",
                                       "created_at": (START - timedelta(minutes=n)).isoformat()})
                     for n in range(count)]

    def fetch(self, page: int, size: int) -> list[RunRow]:
        self.asked.append((page, size))
        return self.rows[(page - 1) * size:page * size]


@pytest.mark.parametrize("minutes", [0, 1, 99, 100, 101, 4321, 9998, 9999, 20_000])
def test_the_first_page_that_matters_is_found_in_few_calls(minutes: int) -> None:
    long = Long(10_000)
    source = Source(long.fetch, 10_000, ends=START - timedelta(minutes=minutes))
    first = _first_page(source)
    young = [n for n in range(10_000) if n > minutes]
    assert not young or (first - 1) * 100 <= young[0] < first * 100
    assert len(long.asked) <= 9


def test_a_day_long_ago_is_exact() -> None:
    long = Long(10_000)
    day = (START - timedelta(days=5)).date()
    filters = RunFilters(since=day, until=day, page_size=100)
    page = _scanned_page(Source(long.fetch, 10_000, begins=filters.begins, ends=filters.ends), filters)
    assert len(page.rows) == 100 and page.more and page.looked_at is None
    assert all(row.created_at and row.created_at.date() == day for row in page.rows)
    last = RunFilters(since=day, until=day, page_size=100, page=15)
    page = _scanned_page(Source(long.fetch, 10_000, begins=filters.begins, ends=filters.ends), last)
    assert len(page.rows) == 40 and not page.more


def test_it_stops_when_the_page_is_full_and_says_when_it_gave_up() -> None:
    long = Long(5000)
    every = Source(long.fetch, 10_000, tests=(lambda rows: [r for r in rows if int(r.run_id[4:]) % 10 == 0],))
    page = _scanned_page(every, RunFilters(page_size=20))
    assert [row.run_id for row in page.rows] == [f"tsk_{n}" for n in range(0, 200, 10)]
    assert len(long.asked) == 3 and page.looked_at is None
    none = Source(long.fetch, 10_000, tests=(lambda rows: [],))
    page = _scanned_page(none, RunFilters())
    assert page.looked_at == 1000 and not page.rows and not page.more
    short = Long(150)
    page = _scanned_page(Source(short.fetch, 10_000, tests=(lambda rows: [],)), RunFilters())
    assert page.looked_at is None and len(short.asked) == 2
