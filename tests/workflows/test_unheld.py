"""With a pool of one connection nobody else could ask the database while Skyvern thinks: so none is held meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from skyvern_ui.access import latest_connection
from skyvern_ui.extensions import db
from skyvern_ui.skyvern.client import Skyvern
from skyvern_ui.workflows.batches.running import look
from skyvern_ui.workflows.library.bulk_rules import read_all

from ..sandbox_server import Sandbox
from ..support.people import Browser
from ..support.unheld import sent_while_held
from .houses import House, filled, imported, made

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PLAN = {"how": "daily", "times": "10:00", "timezone": "Europe/Berlin", "name": "Noon"}


@pytest.fixture
def house(connected: Flask, ada: Browser, sandbox: Sandbox) -> House:
    return filled(connected, ada, "user-ada", sandbox, "Order")


@pytest.fixture
def held(house: House, connected: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return sent_while_held(connected, monkeypatch)


def test_a_page_holds_none(connected: Flask, ada: Browser, house: House, held: list[str], sandbox: Sandbox) -> None:
    found: dict[str, list[str]] = {}
    sandbox.forget_calls()
    for path, query in house.pages(connected):
        assert ada.client.get(path, query_string=query).status_code < 500, path
        if held:
            found[path] = held[:2]
            held.clear()
    assert found == {} and len(sandbox.requests("/")) > 80


def acts(house: House) -> list[tuple[str, dict[str, Any]]]:
    """Everything that writes to Skyvern, or asks it, in an order in which each has something to do."""
    at, ends = f"/workflows/{house.wpid}", house.values
    plan, shelf = f"{at}/schedules/{ends['schedule_id']}", f"/workflows/folders/{ends['folder_id']}"
    many = {"workflow_id": house.wpid, "sure": "1"}
    of_many = {"schedule": f"{house.wpid}/{ends['schedule_id']}"}
    return [
        (f"{at}/copies", {}), (f"{at}/template", {"is_template": "1"}), (f"{at}/favourite", {"on": "1"}),
        ("/workflows/moves", many | {"folder": ends["folder_id"]}), ("/workflows/moves", {"workflow_id": house.wpid}),
        ("/workflows/labellings", many | {"labels": "env:test"}), ("/workflows/copies", many),
        ("/workflows/templates", many),
        ("/workflows/export.zip", many), ("/workflows/folders", {"title": "Another"}), (shelf, {"title": "Shop"}),
        (f"{shelf}/deletion", {"contents": "keep", "seen": "1"}),
        ("/workflows/labels", {"name": "env:new", "colour": "red"}),
        ("/workflows/labels/label", {"label": "env:new", "name": "env:old", "colour": "red"}),
        ("/workflows/labels/label/deletion", {"label": "env:old"}),
        ("/workflows/labels/label", {"label": "plain", "name": "plainer", "colour": "gray"}),
        ("/workflows/labels/group", {"group": "env", "description": "Where"}),
        ("/workflows/labels/group/deletion", {"group": "env"}),
        (f"{at}/schedules", PLAN), (plan, PLAN), (f"{plan}/pause", {}), (f"{plan}/resumption", {}),
        (f"{plan}/watch", {"missed": "y", "failures": "3", "outcomes": "all", "channel": "browser"}),
        ("/schedules/changes", of_many | {"deed": "copy"}), ("/schedules/changes", of_many | {"deed": "pause"}),
        (f"{plan}/deletion", {}), (f"{at}/run", {"p-lamp": "red"}), (f"{at}/run/code", {"p-lamp": "red"}),
        (f"{at}/try/browser", {}), (f"{at}/try/browser/extension", {}), (f"{at}/try", {"alone": "go", "p-lamp": "red"}),
        (f"{at}/try/stop", {}), (f"{at}/try/browser/closing", {}), (f"{at}/profile", {}),
        (f"{at}/versions/1/restoration", {"seen": "2"}), (f"{at}/edit/base", {"newest": "3", "prefer": "mine"}),
        (f"{at}/edit/save", {}), (f"{at}/edit/copies", {}),
        (f"{at}/scripts/pins", {"script": "s_1"}), (f"{at}/scripts/clearing", {}),
        (f"{at}/batches/{ends['started']}/cancellation", {"runs": "1"}), (f"{at}/deletion", {}),
    ]


def test_acting_holds_none(connected: Flask, ada: Browser, house: House, held: list[str], sandbox: Sandbox) -> None:
    told: dict[str, int] = {}
    sandbox.forget_calls()
    read = str(ada.get(f"/workflows/{house.wpid}/export.yaml").text)
    assert ada.post(made(imported(ada, read, "again"))).status == 303 and held == []
    with connected.app_context():
        look(connected)
        db.session.remove()
    assert held == []
    for path, data in acts(house):
        if path.endswith("/edit/save"):
            data = {"position": ada.get(path).one('input[name="position"]')["value"]}
        told[path] = ada.client.post(path, data={"csrf_token": ada.token(), **data},
                                     headers={"Origin": "http://localhost"}).status_code
        assert held == [], path
    assert {path: status for path, status in told.items() if status >= 400} == {}
    assert len([each for each in sandbox.requests("/") if each["method"] != "GET"]) > 25


def test_what_is_held_is_seen(connected: Flask, ada: Browser, house: House, held: list[str]) -> None:
    with connected.app_context():
        upstream = Skyvern(latest_connection())
        with db.engine.connect():
            upstream.list_folders()
            assert len(held) == 1
            read_all(upstream, [house.wpid])
    assert len(held) == 2
