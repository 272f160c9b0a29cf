from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from skyvern_ui import formatters as f

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=4), "just now"),
        (timedelta(seconds=-4), "just now"),
        (timedelta(seconds=59), "59 s ago"),
        (timedelta(seconds=61), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=23, minutes=59), "23 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=29), "29 days ago"),
        (timedelta(days=31), "21 Oct 2026"),
        (timedelta(hours=-2), "in 2 h"),
    ],
)
def test_relative_time_reads_like_a_person_says_it(ago: timedelta, words: str) -> None:
    assert f.relative_time(NOW - ago, NOW) == words


def test_a_time_without_a_zone_is_utc_and_others_are_converted() -> None:
    assert f.exact_time(NOW.replace(tzinfo=None)) == "21 Nov 2026, 12:00:00 UTC"
    eastern = NOW.astimezone(timezone(timedelta(hours=-5)))
    assert f.exact_time(eastern) == "21 Nov 2026, 12:00:00 UTC"
    assert f.iso_time(eastern) == "2026-11-21T12:00:00Z"


def test_no_time_is_a_dash() -> None:
    assert (f.exact_time(None), f.relative_time(None), f.duration(None)) == ("–", "–", "–")
    assert f.iso_time(None) == ""


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0.0 s"),
        (3.6, "3.6 s"),
        (9.96, "10 s"),
        (59.6, "1 m 00 s"),
        (178, "2 m 58 s"),
        (3599.7, "1 h 00 m"),
        (3840, "1 h 04 m"),
        (timedelta(days=2, hours=3), "2 d 3 h"),
        (-1, "–"),
    ],
)
def test_durations(value: float | timedelta, words: str) -> None:
    assert f.duration(value) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (None, "–"),
        (0, "0 B"),
        (812, "812 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (4420, "4.4 kB"),
        (9960, "10 kB"),
        (64_000_000, "64 MB"),
        (999_700, "1.0 MB"),
        (3_200_000_000_000, "3200 GB"),
    ],
)
def test_sizes(count: int | None, words: str) -> None:
    assert f.filesize(count) == words


def test_short_ids_keep_the_prefix_and_the_end() -> None:
    assert f.short_id("wr_599350220310895092") == "wr_…895092"
    assert f.short_id("tsk_v2_599350220310895092") == "tsk_v2_…895092"
    assert f.short_id("wr_1234") == "wr_1234"
    assert f.short_id("0123456789abcdef0123") == "012345…ef0123"
    assert f.short_id(None) == "–"


def test_json_keeps_order_and_letters_and_survives_odd_values() -> None:
    assert f.json_pretty({"b": "é", "a": [1]}) == '{\n  "b": "é",\n  "a": [\n    1\n  ]\n}'
    assert "2026-11-21" in f.json_pretty({"at": NOW})


def test_json_kinds() -> None:
    kinds = [f.json_kind(v) for v in (None, True, 1, 1.5, "x", {}, [], ())]
    assert kinds == ["nothing", "flag", "number", "number", "text", "object", "list", "list"]


def test_an_unknown_status_is_shown_as_it_is() -> None:
    assert f.status_word("paused") == "waiting for a person"
    assert f.status_word("quantum_wobble") == "quantum wobble"
    assert f.status_tone("quantum_wobble") == "plain"
    assert f.status_word("") == "unknown"


def test_grouped_numbers() -> None:
    assert f.grouped(8412) == "8,412"
    assert f.grouped(None) == "–"


def test_elapsed_counts_whole_seconds_and_never_backwards() -> None:
    assert f.elapsed(NOW - timedelta(seconds=4), NOW) == "4 s"
    assert f.elapsed(NOW - timedelta(seconds=178), NOW) == "2 m 58 s"
    assert f.elapsed(NOW + timedelta(seconds=4), NOW) == "0 s"
    assert f.elapsed(None, NOW) == "–"


def test_kinds_and_categories_read_as_words() -> None:
    assert f.run_kind_word("workflow_run") == "workflow"
    assert f.run_kind_word("task_v9") == "task v9"
    assert f.sentence_case("MAX_STEPS_EXCEEDED") == "Max steps exceeded"
    assert f.sentence_case("LLM_ERROR") == "LLM error"
