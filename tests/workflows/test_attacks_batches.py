"""Batches under attack: one row spoils no other, nothing is started twice, and nobody sees what is not theirs."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from skyvern_ui.access import latest_connection
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models.batch import BatchRow
from skyvern_ui.models.columns import now
from skyvern_ui.skyvern.client import Skyvern
from skyvern_ui.workflows.batches import row_rules, running
from skyvern_ui.workflows.batches.running import look

from ..sandbox_server import Sandbox
from ..support.people import Browser
from .batches import tables
from .batches.tables import aged, rounds, rows, started, starts, state, states

TWO = "name,count\nAda,1\nBen,2\n"


@pytest.fixture
def wpid(connected: Flask, sandbox: Sandbox) -> str:
    return tables.workflow(sandbox)


@pytest.mark.parametrize("output, kept", [
    ('{"a": "x\\u0000y", "b": "\\\\u0000"}', {"a": "x\ufffdy", "b": "\\u0000"}),
    ('{"a": NaN, "b": 1e999}', {"a": "nan", "b": "inf"}),
    ('{"a": "\\ud800"}', {"a": "?"}), ("[" * 700 + "]" * 700, None)])
def test_an_output_that_no_database_takes_holds_up_nobody(connected: Flask, ben: Browser, sandbox: Sandbox, wpid: str,
                                                          output: str, kept: Any) -> None:
    where = started(ben, wpid, TWO)
    look(connected)
    first = rows(connected, where)[0]
    body = {"run_id": first.run_id, "run_type": "workflow_run", "status": "failed",
            "failure_reason": "broke\x00 \ud800"}
    said = json.dumps(body)[:-1] + f', "output": {output}}}'
    sandbox.fault(f"/v1/runs/{first.run_id}", "status", status=200, body=said, count=99)
    rounds(connected, lambda: state(connected, where)[0] == "finished")
    done = rows(connected, where)
    assert [each.state for each in done] == ["failed", "completed"] and done[0].problem == "broke\ufffd ?"
    assert kept is None or done[0].output == kept
    for kind in ("csv", "json"):
        page = ben.get(f"{where}/results.{kind}")
        assert page.status == 200 and "broke" in page.text
    assert ben.get(where).status == 200


def test_who_stood_in_line_too_long_starts_nothing(connected: Flask, ben: Browser, sandbox: Sandbox, wpid: str) -> None:
    """One leader has taken the rows, and is slow; another takes its starts for lost and gives them back."""
    where = started(ben, wpid, TWO)
    with connected.app_context():
        plan = row_rules.due()[0]
        taken = row_rules.take(plan)
        with writing() as session:
            session.execute(update(BatchRow).values(changed_at=now() - timedelta(seconds=130)))
        db.session.remove()
    look(connected)
    with connected.app_context():
        upstream = Skyvern(latest_connection())
    assert [running._start(connected, upstream, row) for row in taken] == [None, None]
    rounds(connected, lambda: state(connected, where)[0] == "finished")
    assert states(connected, where) == ["completed"] * 2
    assert sum(len(runs) for runs in starts(sandbox).values()) == 2


def test_a_start_that_is_given_back_to_a_canceled_batch(connected: Flask, ben: Browser, sandbox: Sandbox, wpid: str
                                                        ) -> None:
    where = started(ben, wpid, "name,count\nAda,1\nBen,2\n")
    sandbox.fault("/v1/run/workflows", "reset", count=2)
    look(connected)
    assert ben.post(f"{where}/cancellation").status == 303
    aged(connected, 130)
    look(connected)
    assert state(connected, where)[0] == "canceled" and states(connected, where) == ["canceled"] * 2
    assert ben.post(f"{where}/retries", {"row": "2"}).status == 303
    rounds(connected, lambda: state(connected, where)[0] == "finished")
    assert states(connected, where) == ["completed", "canceled"], "nobody asked for the other"
