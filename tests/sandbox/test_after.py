"""Codes, webhooks, retries and cancels of the sandbox."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from skyvern_ui.sandbox.examples import ASK, CHECK_STOCK
from tests.sandbox.caller import Caller

ADA = "ada@example.com"


def asking(caller: Caller, prompt: str = "Sign in [totp]", **more: Any) -> str:
    wish = {"prompt": prompt, "url": "http://shop.test/", "totp_identifier": ADA, **more}
    return str(caller.post("/v1/run/tasks", wish)["run_id"])


@pytest.mark.parametrize("path", ["/v1/credentials/totp", "/api/v1/totp"])
@pytest.mark.parametrize("engine", ["skyvern-1.0", "skyvern-2.0"])
def test_a_run_waits_for_its_code(caller: Caller, path: str, engine: str) -> None:
    run, other = asking(caller, engine=engine), asking(caller, totp_identifier="ben")
    assert caller.status(run, 3600) == "running"
    told = caller.post(path, {"totp_identifier": "ADA@example.com", "content": "123456"})
    assert (told["code"], told["otp_type"], told["totp_identifier"]) == ("123456", "totp", ADA)
    assert caller.status(run, 10) == "completed" and caller.status(other) == "running"
    assert [row["code"] for row in caller.get(f"/v1/credentials/totp?totp_identifier={ADA}")] == ["123456"]


def test_a_code_that_comes_early_is_there_when_it_is_needed(caller: Caller) -> None:
    run = asking(caller)
    caller.post("/v1/credentials/totp", {"totp_identifier": ADA, "content": "1"})
    assert caller.status(run, 10) == "completed"


def test_a_code_for_one_run_is_not_for_another(caller: Caller) -> None:
    run, other = asking(caller), asking(caller)
    caller.clock.now += 60
    caller.post("/v1/credentials/totp", {"totp_identifier": ADA, "content": "1", "task_id": run})
    assert (caller.status(run, 60), caller.status(other)) == ("completed", "running")
    wrong = {"totp_identifier": ADA, "content": "1"}
    assert caller.post("/v1/credentials/totp", wrong | {"task_id": "tsk_1"}, 400)["detail"] == "Invalid task id: tsk_1"
    caller.post("/v1/credentials/totp", {"totp_identifier": ADA}, 422)


@pytest.mark.parametrize(("content", "code", "kind"), [
    ("Your code is 482913, valid for a minute", "482913", "totp"),
    ("https://shop.test/login?t=abc", "https://shop.test/login?t=abc", "magic_link"),
    ("Dear customer, hello", "", None), ("", "", "totp"),
])
def test_a_code_is_read_from_what_was_sent(caller: Caller, content: str, code: str, kind: str | None) -> None:
    told = caller.post("/v1/credentials/totp", {"totp_identifier": "ben", "content": content})
    assert (told["code"], told["otp_type"], told.get("status")) == (code, kind, None if kind else "raw_pending")
    assert len(caller.get("/v1/credentials/totp")) == (1 if kind else 0)
    caller.post("/v1/credentials/totp", {"totp_identifier": "ben", "content": "Read this [model]"}, 502)


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    got: list[tuple[dict[str, str], bytes]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((dict(self.headers), self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(503 if "broken" in self.path else 200)
            self.end_headers()
            self.wfile.write(b"thanks")

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_a_webhook_is_previewed_and_sent_again_signed(caller: Caller, receiver: Any) -> None:
    url, got = receiver
    wish = {"prompt": "Order a lamp", "url": "http://shop.test/", "webhook_url": f"{url}/hook"}
    run = caller.post("/v1/run/tasks", wish)["run_id"]
    caller.get(f"/v1/internal/runs/{run}/test-webhook", 400)
    caller.clock.now += 60
    preview = caller.get(f"/api/v1/internal/runs/{run}/test-webhook")
    assert preview["default_webhook_url"] == f"{url}/hook"
    told = caller.post(f"/v1/runs/{run}/retry_webhook")
    assert (told["status_code"], told["response_body"], told["target_webhook_url"]) == (200, "thanks", f"{url}/hook")
    [(headers, body)] = got
    assert headers["x-skyvern-signature"] == hmac.new(b"key", body, hashlib.sha256).hexdigest()
    assert body.decode() == preview["payload"] and json.loads(body)["run_id"] == run
    other = caller.post(f"/v1/internal/runs/{run}/test-webhook", {"override_webhook_url": f"{url}/broken"})
    assert (other["status_code"], other["error"]) == (503, None) and len(got) == 2


def test_a_webhook_that_cannot_be_sent_says_why(caller: Caller) -> None:
    run = caller.run_workflow(caller.workflow(CHECK_STOCK))
    caller.clock.now += 60
    assert caller.post(f"/v1/runs/{run}/retry_webhook", {}, 400)["detail"] == "No webhook URL configured for the run."
    assert caller.get("/v1/internal/runs/wr_1/test-webhook", 404)["detail"] == "Run wr_1 not found"
    told = caller.post(f"/v1/runs/{run}/retry_webhook", {"webhook_url": "http://127.0.0.1:9/"})
    assert told["status_code"] is None and "Could not reach URL" in told["error"]
    told = caller.post(f"/v1/runs/{run}/retry_webhook", {"webhook_url": "http://elsewhere.test/"})
    assert told["status_code"] is None and "simulated" in told["error"]


def test_a_webhook_is_tested_with_a_sample(caller: Caller, receiver: Any) -> None:
    url, got = receiver
    for kind, prefix in (("task", "tsk_"), ("workflow_run", "wr_")):
        told = caller.post("/v1/internal/test-webhook", {"webhook_url": url, "run_type": kind})
        assert told["status_code"] == 200 and json.loads(got[-1][1])["run_id"].startswith(prefix)
        assert got[-1][0]["x-skyvern-signature"] == told["headers_sent"]["x-skyvern-signature"]
    caller.post("/v1/internal/test-webhook", {"webhook_url": url, "run_type": "party"}, 422)
    assert caller.post("/v1/internal/test-webhook", {"webhook_url": "ftp://x", "run_type": "task"})["error"]


def test_many_are_canceled_at_once(caller: Caller) -> None:
    wpid = caller.workflow(ASK)
    done = caller.start("Order a lamp"), caller.run_workflow(caller.workflow(CHECK_STOCK))
    caller.clock.now += 60
    live = caller.start("Order a lamp"), caller.run_workflow(wpid)
    told = caller.post("/v1/runs/cancel", {"run_ids": [*done, *live, live[0], "wr_1"]})
    assert told == {"cancelled": [done[1], *live], "failed": [done[0], "wr_1"]}
    assert [caller.status(run) for run in (*done, *live)] == ["completed"] * 2 + ["canceled"] * 2
    caller.post("/v1/runs/cancel", {"run_ids": ["x"] * 101}, 422)


def test_what_a_run_started_ends_with_it(caller: Caller) -> None:
    wish = {"prompt": "Order a lamp", "url": "http://shop.test/", "engine": "skyvern-2.0"}
    run = caller.post("/v1/run/tasks", wish)["run_id"]
    caller.clock.now += 3
    hidden = caller.get(f"/api/v2/tasks/{run}")["workflow_run_id"]
    caller.post(f"/v1/runs/{run}/cancel")
    assert caller.get(f"/v1/workflows/runs/{hidden}")["status"] == caller.status(run) == "canceled"


def test_a_retry_is_a_new_run_with_the_same_request(caller: Caller) -> None:
    run = caller.run_workflow(caller.workflow(CHECK_STOCK), parameters={"a": 1}, run_metadata={"team": "lamps"})
    caller.post(f"/v1/workflows/runs/{run}/retry", status=400)
    caller.clock.now += 60
    again = caller.post(f"/v1/workflows/runs/{run}/retry")
    assert again["run_id"] != run and again["run_request"]["parameters"] == {"a": 1} and again["attempt"] == 1
    caller.post(f"/v1/workflows/runs/{caller.start('Order a lamp')}/retry", status=404)
