"""One box finds what a person may see: pages, actions, workflows, runs, people, and any id."""

from __future__ import annotations

import time

import pytest
from flask import Flask

from skyvern_ui.audit import CLI, Actor
from skyvern_ui.claims import claim
from skyvern_ui.palette.rules import offered
from skyvern_ui.settings.rules import save_preferences

from ..sandbox_server import Sandbox
from ..support.people import Browser, Page

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SESSIONS = "section[aria-labelledby=palette-sessions]"
LAMPS = {"title": "Order a reading lamp", "workflow_definition": {"parameters": [], "blocks": [
    {"block_type": "goto_url", "label": "open", "url": "https://shop.example/"}]}}


def titles(page: Page, group: str) -> list[str]:
    return [found.get_text() for found in page.html.select(f"section[aria-labelledby=palette-{group}] .palette__title")]


def test_admins_are_offered_more(connected: Flask, ada: Browser, ben: Browser) -> None:
    assert {"Audit", "People", "Doctor"} <= set(titles(ada.get("/palette"), "pages"))
    assert not {"Audit", "People", "Doctor"} & set(titles(ben.get("/palette"), "pages"))
    assert "Add a person" not in titles(ben.get("/palette"), "actions")
    assert ben.get("/palette").one('.palette__card form[action="/logout"] button').get_text(strip=True) == "Sign out"


def test_every_page_and_action_that_is_offered_is_there(connected: Flask, ada: Browser) -> None:
    for group in offered((), is_admin=True):
        for entry in group.entries:
            if not entry.writes:
                assert ada.client.get(entry.href, follow_redirects=True).status_code == 200, entry.href


def test_workflows_and_runs_are_found_by_their_text(connected: Flask, ada: Browser, sandbox: Sandbox) -> None:
    wpid = sandbox.workflow(LAMPS)
    run_id = sandbox.run_workflow(wpid)
    page = ada.get("/palette/results?q=reading lamp")
    assert [a["href"] for a in page.all("section[aria-labelledby=palette-workflows] a")] == [
        f"/workflows/{wpid}", "/workflows?q=reading%20lamp"]
    assert f"/runs/{run_id}" in [a["href"] for a in page.all("section[aria-labelledby=palette-runs] a")]
    assert [mark.get_text() for mark in page.all("section[aria-labelledby=palette-workflows] mark")] == [
        "reading", "lamp"]
    for _ in range(8):
        sandbox.workflow(LAMPS)
    assert len(ada.get("/palette/results?q=lamp").all("section[aria-labelledby=palette-workflows] [data-entry]")) == 6


def test_an_id_leads_straight_there(connected: Flask, ada: Browser, sandbox: Sandbox) -> None:
    wpid = sandbox.workflow(LAMPS)
    run_id = sandbox.run_workflow(wpid)
    assert ada.get(f"/palette?q={run_id}").headers["Location"] == f"/runs/{run_id}"
    assert ada.get(f"/palette?q=  {wpid} ").headers["Location"] == f"/workflows/{wpid}"
    assert ada.get(f"/palette/results?q={wpid}").one("section[aria-labelledby=palette-id] a")["href"] == \
        f"/workflows/{wpid}"
    assert "no run is known that it belongs to" in ada.get("/palette/results?q=wrb_123").words


def test_open_browsers_are_found_by_name_and_id(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    session = sandbox.call("POST", "/v1/browser_sessions", json={"timeout": 10}).json()["browser_session_id"]
    for text in ("session", session[:9], session):
        found = ben.get(f"/palette/results?q={text}").all(f"{SESSIONS} a")
        assert f"/runs?q={session}" in [a["href"] for a in found], text
    assert not ben.get("/palette/results?q=lamp").all(f"{SESSIONS} a")
    with connected.app_context():
        save_preferences({"private_runs": True}, CLI)
    assert not ben.get(f"/palette/results?q={session}").all(f"{SESSIONS} a")


def test_private_runs_stay_private(connected: Flask, ben: Browser, cleo: Browser, ada: Browser,
                                   sandbox: Sandbox) -> None:
    run_id = sandbox.run_workflow(sandbox.workflow(LAMPS))
    with connected.app_context():
        claim(run_id, "run", Actor("person", "user-ben", "Ben"))
        save_preferences({"private_runs": True}, CLI)
    for person, sees in ((ada, True), (ben, True), (cleo, False)):
        found = person.get("/palette/results?q=reading")
        assert bool([a for a in found.all("a") if a["href"] == f"/runs/{run_id}"]) is sees
    page = cleo.get(f"/palette?q={run_id}")
    assert page.status == 200 and "not yours to see" in page.words and not page.all(f'a[href="/runs/{run_id}"]')


def test_only_admins_find_people(connected: Flask, ada: Browser, ben: Browser) -> None:
    assert ada.get("/palette/results?q=cle").one("section[aria-labelledby=palette-people] a")["href"] == \
        "/settings/users/user-cleo"
    assert ada.get("/palette/results?q=cl%00e").status == 200
    assert not ben.get("/palette/results?q=cle").all("section[aria-labelledby=palette-people]")


def test_a_source_that_hangs_or_fails_holds_up_no_other(connected: Flask, ada: Browser, sandbox: Sandbox,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("skyvern_ui.palette.sources.SECONDS", 0.4)
    run_id = sandbox.run_workflow(sandbox.workflow(LAMPS))
    sandbox.fault("/v1/workflows", "delay", seconds=9)
    began = time.monotonic()
    page = ada.get("/palette/results?q=reading")
    assert time.monotonic() - began < 8
    assert "No answer in time" in page.one("section[aria-labelledby=palette-workflows]").get_text()
    assert f"/runs/{run_id}" in [a["href"] for a in page.all("section[aria-labelledby=palette-runs] a")]
    sandbox.fault("/v1/runs", "status", status=500, count=5)
    page = ada.get("/palette/results?q=reading")
    assert page.status == 200 and page.one("section[aria-labelledby=palette-runs] .palette__problem")


def test_without_skyvern_pages_and_people_are_found(app: Flask, ada: Browser, nobody: Browser) -> None:
    page = ada.get("/palette?q=audit")
    assert titles(page, "pages") == ["Audit"] and page.one(".palette__card .palette__problem")
    assert "Nothing is called" in ada.get("/palette/results?q=x").words
    assert nobody.get("/palette").status == 303
