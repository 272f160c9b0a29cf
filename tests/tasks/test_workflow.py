"""A workflow made of a prompt: created only, or created and run; a failing model is named and nothing is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui.diagnosis.table import BY_CODE
from skyvern_ui.extensions import db
from skyvern_ui.models import Claim
from skyvern_ui.skyvern import errors
from skyvern_ui.tasks.problems import problem_of
from skyvern_ui.tasks.workflow_rules import body_of, left_out

from ..sandbox_server import Sandbox
from ..support.audit import audited
from ..support.people import Browser

PATH = "/v1/workflows/create-from-prompt"
TYPED = {"prompt": "Read the price of the lamp", "url": "shop.example.com/lamp", "engine": "skyvern-1.0"}
REFUSED = {
    "wrong_key": (502, "Error while using LLMProvider K — AuthenticationError: litellm.AuthenticationError: x"),
    "zhipu_balance": (502, "Error while using LLMProvider K — RateLimitError: litellm.RateLimitError: RateLimitError: "
                           "OpenAIException - 余额不足或无可用资源包,请充值"),
    "rate_limit": (503, "Error while using LLMProvider K — RateLimitError: litellm.RateLimitError: Rate limit reached"),
    "unclear": (503, "Error while using LLMProvider OPENAI_COMPATIBLE"),
}


@pytest.fixture(autouse=True)
def with_skyvern(connected: Flask) -> Flask:
    return connected


def fail(sandbox: Sandbox, status: int, detail: str) -> None:
    sandbox.fault(PATH, "status", status=status, body=json.dumps({"detail": detail}))


def test_it_is_made_and_run(app: Flask, ben: Browser, sandbox: Sandbox) -> None:
    page = ben.post("/tasks/workflow", {**TYPED, "run_at_once": "y"})
    assert page.status == 303 and page.headers["Location"].startswith("/runs/wr_")
    run = ben.get(page.headers["Location"])
    assert "Read the price of the lamp" in run.words and "Ben" in run.words
    row, = audited(app, "workflow.create_from_prompt")
    assert row.outcome == "done" and row.resource == "workflow" and str(row.resource_id).startswith("wpid_")
    started, = audited(app, "run.create")
    assert started.outcome == "done" and started.details["workflow"] == row.resource_id
    with app.app_context():
        claims = {c.kind: c.actor_id for c in db.session.scalars(select(Claim))}
        db.session.remove()
    assert claims == {"workflow": "user-ben", "run": "user-ben"}


def test_it_is_only_made_and_can_be_run_then(app: Flask, ben: Browser, sandbox: Sandbox) -> None:
    made = ben.post("/tasks/workflow", {**TYPED, "max_steps": "7", "model": "gpt-x"})
    assert made.status == 303 and sandbox.requests("/v1/run/") == []
    page = ben.get(made.headers["Location"])
    notice = page.one("#task-made")
    assert notice.select_one("code").get_text().startswith("wpid_")
    assert "Most steps, Model" in notice.get_text(" ", strip=True)
    ran = ben.post(notice.select_one("form")["action"], {})
    assert ran.status == 303 and ran.headers["Location"].startswith("/runs/wr_")
    assert len(sandbox.requests("/v1/run/workflows")) == 1 and len(sandbox.requests(PATH)) == 1


def test_the_address_goes_into_the_prompt_and_the_rest_by_its_own_name() -> None:
    assert body_of({"prompt": "Read it", "url": "https://a.example", "engine": "skyvern-1.0"}) == {
        "task_version": "v1", "request": {"user_prompt": "Read it\nBegin at https://a.example"}}
    assert body_of({"prompt": "Open https://a.example", "url": "https://a.example", "engine": "skyvern-2.0"}) == {
        "task_version": "v2", "request": {"user_prompt": "Open https://a.example"}}
    everything: dict[str, Any] = {
        "prompt": "x", "engine": "skyvern-1.0", "proxy_location": "NONE", "max_screenshot_scrolls": 2, "title": "T",
        "data_extraction_schema": {"a": 1}, "webhook_url": "https://w.example", "totp_identifier": "i",
        "run_with": "code",
        "totp_url": "https://t.example", "publish_workflow": True, "extra_http_headers": {"a": "b"},
        "cdp_connect_headers": {"c": "d"}, "browser_session_id": "pbs_1", "model": {"model_name": "m"}, "max_steps": 3}
    assert body_of(everything)["request"] == {
        "user_prompt": "x", "proxy_location": "NONE", "max_screenshot_scrolls": 2, "run_with": "code",
        "extracted_information_schema": {"a": 1}, "webhook_callback_url": "https://w.example", "totp_identifier": "i",
        "totp_verification_url": "https://t.example", "publish_workflow": True, "extra_http_headers": {"a": "b"},
        "cdp_connect_headers": {"c": "d"}}
    assert left_out(everything, True) == ("model", "max_steps")
    assert left_out(everything, False) == ("title", "browser_session_id", "model", "max_steps")


@pytest.mark.parametrize("code", REFUSED)
def test_a_failing_model_is_named_and_nothing_typed_is_lost(app: Flask, ada: Browser, ben: Browser, sandbox: Sandbox,
                                                            code: str) -> None:
    status, said = REFUSED[code]
    for browser in (ben, ada):
        fail(sandbox, 500, f"Failed to create workflow. Error: {said}")
        page = browser.post("/tasks/workflow", {**TYPED, "totp_identifier": "keep@example.com", "run_at_once": "y"})
        assert page.status == status, page.words
        notice = page.one("#task-cause")
        told = notice.get_text(" ", strip=True)
        assert notice["data-code"] == code and BY_CODE[code].title in told and BY_CODE[code].fix[0] in told
        assert notice.select_one("button")["formaction"] == "/tasks/workflow"
        assert page.one("#prompt").get_text(strip=True) == TYPED["prompt"]
        assert page.one("#totp_identifier")["value"] == "keep@example.com"
        assert page.one("#run_at_once").has_attr("checked")
        assert ("LLMProvider" in page.text) == (browser is ada)
        assert bool(notice.select('a[href="/doctor"]')) == (browser is ada)
    assert len(sandbox.requests(PATH)) == 2 and sandbox.requests("/v1/run/") == []
    assert {row.outcome for row in audited(app, "workflow.create_from_prompt")} == {"failed"}


def test_the_sandbox_fails_as_the_real_server_does(ben: Browser, sandbox: Sandbox) -> None:
    page = ben.post("/tasks/workflow", {**TYPED, "prompt": "Read it [model]"})
    assert page.status == 502 and page.one("#task-cause")["data-code"] == "zhipu_balance"


def test_a_key_that_is_sent_back_is_not_shown(ada: Browser, sandbox: Sandbox) -> None:
    fail(sandbox, 500, "Failed to create workflow. Error: Error while using LLMProvider K — AuthenticationError: "
                       "Incorrect API key provided: sk-proj-abcdefghijklmnopqrstuvwx.")
    page = ada.post("/tasks/workflow", TYPED)
    assert page.one("#task-cause")["data-code"] == "wrong_key" and "abcdefghijklmnop" not in page.text


@pytest.mark.parametrize(("kind", "more", "status", "words"), [
    ("status", {"status": 422, "body": json.dumps({"detail": [{"loc": ["v1", "request"], "msg": "Field required"}]})},
     422, "Field required"),
    ("status", {"status": 500, "body": json.dumps({"detail": "Failed to create workflow. Error: blocked host"})}, 502,
     "blocked host"),
    ("status", {"status": 405, "body": json.dumps({"detail": "Method Not Allowed"})}, 422, "Method Not Allowed"),
    ("status", {"status": 200, "body": "{}"}, 502, "without the id"),
    ("status", {"status": 200, "body": "<html>hello</html>"}, 502, "not as Skyvern does"),
    ("reset", {}, 502, "broke"),
])
def test_other_trouble_is_said_in_place(ben: Browser, sandbox: Sandbox, kind: str, more: dict[str, Any], status: int,
                                        words: str) -> None:
    sandbox.fault(PATH, kind, **more)
    page = ben.post("/tasks/workflow", {**TYPED, "run_at_once": "y"})
    assert page.status == status and words in page.words and TYPED["prompt"] in page.text
    assert sandbox.requests("/v1/run/") == []


def test_a_time_out_does_not_say_that_nothing_happened() -> None:
    problem = problem_of(errors.TimedOut(), "No workflow was made", "Refused")
    assert problem.status == 504 and "nobody knows" in problem.sentence


def test_what_was_made_but_not_started_is_not_made_twice(ben: Browser, sandbox: Sandbox) -> None:
    sandbox.fault("/v1/run/workflows", "status", status=500, body='{"error":"Unexpected error: KeyError"}')
    page = ben.post("/tasks/workflow", {**TYPED, "run_at_once": "y"})
    assert page.status == 502 and "made, but not started" in page.words
    ran = ben.post(page.one("#task-made form")["action"], {})
    assert ran.status == 303 and len(sandbox.requests(PATH)) == 1


def test_without_an_address_it_is_not_started(ben: Browser, sandbox: Sandbox) -> None:
    page = ben.post("/tasks/workflow", {**TYPED, "url": "", "run_at_once": "y"})
    assert page.headers["Location"].startswith("/tasks?workflow=wpid_") and sandbox.requests("/v1/run/") == []
    assert "no address to begin at" in ben.get(page.headers["Location"]).words


@pytest.mark.parametrize(("field", "value", "words"), [
    ("prompt", " ", "Say what should be done"), ("engine", "openai-cua", "1.0 or 2.0"),
    ("url", "ftp://x", "example.com"), ("browser_session_id", "x", "pbs_"),
])
def test_an_error_is_beside_its_field(ben: Browser, sandbox: Sandbox, field: str, value: str, words: str) -> None:
    page = ben.post("/tasks/workflow", {**TYPED, field: value})
    assert page.status == 422 and words in page.one(f"#{field}-error").get_text(" ", strip=True)
    assert sandbox.requests("/v1/workflows") == []


def test_a_profile_needs_no_other_engine(ben: Browser, sandbox: Sandbox) -> None:
    assert ben.post("/tasks/workflow", {**TYPED, "browser_profile_id": "bp_1"}).status == 303


@pytest.mark.parametrize("query", ["workflow=wpid_1", "workflow=../x", "workflow=%00", "left=csrf_token",
                                   "workflow=wpid_1&left=prompt,%3Cb%3E"])
def test_an_address_by_hand_shows_the_form_alone(ben: Browser, query: str) -> None:
    page = ben.get(f"/tasks?{query}")
    assert page.status == 200 and not page.all("#task-made")


def test_strangers_make_nothing(ben: Browser, nobody: Browser, sandbox: Sandbox) -> None:
    assert nobody.post("/tasks/workflow", TYPED).status == 303
    assert nobody.post("/tasks/workflow/wpid_1/run", {}).status == 303
    assert ben.post("/tasks/workflow/x/run", {}).status == 404 and ben.get("/tasks/workflow").status == 405
    assert ben.post("/tasks/workflow", {**TYPED, "csrf_token": "forged"}).status == 403
    assert ben.post("/tasks/workflow/wpid_999/run", {}).status == 404
    assert sandbox.requests(PATH) == []
