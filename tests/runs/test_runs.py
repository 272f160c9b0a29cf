"""The list and the page of runs."""

from __future__ import annotations

import pytest
from flask import Flask

from ..sandbox_server import Sandbox
from ..support.people import Browser
from ..support.server import wait_for


@pytest.fixture(autouse=True)
def with_skyvern(connected: Flask) -> Flask:
    return connected


def start(browser: Browser, prompt: str) -> str:
    page = browser.post("/tasks", {"prompt": prompt, "engine": "skyvern-1.0"})
    assert page.status == 303, page.words
    return str(page.headers["Location"].rsplit("/", 1)[1])


def finished(sandbox: Sandbox, run_id: str) -> None:
    wait_for(lambda: sandbox.call("GET", f"/v1/runs/{run_id}").json()["status"] not in
             ("created", "queued", "running"), 20, "the run to end")


def test_polling_ends_with_the_last_run(ben: Browser, sandbox: Sandbox) -> None:
    run_id = start(ben, "Find the lamp")
    assert "every" in str(ben.get(f"/runs/{run_id}/header").one("#run-header").get("hx-trigger"))
    finished(sandbox, run_id)
    header = ben.get(f"/runs/{run_id}/header")
    assert header.one("#run-header").get("hx-trigger") is None
    assert header.headers["HX-Trigger-After-Settle"] == "run-over"


@pytest.mark.parametrize("tab", ["overview", "screenshots", "recording", "output", "files", "inputs"])
def test_every_tab_of_a_run_stands(ben: Browser, sandbox: Sandbox, tab: str) -> None:
    run_id = start(ben, "Find the lamp")
    assert ben.get(f"/runs/{run_id}?tab={tab}").status == 200
    finished(sandbox, run_id)
    page = ben.get(f"/runs/{run_id}?tab={tab}")
    assert page.status == 200 and page.one(".tabs [aria-current]")


def test_a_failed_run_says_why(ben: Browser, sandbox: Sandbox) -> None:
    run_id = start(ben, "[fail]")
    finished(sandbox, run_id)
    reason = sandbox.call("GET", f"/v1/runs/{run_id}").json()["failure_reason"]
    assert reason[:40] in ben.get(f"/runs/{run_id}").words
    assert reason[:40] in ben.get("/runs").words
    assert reason[:40] in ben.get("/dashboard").words


def test_a_run_is_cancelled_once_and_a_finished_one_is_left_alone(ben: Browser, sandbox: Sandbox) -> None:
    run_id = start(ben, "[slow]")
    assert ben.post(f"/runs/{run_id}/cancellation").status == 303
    assert sandbox.call("GET", f"/v1/runs/{run_id}").json()["status"] == "canceled"
    done = start(ben, "Find the lamp")
    finished(sandbox, done)
    sandbox_calls = len(sandbox.requests(f"/v1/runs/{done}/cancel"))
    assert ben.post(f"/runs/{done}/cancellation").status == 303
    assert len(sandbox.requests(f"/v1/runs/{done}/cancel")) == sandbox_calls == 0
    assert sandbox.call("GET", f"/v1/runs/{done}").json()["status"] == "completed"


@pytest.mark.parametrize("run_id", ["tsk_404404", "wr_404404", "tsk_v2_404404", "nonsense", "tsk_", "wr_1;x",
                                    "a" * 400])
def test_unknown_and_malformed_runs_are_not_found(ben: Browser, run_id: str) -> None:
    for path in ("", "/header", "/timeline", "/still", "/output.json"):
        assert ben.get(f"/runs/{run_id}{path}").status == 404, path
    assert ben.post(f"/runs/{run_id}/cancellation").status == 404
    assert ben.post(f"/runs/{run_id}/repetition").status == 404


def test_the_output_is_a_file(ben: Browser, sandbox: Sandbox) -> None:
    run_id = start(ben, "Find the lamp")
    finished(sandbox, run_id)
    answer = ben.get(f"/runs/{run_id}/output.json")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{run_id}-output.json"'
    assert answer.response.get_json() == sandbox.call("GET", f"/v1/runs/{run_id}").json()["output"]


@pytest.mark.parametrize("fault", ["reset", "garbage", "truncate"])
def test_with_skyvern_away_the_pages_stand_and_say_so(ben: Browser, sandbox: Sandbox, fault: str) -> None:
    sandbox.fault("/v1/runs", fault, count=50)
    for path in ("/dashboard", "/runs"):
        page = ben.get(path)
        assert page.status == 200
        assert page.all(".notice"), path
        assert "127.0.0.1" not in page.words
    page = ben.get("/runs/tsk_1")
    assert page.status in (502, 504) and page.one("h1")


def test_a_key_that_skyvern_refuses_is_named(ben: Browser, sandbox: Sandbox) -> None:
    sandbox.fault("/v1/runs", "status", count=50, status=403, body='{"detail":"Invalid credentials"}')
    assert "does not accept the stored key" in ben.get("/dashboard").words
    assert "does not accept the stored key" in ben.get("/runs").words


def test_an_htmx_poll_that_fails_gets_a_fragment(ben: Browser, sandbox: Sandbox) -> None:
    sandbox.fault("/v1/runs", "reset", count=9)
    page = ben.get("/runs/tsk_1/header", headers={"HX-Request": "true"})
    assert page.status == 502 and not page.all("html")


def test_nobody_polls_with_a_redirect(nobody: Browser) -> None:
    page = nobody.get("/runs/tsk_1/header", headers={"HX-Request": "true"})
    assert (page.status, page.headers["HX-Redirect"]) == (401, "/login")
