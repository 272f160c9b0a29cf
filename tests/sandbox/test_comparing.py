"""The comparison finds what it is there to find."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.comparing import differences


def page(body: Any, status: int = 200, **headers: str) -> dict[str, Any]:
    return {"status": status, "headers": headers, "body": body}


REAL = page([{"run_id": "tsk_1", "created_at": "2026-01-01T00:00:00.000001", "step_count": 1, "errors": []}])


@pytest.mark.parametrize(("ours", "sentence"), [
    (page(REAL["body"], 201), "status 201 instead of 200"),
    (page([{"run_id": "tsk_1", "created_at": None, "step_count": 1}]), "body[0] lacks errors"),
    (page([{**REAL["body"][0], "extra": 1}]), "body[0] has extra, which the real one lacks"),
    (page([{**REAL["body"][0], "step_count": "1"}]), "body[0].step_count is str instead of number"),
    (page([{**REAL["body"][0], "created_at": "2026-01-01T00:00:00.000001Z"}]),
     "body[0].created_at is momentZ instead of moment"),
    (page({}), "body is dict instead of list"),
])
def test_a_departure_is_named(ours: dict[str, Any], sentence: str) -> None:
    assert sentence in differences(REAL, ours)


def test_values_and_ids_may_differ() -> None:
    assert differences(REAL, page([{**REAL["body"][0], "run_id": "tsk_2", "step_count": 9}])) == []


def test_a_refusal_is_compared_word_for_word_but_for_its_ids() -> None:
    real = page({"detail": "Run not found tsk_1"}, 404)
    assert differences(real, page({"detail": "Run not found tsk_22"}, 404)) == []
    assert differences(real, page({"detail": "No such run tsk_1"}, 404)) != []


def test_a_missing_header_is_named() -> None:
    assert differences(page(None, allow="POST"), page(None)) == ["header allow is None instead of 'POST'"]
