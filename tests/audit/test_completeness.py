"""Every way to change something leaves a row with who, from where, what and how it ended (promise 2, G01)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog, Session

from ..sandbox_server import Sandbox
from ..support.people import PASSWORD, Browser

NEW = "another fine sentence"
TASK = {"prompt": "x", "engine": "skyvern-1.0"}
UNRECORDED = {
    "account.update_theme",  # a cookie of one's own
    "setup.create_admin", "setup.create_setup",  # tested where an installation is empty (tests/setup)
    "auth_api.refuse_sign_up",  # refused to everybody, changes nothing
}


def session_of(app: Flask, user_id: str) -> str:
    with app.app_context():
        return str(db.session.scalars(select(Session.id).where(Session.user_id == user_id)).first())


def link_for(ada: Browser) -> str:
    text = ada.post("/settings/users/user-cleo/link").one(".copyable code").get_text()
    return re.sub(r"^http://[^/]+", "", text)


def started(ada: Browser) -> str:
    return str(ada.post("/tasks", {**TASK, "prompt": "[slow]"}).headers["Location"])


WAYS: dict[str, Callable[[Flask, Browser, Sandbox], Any]] = {
    "auth.create_login": lambda app, ada, s: Browser(app).sign_in("ben@example.com"),
    "auth.create_logout": lambda app, ada, s: ada.post("/logout"),
    "auth.create_new_password": lambda app, ada, s: Browser(app).post(link_for(ada), {"password": NEW, "confirm": NEW}),
    "auth_api.create_sign_in": lambda app, ada, s: Browser(app).json(
        "POST", "/api/auth/sign-in/email", {"email": "ben@example.com", "password": PASSWORD}),
    "auth_api.create_sign_out": lambda app, ada, s: ada.json("POST", "/api/auth/sign-out", {}),
    "auth_api.create_revocation": lambda app, ada, s: ada.json(
        "POST", "/api/auth/revoke-session", {"token": session_of(app, "user-ada")}),
    "auth_api.create_revocations": lambda app, ada, s: ada.json("POST", "/api/auth/revoke-sessions", {}),
    "auth_api.create_other_revocations": lambda app, ada, s: ada.json("POST", "/api/auth/revoke-other-sessions", {}),
    "auth_api.update_password": lambda app, ada, s: ada.json(
        "POST", "/api/auth/change-password", {"currentPassword": PASSWORD, "newPassword": NEW}),
    "account.update_name": lambda app, ada, s: ada.post("/account/name", {"name": "Ada L."}),
    "account.update_password": lambda app, ada, s: ada.post(
        "/account/password", {"current": PASSWORD, "password": NEW, "confirm": NEW}),
    "account.create_revocation": lambda app, ada, s: ada.post(
        f"/account/sessions/{session_of(app, 'user-ada')}/revocation"),
    "account.create_revocations": lambda app, ada, s: ada.post("/account/sessions/revocation"),
    "users.create_user": lambda app, ada, s: ada.post(
        "/settings/users", {"name": "D", "email": "d@example.com", "role": "user"}),
    "users.create_link": lambda app, ada, s: ada.post("/settings/users/user-ben/link"),
    "users.update_role": lambda app, ada, s: ada.post("/settings/users/user-ben/role", {"role": "admin"}),
    "users.create_ban": lambda app, ada, s: ada.post("/settings/users/user-ben/ban"),
    "users.delete_ban": lambda app, ada, s: ada.post("/settings/users/user-ben/ban/lift"),
    "users.create_removal": lambda app, ada, s: ada.post("/settings/users/user-ben/removal"),
    "users.create_revocation": lambda app, ada, s: [
        Browser(app).sign_in("ben@example.com"),
        ada.post(f"/settings/users/user-ben/sessions/{session_of(app, 'user-ben')}/revocation")],
    "users.create_revocations": lambda app, ada, s: ada.post("/settings/users/user-ben/sessions/revocation"),
    "users_api.create_user": lambda app, ada, s: ada.json(
        "POST", "/api/auth/admin/create-user", {"name": "D", "email": "d@example.com", "password": NEW}),
    "users_api.update_role": lambda app, ada, s: ada.json(
        "POST", "/api/auth/admin/set-role", {"userId": "user-ben", "role": "admin"}),
    "users_api.create_ban": lambda app, ada, s: ada.json("POST", "/api/auth/admin/ban-user", {"userId": "user-ben"}),
    "users_api.delete_ban": lambda app, ada, s: ada.json("POST", "/api/auth/admin/unban-user", {"userId": "user-ben"}),
    "users_api.delete_user": lambda app, ada, s: ada.json(
        "POST", "/api/auth/admin/remove-user", {"userId": "user-ben"}),
    "users_api.update_user_password": lambda app, ada, s: ada.json(
        "POST", "/api/auth/admin/set-user-password", {"userId": "user-ben", "newPassword": NEW}),
    "users_api.create_user_revocation": lambda app, ada, s: ada.json(
        "POST", "/api/auth/admin/revoke-user-session", {"sessionToken": session_of(app, "user-ada")}),
    "users_api.create_user_revocations": lambda app, ada, s: ada.json(
        "POST", "/api/auth/admin/revoke-user-sessions", {"userId": "user-ben"}),
    "setup.create_connection": lambda app, ada, s: ada.post("/setup/connection", {"url": s.url, "key": s.key}),
    "settings.update_connection": lambda app, ada, s: ada.post(
        "/settings/connection", {"url": s.url, "key": s.key, "password": PASSWORD}),
    "settings.update_preferences": lambda app, ada, s: ada.post("/settings/preferences", {"private_runs": "y"}),
    "tasks.create_task": lambda app, ada, s: ada.post("/tasks", TASK),
    "runs.create_cancellation": lambda app, ada, s: ada.post(started(ada) + "/cancellation"),
    "runs.create_repetition": lambda app, ada, s: ada.post(started(ada) + "/repetition"),
    "proxy.relay_call": lambda app, ada, s: ada.json("POST", "/api/skyvern/v1/run/tasks", TASK),
}
READING = {"users_api.list_user_sessions"}


@pytest.mark.parametrize("endpoint", sorted(WAYS))
def test_a_change_leaves_its_row(connected: Flask, ada: Browser, sandbox: Sandbox, endpoint: str) -> None:
    def rows() -> list[AuditLog]:
        with connected.app_context():
            return list(db.session.scalars(select(AuditLog).order_by(AuditLog.created_at)))

    before = len(rows())
    WAYS[endpoint](connected, ada, sandbox)
    new = rows()[before:]
    assert new, "nothing was recorded"
    for row in new:
        assert row.action and row.outcome == "done" and row.user_name and row.actor_kind == "person"
        assert row.ip_address == "127.0.0.1" and row.request_id and row.created_at


def test_no_way_was_forgotten(empty_app: Flask) -> None:
    writing = {rule.endpoint for rule in empty_app.url_map.iter_rules()
               if (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}}
    assert writing == set(WAYS) | UNRECORDED | READING


def test_reading_is_not_recorded(connected: Flask, ada: Browser) -> None:
    def count() -> int:
        with connected.app_context():
            return db.session.scalar(select(func.count()).select_from(AuditLog)) or 0

    before = count()
    for path in ("/dashboard", "/runs", "/account", "/settings/users", "/settings/audit", "/api/skyvern/v1/runs"):
        ada.client.get(path)
    assert count() == before
