"""Saved views: a person's own filters under a name."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import SavedView

from ..support.people import Browser


@pytest.fixture(autouse=True)
def with_skyvern(connected: Flask) -> Flask:
    return connected


def save(browser: Browser, name: str, query: str = "status=failed") -> str:
    page = browser.post("/runs/views", {"name": name, "query": query})
    assert page.status == 303, page.words[:400]
    found = re.search(r"view=(\w+)", page.headers["Location"])
    assert found
    return found.group(1)


def views(app: Flask, user: str) -> list[tuple[str, str]]:
    with app.app_context():
        return [(v.name, v.query) for v in db.session.scalars(
            select(SavedView).where(SavedView.user_id == user).order_by(SavedView.created_at, SavedView.id))]


def test_filters_are_kept_under_a_name(connected: Flask, ben: Browser, cleo: Browser) -> None:
    view = save(ben, "  Broken   ones ", "status=failed&tags=env:*&page=7&page_size=50&view=x&junk=1&q=")
    assert views(connected, "user-ben") == [("Broken ones", "status=failed&tags=env%3A%2A")]
    link = ben.get("/runs").all(".views__view")[1]
    assert link.get_text(strip=True) == "Broken ones"
    assert link["href"] == f"/runs?status=failed&tags=env%3A%2A&view={view}"
    opened = ben.get(link["href"])
    assert opened.one(".views__view[aria-current]").get_text(strip=True) == "Broken ones"
    assert "Broken ones" not in cleo.get("/runs").words


def test_a_view_is_renamed_overwritten_and_removed(connected: Flask, ben: Browser) -> None:
    view = save(ben, "Broken")
    changed = ben.get(f"/runs?status=failed&status=terminated&view={view}")
    assert changed.all(".views__changed") and "Update “Broken”" in changed.words
    form = changed.one(f'form[action="/runs/views/{view}/filters"]')
    assert ben.post(form["action"], {"query": form.select_one("[name=query]")["value"]}).status == 303
    assert ben.post(f"/runs/views/{view}/name", {"name": "All that broke"}).status == 303
    assert views(connected, "user-ben") == [("All that broke", "status=failed&status=terminated")]
    assert ben.post(f"/runs/views/{view}/removal").headers["Location"] == "/runs"
    assert views(connected, "user-ben") == []


def test_what_cannot_be_kept_is_said_beside_the_name(connected: Flask, ben: Browser) -> None:
    view = save(ben, "Broken")
    other = save(ben, "Other")
    for data in ({"name": "", "query": "status=failed"}, {"name": "x" * 61, "query": "status=failed"},
                 {"name": "Broken", "query": "status=failed"}, {"name": "Fine", "query": ""},
                 {"name": "Fine", "query": "junk=1"}):
        page = ben.post("/runs/views", data)
        assert page.status == 422 and page.one("#view-error").get_text(strip=True), data
    assert ben.post(f"/runs/views/{other}/name", {"name": "Broken"}).status == 422
    assert ben.post(f"/runs/views/{view}/filters", {"query": ""}).status == 422
    assert [name for name, _ in views(connected, "user-ben")] == ["Broken", "Other"]


def test_thirty_views_are_the_most(connected: Flask, ben: Browser, cleo: Browser) -> None:
    with connected.app_context(), writing() as session:
        session.add_all(SavedView(user_id="user-ben", name=f"View {n}", query="status=failed") for n in range(30))
    page = ben.post("/runs/views", {"name": "One more", "query": "status=failed"})
    assert page.status == 422 and "thirty" in page.words
    save(cleo, "One more")


def test_another_persons_view_is_not_there(connected: Flask, ben: Browser, cleo: Browser) -> None:
    view = save(ben, "Broken")
    for path, data in (("name", {"name": "Mine now"}), ("filters", {"query": "status=running"}), ("removal", {})):
        assert cleo.post(f"/runs/views/{view}/{path}", data).status == 404
        assert cleo.post(f"/runs/views/nonsense/{path}", data).status == 404
    assert views(connected, "user-ben") == [("Broken", "status=failed")]


def test_a_hostile_name_is_only_text(ben: Browser) -> None:
    save(ben, "<script>alert(1)</script>")
    assert "<script>alert" not in ben.get("/runs").text
