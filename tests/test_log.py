"""No secret in a log line, whatever it came in (K06, G04)."""

from __future__ import annotations

import json

import pytest
import structlog
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from skyvern_ui.extensions import db

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvXzEifQ.c2lnbmF0dXJl"


@pytest.mark.parametrize("path", ["/password/one-time-secret", f"/runs/{TOKEN}", "/x/token=one-time-secret"])
def test_a_secret_in_an_address_is_masked(app: Flask, capsys: pytest.CaptureFixture[str], path: str) -> None:
    app.test_client().get(path)
    written = capsys.readouterr().out
    line = json.loads(written.splitlines()[-1])
    assert line["event"] == "request" and "***" in line["path"]
    assert "one-time-secret" not in written and TOKEN not in written


def test_a_secret_in_a_line_of_ours_is_masked(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger("test").info("x", api_key="sk-1234", note=f"key is {TOKEN}", url="http://h/?apikey=sk-1234")
    written = capsys.readouterr().out
    assert "sk-1234" not in written and TOKEN not in written


def test_a_line_break_stays_inside_its_line(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    app.test_client().get("/x%0a{%22event%22:%22forged%22}")
    lines = capsys.readouterr().out.splitlines()
    assert all(json.loads(line)["event"] == "request" for line in lines)


def test_an_error_of_the_database_names_no_value(empty_app: Flask) -> None:
    with empty_app.app_context(), pytest.raises(DBAPIError) as caught:
        try:
            db.session.execute(text("SELECT nothing FROM nowhere WHERE it = :it"), {"it": "a password of somebody"})
        finally:
            db.session.remove()
    assert "a password of somebody" not in str(caught.value)
