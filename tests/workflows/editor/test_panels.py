"""What stands beside the cards is true right after a change; a block that starts a workflow finds it by its title."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from ...sandbox_server import Sandbox
from ...support.people import Browser
from .documents import document, small
from .pages import Desk, block, stored


@pytest.fixture
def desk(connected: Flask, ben: Browser, sandbox: Sandbox) -> Desk:
    return Desk(ben, sandbox.workflow(small()))


def seen(desk: Desk, key: str) -> str:
    return str(desk.get(f"/parameter?key={key}").one('input[name="seen"]')["value"])


def test_the_line_of_a_parameter_is_true_right_after_its_change(desk: Desk) -> None:
    assert desk.get().one("#row-lamp").get_text() == "Text"
    page = desk.post("parameter", key="lamp", seen=seen(desk, "lamp"), f__default_value="")
    row = page.one("#row-lamp")
    assert row.get_text() == "Text, required" and row["hx-swap-oob"] == "true"
    page = desk.post("parameter", key="lamp", seen=seen(desk, "lamp"), f__workflow_parameter_type="json")
    assert page.one("#row-lamp").get_text() == "JSON, required"
    page = desk.post("parameter", key="lamp", seen=seen(desk, "lamp"), f__default_value="[1]")
    assert page.one("#row-lamp").get_text() == "JSON"
    assert not desk.type("rest", wait_sec="7").all("[id^=row-]"), "a block has no line there"


def test_a_renamed_parameter_is_asked_for_by_its_new_name(desk: Desk) -> None:
    page = desk.post("name", what="parameter", name="lamp", new="light")
    said = json.loads(page.headers["HX-Trigger"])["draft-changed"]
    assert said["reloads"] and said["again"] == "parameter:light"


def test_title_and_number_of_blocks_follow(desk: Desk) -> None:
    form = desk.get("/side?side=settings").one('input[name="seen"]')["value"]
    page = desk.post("settings", seen=form, f__title="Order lights")
    assert page.one("#editor-name h1").get_text() == "Order lights"
    page = desk.post("blocks", block_type="wait", place="end:first")
    assert "4 blocks" in page.one("#editor-name").get_text()


def test_cards_say_at_once_what_a_parameter_that_is_gone_breaks(desk: Desk) -> None:
    page = desk.post("parameter/removal", key="lamp")
    words = page.one("#words-order")
    assert words["hx-swap-oob"] == "morph" and words.select(".block__problem")
    page = desk.post("parameters", parameter_type="workflow", key="lamp")
    assert not page.one("#words-order").select(".block__problem")
    assert not page.all("#words-rest"), "only those that changed"


def test_a_workflow_is_chosen_by_its_title_and_stays_as_it_was_typed(connected: Flask, ben: Browser,
                                                                    sandbox: Sandbox) -> None:
    other = sandbox.workflow(small())
    wpid = sandbox.workflow(document({"block_type": "workflow_trigger", "label": "start", "payload": {},
                                      "workflow_permanent_id": "wpid_gone"}, title="Starts others"))
    desk = Desk(ben, wpid)
    box = desk.get("/block?label=start").one("#start-workflow_permanent_id")
    assert box["value"] == "wpid_gone" and box.has_attr("data-workflows")
    page = desk.get("/workflows?words=order+LAMPS")
    assert [each["data-text"] for each in page.all(".hints__one")] == [other] and "Order lamps" in page.words
    assert len(desk.get("/workflows").all(".hints__one")) == 2, "nothing typed: all"
    assert "No workflow is called that" in desk.get("/workflows?words=zebra").words
    sandbox.fault("/v1/workflows", "status", status=503)
    page = desk.get("/workflows?words=order")
    assert page.status == 200 and page.one(".hints__none").get_text() != "No workflow is called that."
    name = "/named?f.workflow_permanent_id="
    assert desk.get(name + other).one("a")["href"] == f"/workflows/{other}"
    assert "no workflow with this id" in desk.get(name + "wpid_gone").words
    assert "no workflow with this id" in desk.get(name + "../../v1/runs").words
    assert "when it runs" in desk.get(name + "{{ other }}").words and desk.get(name).words == ""
    assert desk.type("start", payload='{"lamp": "Alva"}').status == 200
    assert "wpid_gone" in desk.text, "what is not found is kept"
    for text in ("{{ other }}", other):
        desk.type("start", htmx=False, workflow_permanent_id=text)
    assert desk.save().status == 303
    assert block(stored(sandbox, wpid), "start")["workflow_permanent_id"] == other
