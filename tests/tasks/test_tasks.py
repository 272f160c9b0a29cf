"""The task form: every field of run/tasks, errors beside the field, nothing typed is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog
from skyvern_ui.skyvern.client import Skyvern

from ..sandbox_server import Sandbox
from ..support.people import Browser

EVERYTHING = {
    "prompt": "Find the price", "url": "shop.example.com", "title": "Price", "engine": "skyvern-2.0",
    "proxy_location": "RESIDENTIAL_DE", "max_steps": "12", "max_screenshot_scrolls": "3",
    "data_extraction_schema": '{"type": "object"}', "error_code_mapping": '{"out_of_stock": "when none is left"}',
    "extra_http_headers": '{"X-A": "b"}', "cdp_connect_headers": '{"X-C": "d"}',
    "webhook_url": "https://hook.example.com", "totp_identifier": "ada@example.com",
    "totp_url": "https://totp.example.com", "browser_profile_id": "bp_1", "run_with": "agent",
    "include_action_history_in_verification": "y", "model": "gpt-x", "publish_workflow": "y",
}


@pytest.fixture(autouse=True)
def with_skyvern(connected: Flask) -> Flask:
    return connected


def sent(browser: Browser, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, data: dict[str, str]) -> dict[str, Any]:
    """The body that reached the client for Skyvern."""
    bodies: list[dict[str, Any]] = []
    run_task = Skyvern.run_task

    def spy(self: Skyvern, body: dict[str, Any]) -> Any:
        bodies.append(body)
        return run_task(self, {"prompt": body["prompt"], "engine": "skyvern-1.0"})

    monkeypatch.setattr(Skyvern, "run_task", spy)
    page = browser.post("/tasks", data)
    assert page.status == 303, page.words
    return bodies[0]


def test_every_field_arrives_as_what_skyvern_expects(ben: Browser, sandbox: Sandbox,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    body = sent(ben, sandbox, monkeypatch, EVERYTHING)
    assert body == {
        "prompt": "Find the price", "url": "https://shop.example.com", "title": "Price", "engine": "skyvern-2.0",
        "proxy_location": "RESIDENTIAL_DE", "max_steps": 12, "max_screenshot_scrolls": 3,
        "data_extraction_schema": {"type": "object"}, "error_code_mapping": {"out_of_stock": "when none is left"},
        "extra_http_headers": {"X-A": "b"}, "cdp_connect_headers": {"X-C": "d"},
        "webhook_url": "https://hook.example.com", "totp_identifier": "ada@example.com",
        "totp_url": "https://totp.example.com", "browser_profile_id": "bp_1", "run_with": "agent",
        "include_action_history_in_verification": True, "model": {"model_name": "gpt-x"}, "publish_workflow": True,
    }


def test_an_empty_field_is_not_sent_and_the_first_line_is_the_title(
        ben: Browser, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    body = sent(ben, sandbox, monkeypatch, {"prompt": "Go on\nand on", "engine": "skyvern-1.0"})
    assert body == {"prompt": "Go on\nand on", "engine": "skyvern-1.0", "title": "Go on"}


@pytest.mark.parametrize(("field", "value", "words"), [
    ("prompt", "  ", "Say what should be done"), ("url", "ftp://x", "https://example.com"),
    ("max_steps", "0", "1 to 1000"), ("max_steps", "x", "valid integer"),
    ("data_extraction_schema", "{", "not valid JSON"), ("error_code_mapping", "[1]", "JSON object"),
    ("extra_http_headers", '{"a": 1}', "text in quotes"), ("browser_session_id", "x", "pbs_"),
    ("webhook_url", "javascript:alert(1)", "https://example.com"), ("start_fresh_browser", "y", "Skyvern 2.0"),
    ("browser_profile_id", "bp_1", "Skyvern 2.0"), ("engine", "gpt", "Not a valid choice"),
    ("browser_address", "file:///x", "begins with http or ws"), ("title", "a\x00b", "cannot be stored"),
    ("data_extraction_schema", "[" * 5000, "not valid JSON"),
])
def test_an_error_is_beside_its_field_and_the_rest_is_kept(ben: Browser, sandbox: Sandbox, field: str, value: str,
                                                           words: str) -> None:
    data = {"prompt": "Keep this prompt", "engine": "skyvern-1.0", "totp_identifier": "keep@example.com", field: value}
    page = ben.post("/tasks", data)
    assert page.status == 422
    told = page.one(f'#{field}-error').get_text(" ", strip=True)
    assert words in told
    if field != "prompt":
        assert "Keep this prompt" in page.one("#prompt").get_text()
    assert page.one("#totp_identifier")["value"] == "keep@example.com"
    assert sandbox.requests("/v1/run") == []


def test_a_refusal_of_skyvern_is_shown_and_nothing_is_lost(app: Flask, ben: Browser, sandbox: Sandbox) -> None:
    sandbox.fault("/v1/run/tasks", "status", status=400, body=json.dumps({"detail": "Invalid url: blocked host."}))
    page = ben.post("/tasks", {"prompt": "Keep this", "engine": "skyvern-1.0"})
    assert page.status == 422 and "Invalid url: blocked host." in page.words and "Keep this" in page.text
    sandbox.fault("/v1/run/tasks", "reset", count=3)
    page = ben.post("/tasks", {"prompt": "Keep this too", "engine": "skyvern-1.0"})
    assert page.status == 502 and "Keep this too" in page.text
    assert len(sandbox.requests("/v1/run/tasks")) == 2
    with app.app_context():
        outcomes = set(db.session.scalars(select(AuditLog.outcome).where(AuditLog.action == "run.create")))
    assert outcomes <= {"refused", "failed", "unknown"} and "pending" not in outcomes


def test_a_task_is_claimed_repeated_and_repeated_with_changes(app: Flask, ben: Browser, sandbox: Sandbox) -> None:
    started = ben.post("/tasks", {"prompt": "Find the price", "engine": "skyvern-1.0", "title": "Price",
                                  "data_extraction_schema": '{"a": 1}'})
    path = started.headers["Location"]
    page = ben.get(path)
    assert "Price" in page.one("h1").get_text() and "Ben" in page.words
    form = ben.get(f"/tasks?from={path.rsplit('/', 1)[1]}")
    assert form.one("#prompt").get_text(strip=True) == "Find the price"
    assert '"a": 1' in form.one("#data_extraction_schema").get_text()
    again = ben.post(f"{path}/repetition")
    assert again.status == 303 and again.headers["Location"] != path
    assert len(sandbox.requests("/v1/run/tasks")) == 2


def test_strangers_start_nothing(nobody: Browser, sandbox: Sandbox) -> None:
    assert nobody.get("/tasks").status == 303
    assert nobody.post("/tasks", {"prompt": "x"}).status == 303
    assert sandbox.requests() == []


def test_a_form_without_its_token_starts_nothing(ben: Browser, sandbox: Sandbox) -> None:
    page = ben.post("/tasks", {"prompt": "x", "csrf_token": "forged"})
    assert page.status == 403 and "out of date" in page.words
    assert sandbox.requests("/v1/run") == []
