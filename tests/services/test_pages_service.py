"""The pages of one service: made, looked at, suspended, renamed; its key shown once and never again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import inspect, select, text

from skyvern_ui.audit import CLI
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog, Organization, OrganizationCredits
from skyvern_ui.services.keys.rules import KeyRefused, Rights, create_key, recognise
from skyvern_ui.services.rules import create_service

from ..support.people import Browser

BASE = "/settings/services"
NEW = {"name": "presenton-service", "credits": "10,000", "key_name": "slides", "scopes": ["llm:*", "skyvern:run"]}


@pytest.fixture
def org_id(app: Flask) -> str:
    with app.app_context():
        return create_service("bolt-service", 500, CLI)


@pytest.fixture
def key_id(app: Flask, org_id: str) -> str:
    with app.app_context():
        return create_key(org_id, "first", Rights(("llm:*",)), CLI)[0]


def everything_stored(app: Flask) -> str:
    """The whole database as text."""
    with app.app_context():
        tables = inspect(db.engine).get_table_names()
        return "\n".join(str(row) for name in tables for row in db.session.execute(text(f'SELECT * FROM "{name}"')))


def opens(app: Flask, key: str) -> bool:
    with app.app_context():
        try:
            recognise(key)
        except KeyRefused:
            return False
        finally:
            db.session.remove()
        return True


def test_only_admins_come_in(ben: Browser, cleo: Browser, nobody: Browser, org_id: str, key_id: str) -> None:
    here = f"{BASE}/{org_id}"
    for path in (f"{BASE}/new", here, f"{here}/ledger", f"{here}/keys/new", f"{here}/keys/{key_id}"):
        assert ben.get(path).status == 403 and cleo.get(path).status == 403
        sent = nobody.get(path)
        assert sent.status == 303 and sent.headers["Location"].startswith("/login?next=")
    for path in ("", "/grants", "/refill", "/levels", "/limits", "/name", "/suspension", "/suspension/lift", "/keys",
                 f"/keys/{key_id}", f"/keys/{key_id}/rotation", f"/keys/{key_id}/rotation/ending",
                 f"/keys/{key_id}/ending", "/provider-key", "/provider-key/test", "/provider-key/enabling",
                 "/provider-key/disabling", "/provider-key/removal", "/questions/x"):
        assert ben.post(here + path if path else BASE).status == 403, path
    assert "/settings/services" not in ben.get("/dashboard").text


def test_a_key_is_shown_once_and_never_again(app: Flask, ada: Browser, caplog: pytest.LogCaptureFixture,
                                             capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    page = ada.post(BASE, NEW)
    assert page.status == 201 and page.headers["Cache-Control"] == "no-store"
    key = page.one("#the-key").get_text()
    assert re.fullmatch(r"skui_live_\w{8}_\w{32}_\w{6}", key) and opens(app, key)
    assert page.one('[data-copy-from="the-key"]').has_attr("hidden"), "only a script can copy"
    assert f"export SKYVERN_UI_KEY='{key}'" in page.one("#example-export").get_text()
    for name, wanted in (("chat-curl", "http://localhost/api/v1/llm/chat/completions"),
                         ("chat-python", 'base_url="http://localhost/api/v1/llm"'),
                         ("run-python", 'base_url="http://localhost/api/skyvern"')):
        assert wanted in page.one(f"#example-{name}").get_text()
    here = page.one(".head__actions a")["href"]
    secret = key.split("_")[3]
    seen = [ada.get(path).text for path in (here, f"{here}/ledger", ada.get(here).one("#keys .table__title")["href"],
                                            "/settings/audit", BASE)]
    assert all(secret not in each for each in seen)
    assert secret not in everything_stored(app)
    assert secret not in caplog.text and secret not in "".join(capfd.readouterr())
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or secret.encode() not in path.read_bytes(), path
    with app.app_context():
        pool = db.session.scalars(select(OrganizationCredits)).one()
        assert (pool.credit_balance, pool.level) == (10_000_000, "ok")


def test_an_existing_key_is_taken_as_it_is_and_not_shown(app: Flask, ada: Browser) -> None:
    page = ada.post(BASE, {**NEW, "imported": " sk-presenton-service-key-2025 "})
    assert page.status == 201 and not page.all("#the-key") and "sk-presenton-service-key-2025" not in page.text
    assert opens(app, "sk-presenton-service-key-2025")
    again = ada.post(BASE, {**NEW, "name": "another", "imported": "sk-presenton-service-key-2025"})
    assert again.status == 422 and "in use already" in again.one("#imported-error").get_text()
    with app.app_context():
        assert db.session.scalars(select(Organization.name)).all() == ["presenton-service"], "both or neither"


@pytest.mark.parametrize(("field", "value", "said"), [
    ("name", "", "Give it a name"), ("name", " \t", "visible"),
    ("name", "x" * 101, "longer than 100"), ("name", "a\x00b", "cannot be stored"),
    ("name", "bolt-service", "of this name already"), ("credits", "", "as a number"),
    ("credits", "many", "as a number"),
    ("credits", "-5", "as a number"), ("credits", "1.5", "whole credits"),
    ("credits", "9" * 18, "more than can be kept"),
    ("credits", "1e9", "as a number"), ("credits", "٣", "as a number"), ("key_name", "", "Give the key a name"),
    ("imported", "short", "16 to 512"), ("imported", "skui_live_" + "x" * 40, "mistyped"),
    ("scopes", [], "Choose at least one"), ("scopes", ["llm:chat", "root"], "does not exist"),
])
def test_a_mistake_is_said_at_its_field_and_nothing_is_lost(ada: Browser, org_id: str, field: str, value: Any,
                                                            said: str) -> None:
    page = ada.post(BASE, {**NEW, field: value})
    assert page.status == 422 and said in page.one(f"#{field}-error").get_text()
    assert page.one("#key_name")["value"] == ("" if field == "key_name" else "slides")
    if field != "credits":
        assert page.one("#credits")["value"] == "10,000"
    if field != "scopes":
        assert [box["value"] for box in page.all("[name=scopes][checked]")] == ["llm:*", "skyvern:run"]
    assert page.one("main [data-focus]")


def test_a_form_without_its_token_changes_nothing(app: Flask, ada: Browser, org_id: str) -> None:
    sent = ada.client.post(BASE, data=NEW, headers={"Origin": "http://localhost"})
    assert sent.status_code == 403
    sent = ada.client.post(f"{BASE}/{org_id}/suspension", headers={"Origin": "http://localhost"})
    assert sent.status_code == 403
    with app.app_context():
        found = db.session.execute(select(Organization.name, Organization.status)).all()
        assert [tuple(row) for row in found] == [("bolt-service", "active")]


def test_the_page_shows_how_it_stands(app: Flask, ada: Browser, org_id: str, key_id: str) -> None:
    page = ada.get(f"{BASE}/{org_id}")
    assert page.one("h1").get_text() == "bolt-service"
    assert page.one(".pool__number").get_text() == "500" and "low" in page.one(".pool").get_text()
    assert "first" in page.one("#keys").get_text() and "All models" in page.one("#keys").get_text()
    assert "+500" in page.one("#ledger").get_text() and "command line" in page.one("#ledger").get_text()
    assert page.one('#nav a[href="/settings/services"]').get("aria-current") == "page"


@pytest.mark.parametrize("path", ["/nope", "/nope/ledger", "/nope/keys/new", "/nope/keys/k", "/{org}/keys/nope"])
def test_what_is_not_there_is_not_found(ada: Browser, org_id: str, key_id: str, path: str) -> None:
    assert ada.get(BASE + path.format(org=org_id)).status == 404
    assert ada.post(f"{BASE}/nope/keys/{key_id}/ending").status == 404
    assert ada.post(f"{BASE}/nope/grants").status == 404
    assert ada.client.put(f"{BASE}/{org_id}").status_code in (403, 405)


def test_suspended_it_is_refused_and_let_in_again(app: Flask, ada: Browser, org_id: str) -> None:
    with app.app_context():
        key = create_key(org_id, "k", Rights(("llm:*",)), CLI)[1]
    assert ada.post(f"{BASE}/{org_id}/suspension").headers["Location"] == f"{BASE}/{org_id}"
    page = ada.get(f"{BASE}/{org_id}")
    assert "suspended" in page.one(".head__title").get_text() and not opens(app, key)
    assert ada.post(f"{BASE}/{org_id}/suspension").status == 303, "twice is once"
    ada.post(page.one("form[action$='/lift']")["action"])
    assert opens(app, key)
    with app.app_context():
        acts = [row.action for row in db.session.scalars(select(AuditLog).order_by(AuditLog.created_at))
                if row.user_name == "Ada"]
    assert [act for act in acts if act.startswith("service.")] == ["service.suspend", "service.resume"]


def test_a_name_is_changed_unless_another_has_it(app: Flask, ada: Browser, org_id: str) -> None:
    with app.app_context():
        create_service("taken", 0, CLI)
    seen = ada.get(f"{BASE}/{org_id}").one("#service-seen")["value"]

    def rename(name: str, seen: str = seen) -> Any:
        return ada.post(f"{BASE}/{org_id}/name", {"service-name": name, "service-seen": seen})

    taken = rename("taken")
    assert taken.status == 422 and "already" in taken.one("#service-name-error").get_text()
    assert rename("").status == 422
    assert rename("bolt").status == 303
    late = rename("mine")
    assert late.status == 409 and "changed this meanwhile" in late.words
    assert late.one("#service-name")["value"] == "mine" and late.one("h1").get_text() == "bolt"
    assert rename("mine", late.one("#service-seen")["value"]).status == 303


