"""`doctor --deploy`: what is unsafe fails, and a sound installation does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from skyvern_ui import create_app
from skyvern_ui.audit import CLI
from skyvern_ui.config import BadSetting, Settings
from skyvern_ui.doctor.deploy.findings import deploy_findings, refused_start
from skyvern_ui.doctor.finding import Finding
from skyvern_ui.extensions import db
from skyvern_ui.settings.rules import save_connection

from ..relay.fault_server import answering, ok
from ..sandbox_server import Sandbox
from ..support.databases import SECRET, settings_for
from ..support.people import add_people

SAFE = {"SKYVERN_UI_ENV": "production", "PUBLIC_URL": "http://localhost:3000"}


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FLASK_DEBUG", "PYTHONDEVMODE", "WEB_CONCURRENCY"):
        monkeypatch.delenv(name, raising=False)


def failed(app: Flask) -> dict[str, Finding]:
    return {each.code: each for each in deploy_findings(app) if each.verdict in ("fail", "unknown")}


@pytest.fixture
def safe(database_url: str, tmp_path: Path, sandbox: Sandbox) -> Flask:
    """A sound installation, with people and a connection."""
    tmp_path.chmod(0o700)
    app = create_app(settings_for(database_url, tmp_path, **SAFE))
    add_people(app)
    with app.app_context():
        save_connection(app.extensions["sealer"], sandbox.url, sandbox.key, CLI)
        db.session.remove()
    return app


def test_a_sound_installation_has_no_failure_and_says_what_was_looked_at(safe: Flask, sandbox: Sandbox) -> None:
    found = deploy_findings(safe)
    assert [each for each in found if each.verdict in ("fail", "unknown", "warn")] == []
    assert {"deploy-settings", "deploy-debug", "deploy-setup", "deploy-stored-keys", "deploy-skyvern-key",
            "deploy-pool", "own-files", "own-database", "clock-database", "doors-public"} <= {
                each.check for each in found}
    assert sandbox.key not in str(found) and SECRET not in str(found)


@pytest.mark.parametrize(("setting", "code"), [
    ({"SKYVERN_UI_ENV": "development"}, "not_production"),
    ({"SKYVERN_UI_ENV": "development", "PUBLIC_URL": ""}, "no_public_url"),
    ({"SKYVERN_UI_ENV": "development", "PUBLIC_URL": "http://no-such-name.invalid"}, "public_http"),
    ({"SKYVERN_UI_ENV": "development", "TRUSTED_PROXIES": "0.0.0.0/0"}, "everybody_trusted"),
    ({"SKYVERN_UI_ENV": "development", "SECRET_KEY": "changeme"}, "weak_secret")])
def test_each_unsafe_setting_fails(database_url: str, tmp_path: Path, setting: dict[str, str], code: str) -> None:
    assert code in failed(create_app(settings_for(database_url, tmp_path, **{**SAFE, **setting})))


@pytest.mark.parametrize(("environ", "words"), [
    ({"SECRET_KEY": "short"}, "SECRET_KEY is too weak"), ({"PUBLIC_URL": "http://skyvern.example.com"}, "https"),
    ({"TRUSTED_PROXIES": "0.0.0.0/0"}, "TRUSTED_PROXIES"), ({"PORT": "many"}, "PORT must be")])
def test_a_start_that_is_refused_is_a_finding(tmp_path: Path, environ: dict[str, str], words: str) -> None:
    with pytest.raises(BadSetting) as refused:
        Settings.from_env({"INSTANCE_DIR": str(tmp_path), "SECRET_KEY": SECRET, **SAFE, **environ})
    found = refused_start(refused.value)
    assert found.verdict == "fail" and words in found.explain and found.check == "deploy-start"


def test_debugging_fails(safe: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    assert "debug_on" in failed(safe)
    monkeypatch.setenv("FLASK_DEBUG", "0")
    assert "debug_on" not in failed(safe)
    safe.debug = True
    assert "debug_on" in failed(safe)


def test_too_many_workers_for_postgresql_fail(safe: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "50")
    found = failed(safe)
    assert ("too_many_connections" in found) == (not safe.config["SETTINGS"].sqlite), found


def test_a_metrics_page_that_only_one_worker_fills_fails(database_url: str, tmp_path: Path,
                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "2")
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    app = create_app(settings_for(database_url, tmp_path, METRICS_TOKEN="a-token-for-it", **SAFE))  # noqa: S106
    assert "metrics_per_worker" in failed(app)


def test_a_stored_key_without_its_secret_fails(safe: Flask, database_url: str, tmp_path: Path) -> None:
    app = create_app(settings_for(database_url, tmp_path, **SAFE, SECRET_KEY=SECRET[::-1]))
    found = failed(app)
    assert "stored_key_unreadable" in found and found["stored_key_unreadable"].mend == "/settings"
    both = create_app(settings_for(database_url, tmp_path, **SAFE, SECRET_KEY=f"{SECRET[::-1]},{SECRET}"))
    assert "stored_key_unreadable" not in failed(both)


def test_a_server_that_anybody_could_set_up_fails(empty_app: Flask, database_url: str, tmp_path: Path) -> None:
    there = {**SAFE, "PUBLIC_URL": "https://no-such-name.invalid"}
    assert "setup_open" in failed(create_app(settings_for(database_url, tmp_path, **there)))
    assert "setup_open" not in failed(create_app(settings_for(database_url, tmp_path, SETUP_TOKEN="x" * 20, **there)))
    assert "setup_open" not in failed(create_app(settings_for(database_url, tmp_path, **SAFE)))


def test_a_skyvern_without_a_key_fails(safe: Flask) -> None:
    with answering(ok(b"[]", "content-type: application/json")) as server:
        with safe.app_context():
            save_connection(safe.extensions["sealer"], f"http://127.0.0.1:{server.port}", "a-key-of-skyvern", CLI)
            db.session.remove()
        found = failed(safe)
    assert "skyvern_keyless" in found
    assert all(b"a-key-of-skyvern" not in request for request in server.requests)


def test_files_that_others_may_read_fail(safe: Flask, tmp_path: Path) -> None:
    secret = tmp_path / "secret-key"
    secret.write_text("x")
    secret.chmod(0o644)
    assert "secret_readable" in failed(safe)
    secret.unlink()


def test_a_database_that_is_away_is_a_failure_and_not_a_traceback(tmp_path: Path) -> None:
    app = create_app(settings_for("postgresql://u:the-password@127.0.0.1:9/x", tmp_path, **SAFE))
    found = deploy_findings(app)
    assert found[0].code == "database_away" and "the-password" not in str(found)
