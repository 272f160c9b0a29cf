"""The connection: tested in words, stored sealed, never shown, never sent to a place nobody confirmed."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog, OrganizationSettings
from skyvern_ui.sealed import fingerprint
from skyvern_ui.skyvern.connection import Connection, clean_key, clean_url

from ..sandbox_server import Sandbox
from ..support.people import PASSWORD, Browser, Page
from ..support.postgres import free_port


def save(browser: Browser, url: str, key: str = "", password: str = PASSWORD, **more: str) -> Page:
    return browser.post("/settings/connection", {"url": url, "key": key, "password": password, **more})


def test_a_good_connection_is_saved_sealed_and_never_shown(app: Flask, ada: Browser, sandbox: Sandbox) -> None:
    assert save(ada, sandbox.url + "/api/v1/", f' "Bearer {sandbox.key}"\n').status == 303
    page = ada.get("/settings")
    assert sandbox.key not in page.text and sandbox.key[-4:] in page.words and fingerprint(sandbox.key) in page.words
    assert ada.get("/dashboard").status == 200
    with app.app_context():
        row = db.session.scalars(select(OrganizationSettings)).one()
        assert row.skyvern_api_url == sandbox.url
        assert row.skyvern_api_key and sandbox.key not in row.skyvern_api_key
        rows = db.session.execute(text("SELECT details FROM audit_log")).scalars().all()
        assert sandbox.key not in str(rows)
        assert db.session.scalar(select(AuditLog).where(AuditLog.action == "connection.update"))


def test_each_thing_that_can_be_wrong_has_its_words(ada: Browser, sandbox: Sandbox) -> None:
    assert "Nothing listens" in save(ada, f"http://127.0.0.1:{free_port()}", "k").words
    assert "no key of Skyvern" in save(ada, sandbox.url, "not-the-key").words
    assert "Enter the key" in save(ada, sandbox.url).words
    sandbox.fault("/api/v1/heartbeat", "garbage")
    assert "Only /v1 reaches Skyvern" in save(ada, sandbox.url, sandbox.key).words
    sandbox.fault("/api/v1/heartbeat", "status", status=302, headers={"Location": "http://127.0.0.9/"})
    assert "points elsewhere" in save(ada, sandbox.url, sandbox.key).words
    sandbox.fault("/api/v1/organizations", "status", status=404, body='{"detail":"Organization not found"}')
    assert "another database" in save(ada, sandbox.url, sandbox.key).words
    assert ada.get("/settings").status == 200


@pytest.mark.parametrize("url", [
    "file:///etc/passwd", "gopher://h/", "http://u:p@h/", "http://h/x?y", "http://h#", "ftp://h", "http://[::1%25lo]/",
    "http://169.254.169.254/", "http://metadata.google.internal", "", "http://", "http://h:0", "http://h:99999",
    "javascript:alert(1)", "http://a b/", "http://h\\@evil.test/",
])
def test_addresses_that_are_none_are_refused(ada: Browser, sandbox: Sandbox, url: str) -> None:
    page = save(ada, url, "key")
    assert page.status == 422
    assert page.one('[data-invalid] [name="url"]')


def test_the_stored_key_goes_to_no_other_address(ada: Browser, sandbox: Sandbox) -> None:
    save(ada, sandbox.url, sandbox.key)
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0.3)
        page = save(ada, f"http://127.0.0.1:{canary.getsockname()[1]}")
        assert page.status == 422 and "never sent to another address" in page.words
        with pytest.raises(TimeoutError):
            canary.accept()
    assert save(ada, sandbox.url).status == 303


def test_changing_the_connection_asks_for_ones_own_password(ada: Browser, sandbox: Sandbox) -> None:
    page = save(ada, sandbox.url, sandbox.key, password="wrong")
    assert page.status == 422 and "your own password" in page.words
    assert sandbox.requests() == []


def test_a_key_of_another_secret_is_said_to_be_unreadable(app: Flask, ada: Browser, sandbox: Sandbox) -> None:
    save(ada, sandbox.url, sandbox.key)
    with app.app_context():
        with writing() as session:
            row = session.scalars(select(OrganizationSettings)).one()
            row.skyvern_api_key = app.extensions["sealer"].seal(sandbox.key, "organization_settings:elsewhere")
            row.version += 1
    assert "cannot be read" in ada.get("/dashboard").words
    answer = ada.json("GET", "/api/skyvern/v1/runs")
    assert (answer.status_code, answer.get_json()["code"]) == (503, "stored_key_unreadable")


class TestFound:
    KEY = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvXzEifQ.c2lnbmF0dXJl"

    @pytest.fixture
    def app_settings(self, tmp_path: Path) -> dict[str, str]:
        folder = tmp_path / "skyvern"
        (folder / ".skyvern").mkdir(parents=True)
        (folder / ".env").write_text(f"PORT=1\nSKYVERN_API_KEY='{self.KEY}'\n")
        (folder / ".skyvern" / "credentials.toml").write_text(
            f'[skyvern]\nconfigs = [{{env = "local", orgs = [{{name = "Skyvern", cred = "{self.KEY}x"}}]}}]\n')
        return {"SKYVERN_KEY_PATHS": str(folder)}

    def test_a_key_on_this_machine_is_offered_by_its_fingerprint(self, ada: Browser) -> None:
        page = ada.get("/setup/connection")
        assert fingerprint(self.KEY) in page.words and fingerprint(self.KEY + "x") in page.words
        assert self.KEY not in page.text

    def test_choosing_it_tests_it(self, ada: Browser) -> None:
        page = ada.post("/setup/connection", {"found": fingerprint(self.KEY), "url": "ignored"})
        assert page.status == 422 and "Nothing listens" in page.words
        gone = ada.post("/setup/connection", {"found": "0" * 12})
        assert gone.status == 422 and "That key is gone" in gone.words


def test_what_sticks_to_a_pasted_key_comes_off() -> None:
    for pasted in ("k", " k ", '"k"', "'k'", "Bearer k", "bearer k", "SKYVERN_API_KEY=k", "SKYVERN_API_KEY='k'", "k\n"):
        assert clean_key(pasted) == "k"


def test_a_pasted_address_becomes_an_origin() -> None:
    for pasted in ("http://h:8000", "http://h:8000/", "h:8000", "http://h:8000/api/v1", "http://h:8000/v1/"):
        assert clean_url(pasted) == "http://h:8000"
    assert clean_url("https://h/skyvern/") == "https://h/skyvern"


def test_the_sandbox_too_asks_for_ones_own_password(app: Flask, ada: Browser, sandbox: Sandbox) -> None:
    app.extensions["connections"].sandbox = Connection(sandbox.url, sandbox.key, is_sandbox=True)
    page = ada.get("/settings")
    assert page.one('button[name="found"][value="sandbox"]')
    assert ada.post("/settings/connection", {"found": "sandbox", "password": "wrong"}).status == 422
    assert ada.post("/settings/connection", {"found": "sandbox", "password": PASSWORD}).status == 303
    assert "sandbox" in ada.get("/dashboard").words
