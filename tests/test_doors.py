"""Every route, tried by everybody: what is not said to be open is closed (A01, A02, Z01, Z02, C01)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from skyvern_ui.extensions import db
from skyvern_ui.models import User

from .support.people import Browser

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
VALUES = {"user_id": "user-ben", "session_id": "s", "run_id": "tsk_1", "artifact_id": "a_1", "secret": "s",
          "kind": "csv", "rest": "v1/runs", "filename": "nothing.css", "path": "x"}


def address(rule: Rule) -> str:
    parts = r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>"
    return re.sub(parts, lambda m: VALUES.get(m[2], "1" if m[1] == "int" else "x"), rule.rule)


def rules(app: Flask) -> list[tuple[Rule, Any]]:
    return [(rule, app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules() if not rule.websocket]


def test_nobody_comes_in_where_it_is_not_said(app: Flask) -> None:
    tried = 0
    for rule, view in rules(app):
        if getattr(view, "is_public", False) or rule.endpoint == "static":
            continue
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            answer = app.test_client().open(address(rule), method=method, headers={"Origin": "http://localhost"})
            assert answer.status_code in (401, 303), (rule.rule, method, answer.status_code)
            if rule.rule.startswith("/api/"):
                assert answer.status_code == 401 and answer.is_json
            else:
                assert answer.headers["Location"].startswith("/login")
            assert "skyvern_ui=" not in str(answer.headers.getlist("Set-Cookie")).replace("skyvern_ui_form=", "")
            tried += 1
    assert tried > 40


def test_members_are_stopped_at_every_door_for_admins(app: Flask, ben: Browser) -> None:
    tried = 0
    for rule, view in rules(app):
        if not getattr(view, "is_admin_only", False):
            continue
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            headers = {"Origin": "http://localhost", "X-CSRFToken": ben.token()}
            answer = ben.client.open(address(rule), method=method, headers=headers)
            assert answer.status_code == 403, (rule.rule, method)
            tried += 1
    assert tried > 20
    with app.app_context():
        assert db.session.scalar(select(User.role).where(User.id == "user-ben")) == "user"


def test_another_site_changes_nothing_anywhere(app: Flask, ada: Browser) -> None:
    for rule, _ in rules(app):
        for method in sorted((rule.methods or set()) & set(UNSAFE)):
            for headers in ({"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"}, {}):
                answer = ada.client.open(address(rule), method=method, headers=headers)
                assert answer.status_code == 403, (rule.rule, method, headers)


@pytest.mark.parametrize("path", [
    "/loginx", "/login/../dashboard", "/setup/../settings", "/static/..%2fdashboard", "/healthz/../api/skyvern/v1/runs",
    "/static/../config.py", "/static/%2e%2e/config.py", "/.env", "/wsgi.py", "/dashboard/", "/%2e/",
])
def test_no_spelling_of_an_open_address_opens_another(app: Flask, path: str) -> None:
    answer = app.test_client().get(path)
    assert answer.status_code in (303, 400, 404)
    assert not answer.headers.get("Location") or answer.headers["Location"].startswith("/login")


@pytest.mark.parametrize("fields", [{"role": "admin"}, {"is_admin": "1"}, {"banned": ""}, {"id": "user-ada"}])
def test_people_do_not_promote_themselves(app: Flask, ben: Browser, fields: dict[str, str]) -> None:
    ben.post("/account/name", {"name": "Ben", **fields})
    with app.app_context():
        user = db.session.get(User, "user-ben")
        assert user and (user.role, user.id, user.banned) == ("user", "user-ben", None) or user and user.banned is False


class TestOnHttps:
    @pytest.fixture
    def app_settings(self) -> dict[str, str]:
        return {"PUBLIC_URL": "https://ui.example.com"}

    def test_cookies_are_bound_to_the_host_and_secure(self, app: Flask) -> None:
        answer = app.test_client().post(
            "/api/auth/sign-in/email", json={"email": "ben@example.com", "password": "correct horse battery staple"},
            headers={"Origin": "https://ui.example.com", "Host": "ui.example.com"})
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-skyvern_ui=")
        for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert word in cookie
        assert "Domain" not in cookie
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"

    def test_only_our_own_name_and_origin_count(self, app: Flask) -> None:
        client = app.test_client()
        assert client.get("/login", headers={"Host": "evil.test"}).status_code == 400
        assert client.get("/login", headers={"Host": "ui.example.com"}).status_code == 200
        assert client.get("/healthz", headers={"Host": "127.0.0.1:3000"}).status_code == 200
        for origin in ("http://ui.example.com", "https://ui.example.com.evil.test", "https://ui.example.com:444"):
            answer = client.post("/api/auth/sign-in/email", json={}, headers={"Origin": origin,
                                                                              "Host": "ui.example.com"})
            assert answer.status_code == 403
        policy = client.get("/login", headers={"Host": "ui.example.com"}).headers["Content-Security-Policy"]
        assert "connect-src 'self' wss://ui.example.com;" in policy
