"""The chart of spending as geometry: all of it inside, parts that add up, a scale of round numbers, and a sentence."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skyvern_ui.services.overview.chart import HEIGHT, TOP, chart, ranked

TODAY = date(2026, 11, 21)


def days(count: int) -> list[date]:
    return [TODAY - timedelta(days=n) for n in reversed(range(count))]


@settings(max_examples=60)
@given(st.lists(st.lists(st.integers(0, 10**13), min_size=3, max_size=3), min_size=1, max_size=90))
def test_every_bar_stands_on_the_line_below_and_inside_the_picture(rows: list[list[int]]) -> None:
    shown = days(len(rows))
    series = [(f"s{n}", {day: row[n] for day, row in zip(shown, rows, strict=True)}) for n in range(3)]
    found = chart(shown, series, TODAY)
    assert found.total == sum(map(sum, rows)) == sum(found.sums)
    assert 1 <= len(found.lines) <= 5 and found.lines[0][0] == TOP + HEIGHT
    for column, row in zip(found.columns, rows, strict=True):
        assert column.total == sum(row) and column.x >= 0 and column.x + column.width <= 100.1
        low = float(TOP + HEIGHT)
        for piece in column.pieces:
            assert piece.height >= 1 and piece.y >= TOP - 1.5 and piece.y + piece.height <= low + 1.1
            low = piece.y
        assert {piece.shade for piece in column.pieces} == {n for n, amount in enumerate(row) if amount}


@pytest.mark.parametrize(("largest", "labels"), [
    (0, ["0"]), (1000, ["0", "0.25", "0.5", "0.75", "1"]), (400_000, ["0", "100", "200", "300", "400"]),
    (2_900_000, ["0", "1k", "2k", "3k"]), (5_000_000_000, ["0", "2M", "4M", "6M"]),
])
def test_the_scale_is_of_round_numbers(largest: int, labels: list[str]) -> None:
    assert [text for _, text in chart([TODAY], [("a", {TODAY: largest})], TODAY).lines] == labels


def test_the_sentence_says_what_the_picture_shows() -> None:
    spent = {TODAY: 2500, TODAY - timedelta(days=3): 12_000}
    assert chart(days(30), [("a", spent)], TODAY).sentence == \
        "14.5 credits in 30 days, the most on 18 Nov 2026: 12."
    assert chart(days(7), [], TODAY).sentence == "No credits were spent in 7 days."


def test_a_day_tells_its_parts_and_the_last_is_today() -> None:
    found = chart(days(7), [("big", {TODAY: 3000}), ("small", {TODAY: 1000})], TODAY)
    assert found.columns[-1].title == "21 Nov 2026 so far: 4 credits (big 3, small 1)"
    assert found.columns[-1].label == "today" and found.columns[0].title == "15 Nov 2026: 0 credits"


def test_one_place_is_left_for_the_rest() -> None:
    assert ranked({"a": 1, "b": 3, "c": 0}) == ["b", "a"]
    assert ranked({str(n): n + 1 for n in range(9)}) == ["8", "7", "6", "5"]
