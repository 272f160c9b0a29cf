"""Skyvern up, its database not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask

from skyvern_ui.config import Settings
from skyvern_ui.doctor.check import Patient
from skyvern_ui.doctor.checks import database as checks
from skyvern_ui.doctor.finding import Finding
from skyvern_ui.skyvern.connection import Connection

from .fake_skyvern import NO_KEY, FakeSkyvern, answer, drip, hang, make_key, page

KEY = make_key()


@pytest.fixture
def fake() -> Iterator[FakeSkyvern]:
    with FakeSkyvern(KEY) as server:
        yield server


def look(fake: FakeSkyvern, tmp_path: Path, key: str = KEY) -> Finding:
    settings = Settings.from_env({"INSTANCE_DIR": str(tmp_path)})
    return checks.look_at_database(Patient(cast(Flask, None), settings, Connection(fake.url, key)))


@pytest.mark.parametrize(("reply", "verdict", "code"), [
    (answer(200, []), "ok", "ok"),
    (answer(503, {"error": "Database temporarily unavailable"}, "application/json", "retry-after: 1"), "fail",
     "upstream_database_down"),
    (answer(500, {"error": "Unexpected error: OperationalError"}), "fail", "upstream_database_down"),
    (answer(500, {"error": "Unexpected error: ProgrammingError"}), "fail", "upstream_database_down"),
    (answer(500, {"error": "Unexpected error: KeyError"}), "fail", "upstream_fails"),
    (answer(500, "", ""), "fail", "upstream_fails"), (hang, "fail", "upstream_database_hangs"),
    (drip, "fail", "upstream_database_hangs"), (page(), "skip", "skipped"),
    (answer(200, "nonsense"), "skip", "skipped"), (NO_KEY, "skip", "skipped"),
])
def test_each_state_of_it_is_told(fake: FakeSkyvern, tmp_path: Path, reply: Any, verdict: str, code: str,
                                  monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "SECONDS", 0.4)
    fake.paths["/v1/workflows"] = reply
    found = look(fake, tmp_path)
    assert (found.verdict, found.code) == (verdict, code)
    assert fake.seen("/v1/workflows?page_size=1")


def test_a_slow_one_is_a_warning(fake: FakeSkyvern, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "SLOW", -1.0)
    assert look(fake, tmp_path).code == "upstream_database_slow"


def test_a_refused_key_tells_nothing_of_it(fake: FakeSkyvern, tmp_path: Path) -> None:
    assert look(fake, tmp_path, make_key(b"x")).verdict == "skip"
