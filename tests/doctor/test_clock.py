"""Clocks that do not agree."""

from __future__ import annotations

import time
from email.utils import formatdate
from pathlib import Path

import pytest
from flask import Flask

from skyvern_ui.doctor.checks.clock import judged, look_at_database_clock, look_at_skyvern_clock, read_date

from ..relay.fault_server import answering, ok
from .fronts import patient


@pytest.mark.parametrize(("off", "verdict"), [
    (0, "ok"), (4, "ok"), (-4, "ok"), (7, "warn"), (-8, "warn"), (32, "fail"), (-33, "fail"), (90_000, "fail")])
def test_skyverns_clock_by_its_date_header(empty_app: Flask, off: int, verdict: str) -> None:
    date = formatdate(time.time() + off, usegmt=True)
    with answering(ok(b"Server is running.", f"date: {date}")) as server:
        found = look_at_skyvern_clock(patient(empty_app, f"http://127.0.0.1:{server.port}"))
    assert found.verdict == verdict, found
    if verdict != "ok":
        assert ("ahead of ours" if off > 0 else "behind ours") in found.title and "NTP" in found.fix[0]
    if off == 90_000:
        assert "1 days" in found.title or "25 hours" in found.title


@pytest.mark.parametrize("date", ["", "soon", "Sat, 99 Nov 2026 99:99:99 GMT", "\xff"])
def test_a_date_that_is_none(empty_app: Flask, date: str) -> None:
    with answering(ok(b"Server is running.", f"date: {date}")) as server:
        found = look_at_skyvern_clock(patient(empty_app, f"http://127.0.0.1:{server.port}"))
    assert found.verdict == "skip" and read_date(date) is None


def test_the_databases_clock(empty_app: Flask) -> None:
    assert look_at_database_clock(patient(empty_app)).verdict == "ok"


def test_a_slow_answer_is_no_difference(tmp_path: Path) -> None:
    assert judged("c", "x", 1000.0, 990.0, 1010.0, 0.0, "").verdict == "ok"
    assert judged("c", "x", 1000.0, 1006.5, 1007.0, 1.0, "").verdict == "warn"
    assert judged("c", "x", 1000.0, 1005.5, 1007.0, 1.0, "").verdict == "ok"
