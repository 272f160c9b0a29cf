"""What a tag is made of, and what it is not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from skyvern_ui.conditional import fingerprint
from skyvern_ui.skyvern.values import Run


@pytest.fixture
def here(empty_app: Flask) -> Any:
    with empty_app.test_request_context("/"):
        yield empty_app


def test_the_same_data_has_the_same_tag_and_other_data_another(here: Any) -> None:
    at, running = datetime(2026, 1, 1, tzinfo=UTC), {"run_id": "wr_1", "status": "running"}
    one = {"run": Run.from_json(running), "at": at, "x": {3, 1}}
    same = {"x": {1, 3}, "at": at, "run": Run.from_json(running)}
    assert fingerprint("a.html", one) == fingerprint("a.html", same)
    for other in ({**one, "x": {1}}, {**one, "run": Run.from_json({"run_id": "wr_1", "status": "failed"})}):
        assert fingerprint("a.html", other) != fingerprint("a.html", one)
    assert fingerprint("b.html", one) != fingerprint("a.html", one)


@pytest.mark.parametrize("told", [None, "", 0, [], {"\ud800": 1}, {"a": float("nan")}, [("a", 1)], {"a": {"b": [1.5]}}])
def test_any_data_has_a_tag(here: Any, told: Any) -> None:
    assert fingerprint("a.html", told) == fingerprint("a.html", told)


def test_what_is_no_data_is_refused_rather_than_new_each_time(here: Any) -> None:
    with pytest.raises(TypeError):
        fingerprint("a.html", object())
