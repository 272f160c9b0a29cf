"""Folders: made, renamed, described, deleted with or without what is in them, each with its row in the audit."""

from __future__ import annotations

import pytest
from flask import Flask

from ...sandbox_server import Sandbox
from ...support.people import Browser
from ..library.shelf import folder, put, recorded


def test_a_folder_is_made_renamed_and_described(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    assert "No folders yet" in ben.get("/workflows/folders").words
    assert ben.post("/workflows/folders", {"title": " Shop ", "description": "Lamps"}).status == 303
    found = sandbox.call("GET", "/v1/folders").json()[0]
    assert (found["title"], found["description"]) == ("Shop", "Lamps")
    where = f"/workflows/folders/{found['folder_id']}"
    assert ben.get(where).one("#title")["value"] == "Shop"
    ben.post(where, {"title": "Lamps", "description": ""})
    changed = sandbox.call("GET", "/v1/folders").json()[0]
    assert changed["title"] == "Lamps" and not changed["description"]
    assert recorded(connected, "folder.create", "folder.update") == [
        ("folder.create", found["folder_id"], "Ben", "done"), ("folder.update", found["folder_id"], "Ben", "done")]


def test_deleting_keeps_the_workflows_unless_said_otherwise(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    kept, gone = put(sandbox, "Kept"), put(sandbox, "Gone")
    first, second = folder(sandbox, "A", kept), folder(sandbox, "B", gone)
    page = ben.get(f"/workflows/folders/{first}")
    assert "It holds 1 workflow:" in page.words and "Kept" in page.words
    assert ben.post(f"/workflows/folders/{first}/deletion", {"contents": "keep", "seen": "1"}).status == 303
    assert sandbox.call("GET", f"/v1/workflows/{kept}").json()["folder_id"] is None
    assert ben.post(f"/workflows/folders/{second}/deletion", {"contents": "delete", "seen": "1"}).status == 303
    assert sandbox.call("GET", f"/v1/workflows/{gone}").status_code == 404
    assert sandbox.call("GET", "/v1/folders").json() == []
    assert [row[1] for row in recorded(connected, "folder.delete")] == [first, second]


def test_nothing_more_is_deleted_than_was_seen(ben: Browser, sandbox: Sandbox) -> None:
    shelf = folder(sandbox, "A", put(sandbox, "One"), put(sandbox, "Two"))
    page = ben.post(f"/workflows/folders/{shelf}/deletion", {"contents": "delete", "seen": "1"})
    assert page.status == 422 and "holds 2 workflows now" in page.words
    assert ben.post(f"/workflows/folders/{shelf}/deletion", {"contents": "burn", "seen": "2"}).status == 422
    assert len(sandbox.call("GET", "/v1/folders").json()) == 1


@pytest.mark.parametrize("title", ["", "   ", "x" * 256, "a\x00b"])
def test_a_name_that_will_not_do_stays_in_the_form(ben: Browser, sandbox: Sandbox, title: str) -> None:
    sandbox.forget_calls()
    page = ben.post("/workflows/folders", {"title": title, "description": "Kept"})
    assert page.status == 422 and page.one("#title-error") and page.one("#description").get_text().strip() == "Kept"
    assert not [each for each in sandbox.requests("/v1/folders") if each["method"] == "POST"]


def test_what_is_not_there_is_404_and_away_is_a_sentence(ben: Browser, nobody: Browser, sandbox: Sandbox) -> None:
    assert ben.get("/workflows/folders/fld_404").status == 404
    assert ben.get("/workflows/folders/nonsense").status == 404
    assert nobody.get("/workflows/folders").status == 303
    sandbox.fault("/v1/folders", "status", status=404, body='{"detail":"Not Found"}')
    assert "no folders" in ben.get("/workflows/folders").words
    sandbox.fault("/v1/folders", "status", status=500)
    page = ben.get("/workflows/folders")
    assert page.status == 200 and page.all(".notice--bad")
