"""The test hooks: what was seen is told byte for byte, and faults happen once, where they were asked for."""

from __future__ import annotations

import hashlib

import pytest
import requests

from skyvern_ui.sandbox import create_sandbox
from skyvern_ui.sandbox.world import World
from tests.sandbox_server import Sandbox


def test_requests_are_told_with_raw_target_headers_and_body(sandbox: Sandbox) -> None:
    body = b"x" * 300_000
    sandbox.call("POST", "/api/v1/upload_file?a=%2F", data=body, headers={"X-Odd": "1", "content-type": "text/plain"})
    [seen] = sandbox.requests("/api/v1/upload_file")
    assert (seen["method"], seen["target"]) == ("POST", "/api/v1/upload_file?a=%2F")
    assert ["X-Odd", "1"] in seen["headers"]


def test_a_body_is_counted_and_hashed_as_it_streams(sandbox: Sandbox) -> None:
    made = requests.Request("POST", sandbox.url, files={"file": ("big.bin", b"\x00\x01" * 400_000)}).prepare()
    assert isinstance(made.body, bytes)
    answer = sandbox.call("POST", "/api/v1/upload_file", data=made.body,
                          headers={"content-type": made.headers["content-type"]})
    assert answer.status_code == 200
    [kept] = sandbox.uploads()
    assert (kept["name"], kept["size"]) == ("big.bin", 800_000)
    assert kept["sha256"] == hashlib.sha256(b"\x00\x01" * 400_000).hexdigest()
    [seen] = sandbox.requests("/api/v1/upload_file")
    assert (seen["length"], seen["sha256"]) == (len(made.body), hashlib.sha256(made.body).hexdigest())


def test_a_fault_strikes_as_often_as_asked_and_only_there(sandbox: Sandbox) -> None:
    sandbox.fault("/v1/runs", "status", count=2, status=503, headers={"retry-after": "1"})
    assert sandbox.call("GET", "/v1/version").status_code == 200
    struck = sandbox.call("GET", "/v1/runs")
    assert (struck.status_code, struck.headers["retry-after"]) == (503, "1")
    assert [sandbox.call("GET", "/v1/runs").status_code for _ in range(2)] == [503, 200]


def test_a_reset_is_a_reset_and_a_truncation_is_short(sandbox: Sandbox) -> None:
    sandbox.fault("/v1/runs", "reset")
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        sandbox.call("GET", "/v1/runs")
    sandbox.fault("/v1/runs", "truncate")
    with pytest.raises(requests.RequestException, match="IncompleteRead"):
        sandbox.call("GET", "/v1/runs")


def test_the_other_faults(sandbox: Sandbox) -> None:
    sandbox.fault("/v1/runs", "garbage")
    assert sandbox.call("GET", "/v1/runs").text.startswith("<!doctype html>")
    sandbox.fault("/v1/runs", "echo_key")
    assert sandbox.key in sandbox.call("GET", "/v1/runs").text
    sandbox.fault("/v1/runs", "hang", seconds=30)
    with pytest.raises(requests.ReadTimeout):
        sandbox.call("GET", "/v1/runs", timeout=0.5)
    sandbox.fault("/v1/runs", "delay", seconds=0.4)
    assert sandbox.call("GET", "/v1/runs").elapsed.total_seconds() >= 0.4


def test_forgetting_empties_the_world(sandbox: Sandbox) -> None:
    sandbox.call("POST", "/v1/run/tasks", json={"prompt": "Order a lamp"})
    assert len(sandbox.call("GET", "/v1/runs").json()) == 1
    sandbox.forget()
    assert sandbox.call("GET", "/v1/runs").json() == [] and len(sandbox.requests()) == 1


def test_without_hooks_there_is_nothing_to_see() -> None:
    client = create_sandbox(World("key")).test_client()
    assert client.get("/__seen", headers={"x-api-key": "key"}).status_code == 404
    assert client.post("/__faults", json={}, headers={"x-api-key": "key"}).status_code == 404
