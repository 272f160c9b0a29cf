"""What Skyvern wrote down, made readable: never drawn as a page, never without bounds."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from skyvern_ui.runs.diagnostic_rules import LONGEST, log_lines, readable, summarise

from ..sandbox_server import Sandbox
from ..support.people import Browser
from .stories import WHEN, tell, tell_run


@pytest.fixture
def with_skyvern(connected: Flask) -> Flask:
    return connected


def artifact(number: int, kind: str, step: int = 1) -> dict[str, object]:
    return {"artifact_id": f"a_{number}", "artifact_type": kind, "uri": f"file:///x/{kind}", "file_size": 10,
            "step_id": f"stp_{step}", "task_id": "tsk_1", "created_at": WHEN.format(number)}


@pytest.fixture
def traced(with_skyvern: Flask, sandbox: Sandbox) -> Sandbox:
    """A task with two steps, one of which left something of every kind."""
    kinds = ("llm_prompt", "llm_request", "llm_response", "html_scrape", "har", "browser_console_log", "screenshot_llm")
    tell(sandbox, "/api/v1/tasks/tsk_1/steps", [
        {"step_id": "stp_1", "order": 0, "status": "completed", "input_token_count": 1200, "output_token_count": 80,
         "last_llm_model": "glm46v", "step_cost": 0.01}, {"step_id": "stp_2", "order": 1, "status": "failed",
                                                          "output": {"errors": [{"reasoning": "Model away"}]}}])
    tell_run(sandbox, "tsk_1", artifacts=[artifact(n, kind) for n, kind in enumerate(kinds, 1)], run_type="task_v1")
    return sandbox


def test_steps_show_their_model_tokens_and_failure(ben: Browser, traced: Sandbox) -> None:
    page = ben.get("/runs/tsk_1?tab=diagnostics")
    assert len(page.all("[id^=trace-]")) == 2
    for words in ("glm46v", "1,200 in", "80 out", "$0.0100", "Model away", "Prompt", "Network traffic"):
        assert words in page.words
    assert not page.all("pre")


def test_html_of_a_website_is_source_and_nothing_else(ben: Browser, traced: Sandbox) -> None:
    page_of_theirs = "<script>alert(1)</script><h1>Shop</h1>"
    traced.fault("/v1/artifacts/a_4/content", "status", status=200, body=page_of_theirs)
    page = ben.get("/runs/tsk_1/diagnostics/a_4")
    assert page.status == 200 and page.one("pre").text == page_of_theirs and not page.all("script, h1")


def test_a_har_is_a_summary(ben: Browser, traced: Sandbox) -> None:
    entries = [{"time": n * 100, "request": {"method": "GET", "url": f"https://shop.example/{n}"},
                "response": {"status": 404 if n == 7 else 200, "content": {"size": n}}} for n in range(40)]
    traced.fault("/v1/artifacts/a_5/content", "status", status=200, body=json.dumps({"log": {"entries": entries}}))
    page = ben.get("/runs/tsk_1/diagnostics/a_5")
    assert "40 requests: 39 × 200, 1 × 404" in page.words and "1 failed" in page.words
    assert len(page.all("table")[1].select("tbody tr")) == 20


def test_only_what_belongs_to_the_run_can_be_read(ben: Browser, traced: Sandbox) -> None:
    for foreign in ("a_99", "nonsense", "a_7"):
        assert ben.get(f"/runs/tsk_1/diagnostics/{foreign}").status == 404


def test_long_texts_are_cut_and_say_so(ben: Browser, traced: Sandbox) -> None:
    traced.fault("/v1/artifacts/a_1/content", "status", status=200, body="word " * 100_000)
    page = ben.get("/runs/tsk_1/diagnostics/a_1")
    assert len(page.one("pre").text) == LONGEST and "of 500,000 letters" in page.words


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"log":{}}', '{"log":{"entries":[1,null,{}]}}', "not json",
                                  '{"messages":[null]}', '{"choices":[]}', "[" * 50_000, '{"messages":{"a":1}}',
                                  '{"log":{"entries":[{"request":[],"response":"x","time":"y"}]}}'])
def test_nothing_that_was_written_down_can_break_the_page(text: str) -> None:
    summarise(text)
    log_lines(text)
    for kind in ("llm_request", "llm_response", "html_scrape", "har", "visible_elements_tree", "unheard_of"):
        assert isinstance(readable(kind, text), str)


def test_pictures_in_a_request_are_named_and_not_spelled_out() -> None:
    picture = "data:image/png;base64," + "A" * 4000
    asked = {"model": "m", "messages": [{"role": "user", "content": [
        {"type": "text", "text": "What is next?"}, {"type": "image_url", "image_url": {"url": picture}}]}]}
    told = readable("llm_request", json.dumps(asked))
    assert "What is next?" in told and "(a picture of 3 kB)" in told and "AAAA" not in told


def test_a_console_line_is_time_level_and_words() -> None:
    assert log_lines("2026-11-21T07:04:16.472052Z[error]It broke url=x")[0] == (
        "2026-11-21T07:04:16.472052Z", "error", "It broke url=x")
