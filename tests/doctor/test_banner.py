"""While something is broken that everybody depends on, every page says so; mended, the next page does not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from skyvern_ui import create_app
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models.checkup import Checkup
from skyvern_ui.models.columns import now
from skyvern_ui.models.organization_settings import OrganizationSettings

from ..support.databases import settings_for
from ..support.people import Browser, Page
from .looking import failing, fine, saw

PAGES = ("/runs", "/tasks", "/account", "/notices", "/dashboard")


def banners(page: Page) -> list[str]:
    return [" ".join(each.get_text(" ").split()) for each in page.all("#doctor-banner")]


def test_admins_read_the_cause_and_members_a_plain_sentence(connected: Flask, ada: Browser, ben: Browser) -> None:
    for page in PAGES:
        assert banners(ada.get(page)) == []
    saved_an_hour_ago(connected)
    saw(connected, 300, failing("key"))
    saw(connected, 60, failing("key"))
    for path in PAGES:
        [told] = banners(ada.get(path))
        assert told.startswith("The key fails (refused). ") and "5 min ago" in told
        [plain] = banners(ben.get(path))
        assert "does not accept this server" in plain and "The key fails" not in plain
    assert ada.get("/account").one("#doctor-banner a")["href"] == "/doctor"
    assert ben.get("/account").all("#doctor-banner a") == []


def test_what_was_seen_of_another_connection_is_no_trouble_of_this_one(connected: Flask, ada: Browser) -> None:
    """A server that was just started and then connected: its first look found no Skyvern, because there was none."""
    saw(connected, 20, failing("network", "no_connection"))
    assert banners(ada.get("/account")) == []
    assert ada.get("/account").one(".nav__connection")["data-state"] == "ok"
    saved_an_hour_ago(connected)
    assert banners(ada.get("/account")) != []


def saved_an_hour_ago(app: Flask) -> None:
    with app.app_context(), writing() as session:
        session.execute(update(OrganizationSettings).values(updated_at=now() - timedelta(hours=1)))


def test_the_dot_of_the_navigation_follows_what_is_known(connected: Flask, ada: Browser, ben: Browser) -> None:
    saw(connected, 0, fine("key"))
    assert ada.get("/account").one(".nav__connection")["data-state"] == "ok"
    saw(connected, 0, failing("key"))
    for browser, path in ((ada, "/account"), (ada, "/doctor"), (ben, "/account")):
        assert browser.get(path).one(".nav__connection")["data-state"] == "trouble"
    saw(connected, 0, fine("key"))
    assert ben.get("/account").one(".nav__connection")["data-state"] == "ok"


def test_a_mend_is_seen_on_the_next_page_of_every_worker(connected: Flask, ada: Browser, database_url: str,
                                                         tmp_path: Path) -> None:
    other = create_app(settings_for(database_url, tmp_path))
    there = Browser(other)
    there.sign_in("ada@example.com")
    saw(connected, 0, failing("network"))
    assert banners(ada.get("/account")) and banners(there.get("/account"))
    saw(connected, 0, fine("network"))
    assert not banners(ada.get("/account")) and not banners(there.get("/account"))
    with other.app_context():
        db.session.remove()
        db.engine.dispose()
    other.extensions["reader"].close()


def test_members_hear_of_the_model_too(connected: Flask, ben: Browser) -> None:
    saw(connected, 0, failing("model-answer", "balance"))
    [told] = banners(ben.get("/tasks"))
    assert told.startswith("The model that Skyvern works with does not answer") and "balance" not in told


def test_little_troubles_are_no_banner_and_the_doctor_has_its_own_page(connected: Flask, ada: Browser) -> None:
    saw(connected, 0, failing("webhooks"))
    assert banners(ada.get("/account")) == []
    saw(connected, 0, failing("key"))
    assert banners(ada.get("/doctor/history")) == []


def test_without_a_connection_the_page_says_that_and_nothing_more(app: Flask, ada: Browser) -> None:
    saw(app, 0, failing("network"))
    page = ada.get("/account")
    assert "Skyvern is not connected yet" in page.words and banners(page) == []


def test_trouble_with_reading_it_breaks_no_page(connected: Flask, ada: Browser,
                                                monkeypatch: pytest.MonkeyPatch) -> None:
    saw(connected, 0, failing("key"))

    def away() -> None:
        raise OperationalError("SELECT", {}, Exception("the database is away"))

    monkeypatch.setattr("skyvern_ui.doctor.history.banner.banner_state", away)
    page = ada.get("/account")
    assert page.status == 200 and banners(page) == []


def test_what_was_written_by_another_release_breaks_no_page(connected: Flask, ada: Browser) -> None:
    saw(connected, 0, failing("key"))
    with connected.app_context():
        with writing() as session:
            session.execute(update(Checkup).values(finding={"title": 7, "evidence": None, "new": [1]}))
        db.session.remove()
    assert banners(ada.get("/account"))[0].startswith("7")
