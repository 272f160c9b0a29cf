"""A filtered list as a file: streamed, safe in a spreadsheet, honest about what is missing."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select

from skyvern_ui.audit import CLI
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog
from skyvern_ui.runs.export_rules import Facts, Going, rows_of
from skyvern_ui.runs.list_rules import CutShort
from skyvern_ui.settings.rules import save_preferences
from skyvern_ui.skyvern.values import RunRow

from ..sandbox_server import Sandbox
from ..support.people import Browser
from .starting import finished, run_workflow, start, workflow


@pytest.fixture(autouse=True)
def with_skyvern(connected: Flask) -> Flask:
    return connected


def cells(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_filtered_list_is_a_file(connected: Flask, ben: Browser, cleo: Browser, sandbox: Sandbox) -> None:
    mine = start(ben, "Find the lamp")
    start(cleo, "Another lamp [slow]")
    tagged = run_workflow(sandbox, workflow(sandbox, "Order a lamp"), env="prod")
    finished(sandbox, mine)
    finished(sandbox, tagged)
    page = ben.get("/runs/export.csv?status=completed")
    assert page.headers["Content-Type"].startswith("text/csv")
    assert re.fullmatch(r'attachment; filename="runs-\d{4}-\d\d-\d\d\.csv"', page.headers["Content-Disposition"])
    rows = {row["run_id"]: row for row in cells(page.text)}
    assert set(rows) == {mine, tagged} and not page.text.startswith("\ufeff")
    assert rows[mine]["started_by"] == "Ben" and rows[mine]["title"] == "Find the lamp"
    assert rows[tagged]["tags"] == "env:prod" and rows[tagged]["kind"] == "workflow_run"
    whole = ben.get("/runs/export.json?person=me").response.get_json()
    assert [row["run_id"] for row in whole["runs"]] == [mine]
    assert (whole["count"], whole["incomplete"]) == (1, None)
    with connected.app_context():
        assert db.session.scalar(select(func.count()).where(AuditLog.action == "run.export")) == 2


def test_more_than_a_page_comes_page_by_page(ben: Browser, sandbox: Sandbox) -> None:
    wpid = workflow(sandbox, "Order a lamp")
    ids = [run_workflow(sandbox, wpid) for _ in range(130)]
    sandbox.forget_calls()
    assert [row["run_id"] for row in cells(ben.get("/runs/export.csv").text)] == ids[::-1]
    assert len(sandbox.requests("/v1/runs?")) == 2


@pytest.mark.parametrize("title", ["=1+1", "+1+1", "-1+cmd", "@SUM(A1)", "\t=1", "=HYPERLINK(\"x\")"])
def test_a_cell_is_never_a_formula(ben: Browser, sandbox: Sandbox, title: str) -> None:
    sandbox.call("POST", "/v1/run/tasks", json={"prompt": "x", "title": title})
    assert cells(ben.get("/runs/export.csv").text)[0]["title"].startswith("'")


def test_a_failure_on_the_way_ends_the_file_with_a_word(ben: Browser, sandbox: Sandbox) -> None:
    wpid = workflow(sandbox, "Order a lamp")
    for _ in range(105):
        run_workflow(sandbox, wpid)
    for kind in ("csv", "json"):
        sandbox.fault("/v1/runs", "delay", seconds=0)
        sandbox.fault("/v1/runs", "status", count=1, status=500, body='{"detail":"broken"}')
        page = ben.get(f"/runs/export.{kind}")
        assert page.status == 200
        if kind == "csv":
            assert page.text.splitlines()[-1].startswith('# Incomplete: ') and len(page.text.splitlines()) == 102
        else:
            whole = page.response.get_json()
            assert whole["count"] == 100 and whole["incomplete"].startswith("Incomplete: ")


def test_a_file_that_skyvern_cuts_short_says_so() -> None:
    def pages() -> Iterator[list[RunRow]]:
        yield [RunRow.from_json({"run_id": "tsk_1"})]
        raise CutShort(1000)

    rows = list(rows_of(pages(), lambda ids: Facts(), Going()))
    assert rows[0]["run_id"] == "tsk_1" and "newest 1,000 runs" in rows[1]
    signed_out = list(rows_of(iter([[RunRow.from_json({"run_id": "tsk_1"})]] * 2), lambda ids: Facts(), Going("over.")))
    assert [row if isinstance(row, str) else row["run_id"] for row in signed_out] == ["tsk_1", "Incomplete: over."]


def test_what_cannot_be_exported_is_a_page_and_no_file(ben: Browser, nobody: Browser, sandbox: Sandbox) -> None:
    assert ben.get("/runs/export.xml").status == 404
    page = ben.get("/runs/export.csv?q=ab")
    assert page.status == 422 and "at least three" in page.words
    assert nobody.get("/runs/export.csv").status == 303
    sandbox.fault("/v1/runs", "status", count=9, status=503, body="{}")
    away = ben.get("/runs/export.csv")
    assert away.status == 502 and "Content-Disposition" not in away.headers


def test_private_runs_stay_private_in_a_file(connected: Flask, ada: Browser, ben: Browser, cleo: Browser) -> None:
    with connected.app_context():
        save_preferences({"private_runs": True}, CLI)
        db.session.remove()
    mine, theirs = start(ben, "Mine"), start(cleo, "Theirs")
    for query in ("", "?type=task_v1", "?person=user-cleo"):
        assert {row["run_id"] for row in cells(ben.get(f"/runs/export.csv{query}").text)} <= {mine}, query
    assert {row["run_id"] for row in cells(ada.get("/runs/export.csv").text)} == {mine, theirs}
