"""One thing done to many runs: each recorded, each with its own outcome, and nothing sent for what is not one's own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui.audit import CLI
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog
from skyvern_ui.settings.rules import save_preferences

from ..sandbox_server import Sandbox
from ..support.people import Browser, Page
from .starting import finished, run_workflow, start, workflow


@pytest.fixture(autouse=True)
def with_skyvern(connected: Flask) -> Flask:
    return connected


def ask(browser: Browser, path: str, ids: list[str], **more: Any) -> Page:
    return browser.post(path, {"run_id": ids, "sure": "1", **more}, htmx=True)


def rows(app: Flask, action: str) -> dict[str | None, tuple[str | None, Any]]:
    with app.app_context():
        found = db.session.scalars(select(AuditLog).where(AuditLog.action == action)).all()
        return {row.resource_id: (row.outcome, row.details) for row in found}


def status(sandbox: Sandbox, run_id: str) -> str:
    return str(sandbox.call("GET", f"/v1/runs/{run_id}").json()["status"])


def tags(sandbox: Sandbox, run_id: str) -> set[str]:
    found = sandbox.call("GET", f"/v1/runs/{run_id}/tags").json()["tags"]
    return {f"{t['key']}:{t['value']}" if t["key"] else t["value"] for t in found if t["source"] == "manual"}


def test_many_are_cancelled_at_one_call_and_the_rest_is_explained(connected: Flask, ben: Browser,
                                                                  sandbox: Sandbox) -> None:
    live = [start(ben, f"Lamp {n} [slow]") for n in range(3)]
    done = start(ben, "Find the lamp")
    finished(sandbox, done)
    sandbox.forget_calls()
    page = ask(ben, "/runs/cancellations", [*live, done, "tsk_404404", "nonsense"])
    assert page.status == 200
    assert "3 of 6 canceled" in page.words and "2 could not be" in page.words
    failed = [item.get_text(" ", strip=True) for item in page.all(".report > .report__list .report__item")]
    assert [text.split()[0] for text in failed] == ["tsk_404404", "nonsense"]
    assert "over already (completed)" in page.words
    assert {status(sandbox, run_id) for run_id in live} == {"canceled"} and status(sandbox, done) == "completed"
    calls = [c for c in sandbox.requests("/v1/runs") if c["method"] == "POST"]
    assert [c["target"] for c in calls] == ["/v1/runs/cancel"]
    told = json.loads(page.headers["HX-Trigger"])
    assert set(told["picks-done"]["ids"]) == {*live, done} and "toast" not in told
    recorded = rows(connected, "run.cancel")
    assert set(recorded) == set(live) and {outcome for outcome, _ in recorded.values()} == {"done"}


def test_an_older_skyvern_cancels_one_by_one(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    live = [start(ben, f"Lamp {n} [slow]") for n in range(2)]
    sandbox.fault("/v1/runs/cancel", "status", status=404, body='{"detail":"Not Found"}')
    assert "2 of 2 canceled" in ask(ben, "/runs/cancellations", live).words
    assert {status(sandbox, run_id) for run_id in live} == {"canceled"}
    assert {outcome for outcome, _ in rows(connected, "run.cancel").values()} == {"done"}


def test_when_skyvern_breaks_nobody_claims_to_know(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    live = [start(ben, f"Lamp {n} [slow]") for n in range(2)]
    sandbox.fault("/v1/runs/cancel", "reset", count=9)
    page = ask(ben, "/runs/cancellations", live)
    assert page.status == 200 and "0 of 2 canceled" in page.words and "broke" in page.words
    assert {outcome for outcome, _ in rows(connected, "run.cancel").values()} == {"unknown"}
    assert len(sandbox.requests("/v1/runs/cancel")) == 1


def test_without_a_dialog_the_page_asks_first(ben: Browser, sandbox: Sandbox) -> None:
    run_id = start(ben, "Lamp [slow]")
    page = ben.post("/runs/cancellations", {"run_id": [run_id], "query": "status=running"})
    assert page.status == 200 and page.one("h1").get_text() == "Cancel 1 run"
    assert page.one(f'input[name="run_id"][value="{run_id}"]').has_attr("checked")
    assert status(sandbox, run_id) != "canceled"
    done = ben.post("/runs/cancellations", {"run_id": [run_id, "tsk_404404"], "sure": "1", "query": "status=running"})
    assert "1 of 2 canceled" in done.one("h1").get_text() and status(sandbox, run_id) == "canceled"
    again = done.one('form[action="/runs/cancellations"] input[name="run_id"]')
    assert again["value"] == "tsk_404404"
    assert done.one(".card__foot a.btn")["href"] == "/runs?status=running"


@pytest.mark.parametrize("path", ["/runs/cancellations", "/runs/tags", "/runs/tags/removal"])
def test_nothing_chosen_and_too_much_are_sentences(ben: Browser, sandbox: Sandbox, path: str) -> None:
    sandbox.forget_calls()
    assert "Choose at least one" in ask(ben, path, []).words
    many = ask(ben, path, [f"wr_{n}" for n in range(101)], tag="a", untag="a")
    assert many.status == 422 and "At most 100" in many.words
    assert ben.post(path, {"sure": "1"}).status == 422
    assert sandbox.requests("/v1/run") == []


def test_tags_are_set_and_taken_away(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    wpid, task = workflow(sandbox, "Order a lamp"), start(ben, "Find the lamp")
    one, two = run_workflow(sandbox, wpid, env="staging"), run_workflow(sandbox, wpid)
    page = ask(ben, "/runs/tags", [one, two, task], tag=" env:prod ")
    assert "2 of 3 tagged" in page.words and "workflow runs only" in page.words
    assert tags(sandbox, one) == tags(sandbox, two) == {"env:prod"}
    assert rows(connected, "run.tag")[one] == ("done", {"tag": "env:prod"})
    sandbox.forget_calls()
    other = ask(ben, "/runs/tags/removal", [one, two], untag="env:staging")
    assert "0 of 2 untagged" in other.words and "did not have this tag" in other.words
    assert not [c for c in sandbox.requests("/v1/runs/") if c["method"] == "POST"]
    assert "1 of 1 untagged" in ask(ben, "/runs/tags/removal", [one], untag="env:prod").words
    assert tags(sandbox, one) == set() and tags(sandbox, two) == {"env:prod"}


@pytest.mark.parametrize("tag", ["", " ", ":", "a:", ":b", "a,b", "skyvern.status:x", "-a:b", "x" * 257, "é:b", "a\nb",
                                 f"{'k' * 65}:v"])
def test_what_is_no_tag_is_never_sent(ben: Browser, sandbox: Sandbox, tag: str) -> None:
    sandbox.forget_calls()
    for path, name in (("/runs/tags", "tag"), ("/runs/tags/removal", "untag")):
        page = ask(ben, path, ["wr_1"], **{name: tag})
        assert page.status == 422 and page.all(".notice--bad")
    assert sandbox.requests("/v1/run") == []


def test_another_persons_private_run_is_not_found_and_never_touched(connected: Flask, ben: Browser, cleo: Browser,
                                                                    sandbox: Sandbox) -> None:
    with connected.app_context():
        save_preferences({"private_runs": True}, CLI)
        db.session.remove()
    mine, theirs = start(ben, "Mine [slow]"), start(cleo, "Theirs [slow]")
    tagged = run_workflow(sandbox, workflow(sandbox, "Order a lamp"))
    sandbox.forget_calls()
    page = ask(ben, "/runs/cancellations", [mine, theirs])
    assert "1 of 2 canceled" in page.words and "not yours to see" in page.words
    assert "0 of 1 tagged" in ask(ben, "/runs/tags", [tagged], tag="a").words
    assert not sandbox.requests(f"/v1/runs/{theirs}") and not sandbox.requests(f"/v1/runs/{tagged}")
    assert status(sandbox, theirs) != "canceled" and tags(sandbox, tagged) == set()


def test_nobody_does_nothing(nobody: Browser) -> None:
    for path in ("/runs/cancellations", "/runs/tags", "/runs/tags/removal"):
        assert nobody.post(path, {"run_id": ["tsk_1"], "sure": "1"}).status in (303, 401)
        assert nobody.client.get(path).status_code in (303, 404, 405)
