"""The tags of one run, on its page."""

from __future__ import annotations

import pytest
from flask import Flask

from ..sandbox_server import Sandbox
from ..support.people import Browser
from .stories import tell, tell_run


@pytest.fixture(autouse=True)
def with_skyvern(connected: Flask) -> Flask:
    return connected


@pytest.fixture
def run_id(sandbox: Sandbox) -> str:
    """A real workflow run of the sandbox."""
    body = {"json_definition": {"title": "W", "workflow_definition": {"parameters": [], "blocks": [
        {"block_type": "wait", "label": "w", "wait_sec": 1}]}}}
    workflow = sandbox.call("POST", "/v1/workflows", json=body).json()["workflow_permanent_id"]
    started = sandbox.call("POST", "/v1/run/workflows", json={"workflow_id": workflow})
    return str(started.json()["run_id"])


def test_a_tag_is_set_shown_and_taken_away(ben: Browser, run_id: str, sandbox: Sandbox) -> None:
    added = ben.post(f"/runs/{run_id}/tags", {"tag": "env:prod"}, htmx=True)
    assert added.status == 200 and "env:prod" in added.one("#run-tags").text
    page = ben.get(f"/runs/{run_id}")
    assert page.one(".marks__name")["href"] == "/runs?tags=env%3Aprod"
    removed = ben.post(f"/runs/{run_id}/tags/removal", {"tag": "env:prod"})
    assert removed.status == 303 and not ben.get(f"/runs/{run_id}").all(".marks__name")


@pytest.mark.parametrize("text", ["", "a,b", ":x", "skyvern.status:done", "x" * 400])
def test_what_is_no_tag_is_said_in_place_and_never_sent(ben: Browser, run_id: str, sandbox: Sandbox, text: str) -> None:
    sandbox.forget_calls()
    page = ben.post(f"/runs/{run_id}/tags", {"tag": text}, htmx=True)
    assert page.status == 422 and page.one("#run-tag-error")
    assert not [c for c in sandbox.requests(f"/v1/runs/{run_id}/tags") if c["method"] == "POST"]


def test_a_task_has_no_tags_and_an_old_release_has_none_either(ben: Browser, sandbox: Sandbox) -> None:
    tell_run(sandbox, "tsk_1", run_type="task_v1")
    assert not ben.get("/runs/tsk_1").all("#run-tags form")
    tell(sandbox, "/v1/run-tags", {"detail": "Not Found"}, status=404)
    tell_run(sandbox, "wr_1")
    page = ben.get("/runs/wr_1")
    assert page.status == 200 and not page.all("#run-tags form")
    assert ben.post("/runs/wr_404404/tags", {"tag": "x"}).status == 404
