"""Can Skyvern reach us, and does it sign with our key?"""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

from skyvern_ui.audit import CLI
from skyvern_ui.doctor.check import Patient
from skyvern_ui.doctor.checks import webhooks as checks
from skyvern_ui.doctor.finding import Finding
from skyvern_ui.extensions import db
from skyvern_ui.settings.rules import save_connection
from skyvern_ui.skyvern.connection import Connection

from .fake_skyvern import NOT_FOUND, FakeSkyvern, answer, detail, hang, make_key

KEY = make_key()
PUBLIC = "https://ui.example.com"
BLOCKED = ("Invalid url: unresolvable host. It is either blocked by SSRF protection or could not be resolved. Add the "
           "host to ALLOWED_HOSTS to test internal endpoints or use an external receiver such as webhook.site.")


@pytest.fixture
def fake(app: Flask) -> Iterator[FakeSkyvern]:
    with FakeSkyvern(KEY) as server:
        with app.app_context():
            save_connection(app.extensions["sealer"], server.url, KEY, CLI)
            db.session.remove()
        yield server


def look(app: Flask, fake: FakeSkyvern) -> Finding:
    settings = replace(app.config["SETTINGS"], public_url=PUBLIC)
    return checks.look_at_webhooks(Patient(app, settings, Connection(fake.url, KEY)))


def calling(app: Flask, signed_with: str | None) -> Any:
    """Answers as Skyvern does when it posts its example to us and reads what we say."""
    def call(conn: socket.socket, request: bytes) -> None:
        url = json.loads(request.split(b"\r\n\r\n", 1)[1])["webhook_url"]
        assert url.startswith(PUBLIC + "/doctor/echo/")
        body = b'{"task_id":"tsk_sample_123456789"}'
        headers = {"Content-Type": "application/json"}
        if signed_with:
            headers["x-skyvern-signature"] = hmac.new(signed_with.encode(), body, hashlib.sha256).hexdigest()
        said = app.test_client().post(urlsplit(url).path, data=body, headers=headers)
        conn.sendall(sent(said.status_code, said.get_data(as_text=True)))
    return call


def sent(status: int | None, body: str = "", error: str | None = None) -> bytes:
    return answer(200, {"status_code": status, "latency_ms": 12, "response_body": body, "headers_sent": {},
                        "error": error})


@pytest.mark.parametrize(("key", "verdict", "code"), [
    (KEY, "ok", "ok"), ("another", "warn", "webhook_other_key"), (None, "warn", "webhook_unsigned")])
def test_what_arrives_shows_how_it_was_signed(app: Flask, fake: FakeSkyvern, key: str | None, verdict: str,
                                              code: str) -> None:
    fake.paths["/v1/internal/test-webhook"] = calling(app, key)
    found = look(app, fake)
    assert (found.verdict, found.code) == (verdict, code), found


@pytest.mark.parametrize(("reply", "code"), [
    (sent(None, error=BLOCKED), "webhook_blocked"),
    (sent(None, error="Could not reach URL: All connection attempts failed"), "webhook_unreachable"),
    (sent(302), "webhook_redirected"), (sent(200, "<html>Sign in"), "webhook_elsewhere"),
    (sent(404, '{"echo":"v1:forged:AAAA"}'), "webhook_elsewhere"), (sent(502), "webhook_elsewhere"),
    (detail(403, "Invalid credentials"), "webhook_not_tried"), (answer(200, []), "webhook_not_tried"),
    (hang, "webhook_slow"), (NOT_FOUND, "skipped"),
])
def test_what_keeps_it_from_arriving_is_named(app: Flask, fake: FakeSkyvern, reply: Any, code: str,
                                              monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "SECONDS", 0.5)
    fake.paths["/v1/internal/test-webhook"] = reply
    found = look(app, fake)
    assert (found.code, found.verdict) == (code, "skip" if code == "skipped" else "warn")
    assert len(fake.requests) == 1


def test_without_a_public_address_nothing_is_sent(app: Flask, fake: FakeSkyvern) -> None:
    found = checks.look_at_webhooks(Patient(app, app.config["SETTINGS"], Connection(fake.url, KEY)))
    assert found.verdict == "skip" and "PUBLIC_URL" in found.title and fake.requests == []


def test_the_background_never_asks_it() -> None:
    assert not any(check.free for check in checks.CHECKS)
