"""What passes to Skyvern, what comes back, and what never does either (security.md 2.4 to 2.6)."""

from __future__ import annotations

import hashlib
import io
import os
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog, Claim

from ..sandbox_server import Sandbox
from ..support.people import Browser

TASK = {"prompt": "Read the price", "url": "http://shop.example.com", "engine": "skyvern-1.0"}


def raw(browser: Browser, target: str, method: str = "GET", **headers: str) -> Any:
    """A request whose target is sent byte for byte."""
    path = target.partition("?")[0]
    return browser.client.open(
        path, method=method, headers={"Origin": "http://localhost", **headers},
        environ_overrides={"RAW_URI": target, "REQUEST_URI": target},
    )


@pytest.fixture(autouse=True)
def with_skyvern(connected: Flask) -> Flask:
    return connected


def test_a_read_passes_with_our_key_and_without_theirs(ben: Browser, sandbox: Sandbox) -> None:
    answer = ben.client.get("/api/skyvern/v1/runs?status=completed&status=failed&x=%20&y=+&z=%2b&w=%2B&flag", headers={
        "Authorization": "Bearer other", "X-Api-Key": "evil", "Cookie2": "x", "X-Forwarded-For": "127.0.0.1",
        "X-User-Agent": "other", "Connection": "close, x-api-key", "x-max-steps-override": "9999",
        "X-PostHog-Attribution": "x", "X-Original-URL": "/internal"})
    assert answer.status_code in (200, 422)
    seen = sandbox.requests("/v1/runs")[-1]
    assert seen["target"] == "/v1/runs?status=completed&status=failed&x=%20&y=+&z=%2b&w=%2B&flag"
    names = [name.lower() for name, _ in seen["headers"]]
    assert [v for n, v in seen["headers"] if n.lower() == "x-api-key"] == [sandbox.key]
    assert [v for n, v in seen["headers"] if n.lower() == "x-user-agent"] == ["skyvern-ui"]
    assert not {"authorization", "cookie", "x-forwarded-for", "x-max-steps-override", "x-posthog-attribution",
                "x-original-url", "origin", "referer"} & set(names)
    host = next(v for n, v in seen["headers"] if n.lower() == "host")
    assert sandbox.url == f"http://{host}"


def test_nobody_is_told_in_json_and_asks_skyvern_nothing(nobody: Browser, sandbox: Sandbox) -> None:
    answer = nobody.json("GET", "/api/skyvern/v1/runs")
    assert answer.status_code == 401
    assert answer.get_json()["code"] == "not_signed_in"
    assert nobody.json("POST", "/api/skyvern/v1/run/tasks", TASK).status_code == 401
    assert sandbox.requests("/v1") == []


@pytest.mark.parametrize("rest", [
    "../users", "v1/runs/../organizations", "v1/./runs", "v1/%2e%2e/runs", "v1/.%2e/runs", "v1/%2E%2E%2Fruns",
    "v1/runs%2f..%2forganizations%2fo_1%2fapikeys", "v1/a%2Fb", "v1/runs%5c", "v1/runs\\x", "%252e%252e%252f",
    "..;/internal/auth/status", "v1/runs;x=1/tsk_1", "/v1/runs", "v1//runs", "v1/runs/", "v1/runs//", "v1/runs%00",
    "v1/runs%0d%0aX:y", "v1/runs%09", "v1/runs\x80", "v1/runs%ff", "v1/runs%c0%ae", "v1/runs%23x",
    "v1/runs%3fapikey=1", "@evil.test/", ".evil.test", ":80@evil.test/x", "v1/RUNS", "docs", "openapi.json", "metrics",
])
def test_paths_that_are_not_canonical_or_known_never_leave(ben: Browser, sandbox: Sandbox, rest: str) -> None:
    answer = raw(ben, f"/api/skyvern/{rest}")
    assert answer.status_code in (400, 404)
    assert sandbox.requests() == []


@pytest.mark.parametrize("target", [
    "//api/skyvern/v1/runs", "/api//skyvern/v1/runs", "/api%2fskyvern/v1/runs", "/API/skyvern/v1/runs",
    "/x/../api/skyvern/v1/runs",
])
def test_other_spellings_of_the_door_are_closed(ben: Browser, sandbox: Sandbox, target: str) -> None:
    answer = ben.client.open("/api/skyvern/v1/runs", environ_overrides={"RAW_URI": target, "REQUEST_URI": target})
    assert answer.status_code == 400
    assert sandbox.requests() == []


@pytest.mark.parametrize(("method", "rest"), [
    ("GET", "api/v1/organizations/o_1/apikeys"), ("GET", "organizations/o_1/apikeys"),
    ("GET", "v1/credentials/onepassword/get"), ("GET", "v1/credentials/azure_credential/get"),
    ("GET", "v1/credentials/custom_credential/get"), ("GET", "v1/credentials/bitwarden/get"),
    ("POST", "v1/credentials/onepassword/create"), ("DELETE", "v1/credentials/onepassword"),
    ("GET", "v1/internal/auth/status"), ("GET", "api/v1/internal/auth/status"), ("GET", "api/v2/internal/auth/status"),
    ("POST", "v1/ui-session"), ("POST", "api/v1/webhook"), ("POST", "v1/credentials/test-login"),
])
def test_routes_that_hand_out_secrets_are_closed_to_everybody(ada: Browser, ben: Browser, sandbox: Sandbox,
                                                              method: str, rest: str) -> None:
    for browser in (ada, ben):
        answer = browser.json(method, f"/api/skyvern/{rest}", {} if method == "POST" else None)
        assert answer.status_code in (403, 404)
        assert answer.get_json()["request_id"]
    assert sandbox.requests() == []


def test_admin_routes_are_for_admins(ada: Browser, ben: Browser, sandbox: Sandbox) -> None:
    body = {"webhook_callback_url": "https://evil.test"}
    refused = ben.json("PUT", "/api/skyvern/api/v1/organizations", body)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "admins_only")
    assert sandbox.requests() == []
    ada.json("PUT", "/api/skyvern/api/v1/organizations", body)
    assert len(sandbox.requests("/api/v1/organizations")) == 1


@pytest.mark.parametrize("query", ["apikey=x", "token=x", "x-api-key=x", "api_key=x", "a=1&ApiKey=x", "%61pikey=x"])
def test_a_key_in_the_address_is_refused(ben: Browser, sandbox: Sandbox, query: str) -> None:
    answer = raw(ben, f"/api/skyvern/v1/runs?{query}")
    assert (answer.status_code, answer.get_json()["code"]) == (400, "key_in_query")
    assert sandbox.requests() == []


@pytest.mark.parametrize(("headers", "status"), [
    ({"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"}, 403),
    ({"Origin": "https://evil.localhost", "Sec-Fetch-Site": "same-site"}, 403), ({"Origin": "null"}, 403), ({}, 403),
    ({"Origin": "http://localhost.evil.test"}, 403), ({"Origin": "http://localhost1"}, 403),
    ({"Origin": "https://localhost"}, 403), ({"Origin": "HTTP://LOCALHOST"}, 200),
    ({"Origin": "http://localhost"}, 200), ({"Sec-Fetch-Site": "same-origin"}, 200),
    ({"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"}, 403),
])
def test_a_write_must_come_from_our_own_pages(ben: Browser, sandbox: Sandbox, headers: dict[str, str],
                                              status: int) -> None:
    answer = ben.client.post("/api/skyvern/v1/run/tasks", json=TASK, headers=headers)
    assert answer.status_code == status
    assert len(sandbox.requests("/v1/run/tasks")) == (1 if status == 200 else 0)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
def test_a_form_of_another_site_could_not_even_pretend(ben: Browser, sandbox: Sandbox, kind: str) -> None:
    answer = ben.client.post("/api/skyvern/v1/run/tasks", data=b'{"prompt":"x"}', content_type=kind,
                             headers={"Origin": "http://localhost"})
    assert answer.status_code == 415
    assert sandbox.requests() == []


def test_a_write_is_recorded_claimed_and_sent_once(app: Flask, ben: Browser, sandbox: Sandbox) -> None:
    answer = ben.json("POST", "/api/skyvern/run/tasks", TASK)
    run_id = answer.get_json()["run_id"]
    assert len(sandbox.requests("/v1/run/tasks")) == 1
    with app.app_context():
        row = db.session.scalar(select(AuditLog).where(AuditLog.action == "run.create"))
        assert row and (row.user_name, row.outcome, row.status, row.resource_id) == ("Ben", "done", 200, run_id)
        assert row.ip_address == "127.0.0.1" and row.request_id
        claim = db.session.get(Claim, run_id)
        assert claim and claim.actor_name == "Ben"


def test_a_refused_write_is_recorded_as_refused_and_not_repeated(app: Flask, ben: Browser, sandbox: Sandbox) -> None:
    answer = ben.json("POST", "/api/skyvern/v1/run/tasks", {})
    assert answer.status_code == 422
    sandbox.fault("/v1/run/tasks", "status", status=404, body='{"detail":"Not Found"}')
    assert ben.json("POST", "/api/skyvern/v1/run/tasks", TASK).status_code == 404
    assert len(sandbox.requests("/v1/run/tasks")) == 2
    assert sandbox.requests("/api/v1") == []
    with app.app_context():
        outcomes = db.session.scalars(select(AuditLog.outcome).where(AuditLog.action == "run.create")).all()
    assert outcomes == ["refused", "refused"]


def test_without_its_audit_row_nothing_is_sent(app: Flask, ben: Browser, sandbox: Sandbox) -> None:
    from ..audit.test_audit import broken, mended

    broken(app, "INSERT")
    try:
        answer = ben.json("POST", "/api/skyvern/v1/run/tasks", TASK)
        assert answer.status_code == 503
        assert sandbox.requests() == []
        assert ben.json("GET", "/api/skyvern/v1/runs").status_code == 200
    finally:
        mended(app, "INSERT")


def test_an_upload_arrives_byte_for_byte(ben: Browser, sandbox: Sandbox) -> None:
    content = os.urandom(300_000)
    answer = ben.client.post("/api/skyvern/v1/upload_file", data={"file": (io.BytesIO(content), "a b.bin")},
                             content_type="multipart/form-data; boundary=xyz", headers={"Origin": "http://localhost"})
    assert answer.status_code == 200
    seen = sandbox.requests("/v1/upload_file")[-1]
    assert seen["length"] > len(content)
    assert next(v for n, v in seen["headers"] if n.lower() == "content-type").startswith("multipart/form-data")
    assert seen["sha256"] != hashlib.sha256().hexdigest()


def test_a_body_that_is_too_large_is_refused_unread(ben: Browser, sandbox: Sandbox) -> None:
    answer = ben.client.post("/api/skyvern/v1/run/tasks", content_type="application/json",
                             headers={"Origin": "http://localhost"},
                             environ_overrides={"CONTENT_LENGTH": str(11 * 1024 * 1024)})
    assert answer.status_code == 413
    assert sandbox.requests() == []


@pytest.mark.parametrize("kind", ["echo_key"])
def test_an_answer_with_the_key_in_it_is_withheld(ben: Browser, sandbox: Sandbox, kind: str) -> None:
    sandbox.fault("/v1/runs", kind)
    answer = ben.json("GET", "/api/skyvern/v1/runs")
    assert answer.get_json()["code"] == "upstream_leak" and answer.status_code == 502
    assert sandbox.key not in answer.get_data(as_text=True) + str(answer.headers)


def test_a_redirect_is_not_followed_nor_passed_on(ben: Browser, sandbox: Sandbox) -> None:
    sandbox.fault("/v1/runs", "status", status=302, headers={"Location": "http://127.0.0.9:1/"})
    answer = ben.json("GET", "/api/skyvern/v1/runs")
    assert (answer.status_code, answer.get_json()["code"]) == (502, "upstream_redirect")
    assert "Location" not in answer.headers


def test_headers_of_skyvern_that_steer_a_browser_stay_behind(ben: Browser, sandbox: Sandbox) -> None:
    sandbox.fault("/v1/runs", "status", status=200, body="[]", headers={
        "Set-Cookie": "a=b", "HX-Redirect": "https://evil.test", "HX-Trigger": "x", "Refresh": "0;url=x",
        "Access-Control-Allow-Origin": "*", "Content-Security-Policy": "default-src *", "Link": "<x>",
        "Clear-Site-Data": '"*"', "Service-Worker-Allowed": "/", "X-Powered-By": "x"})
    answer = ben.json("GET", "/api/skyvern/v1/runs")
    steering = {"set-cookie", "hx-redirect", "hx-trigger", "refresh", "access-control-allow-origin", "link",
                "clear-site-data", "service-worker-allowed", "x-powered-by"}
    assert not steering & {name.lower() for name, _ in answer.headers}
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_page_of_skyvern_is_no_page_of_ours(ben: Browser, sandbox: Sandbox) -> None:
    sandbox.fault("/v1/runs", "garbage")
    answer = ben.json("GET", "/api/skyvern/v1/runs")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == "attachment"


def test_errors_of_skyvern_keep_their_words_and_ours_hold_no_address(ben: Browser, sandbox: Sandbox) -> None:
    missing = ben.json("GET", "/api/skyvern/v1/runs/tsk_404")
    assert missing.status_code == 404 and missing.get_json()["detail"]
    sandbox.fault("/v1/runs", "reset", count=2)
    broken_answer = ben.json("GET", "/api/skyvern/v1/runs")
    assert broken_answer.status_code == 502
    port = sandbox.url.rsplit(":", 1)[1]
    assert port not in broken_answer.get_data(as_text=True) and "127.0.0.1" not in broken_answer.get_data(as_text=True)


def test_private_runs_are_private_by_every_way(app: Flask, ada: Browser, ben: Browser, cleo: Browser,
                                               sandbox: Sandbox) -> None:
    run_id = ben.json("POST", "/api/skyvern/v1/run/tasks", TASK).get_json()["run_id"]
    assert cleo.json("GET", f"/api/skyvern/v1/runs/{run_id}").status_code == 200
    ada.post("/settings/preferences", {"private_runs": "y"})
    assert ben.json("GET", f"/api/skyvern/v1/runs/{run_id}").status_code == 200
    assert ada.json("GET", f"/api/skyvern/v1/runs/{run_id}").status_code == 200
    stranger = cleo.json("GET", f"/api/skyvern/v1/runs/{run_id}")
    unknown = cleo.json("GET", "/api/skyvern/v1/runs/tsk_1")
    assert stranger.status_code == unknown.status_code == 404
    assert stranger.get_json()["error"] == unknown.get_json()["error"]
    assert cleo.json("POST", f"/api/skyvern/v1/runs/{run_id}/cancel", {}).status_code == 404
    assert cleo.json("GET", "/api/skyvern/v1/runs").status_code == 403
    assert cleo.get(f"/runs/{run_id}").status == 404
    assert run_id not in cleo.get("/runs").text
    assert run_id in ben.get("/runs").text


def test_private_browsers_are_their_makers_alone(ada: Browser, ben: Browser, cleo: Browser, sandbox: Sandbox) -> None:
    session = ben.json("POST", "/api/skyvern/v1/browser_sessions", {}).get_json()["browser_session_id"]
    ada.post("/settings/preferences", {"private_runs": "y"})
    sandbox.forget_calls()
    path = f"/api/skyvern/v1/browser_sessions/{session}"
    assert cleo.json("GET", path).status_code == 404 and cleo.json("POST", f"{path}/close", {}).status_code == 404
    assert cleo.json("GET", "/api/skyvern/v1/browser_sessions").status_code == 403
    assert sandbox.requests("/v1/browser_sessions") == []
    assert ben.json("GET", path).status_code == ada.json("GET", path).status_code == 200


def test_unknown_reads_of_a_newer_release_are_for_admins_who_asked(ada: Browser, ben: Browser,
                                                                   sandbox: Sandbox) -> None:
    assert ada.json("GET", "/api/skyvern/v1/something/new").status_code == 404
    ada.post("/settings/preferences", {"unknown_gets": "y"})
    assert ben.json("GET", "/api/skyvern/v1/something/new").status_code == 404
    assert sandbox.requests("/v1/something") == []
    ada.json("GET", "/api/skyvern/v1/something/new")
    assert len(sandbox.requests("/v1/something")) == 1
    assert ada.json("GET", "/api/skyvern/v1/internal/auth/status").status_code in (403, 404)
