"""The board of failures: each run read once ever, grouped, with the model's part named."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from skyvern_ui.audit import CLI
from skyvern_ui.diagnosis.table import BY_CODE
from skyvern_ui.extensions import db
from skyvern_ui.models import Failure
from skyvern_ui.settings.rules import save_preferences

from ..sandbox_server import Sandbox
from ..support.people import Browser, Page
from .starting import finished, run_workflow, start, workflow


@pytest.fixture(autouse=True)
def with_skyvern(connected: Flask) -> Flask:
    return connected


def groups(page: Page) -> dict[str, int]:
    assert page.status == 200, page.words[:300]
    return {group.select_one(".failures__name").get_text(strip=True):
            int(group.select_one(".failures__count").get_text()) for group in page.all(".failures__group")}


def fail(browser: Browser, sandbox: Sandbox, *words: str) -> list[str]:
    ids = [start(browser, f"Find the lamp {word}") for word in words]
    for run_id in ids:
        finished(sandbox, run_id)
    return ids


def test_failures_are_grouped_by_each_dimension(connected: Flask, ada: Browser, ben: Browser, sandbox: Sandbox) -> None:
    fail(ben, sandbox, "[fail]", "[model]", "[model]", "[terminate]", "fine")
    wpid = workflow(sandbox, "Order a lamp [error]")
    finished(sandbox, run_workflow(sandbox, wpid))
    page = ben.get("/runs/failures")
    assert groups(page) == {"LLM error": 2, "Navigation failure": 1, "Anti bot detection": 1,
                            "Data extraction failure": 1}
    assert page.all(".failures__name")[0].get_text() == "LLM error"
    assert [meter["value"] for meter in page.all("meter")] == ["0.4000", "0.2000", "0.2000", "0.2000"]
    assert "no balance" in page.one(".failures__fix").get_text() and not page.all(".failures__fix a")
    assert ada.get("/runs/failures").one(".failures__fix a")["href"] == "/doctor"
    assert groups(ben.get("/runs/failures?by=workflow")) == {"Tasks, without a workflow": 4, "Order a lamp [error]": 1}
    assert groups(ben.get("/runs/failures?by=site")) == {"shop.example": 5}
    assert groups(ben.get("/runs/failures?by=model_error")) == {
        "The model had no part in it": 3, BY_CODE["zhipu_balance"].title: 2}
    assert "OUT_OF_STOCK" in groups(ben.get("/runs/failures?by=error_code"))
    assert groups(ben.get("/runs/failures?by=block"))["order (navigation)"] == 1
    with connected.app_context():
        assert db.session.scalar(select(func.count()).select_from(Failure)) == 5


def test_a_failure_is_read_once_ever(ben: Browser, sandbox: Sandbox) -> None:
    ids = fail(ben, sandbox, "[fail]", "[model]")
    first = groups(ben.get("/runs/failures"))
    sandbox.forget_calls()
    assert groups(ben.get("/runs/failures")) == first
    assert not [c for run_id in ids for c in sandbox.requests(f"/v1/runs/{run_id}")]


def test_what_was_stored_before_stays_readable(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    first, second = fail(ben, sandbox, "[model]", "[model]")
    ben.get("/runs/failures")
    with connected.app_context():
        for run_id, code in ((first, "model"), (second, "bad_answer")):
            db.session.get_one(Failure, run_id).model_error = code
        db.session.commit()
        db.session.remove()
    assert groups(ben.get("/runs/failures?by=model_error")) == {BY_CODE["unclear"].title: 1,
                                                                BY_CODE["bad_answer"].title: 1}


def test_only_an_admin_reads_what_skyvern_says_of_its_model(ada: Browser, ben: Browser, sandbox: Sandbox) -> None:
    fail(ben, sandbox, "[model]")
    for path in ("/runs/failures", "/runs/failures?by=model_error&only=zhipu_balance"):
        assert "LLMProvider" in ada.get(path).text and "LLMProvider" not in ben.get(path).text


def test_a_group_leads_to_its_runs_and_to_the_list(ben: Browser, sandbox: Sandbox) -> None:
    shop, model = fail(ben, sandbox, "[fail]", "[model]")
    page = ben.get("/runs/failures?by=site")
    alone = ben.get(page.one(".failures__name")["href"])
    assert {link["href"] for link in alone.all(".rows__link")} == {f"/runs/{shop}", f"/runs/{model}"}
    by_model = ben.get("/runs/failures?by=model_error&only=zhipu_balance")
    assert [link["href"] for link in by_model.all(".rows__link")] == [f"/runs/{model}"]
    assert "The model is the problem" in by_model.words
    listed = [a["href"] for a in ben.get("/runs/failures").all(".failures__facts a") if a["href"].startswith("/runs?")]
    assert "category=LLM_ERROR" in " ".join(listed) and all("status=failed" in href for href in listed)
    assert "belongs here" in ben.get("/runs/failures?only=nothing").words


def test_much_is_read_bit_by_bit_and_the_page_asks_on(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    wpid = workflow(sandbox, "Order a lamp [fail]")
    ids = [run_workflow(sandbox, wpid) for _ in range(70)]
    finished(sandbox, ids[-1])
    first = ben.get("/runs/failures/board")
    root = first.one("#failure-board")
    assert "60 of 70" in first.words and root.has_attr("data-poll") and root["hx-get"] == "/runs/failures/board"
    second = ben.get("/runs/failures/board")
    assert sum(groups(second).values()) == 70 and not second.one("#failure-board").has_attr("hx-trigger")
    tag = second.headers["ETag"]
    assert ben.get("/runs/failures/board", headers={"If-None-Match": tag}).status == 304


def test_what_cannot_be_read_just_now_is_said_and_asked_again_later(ben: Browser, sandbox: Sandbox) -> None:
    run_id, = fail(ben, sandbox, "[fail]")
    sandbox.fault(f"/v1/runs/{run_id}", "status", status=500, body="{}")
    page = ben.get("/runs/failures")
    assert "could not be read just now" in page.words and not page.one("#failure-board").has_attr("data-poll")
    assert groups(ben.get("/runs/failures")) == {"Navigation failure": 1}


def test_a_run_that_is_gone_counts_without_a_cause(ben: Browser, sandbox: Sandbox) -> None:
    run_id, = fail(ben, sandbox, "[fail]")
    sandbox.fault(f"/v1/runs/{run_id}", "status", status=404, body='{"detail":"gone"}')
    assert groups(ben.get("/runs/failures")) == {"Skyvern names no category": 1}


def test_private_failures_stay_private(connected: Flask, ada: Browser, ben: Browser, cleo: Browser,
                                       sandbox: Sandbox) -> None:
    with connected.app_context():
        save_preferences({"private_runs": True}, CLI)
        db.session.remove()
    mine, = fail(ben, sandbox, "[fail]")
    theirs, = fail(cleo, sandbox, "[model]")
    assert groups(ada.get("/runs/failures")) == {"LLM error": 1, "Navigation failure": 1}
    assert groups(ben.get("/runs/failures")) == {"Navigation failure": 1}
    assert theirs not in ben.get("/runs/failures?by=category&only=LLM_ERROR").text
    assert mine in ben.get("/runs/failures").text


@pytest.mark.parametrize("query", ["days=2", "days=x", "by=nonsense", "by=site&only=%00", "days=-1",
                                   "only=" + "x" * 3000])
def test_senseless_questions_are_answered(ben: Browser, query: str) -> None:
    assert ben.get(f"/runs/failures?{query}").status == 200
    assert ben.get(f"/runs/failures/board?{query}").status == 200


def test_the_states_of_the_board(ben: Browser, nobody: Browser, sandbox: Sandbox) -> None:
    assert "Nothing failed in the last 7 days" in ben.get("/runs/failures").words
    assert "Nothing failed in the last 24 hours" in ben.get("/runs/failures?days=1").words
    assert nobody.get("/runs/failures").status == 303
    sandbox.fault("/v1/runs", "reset", count=9)
    page = ben.get("/runs/failures")
    assert page.status == 200 and page.one(".notice--bad") and "127.0.0.1" not in page.words


def test_hostile_words_of_a_run_are_only_text(ben: Browser, sandbox: Sandbox) -> None:
    fail(ben, sandbox, "<script>alert(1)</script> [fail]")
    page: Any = ben.get("/runs/failures?by=site&only=shop.example")
    assert "<script>alert" not in page.text
