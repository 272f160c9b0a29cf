"""A failed run says what the model had to do with it, and a guess what the doctor saw of the model at that time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from skyvern_ui.diagnosis.table import BY_CODE
from skyvern_ui.doctor.finding import Finding, ok
from skyvern_ui.doctor.history.rules import remember
from skyvern_ui.models.columns import now
from skyvern_ui.runs.cause_rules import Cause, cause_of, model_error_of
from skyvern_ui.skyvern.values import Category, Run

from ..sandbox_server import Sandbox
from ..support.people import Browser
from .starting import finished, start

GUESS = ("Max retries per step (3) exceeded. Possible failure reasons: The task failed because all 3 retry attempts "
         "failed to generate actions. This is typically caused by LLM service errors during action extraction.")
TRUE = ("Failed to run task 2.0: Error while using LLMProvider SECRET_NAME — RateLimitError: litellm.RateLimitError: "
        "RateLimitError: OpenAIException - 余额不足或无可用资源包,请充值")
BLAMED = (Category("LLM_ERROR", 0.9, None, None),)


@pytest.fixture(autouse=True)
def with_skyvern(connected: Flask) -> Flask:
    return connected


def run(reason: str = "", status: str = "failed", **more: Any) -> Run:
    ended = datetime.now(UTC).isoformat()
    return Run.from_json({"run_id": "tsk_1", "status": status, "failure_reason": reason, "finished_at": ended, **more})


def cause(app: Flask, *args: Any) -> Cause:
    with app.app_context():
        found = cause_of(*args)
    assert found is not None
    return found


def test_a_true_cause_is_said_as_it_is(app: Flask) -> None:
    found = cause(app, run(TRUE), ())
    assert found.found.code == "zhipu_balance" and not found.is_guess and found.seen is None and found.raw == TRUE


def test_skyvern_blames_the_model_without_words(app: Flask) -> None:
    for found in (cause(app, run("It did not work."), BLAMED), cause(app, run("x"), (), ("LLMProviderError",)),
                  cause(app, run("x"), (), ("LLMProviderErrorRetryableTask",))):
        assert found.is_guess and found.found.code == "unclear"


def test_a_failure_of_the_page_is_none_of_the_model(app: Flask) -> None:
    with app.app_context():
        assert cause_of(run("Page.goto: Timeout 30000ms exceeded."), ()) is None
        assert cause_of(run("The shop says: insufficient balance, code 1113"), (), ("ScrapingFailed",)) is None
        assert cause_of(run(TRUE, status="canceled"), ()) is None and cause_of(run(TRUE, status="running"), ()) is None
    assert model_error_of("The shop answered 429") == "" and model_error_of("x", "LLM_ERROR") == "unclear"


def test_a_guess_is_matched_with_what_the_doctor_saw_then(app: Flask) -> None:
    with app.app_context():
        assert cause_of(run(GUESS), ()).seen is None  # type: ignore[union-attr] # nobody looked
        bad = Finding("model-gateway-key", "model", "fail", "wrong_key", "The key is wrong.", fix=("Replace it.",))
        remember([bad], now() - timedelta(minutes=3))
    seen = cause(app, run(GUESS), ()).seen
    assert seen and seen.is_failing and seen.title == "The key is wrong." and seen.fix == ("Replace it.",)
    assert timedelta(minutes=2) < datetime.now(UTC) - seen.at < timedelta(minutes=4)
    with app.app_context():
        remember([ok("model-gateway-key", "model", "Nothing wrong")], now() - timedelta(minutes=1))
    later = cause(app, run(GUESS), ()).seen
    assert later and not later.is_failing and not later.has_answered
    with app.app_context():
        remember([ok("model-answer-gateway", "model", "It answers")], now())
    last = cause(app, run(GUESS), ()).seen
    assert last and last.has_answered


def test_the_page_says_cause_and_mend_and_keeps_names_for_admins(ada: Browser, ben: Browser, sandbox: Sandbox) -> None:
    run_id = start(ben, "Find the lamp [model]")
    finished(sandbox, run_id)
    mine, theirs = ben.get(f"/runs/{run_id}"), ada.get(f"/runs/{run_id}")
    rule = BY_CODE["zhipu_balance"]
    for page in (mine, theirs):
        notice = page.one("#run-cause")
        assert notice["data-code"] == "zhipu_balance" and rule.title in notice.get_text(" ", strip=True)
        assert all(step in notice.get_text(" ", strip=True) for step in rule.fix)
    assert "LLMProvider" not in mine.text and not mine.all("#run-cause details, #run-cause a")
    assert "LLMProvider" in theirs.one("#run-cause details").get_text()
    assert theirs.one("#run-cause .notice__action a")["href"] == "/doctor"


def test_a_guess_says_so_on_the_page(app: Flask, ada: Browser, ben: Browser, sandbox: Sandbox) -> None:
    run_id = start(ben, "Find the lamp [guess]")
    finished(sandbox, run_id)
    page = ben.get(f"/runs/{run_id}")
    assert page.one("#run-cause")["data-code"] == "no_actions"
    assert "Nobody looked at the model" in page.one(".cause__seen").get_text(" ", strip=True)
    with app.app_context():
        remember([Finding("model-gateway-reach", "model", "fail", "refused", "Nothing listens there.",
                          fix=("Start it.",))])
    told, plain = (each.get(f"/runs/{run_id}/header").one("#run-cause").get_text(" ", strip=True)
                   for each in (ada, ben))
    assert told.startswith("It failed. Nothing listens there. So the doctor saw the model") and "Start it." in told
    assert "did not answer as it should" in plain and "listens" not in plain, "addresses are for admins"


def test_another_failure_reads_as_before(ben: Browser, sandbox: Sandbox) -> None:
    run_id = start(ben, "Find the lamp [fail]")
    finished(sandbox, run_id)
    page = ben.get(f"/runs/{run_id}")
    assert not page.all("#run-cause") and "the shop answered with an error page" in page.one("#run-header").get_text()
