"""What programs do through the door of Skyvern UI, on the real Skyvern; and at the end, who has seen the key."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from skyvern_ui.skyvern.routes import Match, resolve
from tests.conformance.conftest import FrontDoor
from tests.conformance.person import Person
from tests.conformance.workflows import DOOR, computing, ended, made, opening, started, waiting
from tests.real.site import Site
from tests.real.skyvern import RealSkyvern
from tests.support.postgres import free_port

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(300)]
ROUTES = Path(__file__).parent.parent / "real" / "routes-1.0.56.json"  # test_sandbox_is_honest keeps it true
FRAMEWORK = {"/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json"}
ONLY_WITH_A_SLASH = {"/v1/runs/{browser_session_id}/workflow_run/{workflow_run_id}/cancel/",
                     "/api/v1/runs/{browser_session_id}/workflow_run/{workflow_run_id}/cancel/",
                     "/v1/scripts/{workflow_permanent_id}/deploy_cached/"}


def test_a_workflow_runs_to_its_end(ada: Person, site: Site) -> None:
    visitor = ada.visitor()
    workflow_id = made(visitor, "Look and count", opening(site.moving), waiting(2), computing("total = 6 * 7"))
    run_id = started(visitor, workflow_id)
    run = ended(visitor, run_id)
    assert run["status"] == "completed", run
    ada.open(f"/runs/{run_id}")
    ada.until(lambda: all(label in ada.words for label in ("open_page", "look_at_it", "compute")), 15, "the timeline")
    assert ada.name in ada.words and ada.status == "completed"
    ada.open(f"/runs/{run_id}?tab=output")
    assert "42" in ada.page.inner_text("#run-output")


def test_an_upload_arrives_as_it_was(ada: Person) -> None:
    content = bytes(range(256)) * 700
    visitor = ada.visitor()
    answer = visitor.post(f"{DOOR}/v1/upload_file", files={"file": ("a b.bin", content, "application/octet-stream")})
    assert answer.status_code == 200, answer.text
    stored = urlsplit(answer.json()["s3_uri"])
    with open(unquote(stored.path), "rb") as file:
        assert file.read() == content


def test_a_browser_is_opened_and_steered(ada: Person, site: Site) -> None:
    visitor = ada.visitor()
    opened = visitor.post(f"{DOOR}/v1/browser_sessions", json={"timeout": 10}, timeout=60)
    assert opened.status_code == 200, opened.text
    session = opened.json()["browser_session_id"]
    frames = visitor.socket(f"{DOOR}/v1/stream/browser_sessions/{session}")
    assert json.loads(frames.receive(60) or "{}")["screenshot"]
    control = visitor.socket(f"{DOOR}/v1/stream/cdp_input/browser_session/{session}?client_id=ada")
    assert json.loads(control.receive(60) or "{}")["kind"] == "ready"
    control.send_text(json.dumps({"kind": "take-control"}))
    control.send_text(json.dumps({"kind": "navigateEvent", "url": site.form}))
    deadline = time.monotonic() + 30
    seen = ""
    while seen != site.form and time.monotonic() < deadline:
        seen = str(json.loads(frames.receive(5) or "{}").get("url"))
    assert seen == site.form
    for socket in (control, frames):
        socket.close(1000)
        socket.free()
    assert visitor.post(f"{DOOR}/v1/browser_sessions/{session}/close", json={}).status_code == 200
    assert "browser.cdp_input" in visitor.get("/settings/audit").text


def test_the_route_table_knows_the_running_server() -> None:
    missing = []
    for method, template in json.loads(ROUTES.read_text()):
        path = template.rstrip("/") if template not in ONLY_WITH_A_SLASH else template
        if template in FRAMEWORK or template in ONLY_WITH_A_SLASH or method in ("HEAD", "OPTIONS"):
            continue
        answer = resolve(method, _filled(path).lstrip("/"))
        if not isinstance(answer, Match) and answer.code in ("unknown_route", "wrong_method"):
            missing.append(f"{method} {template}")
    assert missing == []


def _filled(template: str) -> str:
    names = {"entity_type": "task", "ai_suggestion_type": "data_schema", "version": "1", "cache_key": "k",
             "credential_id": "cred_1", "credential_provider": "onepassword"}
    parts = [names.get(p[1:-1].split(":")[0], "x_1") if p.startswith("{") else p for p in template.split("/")]
    return "/".join(parts)


def test_what_is_wrong_with_a_connection_is_said_in_words(ada: Person, real_skyvern: RealSkyvern) -> None:
    for url, key, words in ((real_skyvern.url, "not.the.key", "no key of Skyvern"),
                            (f"http://127.0.0.1:{free_port()}", "x", "Nothing listens at")):
        ada.open("/settings")
        ada.page.fill("#url", url)
        ada.page.fill("#key", key)
        ada.page.fill("#password", ada.password)
        ada.page.click("form:has(#key) .form__actions [type=submit]")
        ada.until(lambda words=words: words in ada.words, 30, words)
    ada.broken.clear()
    ada.open("/dashboard")
    assert "Running now" in ada.words


def test_nobody_has_seen_the_key(ada: Person, front_door: FrontDoor, real_skyvern: RealSkyvern) -> None:
    key = real_skyvern.key
    for path in ("/settings", "/settings/audit", "/dashboard", "/runs", "/setup/connection"):
        ada.open(path)
        assert key not in ada.page.content()
    visitor = ada.visitor()
    organization = json.loads(_claims(key))["sub"]
    for path in (f"api/v1/organizations/{organization}/apikeys", "v1/internal/auth/status", "v1/ui-session"):
        for method in ("GET", "POST"):
            assert visitor.request(method, f"{DOOR}/{path}").status_code in (403, 404, 405), path
    assert front_door.tap.size > 1_000_000
    assert not front_door.tap.saw(key.encode())
    assert key not in front_door.server.log
    for file in front_door.database.parent.glob("ui.db*"):
        assert key.encode() not in file.read_bytes(), file.name


def _claims(token: str) -> str:
    part = token.split(".")[1]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()
