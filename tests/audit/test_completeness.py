"""Every way to change something leaves a row with who, from where, what and how it ended (promise 2, G01)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog, Control, OrganizationSettings, SavedView, Session
from skyvern_ui.sealed import fingerprint

from ..runs.starting import run_workflow, workflow
from ..sandbox_server import Sandbox
from ..support.people import PASSWORD, Browser
from ..support.server import wait_for
from ..support.waits import paused_run
from . import batch_ways, editor_ways, library_ways, schedule_ways, service_ways, version_ways

NEW = "another fine sentence"
TASK = {"prompt": "x", "engine": "skyvern-1.0"}
UNRECORDED = {
    "settings.review_llm", "settings.edit_llm_draft",  # show what would be sent, and send nothing
    "account.update_theme",  # a cookie of one's own
    "setup.create_admin", "setup.create_setup",  # tested where an installation is empty (tests/setup)
    "notices.create_showing",  # one's own news, marked as shown
    "workflows.show_run_code",  # shows what would be sent, and sends nothing
    "workflows.update_favourite",  # a star of one's own
    "workflows.create_import", "workflows.create_folder_restoration",  # show what would be made, and send nothing
    "runs.create_comparison",  # leads from the list to the comparison
    "auth_api.refuse_sign_up",  # refused to everybody, changes nothing
    "doctor.measure_size", "doctor.receive_hook",  # tell what arrived, keep nothing
    # a service's call to a model leaves a charge with key, address and outcome (tests/llm/test_gateway.py)
    "llm.create_completion", "llm.create_embedding", "llm.create_image", "llm.create_images",
}


def session_of(app: Flask, user_id: str) -> str:
    with app.app_context():
        return str(db.session.scalars(select(Session.id).where(Session.user_id == user_id)).first())


def link_for(ada: Browser) -> str:
    text = ada.post("/settings/users/user-cleo/link").one(".copyable code").get_text()
    return re.sub(r"^http://[^/]+", "", text)


def started(ada: Browser) -> str:
    return str(ada.post("/tasks", {**TASK, "prompt": "[slow]"}).headers["Location"])


def driven_by_ben(app: Flask, sandbox: Sandbox) -> str:
    """A run whose browser Ben drives."""
    session_id = sandbox.call("POST", "/v1/browser_sessions", json={}).json()["browser_session_id"]
    body = {**TASK, "prompt": "[slow]", "browser_session_id": session_id}
    with app.app_context():
        with writing() as session:
            session.add(Control(key=session_id, holder_id="user-ben", holder_name="Ben", session_id="s", viewer="v"))
        db.session.remove()
    return str(sandbox.call("POST", "/v1/run/tasks", json=body).json()["run_id"])


def answer(ada: Browser, run_id: str, what: str) -> str:
    """Presses a button of a run that waits for a person; where it was sent."""
    action = f"/runs/{run_id}/{what}"
    block = ada.get(f"/runs/{run_id}").one(f'form[action="{action}"] input[name="block"]')["value"]
    assert ada.post(action, {"block": block}).status == 303
    return action


def ended(ada: Browser, sandbox: Sandbox) -> str:
    where = str(ada.post("/tasks", {**TASK, "prompt": "y"}).headers["Location"])
    wait_for(lambda: sandbox.call("GET", "/v1" + where).json()["status"] == "completed", 20, "the run to end")
    return where


def workflow_run(sandbox: Sandbox) -> str:
    blocks = [{"block_type": "navigation", "label": "go", "navigation_goal": "x", "url": "https://shop.example.com"}]
    made = sandbox.call("POST", "/v1/workflows", json={"json_definition": {
        "title": "W", "workflow_definition": {"version": 1, "parameters": [], "blocks": blocks}}}).json()
    body = {"workflow_id": made["workflow_permanent_id"]}
    return str(sandbox.call("POST", "/v1/run/workflows", json=body).json()["run_id"])


def watch_of(where: str) -> dict[str, str]:
    return {"run": where.rsplit("/", 1)[1], "about": "run", "outcomes": "all", "channel": "browser"}


def untagged(ada: Browser, run_id: str) -> None:
    for path in ("", "/removal"):
        assert ada.post(f"/runs/{run_id}/tags{path}", {"tag": "urgent"}).status == 303


def tagged_run(sandbox: Sandbox, **tags: str) -> str:
    return run_workflow(sandbox, workflow(sandbox, "Order a lamp"), **tags)


def mended(app: Flask, ada: Browser, what: str, url: str, key: str, **form: str) -> None:
    """A connection that is broken so, and mended through the doctor."""
    with app.app_context():
        with writing() as session:
            row = session.scalars(select(OrganizationSettings)).one()
            row.skyvern_api_url, row.skyvern_api_key = url, key
            row.version += 1
            version = row.version
        db.session.remove()
    ada.post(f"/doctor/mend/{what}", {"version": str(version), "password": PASSWORD, **form})


def repaired(app: Flask, ada: Browser, sandbox: Sandbox) -> None:
    """An older Skyvern makes itself a new key."""
    sandbox.fault("/api/v1/version", "status", status=200, body='{"version":"1.0.40"}', count=9)
    sandbox.fault("/api/v1/internal/auth/repair", "status", status=200,
                  body=json.dumps({"api_key": sandbox.key}))
    mended(app, ada, "key/repair", sandbox.url, "a-bad-key", sure="y")


def saved_view(app: Flask, ada: Browser) -> str:
    ada.post("/runs/views", {"name": "A", "query": "status=failed"})
    with app.app_context():
        return str(db.session.scalar(select(SavedView.id)))


LLM = {"display_name": "A", "provider": "openai_compatible", "model_name": "m", "api_base": "http://127.0.0.1:9/v1",
       "api_key": "sk-1234567890abcdef"}


def registered_llm(ada: Browser) -> str:
    review = ada.post("/settings/llms/review", LLM)
    draft = review.all("input[name='draft']")[0]["value"]
    return str(ada.post("/settings/llms", {"draft": draft}).headers["Location"])


def renamed_llm(ada: Browser, where: str) -> None:
    hidden = {name: ada.get(where).one(f"input[name='{name}']")["value"] for name in ("llm_id", "seen")}
    review = ada.post("/settings/llms/review", {**LLM, **hidden, "display_name": "B"})
    assert ada.post(where, {"draft": review.all("input[name='draft']")[0]["value"]}).status == 303


WAYS: dict[str, Callable[[Flask, Browser, Sandbox], Any]] = {
    **service_ways.WAYS,
    **library_ways.WAYS,
    **schedule_ways.WAYS,
    **batch_ways.WAYS,
    **editor_ways.WAYS,
    **version_ways.WAYS,
    "doctor.create_bundle": lambda app, ada, s: ada.client.post(
        "/doctor/bundle", data={"csrf_token": ada.token()}, headers={"Origin": "http://localhost"}),
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
    "settings.create_llm": lambda app, ada, s: registered_llm(ada),
    "settings.update_llm": lambda app, ada, s: renamed_llm(ada, registered_llm(ada)),
    "settings.delete_llm": lambda app, ada, s: ada.post(registered_llm(ada) + "/removal"),
    "settings.create_llm_test": lambda app, ada, s: ada.post(registered_llm(ada) + "/test"),
    "settings.update_default_llms": lambda app, ada, s: ada.post("/settings/llms/defaults", {
        "smart": "CUSTOM_LLM_" + registered_llm(ada).rsplit("/", 1)[1], "fast": "", "seen": " "}),
    "tasks.create_task": lambda app, ada, s: ada.post("/tasks", TASK),
    "tasks.create_workflow": lambda app, ada, s: ada.post("/tasks/workflow", TASK),
    "tasks.create_workflow_run": lambda app, ada, s: ada.post(f"/tasks/workflow/{workflow(s, 'x')}/run", {}),
    "runs.create_control_request": lambda app, ada, s: ada.post(f"/runs/{driven_by_ben(app, s)}/control/request"),
    "runs.create_run_tag": lambda app, ada, s: ada.post(f"/runs/{paused_run(s)}/tags", {"tag": "urgent"}),
    "runs.delete_run_tag": lambda app, ada, s: untagged(ada, paused_run(s)),
    "runs.create_cancellation": lambda app, ada, s: ada.post(started(ada) + "/cancellation"),
    "runs.create_repetition": lambda app, ada, s: ada.post(started(ada) + "/repetition"),
    "runs.create_approval": lambda app, ada, s: answer(ada, paused_run(s), "approval"),
    "runs.create_rejection": lambda app, ada, s: answer(ada, paused_run(s), "rejection"),
    "runs.create_claim": lambda app, ada, s: answer(ada, paused_run(s), "claim"),
    "runs.delete_claim": lambda app, ada, s: ada.post(answer(ada, paused_run(s), "claim") + "/release"),
    "runs.create_code": lambda app, ada, s: ada.post(
        started(ada) + "/code", {"identifier": "ada@example.com", "content": "123456"}),
    "shares.create_share": lambda app, ada, s: ada.post(started(ada) + "/shares", {"lasts": "day"}),
    "shares.create_revocation": lambda app, ada, s: ada.post(ada.post(started(ada) + "/shares", {"lasts": "day"}).one(
        "form[action$='/revocation']")["action"]),
    "runs.create_retry": lambda app, ada, s: ada.post(ended(ada, s) + "/retry"),
    "runs.create_changed_run": lambda app, ada, s: ada.post(f"/runs/{workflow_run(s)}/again"),
    "runs.create_webhook_test": lambda app, ada, s: ada.post(
        ended(ada, s) + "/webhook/test", {"test_url": "http://127.0.0.1:9/x"}),
    "runs.create_webhook_replay": lambda app, ada, s: ada.post(
        ended(ada, s) + "/webhook/replay", {"url": "http://localhost:9/x"}),
    "notices.create_watch": lambda app, ada, s: ada.post("/notices", watch_of(started(ada))),
    "notices.create_ending": lambda app, ada, s: ada.post(
        ada.post("/notices", watch_of(started(ada))) and ada.get("/notices").one("form[action$='/ending']")["action"]),
    "runs.create_cancellations": lambda app, ada, s: ada.post(
        "/runs/cancellations", {"run_id": started(ada).rsplit("/", 1)[1], "sure": "1"}),
    "runs.create_tags": lambda app, ada, s: ada.post(
        "/runs/tags", {"run_id": tagged_run(s), "tag": "env:prod", "sure": "1"}),
    "runs.delete_tags": lambda app, ada, s: ada.post(
        "/runs/tags/removal", {"run_id": tagged_run(s, env="prod"), "untag": "env:prod", "sure": "1"}),
    "runs.create_view": lambda app, ada, s: saved_view(app, ada),
    "runs.update_view_name": lambda app, ada, s: ada.post(f"/runs/views/{saved_view(app, ada)}/name", {"name": "B"}),
    "runs.update_view_filters": lambda app, ada, s: ada.post(
        f"/runs/views/{saved_view(app, ada)}/filters", {"query": "status=running"}),
    "runs.delete_view": lambda app, ada, s: ada.post(f"/runs/views/{saved_view(app, ada)}/removal"),
    "doctor.update_address": lambda app, ada, s: mended(app, ada, "address", s.url + "/v1", s.key, address=s.url),
    "doctor.update_key": lambda app, ada, s: mended(app, ada, "key", s.url, f'"{s.key}"', choice=fingerprint(s.key)),
    "doctor.create_repair": lambda app, ada, s: repaired(app, ada, s),
    "doctor.create_examination": lambda app, ada, s: ada.post("/doctor/examination"),
    "proxy.relay_call": lambda app, ada, s: ada.json("POST", "/api/skyvern/v1/run/tasks", TASK),
}
READING = {"users_api.list_user_sessions"}


@pytest.fixture
def app_settings() -> dict[str, str]:
    return {"BYOK_HOSTS": "127.0.0.1"}


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
    assert writing == set(WAYS) | UNRECORDED | READING | editor_ways.OWN_DRAFT


def test_reading_is_not_recorded(connected: Flask, ada: Browser) -> None:
    def count() -> int:
        with connected.app_context():
            return db.session.scalar(select(func.count()).select_from(AuditLog)) or 0

    before = count()
    for path in ("/dashboard", "/runs", "/account", "/settings/users", "/settings/audit", "/api/skyvern/v1/runs"):
        ada.client.get(path)
    assert count() == before
