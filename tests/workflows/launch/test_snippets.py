"""A start as a program: quoted so that a shell and Python send exactly what is filled in."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from flask import Flask

from skyvern_ui.workflows.launch.snippets import masked, snippets

from ...sandbox_server import Sandbox
from ...support.people import Browser
from .. import orders

AWKWARD = "It's \"quoted\" $HOME `id` \\n ! \n{{ x }} %s 日本 \u2028"
PARAMETERS = [{"parameter_type": "workflow", "key": key, "workflow_parameter_type": kind} for key, kind in (
    ("name", "string"), ("count", "integer"), ("really", "boolean"), ("extra", "json"))]
GIVEN: dict[str, Any] = {"name": AWKWARD, "count": 3, "really": False, "extra": {"it's": [None, 1.5, AWKWARD * 9]}}


def ran(sandbox: Sandbox, name: str, text: str) -> dict[str, Any]:
    """Runs a snippet as somebody would who pasted it; what Skyvern was asked by it."""
    command = ["bash", "-c", text] if name == "curl" else [sys.executable, "-c", text]
    environment = {"PATH": os.environ["PATH"], "SKYVERN_UI_KEY": sandbox.key, "HOME": "/nonexistent", "LANG": "C.UTF-8"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    run_id = str(sandbox.call("GET", "/v1/runs?page_size=1").json()[0]["run_id"])
    assert run_id in done.stdout
    return dict(sandbox.call("GET", f"/v1/runs/{run_id}").json()["run_request"])


@pytest.mark.parametrize("name", ["curl", "python"])
@pytest.mark.parametrize("version", [None, 1])
def test_it_sends_exactly_what_was_filled_in(sandbox: Sandbox, name: str, version: int | None) -> None:
    wpid = orders.workflow(sandbox, PARAMETERS)
    body = {"workflow_id": wpid, "parameters": GIVEN, "proxy_location": None, "run_metadata": {"who": "it's me"},
            "max_screenshot_scrolls": 2, "webhook_url": "https://hook.example.com/?a='b'&c=$d"}
    text = next(each.text for each in snippets(sandbox.url, body, version) if each.name == name)
    asked = ran(sandbox, name, text)
    assert {key: asked[key] for key in body if key != "proxy_location"} == {
        key: value for key, value in body.items() if key != "proxy_location"}


def test_the_client_of_skyvern_says_the_same(sandbox: Sandbox) -> None:
    wpid = orders.workflow(sandbox, PARAMETERS)
    body = {"workflow_id": wpid, "parameters": GIVEN, "start_fresh_browser": True, "ai_fallback": True}
    text = next(each.text for each in snippets(sandbox.url, body) if each.name == "sdk")
    compile(text, "snippet", "exec")
    assert "request_options={'additional_body_parameters': {'start_fresh_browser': True}}" in text
    assert [each.name for each in snippets(sandbox.url, body, 2)] == ["curl", "python", "typescript"]


def test_secrets_are_not_in_it() -> None:
    body = masked({"workflow_id": "wpid_1", "parameters": {"shop_password": "h", "deep": [{"apiKey": "k"}], "n": 1},
                   "extra_http_headers": {"X-Auth": "t"}, "browser_profile_id": "bp_1", "totp_identifier": "a@b.c",
                   "browser_address": "wss://u:p@host/", "webhook_url": "https://h.example.com/?token=t"})
    assert body == {
        "workflow_id": "wpid_1", "parameters": {"shop_password": "<your shop_password>", "n": 1,
                                                "deep": [{"apiKey": "<your apiKey>"}]},
        "extra_http_headers": {"X-Auth": "<your X-Auth>"}, "browser_profile_id": "bp_1", "totp_identifier": "a@b.c",
        "browser_address": "<your browser_address>", "webhook_url": "<your webhook_url>"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_dialog_and_the_page(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    wpid = orders.order(sandbox)
    path = f"/workflows/{wpid}/run/code"
    page = ben.post(path, {**orders.TYPED, "p-count": "many", "run_with": "code"}, htmx=True)
    assert page.status == 200 and page.one("#run-code dialog[data-show]") and "left out: count" in page.words
    curl = page.one("#snippet-curl").get_text()
    assert "http://localhost/api/skyvern/v1/run/workflows" in curl and "$SKYVERN_UI_KEY" in curl
    assert '"run_with": "code"' in curl and sandbox.key not in page.text
    assert page.all(".example__code button[data-copy-from=snippet-typescript]")
    whole = ben.post(path, {**orders.TYPED, "version": "1"})
    assert whole.one(".card__head h2").get_text() == "Start it from a program"
    assert f"/api/skyvern/api/v1/workflows/{wpid}/run?version=1" in whole.one("#snippet-python").get_text()
    assert ben.get(path).status == 405 and not sandbox.requests("/v1/run/workflows")
