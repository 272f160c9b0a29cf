"""Our own settings, files and database: what is wrong is named, and what is right is not."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from flask import Flask

from skyvern_ui import create_app
from skyvern_ui.doctor.checks.gathered import gathered
from skyvern_ui.doctor.checks.own import look_at_database, look_at_files, look_at_settings
from skyvern_ui.doctor.checks.own_database import PER_WORKER
from skyvern_ui.doctor.checks.own_files import file_findings, file_system_of, is_on_network
from skyvern_ui.doctor.deploy.rules import setting_findings
from skyvern_ui.doctor.finding import Finding, ok
from skyvern_ui.extensions import db
from skyvern_ui.models import Lease

from ..support.databases import SECRET, settings_for
from .fronts import patient

PUBLIC = {"PUBLIC_URL": "https://skyvern.example.com", "TRUSTED_PROXIES": "10.0.0.2", "SKYVERN_UI_ENV": "production"}


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FLASK_DEBUG", "PYTHONDEVMODE", "WEB_CONCURRENCY"):
        monkeypatch.delenv(name, raising=False)


def codes(folder: Path, url: str = "sqlite:///x.db", environ: dict[str, str] | None = None, **more: str) -> set[str]:
    settings = settings_for(url, folder, **more)
    return {found.code for found in setting_findings(settings, environ or {})}


def test_sound_settings_have_no_finding(tmp_path: Path) -> None:
    assert codes(tmp_path, **PUBLIC) == set()
    assert codes(tmp_path, **{**PUBLIC, "PUBLIC_URL": "http://localhost:3000"}) == set()


@pytest.mark.parametrize(("wrong", "code"), [
    ({"SKYVERN_UI_ENV": "development"}, "not_production"),
    ({"SKYVERN_UI_ENV": "development", "SECRET_KEY": "changeme"}, "weak_secret"),
    ({"SKYVERN_UI_ENV": "development", "SECRET_KEY": f"{SECRET},short"}, "weak_secret"),
    ({"SKYVERN_UI_ENV": "development", "SECRET_KEY": "a" * 64}, "weak_secret"),
    ({"SKYVERN_UI_ENV": "development", "PUBLIC_URL": ""}, "no_public_url"),
    ({"SKYVERN_UI_ENV": "development", "PUBLIC_URL": "http://skyvern.example.com"}, "public_http"),
    ({"SKYVERN_UI_ENV": "development", "TRUSTED_PROXIES": "0.0.0.0/0"}, "everybody_trusted"),
    ({"SKYVERN_UI_ENV": "development", "TRUSTED_PROXIES": "::/0"}, "everybody_trusted"),
    ({"TRUSTED_PROXIES": "10.0.0.0/8"}, "wide_networks"), ({"TRUSTED_PROXIES": ""}, "proxy_not_trusted"),
    ({"LLM_UPSTREAM_KEY": "x"}, "upstream_without_address"), ({"LLM_UPSTREAM_MODEL": "x"}, "upstream_without_address"),
    ({"LLM_UPSTREAM_KEY": "x", "LLM_UPSTREAM_URL": "http://8.8.8.8/v1"}, "key_in_clear"),
    ({"SKYVERN_API_KEY": "x", "SKYVERN_API_URL": "http://skyvern.example.com"}, "key_in_clear"),
])
def test_each_unsafe_setting_is_named(tmp_path: Path, wrong: dict[str, str], code: str) -> None:
    assert code in codes(tmp_path, **{**PUBLIC, **wrong})


@pytest.mark.parametrize(("environ", "url", "code"), [
    ({"FLASK_DEBUG": "1"}, "sqlite:///x.db", "debug_on"), ({"PYTHONDEVMODE": "1"}, "sqlite:///x.db", "debug_on"),
    ({}, "sqlite:///:memory:", "database_in_memory"),
    ({"WEB_CONCURRENCY": "2"}, "sqlite:///x.db", "metrics_per_worker"),
])
def test_the_environment_is_looked_at_too(tmp_path: Path, environ: dict[str, str], url: str, code: str) -> None:
    assert code in codes(tmp_path, url, environ, METRICS_TOKEN="a-token-for-metrics", **PUBLIC)  # noqa: S106


def test_a_secret_that_was_generated_is_not_enough_for_postgresql(tmp_path: Path) -> None:
    assert "generated_secret" in codes(tmp_path, "postgresql://a@b/c", SECRET_KEY="")
    assert "generated_secret" not in codes(tmp_path, "sqlite:///x.db", SECRET_KEY="")
    assert "generated_secret" not in codes(tmp_path, "postgresql://a@b/c")


def test_on_ones_own_machine_nobody_is_scolded(empty_app: Flask) -> None:
    assert look_at_settings(patient(empty_app)).verdict == "ok"


def test_a_finding_never_holds_a_secret(tmp_path: Path) -> None:
    settings = settings_for("sqlite:///x.db", tmp_path, SECRET_KEY="changeme-please-1",
                            LLM_UPSTREAM_KEY="sk-model-12345", PUBLIC_URL="http://skyvern.example.com")
    text = str(setting_findings(settings, {}))
    assert "changeme" not in text and "sk-model" not in text


def test_an_exposed_server_in_development_is_a_failure_and_says_all_that_is_to_do(database_url: str, tmp_path: Path
                                                                                  ) -> None:
    app = create_app(settings_for(database_url, tmp_path, PUBLIC_URL="http://skyvern.example.com"))
    found = look_at_settings(patient(app))
    assert found.verdict == "fail" and found.check == "own-settings" and found.code == "not_production"
    assert any("https" in fix for fix in found.fix) and any("SKYVERN_UI_ENV" in fix for fix in found.fix)
    assert ("Also", "People reach this server by plain http") in found.evidence


def test_a_connection_in_the_environment_that_is_not_used_is_named(database_url: str, tmp_path: Path) -> None:
    app = create_app(settings_for(database_url, tmp_path, SKYVERN_API_URL="http://old:8000", SKYVERN_API_KEY="old-key"))
    found = look_at_settings(patient(app, "http://new:8000", "new-key"))
    assert found.verdict == "warn" and found.code == "setting_shadowed" and found.mend == "/settings"
    assert "old-key" not in str(found) and "new-key" not in str(found)
    assert look_at_settings(patient(app, "http://old:8000", "old-key")).verdict == "ok"


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "instance"
    folder.mkdir(mode=0o700)
    yield folder
    folder.chmod(0o700)


def test_files_that_others_may_touch_are_named(instance: Path) -> None:
    settings = replace(settings_for(f"sqlite:///{instance / 'a.db'}", instance), production=True)
    (instance / "a.db").touch(mode=0o600)
    assert file_findings(settings, {}) == []
    instance.chmod(0o777)
    assert [found.code for found in file_findings(settings, {})] == ["folder_writable"]
    instance.chmod(0o755)
    (instance / "secret-key").write_text("x")
    (instance / "secret-key").chmod(0o644)
    assert [found.code for found in file_findings(settings, {})] == ["secret_readable"]
    (instance / "secret-key").chmod(0o600)
    named = instance / "key.txt"
    named.write_text("x")
    named.chmod(0o604)
    found = file_findings(settings, {"SECRET_KEY_FILE": str(named)})
    assert [each.code for each in found] == ["secret_file_readable"] and str(instance) not in str(found)


def test_a_database_that_everybody_may_read_counts_only_where_everybody_may_enter(instance: Path) -> None:
    (instance / "a.db").touch()
    (instance / "a.db").chmod(0o644)
    settings = replace(settings_for(f"sqlite:///{instance / 'a.db'}", instance), production=True)
    assert file_findings(settings, {}) == []
    for folder in (instance, *instance.parents):
        if folder.stat().st_uid == os.getuid() and str(folder).startswith(str(instance.parent.parent)):
            folder.chmod(0o755)
    entered = all(folder.stat().st_mode & 0o001 for folder in (instance, *instance.parents))
    assert [each.code for each in file_findings(settings, {})] == (["database_readable"] if entered else [])


MOUNTS = ("/dev/vda1 / ext4 rw 0 0\nserver:/export /data nfs4 rw 0 0\ntmpfs /data/local tmpfs rw 0 0\n"
          "host /mnt/my\\040disk cifs rw 0 0\nnonsense\n")


@pytest.mark.parametrize(("path", "kind"), [
    ("/data/a.db", "nfs4"), ("/data/local/a.db", "tmpfs"), ("/database/a.db", "ext4"), ("/mnt/my disk/a.db", "cifs")])
def test_the_file_system_is_that_of_the_nearest_mount(path: str, kind: str) -> None:
    assert file_system_of(Path(path), MOUNTS) == kind
    assert is_on_network(Path(path), MOUNTS) == (kind in ("nfs4", "cifs"))


def test_a_sound_database_is_measured_and_left_as_it_was(empty_app: Flask) -> None:
    found = look_at_database(patient(empty_app))
    measured = dict(found.evidence)
    assert found.verdict == "ok", found
    assert measured["Answers in"].endswith(" ms") and "this version" in measured["Schema"]
    if empty_app.config["SETTINGS"].sqlite:
        assert measured["Journal"] == "wal" and "MiB" in measured["Free on its disk"]
    else:
        assert measured["PostgreSQL"] and measured["Connections"].startswith(str(PER_WORKER))
    with empty_app.app_context():
        assert db.session.query(Lease).count() == 0


def test_more_workers_than_postgres_has_connections_for(empty_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "50")
    found = look_at_database(patient(empty_app))
    if empty_app.config["SETTINGS"].sqlite:
        assert found.verdict == "ok"
    else:
        assert (found.verdict, found.code) == ("warn", "too_many_connections") and "WEB_CONCURRENCY" in found.fix[0]


@pytest.mark.parametrize(("statement", "code"), [
    ("DROP TABLE alembic_version", "schema_missing"), ("UPDATE alembic_version SET version_num = 'x'", "schema_other")])
def test_another_schema_is_named(empty_app: Flask, statement: str, code: str) -> None:
    with empty_app.app_context(), db.engine.connect() as connection:
        before = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        connection.exec_driver_sql(statement)
        connection.commit()
    try:
        found = look_at_database(patient(empty_app))
        assert (found.verdict, found.code) == ("fail", code) and found.fix[0].startswith("$ ")
    finally:  # the PostgreSQL database is shared by the tests
        with empty_app.app_context(), db.engine.connect() as connection:
            connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)")
            connection.exec_driver_sql("DELETE FROM alembic_version")
            connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{before}')")
            connection.commit()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_write_lock_that_somebody_keeps_is_named(empty_app: Flask, database_url: str) -> None:
    other = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        found = look_at_database(patient(empty_app))
    finally:
        other.close()
    assert (found.verdict, found.code) == ("fail", "database_locked")


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_read_only_database_is_named(database_url: str, tmp_path: Path) -> None:
    name = database_url.rsplit("/", 1)[1]
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        try:
            found = look_at_database(patient(create_app(settings_for(database_url, tmp_path))))
        finally:
            connection.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    assert (found.verdict, found.code) == ("fail", "cannot_write"), found


@pytest.mark.parametrize(("url", "code"), [
    ("postgresql://u:the-password@127.0.0.1:9/x", "database_away"),
    ("postgresql://u:the-password@no-such-host.invalid/x", "database_name"),
    ("sqlite:////no/such/folder/x.db", "database_file")])
def test_a_database_that_is_away_is_a_finding_without_its_password(tmp_path: Path, url: str, code: str) -> None:
    app = create_app(settings_for(url, tmp_path))
    found = look_at_database(patient(app))
    assert (found.verdict, found.code) == ("fail", code) and "the-password" not in str(found)


def test_files_are_one_finding(empty_app: Flask) -> None:
    assert look_at_files(patient(empty_app)).check == "own-files"


def test_the_worst_trouble_speaks_for_all() -> None:
    fine = ok("a", "own", "Fine", ("Seen", "1"))
    warn = Finding("b", "own", "warn", "w", "W", "why", ("do w",), (("W", "2"),))
    fail = Finding("c", "own", "fail", "f", "F", "why", ("do f", "do w"))
    assert gathered(fine, []) is fine
    found = gathered(fine, [warn, fail])
    assert (found.check, found.verdict, found.title, found.fix) == ("a", "fail", "F", ("do f", "do w"))
    assert found.evidence == (("Also", "W"), ("W", "2"), ("Seen", "1"))
