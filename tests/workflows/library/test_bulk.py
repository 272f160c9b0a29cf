"""One thing done to many workflows: asked first, each recorded, each with its own outcome, nothing done twice."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from ...sandbox_server import Sandbox
from ...support.people import Browser, Page
from .shelf import folder, label, labels_of, put, recorded, writes

PATHS = ["moves", "labellings", "copies", "templates", "deletions"]


def send(browser: Browser, what: str, ids: list[str], **more: Any) -> Page:
    return browser.post(f"/workflows/{what}", {"workflow_id": ids, "sure": "1", **more}, htmx=True)


def read(sandbox: Sandbox, wpid: str) -> dict[str, Any]:
    return dict(sandbox.call("GET", f"/v1/workflows/{wpid}").json())


def test_many_are_moved_and_each_is_recorded(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    ids = [put(sandbox, f"W{n}") for n in range(3)]
    shelf = folder(sandbox, "Shop", ids[2])
    sandbox.forget_calls()
    page = send(ben, "moves", [*ids, "wpid_404404"], folder=shelf)
    assert "3 of 4 moved" in page.words and "1 could not be" in page.words and "It is there already" in page.words
    assert {read(sandbox, wpid)["folder_id"] for wpid in ids} == {shelf}
    assert sorted(writes(sandbox)) == [("PUT", f"/v1/workflows/{wpid}/folder") for wpid in ids[:2]]
    assert sorted(recorded(connected, "workflow.move")) == sorted(
        ("workflow.move", wpid, "Ben", "done") for wpid in ids[:2])
    assert json.loads(page.headers["HX-Trigger"])["picks-done"]["ids"] == ids
    assert "3 of 3 moved" in send(ben, "moves", ids, folder="").words
    assert {read(sandbox, wpid)["folder_id"] for wpid in ids} == {None}


def test_labels_are_set_and_taken_in_one_write_each(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    one, two = put(sandbox, "One"), put(sandbox, "Two")
    label(sandbox, one, "env:prod", "old")
    sandbox.forget_calls()
    page = send(ben, "labellings", [one, two], labels="env:test, new", gone=["old"])
    assert "2 of 2 labelled" in page.words
    assert labels_of(sandbox, one) == labels_of(sandbox, two) == {"env:test", "new"}
    assert len(writes(sandbox)) == 2
    assert {row[3] for row in recorded(connected, "workflow.tag")} == {"done"}
    again = send(ben, "labellings", [one], labels="new")
    assert "Nothing had to be done" in again.words and len(recorded(connected, "workflow.tag")) == 2


def test_copies_lie_beside_what_they_copy(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    wpid = put(sandbox, "Order", {"key": "lamp"}, cdp_connect_headers={"x-secret": "***"})
    shelf = folder(sandbox, "Shop", wpid)
    page = send(ben, "copies", [wpid])
    made = page.one(".report__item a")["href"].rsplit("/", 1)[1]
    copy = read(sandbox, made)
    assert (copy["title"], copy["folder_id"], copy["version"]) == ("Order (copy)", shelf, 1)
    assert not copy["cdp_connect_headers"] and "does not hand out" in page.words
    blocks = [[block["label"] for block in read(sandbox, each)["workflow_definition"]["blocks"]]
              for each in (wpid, made)]
    assert blocks[0] == blocks[1]
    assert recorded(connected, "workflow.create") == [("workflow.create", made, "Ben", "done")]


def test_one_is_copied_and_led_to(ben: Browser, sandbox: Sandbox) -> None:
    wpid = put(sandbox, "Order")
    page = ben.post(f"/workflows/{wpid}/copies", {"title": "Order lamps", "then": "edit"})
    made = str(page.headers["Location"])
    assert page.status == 303 and made.endswith("/edit")
    assert read(sandbox, made.split("/")[2])["title"] == "Order lamps"


def test_deleting_takes_everybodys_stars_too(connected: Flask, ben: Browser, cleo: Browser, sandbox: Sandbox) -> None:
    wpid, kept = put(sandbox, "Gone"), put(sandbox, "Kept")
    cleo.post(f"/workflows/{wpid}/favourite", {"on": "1"})
    assert "1 of 1 deleted" in send(ben, "deletions", [wpid]).words
    assert "Kept" in ben.get("/workflows").words and "Gone" not in ben.get("/workflows").words
    sandbox.forget_calls()
    cleo.get("/workflows?only=favourites")
    assert not [each for each in sandbox.requests("/v1/workflows?") if "page_size=100" in each["target"]]
    assert recorded(connected, "workflow.delete") == [("workflow.delete", wpid, "Ben", "done")]
    assert ben.post(f"/workflows/{kept}/deletion", {"next": "/workflows?q=a"}).headers["Location"] == "/workflows?q=a"
    assert ben.post(f"/workflows/{kept}/deletion").status == 404


def test_templates_go_on_and_off(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    ids = [put(sandbox, f"W{n}") for n in range(2)]
    assert "2 of 2 changed" in send(ben, "templates", ids, is_template="1").words
    assert all(read(sandbox, wpid)["is_template"] for wpid in ids)
    send(ben, "templates", ids, is_template="0")
    assert not any(read(sandbox, wpid)["is_template"] for wpid in ids)
    assert len(recorded(connected, "workflow.set_template")) == 4


@pytest.mark.parametrize("what", PATHS)
def test_it_is_asked_first_and_a_reload_repeats_nothing(ben: Browser, sandbox: Sandbox, what: str) -> None:
    ids = [put(sandbox, "First <b>"), put(sandbox, "Second")]
    shelf = folder(sandbox, "Shop")
    sandbox.forget_calls()
    sent = {"workflow_id": ids, "query": "q=s", "title_of": [f"{ids[0]} First <b>", f"{ids[1]} Second"]}
    page = ben.post(f"/workflows/{what}", sent)
    assert page.status == 200 and "First <b>" in page.words and writes(sandbox) == []
    assert [box["value"] for box in page.all('main input[name="workflow_id"]')] == ids
    dialog = ben.post(f"/workflows/{what}", sent, htmx=True)
    assert dialog.one("form#workflows-ask-form") and not dialog.all("html")
    done = ben.post(f"/workflows/{what}", {**sent, "sure": "1", "folder": shelf, "labels": "new"})
    assert done.status == 303 and len(writes(sandbox)) == 2
    where = str(done.headers["Location"])
    for _ in range(2):
        assert "2 of 2" in ben.get(where).one("h1").get_text()
        assert ben.get(where).one(".card__foot a")["href"] == "/workflows?q=s"
    assert len(writes(sandbox)) == 2


@pytest.mark.parametrize("what", PATHS)
def test_nothing_chosen_and_nonsense_are_sentences(ben: Browser, nobody: Browser, sandbox: Sandbox, what: str) -> None:
    sandbox.forget_calls()
    assert "Choose at least one" in send(ben, what, []).words
    many = send(ben, what, [f"wpid_{n}" for n in range(101)])
    assert many.status == 422 and "At most 100" in many.words and many.headers["HX-Retarget"] == "#workflows-ask"
    assert send(ben, what, ["wr_1"]).status == 422
    assert writes(sandbox) == []
    assert nobody.post(f"/workflows/{what}", {"workflow_id": "wpid_1", "sure": "1"}).status in (303, 401)
    assert ben.client.get(f"/workflows/{what}").status_code in (404, 405)


@pytest.mark.parametrize("typed", ["", "a:", "skyvern.x:y", "k:*", "__other__", "x" * 257])
def test_what_is_no_label_is_never_sent(ben: Browser, sandbox: Sandbox, typed: str) -> None:
    wpid = put(sandbox, "One")
    sandbox.forget_calls()
    page = send(ben, "labellings", [wpid], labels=typed)
    assert page.status == 422 and page.all(".notice--bad") and page.one('input[name="labels"]')["value"] == typed
    assert writes(sandbox) == []


def test_a_refusal_is_told_and_a_broken_answer_is_unknown(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    one, two = put(sandbox, "One"), put(sandbox, "Two")
    refused = send(ben, "moves", [one], folder="fld_1")
    assert "0 of 1 moved" in refused.words and "fld_1 not found" in refused.words
    sandbox.fault(f"/v1/workflows/{two}/folder", "reset")
    send(ben, "moves", [two], folder=folder(sandbox, "Shop"))
    assert [(row[1], row[3]) for row in recorded(connected, "workflow.move")] == [(one, "refused"), (two, "unknown")]
    assert len(sandbox.requests(f"/v1/workflows/{two}/folder")) == 1


def test_a_report_is_private(ben: Browser, cleo: Browser, sandbox: Sandbox) -> None:
    page = ben.post("/workflows/copies", {"workflow_id": put(sandbox, "One"), "sure": "1"})
    assert cleo.get(str(page.headers["Location"])).status == 404
    assert ben.get("/workflows/reports/none").status == 404
