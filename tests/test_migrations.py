"""The schema goes up and down on both databases, once however many start together, and adopts the old overlay's."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select, text

from skyvern_ui import create_app
from skyvern_ui.extensions import db
from skyvern_ui.migrating import bring_up_to_date, take_down
from skyvern_ui.models import AuditLog, OrganizationSettings
from skyvern_ui.settings.rules import open_key

from .support.databases import SECRET, settings_for
from .support.people import Browser
from .support.server import ROOT

OLD_OVERLAY = Path(__file__).parent / "support" / "drizzle.sql"
KEY = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvXzEifQ.c2lnbmF0dXJl"


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return new_database(request.getfixturevalue("postgres_server"), tmp_path)


def new_database(server: str, tmp_path: Path) -> str:
    name = "m_" + hashlib.sha256(str(tmp_path).encode()).hexdigest()[:12]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{server.rsplit('/', 1)[0]}/{name}"


def test_up_and_down_and_up_again(empty_url: str, tmp_path: Path) -> None:
    app = create_app(settings_for(empty_url, tmp_path))
    for _ in range(2):
        bring_up_to_date(app)
        with app.app_context():
            assert set(db.metadata.tables) <= set(inspect(db.engine).get_table_names())
            db.session.remove()
        take_down(app, "base")
        with app.app_context():
            assert inspect(db.engine).get_table_names() == ["alembic_version"]
    bring_up_to_date(app)
    bring_up_to_date(app)


def test_the_models_and_the_migrations_say_the_same(empty_url: str, tmp_path: Path) -> None:
    app = create_app(settings_for(empty_url, tmp_path))
    bring_up_to_date(app)
    with app.app_context(), db.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), db.metadata)
    wanted = [d for d in found if d[0] not in ("remove_index",) and "constraint" not in str(d[0])]
    assert wanted == []


def test_ten_processes_that_start_together_migrate_once(empty_url: str, tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "DATABASE_URL": empty_url, "INSTANCE_DIR": str(tmp_path), "SANDBOX": "0",
               "SECRET_KEY": SECRET}
    processes = [subprocess.Popen([sys.executable, "-m", "skyvern_ui", "migrate"], cwd=ROOT, env=environ,
                                  stderr=subprocess.PIPE) for _ in range(10)]
    errors = [process.communicate(timeout=100)[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0] * 10, errors


def test_a_schema_that_is_not_there_yet_is_not_ready(empty_url: str, tmp_path: Path) -> None:
    app = create_app(settings_for(empty_url, tmp_path))
    client = app.test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    assert client.get("/login").status_code == 503
    bring_up_to_date(app)
    assert client.get("/readyz").status_code == 200


def test_the_database_of_the_earlier_overlay_is_adopted(postgres_server: str, tmp_path: Path) -> None:
    url = new_database(postgres_server, tmp_path)
    salt = "ab" * 16
    old = hashlib.scrypt(b"old password of ben", salt=salt.encode(), n=16384, r=16, p=1, maxmem=2**26, dklen=64)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(OLD_OVERLAY.read_text())
        connection.execute("UPDATE account SET password = %s", (f"{salt}:{old.hex()}",))
        connection.execute("UPDATE organization_settings SET skyvern_api_key = %s", (KEY,))
    app = create_app(settings_for(url, tmp_path))
    bring_up_to_date(app)
    ben = Browser(app)
    assert ben.get("/setup").headers["Location"] == "/login"
    assert ben.sign_in("ben@example.com", "old password of ben").status == 303
    page = ben.get("/settings/audit")
    assert "workflow.create" in page.words and "wpid_1" in page.words
    with app.app_context():
        row = db.session.scalars(select(OrganizationSettings)).one()
        assert row.skyvern_api_key and KEY not in row.skyvern_api_key
        assert open_key(app.extensions["sealer"], row) == KEY
        everything = db.session.execute(text("SELECT string_agg(o::text, '') FROM organization_settings o")).scalar()
        assert KEY not in str(everything)
        assert db.session.scalar(select(AuditLog.user_name).where(AuditLog.action == "workflow.create")) == "Ben"
    removed = ben.post("/settings/users/old-user/removal")
    assert removed.status == 303
