"""Keys as an admin meets them: made, fenced in, rotated with an overlap, ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from skyvern_ui.audit import CLI
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog, ServiceKey, ServiceKeySecret
from skyvern_ui.models.columns import now
from skyvern_ui.services.keys.rules import KeyRefused, Rights, create_key, recognise
from skyvern_ui.services.rules import create_service

from ..support.people import Browser, Page

RIGHTS = {"scopes": ["llm:chat", "skyvern:read"], "models": "glm-4.6\nqwen3, glm-4.6",
          "addresses": "192.0.2.7\n10.0.0.0/8", "per_minute": "60", "at_once": "4", "spend_cap": "1,000",
          "credits_day": "100", "credits_month": "", "calls_day": "", "calls_month": "5000", "expires_at": ""}


@pytest.fixture
def here(app: Flask) -> str:
    with app.app_context():
        return f"/settings/services/{create_service('bolt-service', 5000, CLI)}"


@pytest.fixture
def secret(app: Flask, here: str) -> str:
    """The secret of its one key."""
    with app.app_context():
        return create_key(here.rsplit("/", 1)[1], "worker", Rights(("llm:*",)), CLI)[1]


@pytest.fixture
def key(here: str, secret: str) -> str:
    """The page of its one key."""
    return f"{here}/keys/{secret.split('_')[2]}"


def fate(app: Flask, secret: str) -> str:
    """open, or why not."""
    with app.app_context():
        try:
            recognise(secret)
        except KeyRefused as error:
            return error.code
        finally:
            db.session.remove()
        return "open"


def as_it_is(page: Page) -> dict[str, Any]:
    """What the form of the rights would send."""
    form = page.one("#rights form")
    fields: dict[str, Any] = {each["name"]: each.get("value", "") for each in form.select("input:not([type=checkbox])")}
    fields |= {each["name"]: each.get_text().strip() for each in form.select("textarea")}
    fields["scopes"] = [each["value"] for each in form.select("[name=scopes][checked]")]
    return fields


def test_a_key_is_made_with_its_fences(app: Flask, ada: Browser, here: str) -> None:
    page = ada.post(f"{here}/keys", {"name": "worker 2", **RIGHTS})
    assert page.status == 201 and fate(app, page.one("#the-key").get_text()) == "open"
    assert '"model": "glm-4.6"' in page.one("#example-chat-curl").get_text()
    assert not page.all("#example-run-python"), "it may not start runs"
    with app.app_context():
        row = db.session.scalars(select(ServiceKey)).one()
        assert (row.name, row.scopes, row.models) == ("worker 2", ["llm:chat", "skyvern:read"], ["glm-4.6", "qwen3"])
        assert row.addresses == ["192.0.2.7/32", "10.0.0.0/8"] and (row.per_minute, row.at_once) == (60, 4)
        assert row.spend_cap == 1_000_000 and row.limits == {"credits_day": 100_000, "calls_month": 5000}
    words = ada.get(here).one("#keys").get_text(" ")
    assert "worker 2" in words and "Chat" in words and "60 calls a minute" in words and "never" in words


def test_a_form_sent_twice_makes_one_key(app: Flask, ada: Browser, here: str) -> None:
    assert ada.post(f"{here}/keys", {"name": "worker", **RIGHTS}).status == 201
    again = ada.post(f"{here}/keys", {"name": " Worker ", **RIGHTS})
    assert again.status == 422 and "of this name already" in again.one("#name-error").get_text()
    with app.app_context():
        assert len(db.session.scalars(select(ServiceKey.id)).all()) == 1


@pytest.mark.parametrize(("field", "value", "said"), [
    ("name", "", "Give it a name"), ("name", "x" * 81, "longer than 80"), ("scopes", [], "Choose at least one"),
    ("models", "x" * 201, "200 visible"), ("addresses", "nowhere", "neither an address"),
    ("addresses", "10.0.0.0/99", "neither"), ("per_minute", "fast", "whole number"), ("per_minute", "0", "from 1"),
    ("at_once", "-1", "whole number"), ("spend_cap", "1e3", "as a number"), ("credits_day", "0", "at least"),
    ("calls_month", "1.5", "whole number"), ("expires_at", "2020-01-01T00:00", "over already"),
    ("expires_at", "soon", "Not a valid"), ("imported", "sk short", "16 to 512"),
])
def test_a_mistake_is_said_at_its_field_and_nothing_is_lost(app: Flask, ada: Browser, here: str, field: str, value: Any,
                                                            said: str) -> None:
    page = ada.post(f"{here}/keys", {"name": "worker", **RIGHTS, field: value})
    assert page.status == 422 and said in page.one(f"#{field}-error").get_text()
    for name in ("per_minute", "spend_cap", "calls_month"):
        sent = value if name == field else RIGHTS[name]
        assert page.one(f"#{name}")["value"] == sent
    assert page.one("#models").get_text().strip() == (value if field == "models" else RIGHTS["models"])
    with app.app_context():
        assert not db.session.scalars(select(ServiceKey)).all()


def test_rights_are_changed_for_the_next_call(app: Flask, ada: Browser, here: str, key: str, secret: str) -> None:
    form = as_it_is(ada.get(key))
    assert ada.post(key, {**form, "scopes": ["skyvern:*"], "per_minute": "5", "name": "renamed"}).status == 303
    with app.app_context():
        found = recognise(secret)
        assert tuple(found.rights.scopes) == ("skyvern:*",) and found.rights.per_minute == 5
        row = db.session.scalars(select(AuditLog).where(AuditLog.action == "service_key.update")).one()
        assert row.user_name == "Ada" and row.details and row.details["before"]["scopes"] == ["llm:*"]
    bad = ada.post(key, {**as_it_is(ada.get(key)), "at_once": "many"})
    assert bad.status == 422 and bad.one("#at_once")["value"] == "many"


def test_two_admins_at_once_do_not_undo_each_other(ada: Browser, key: str) -> None:
    form = as_it_is(ada.get(key))
    assert ada.post(key, {**form, "per_minute": "5"}).status == 303
    late = ada.post(key, {**form, "at_once": "2"})
    assert late.status == 409 and "changed this meanwhile" in late.words and late.one("#at_once")["value"] == "2"
    assert ada.get(key).one("#per_minute")["value"] == "5"
    assert ada.post(key, {**form, "at_once": "2", "seen": late.one("#seen")["value"]}).status == 303


@pytest.mark.parametrize(("seconds", "old"), [
    ("0", "revoked"), ("3600", "open"), ("86400", "open"), ("604800", "open")])
def test_a_rotation_shows_the_new_secret_once(app: Flask, ada: Browser, here: str, key: str, secret: str, seconds: str,
                                              old: str) -> None:
    assert key in ada.get(key).one(".rotation")["action"]
    page = ada.post(f"{key}/rotation", {"overlap": seconds})
    assert page.status == 201 and page.headers["Cache-Control"] == "no-store"
    fresh = page.one("#the-key").get_text()
    assert fate(app, fresh) == "open" and fate(app, secret) == old
    after = ada.get(key)
    assert fresh.split("_")[3] not in after.text and fresh[-4:] in after.one("#secrets").get_text()
    assert bool(after.all("#secrets form[action$='/ending']")) == (old == "open")
    assert ("works until" in page.words) == (old == "open")


def test_an_old_secret_is_seen_in_use_and_ended_early(app: Flask, ada: Browser, here: str, key: str,
                                                      secret: str) -> None:
    assert ada.post(f"{key}/rotation", {"overlap": "86400"}).status == 201
    with app.app_context(), writing() as session:
        session.execute(update(ServiceKeySecret).where(ServiceKeySecret.last4 == secret[-4:])
                        .values(last_used_at=now() - timedelta(hours=3, minutes=1)))
    words = " ".join(ada.get(here).one("#keys").get_text(" ").split())
    assert "new: never" in words and "old: 3 h ago" in words and "rotating" in words
    again = ada.post(f"{key}/rotation", {"overlap": "0"})
    assert again.status == 409 and "Two secrets" in again.words
    assert ada.post(f"{key}/rotation/ending").status == 303 and fate(app, secret) == "revoked"
    assert ada.post(f"{key}/rotation/ending").status == 303, "twice is once"
    assert ada.post(f"{key}/rotation", {"overlap": "17"}).status == 422


def test_an_ended_key_opens_nothing_and_stays_in_sight(app: Flask, ada: Browser, here: str, key: str,
                                                       secret: str) -> None:
    assert ada.get(key).one("#ending")
    assert ada.post(f"{key}/ending").headers["Location"] == f"{here}#keys"
    assert fate(app, secret) == "revoked"
    page = ada.get(key)
    assert "ended" in page.one(".head__title").get_text() and not page.all("#rights") and not page.all(".rotation")
    assert ada.post(f"{key}/ending").status == 303
    assert ada.post(f"{key}/rotation", {"overlap": "0"}).status == 409
    assert "ended" in ada.get(here).one("#keys").get_text()


def test_a_key_that_ran_out_says_so(app: Flask, ada: Browser, here: str, key: str) -> None:
    with app.app_context(), writing() as session:
        session.execute(update(ServiceKey).values(expires_at=now() - timedelta(days=1)))
    page = ada.get(key)
    assert "ran out" in page.one(".head__title").get_text() and not page.all(".rotation")
    form = as_it_is(page)
    assert ada.post(key, {**form, "expires_at": (now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")}).status == 303
    assert "active" in ada.get(key).one(".head__title").get_text()
