from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from skyvern_ui.audit import Actor, conclude, intend, record
from skyvern_ui.audit.rules import settle_forgotten
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog, User
from skyvern_ui.models.columns import now

from ..support.people import Browser

ACTOR = Actor("person", "user-ben", "Ben", "127.0.0.1", "agent", "session", "request")


def add_rows(app: Flask, count: int) -> None:
    with app.app_context(), writing():
        for number in range(count):
            record(ACTOR, "run.create", "run", f"wr_{number}", number=number)


def test_pages_are_whole_and_nothing_is_shown_twice(app: Flask, ada: Browser) -> None:
    add_rows(app, 120)
    seen: list[str] = []
    address = "/settings/audit?action=run.create"
    for _ in range(5):
        page = ada.get(address)
        seen += [a["href"].rsplit("/", 1)[1] for a in page.all('tbody a[href^="/runs/"]')]
        older = [a["href"] for a in page.all(".pager a") if "Older" in a.get_text()]
        if not older:
            break
        address = older[0]
    assert sorted(seen) == sorted(f"wr_{n}" for n in range(120))


@pytest.mark.parametrize(("query", "count"), [
    ("person=ben", 3), ("person=user-ben", 3), ("person=%25", 0), ("action=run.create", 3), ("resource=wr_1", 1),
    ("outcome=done&action=run.create", 3), ("outcome=refused&action=run.create", 0),
    ("since=2020-01-01&action=run.create", 3), ("until=2020-01-01", 0), ("since=2999-01-01", 0),
])
def test_filters_combine(app: Flask, ada: Browser, query: str, count: int) -> None:
    add_rows(app, 3)
    assert len(ada.get(f"/settings/audit?{query}").all('tbody a[href^="/runs/"]')) == count


def test_a_senseless_filter_says_so(ada: Browser) -> None:
    page = ada.get("/settings/audit?since=yesterday")
    assert page.status == 422 and "valid date" in page.words
    assert ada.get("/settings/audit?after=nonsense~x").status == 200
    assert ada.get("/settings/audit/export.xml").status == 404


def test_exports_hold_every_row_and_no_formula(app: Flask, ada: Browser) -> None:
    with app.app_context(), writing():
        for number in range(700):
            record(ACTOR, "run.create", "run", f"wr_{number}")
        record(Actor("person", "x", "=cmd()"), "run.create", "run", "wr_x")
    rows = list(csv.DictReader(io.StringIO(ada.get("/settings/audit/export.csv?action=run.create").text)))
    assert len(rows) == 701
    assert "'=cmd()" in {row["user_name"] for row in rows}
    assert len(json.loads(ada.get("/settings/audit/export.json?action=run.create").text)) == 701
    assert json.loads(ada.get("/settings/audit/export.json?action=audit.export").text)


def test_hostile_text_is_kept_as_one_harmless_line(app: Flask, ada: Browser) -> None:
    nasty = "a\r\n2026-01-01 admin logged in\x1b[2J\u2028\ud800\x00"
    Browser(app).sign_in(nasty.replace("\x00", "").replace("\ud800", "") + "@example.com", "x")
    with app.app_context(), writing():
        record(Actor("person", "x", nasty, "1.2.3.4", nasty), "run.create", "run", nasty, note=nasty)
    page = ada.get("/settings/audit")
    assert page.status == 200 and "\x1b" not in page.text


def test_secrets_by_name_are_masked(app: Flask) -> None:
    with app.app_context(), writing():
        record(ACTOR, "x.y", password="hunter2", api_key="sk-1", url="http://x")
    with app.app_context():
        row = db.session.scalar(select(AuditLog))
    assert row and row.details == {"password": "***", "api_key": "***", "url": "http://x"}


def test_without_its_audit_row_a_change_does_not_happen(app: Flask, ada: Browser) -> None:
    broken(app, "INSERT")
    page = ada.post("/settings/users", {"name": "Dana", "email": "dana@example.com", "role": "user"})
    assert page.status == 503 and page.headers["Retry-After"]
    assert ada.get("/account").status == 200
    with app.app_context():
        assert db.session.scalar(select(User).where(User.email == "dana@example.com")) is None


def test_an_outcome_that_cannot_be_written_stays_pending_and_becomes_unknown(app: Flask) -> None:
    with app.app_context():
        row_id = intend(ACTOR, "run.create", "run", None)
    broken(app, "UPDATE")
    with app.app_context():
        conclude(row_id, "done", 200, "wr_1")
        row = db.session.get(AuditLog, row_id)
        assert row and row.outcome == "pending"
        db.session.remove()
    mended(app, "UPDATE")
    with app.app_context():
        with writing() as session:
            found = session.get(AuditLog, row_id)
            assert found
            found.created_at = now() - timedelta(minutes=11)
        assert settle_forgotten() == 1
        row = db.session.get(AuditLog, row_id)
        assert row and row.outcome == "unknown"


def broken(app: Flask, event: str) -> None:
    """Makes every such statement on the audit log fail."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            statements = [f"CREATE TRIGGER broken BEFORE {event} ON audit_log BEGIN SELECT RAISE(ABORT, 'x'); END"]
        else:
            statements = ["CREATE OR REPLACE FUNCTION broken() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'x'; END $$ "
                          "LANGUAGE plpgsql",
                          f"CREATE TRIGGER broken BEFORE {event} ON audit_log EXECUTE FUNCTION broken()"]
        with writing() as session:
            for statement in statements:
                session.execute(text(statement))


def mended(app: Flask, event: str) -> None:
    with app.app_context(), writing() as session:
        on = "" if db.engine.dialect.name == "sqlite" else " ON audit_log"
        session.execute(text(f"DROP TRIGGER broken{on}"))


@pytest.fixture(autouse=True)
def always_mended(app: Flask) -> object:
    yield
    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            with writing() as session:
                session.execute(text("DROP TRIGGER IF EXISTS broken ON audit_log"))
    return None
