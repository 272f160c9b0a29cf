"""Generated code: its variants and versions, what differs, what was done to it, and how often it had to be helped."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog

from ...sandbox_server import Sandbox
from ...support.people import Browser
from ...support.server import wait_for

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CITY = {"parameter_type": "workflow", "workflow_parameter_type": "string", "key": "city", "default_value": "Rome"}


def definition(goal: str = "Find the bill") -> dict[str, Any]:
    block = {"block_type": "navigation", "label": "find", "navigation_goal": goal, "url": "https://shop.example/"}
    return {"title": "Bills", "cache_key": "bills {{ city }}", "run_with": "code",
            "workflow_definition": {"parameters": [CITY], "blocks": [block]}}


def ran(sandbox: Sandbox, wpid: str, city: str, count: int = 1) -> list[str]:
    """Runs of it that are over."""
    started = [sandbox.run_workflow(wpid, parameters={"city": city}) for _ in range(count)]
    for run_id in started:
        wait_for(lambda run_id=run_id: sandbox.call("GET", f"/v1/runs/{run_id}").json()["status"] == "completed", 20,
                 "the run to end")
    return started


@pytest.fixture
def wpid(connected: Flask, sandbox: Sandbox) -> str:
    return sandbox.workflow(definition())


@pytest.fixture
def written(wpid: str, sandbox: Sandbox) -> str:
    """A workflow with two variants, one of them in two versions; the path of its code."""
    ran(sandbox, wpid, "Rome")
    sandbox.call("POST", f"/v1/workflows/{wpid}", json={"json_definition": definition("Find the newest bill")}
                 ).raise_for_status()
    ran(sandbox, wpid, "Rome")
    ran(sandbox, wpid, "Oslo")
    return f"/workflows/{wpid}/scripts"


def variant(browser: Browser, here: str, name: str) -> str:
    return str(next(a["href"] for a in browser.get(here).all(".table__title") if a.get_text() == name))


def test_without_code_the_page_says_how_it_comes(ada: Browser, wpid: str) -> None:
    page = ada.get(f"/workflows/{wpid}/scripts")
    assert "No code yet" in page.words and "No figures yet" in page.words
    assert not page.all("[data-dialog-open=clear-scripts]")


def test_variants_versions_code_and_runs(ben: Browser, written: str, sandbox: Sandbox) -> None:
    page = ben.get(written)
    assert {a.get_text() for a in page.all(".table__title")} == {"bills Rome", "bills Oslo"}
    rome = ben.get(variant(ben, written, "bills Rome"))
    assert [a.get_text() for a in rome.all(".scripts__versions a")] == ["Version 2", "Version 1"]
    assert [h.get_text() for h in rome.all(".split h2.mono")] == ["main.py", "find.py"]
    assert "Find the newest bill" in rome.words and len(rome.all(".scripts__runs li")) == 2
    coloured = rome.all('[aria-labelledby=file-2] [data-code="keyword"]')
    assert [span.get_text() for span in coloured][:2] == ["async", "def"]
    first = ben.get(rome.all(".scripts__versions a")[1]["href"])
    assert "Find the bill" in first.words and "newest" not in first.one(".split > .stack:first-child").get_text()
    got = ben.client.get(rome.all("a[download]")[1]["href"])
    assert got.mimetype == "text/plain" and b"async def find(page)" in got.data


def test_what_differs_between_two_versions(ada: Browser, written: str) -> None:
    rome = variant(ada, written, "bills Rome")
    page = ada.get(f"{rome}/compare?from=1&to=2")
    assert [h.get_text() for h in page.all("main h2")] == ["find.py"]
    assert "Find the bill" in page.one('[data-kind="removed"]').get_text()
    assert "Find the newest bill" in page.one('[data-kind="added"]').get_text()
    assert "No difference" in ada.get(f"{rome}/compare?from=2&to=2").words
    assert ada.get(f"{rome}/compare?from=1&to=9").status == 404
    assert ada.get(f"{rome}/compare?from=one&to=2").status == 422


def test_pinning_deleting_and_clearing_are_recorded(connected: Flask, ada: Browser, written: str,
                                                    sandbox: Sandbox) -> None:
    oslo = variant(ada, written, "bills Oslo")
    asked = {"value": "bills Oslo", "script": oslo.rsplit("/", 1)[1]}
    assert ada.post(f"{written}/pins", asked).headers["Location"] == oslo
    assert "pinned" in ada.get(oslo).one("h1 + .tag").get_text()
    ada.post(f"{written}/pins/removal", asked)
    assert not ada.get(oslo).all("h1 + .tag")
    ada.post(f"{written}/deletion", asked)
    assert [a.get_text() for a in ada.get(written).all(".table__title")] == ["bills Rome"]
    assert ada.get(oslo).status == 404
    ada.post(f"{written}/deletion", asked)
    assert "no code for this value any more" in ada.get(written).words
    ada.post(f"{written}/clearing")
    assert "No code yet" in ada.get(written).words
    with connected.app_context():
        rows = db.session.scalars(select(AuditLog).where(AuditLog.action.startswith("script."))).all()
        told = sorted((row.action, row.outcome) for row in rows)
        db.session.remove()
    assert told == [("script.clear", "done"), ("script.delete", "done"), ("script.delete", "refused"),
                    ("script.pin", "done"), ("script.unpin", "done")]


def test_how_often_it_had_to_be_helped(ada: Browser, wpid: str, sandbox: Sandbox) -> None:
    ran(sandbox, wpid, "Rome", 7)
    ran(sandbox, wpid, "[heal]", 2)
    ran(sandbox, wpid, "[fallback]")
    page = ada.get(f"/workflows/{wpid}/scripts")
    assert "Needs attention" in page.words and "2 (20 %)" in page.words and "Runs looked at 10" in page.words
    assert len(page.all("svg .scripts__heals")) == 2 and len(page.all("svg .scripts__fallbacks")) == 1
    rows = [[cell.get_text() for cell in row.select(".table__num")] for row in page.all(".scripts__numbers tbody tr")]
    assert rows == [["0", "1"], ["1", "0"], ["1", "0"], *[["0", "0"]] * 7]
    assert len(page.all("[aria-labelledby=heals-title] tbody tr")) == 2
    assert "The button was not where" in page.one("[aria-labelledby=fallbacks-title]").get_text()


def test_what_a_release_cannot_say_hides_nothing_else(ada: Browser, written: str, wpid: str, sandbox: Sandbox) -> None:
    for path in ("reliability", "heal_episodes", "fallback-episodes"):
        sandbox.fault(f"/v1/workflows/{wpid}/{path}", "status", status=404, body={"detail": "Not Found"})
    page = ada.get(written)
    assert "keeps no figures" in page.words and len(page.all(".table__title")) == 2
    sandbox.fault("/v1/scripts/workflows/", "status", status=404, body={"detail": "Not Found"})
    assert "does not list generated code" in ada.get(written).words
    sandbox.fault("/v1/scripts/workflows/", "status", status=500)
    page = ada.get(written)
    assert page.status == 200 and "Not everything could be read" in page.words


def test_private_runs_are_not_linked(ada: Browser, ben: Browser, written: str) -> None:
    rome = variant(ada, written, "bills Rome")
    ada.post("/settings/preferences", {"private_runs": "y"})
    for path in (written, rome):
        assert not ben.get(path).all('main a[href^="/runs/wr_"]'), path
    assert ada.get(rome).all('main a[href^="/runs/wr_"]')


def test_ids_of_others_and_strangers(ada: Browser, nobody: Browser, written: str, sandbox: Sandbox) -> None:
    other = sandbox.workflow(definition())
    rome = variant(ada, written, "bills Rome").rsplit("/", 1)[1]
    assert ada.get(f"/workflows/{other}/scripts/{rome}").status == 404
    assert ada.get(f"{written}/s_..").status == 404 and ada.get("/workflows/wpid_1/scripts").status == 404
    assert nobody.get(written).status == 303
    assert ada.get(f"{written}/{rome}/files/1/nothing.py").status == 404
