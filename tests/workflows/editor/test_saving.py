"""Saving: shown first, sent once, recorded; never over a version that one has not seen."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog, WorkflowDraft

from ...sandbox_server import Sandbox
from ...support.people import Browser
from .documents import nested, small
from .pages import Desk, block, stored


@pytest.fixture
def desk(connected: Flask, ben: Browser, sandbox: Sandbox) -> Desk:
    return Desk(ben, sandbox.workflow(small()))


def audited(app: Flask, action: str) -> list[Any]:
    with app.app_context():
        rows = db.session.scalars(select(AuditLog).where(AuditLog.action == action)).all()
        found = [(row.user_name, row.resource, row.resource_id, row.outcome, row.details) for row in rows]
        db.session.remove()
        return found


def drafts(app: Flask) -> int:
    with app.app_context():
        found = len(db.session.scalars(select(WorkflowDraft.id)).all())
        db.session.remove()
        return found


def others_save(sandbox: Sandbox, wpid: str, **changes: Any) -> None:
    """Somebody else saves, past us."""
    sent = {**small(), **changes}
    assert sandbox.call("PUT", f"/api/v1/workflows/{wpid}", json=sent).status_code == 200


def test_the_difference_is_shown_and_then_saved_as_the_next_version(desk: Desk, sandbox: Sandbox) -> None:
    desk.type("order", navigation_goal="Order two {{ lamp }}")
    page = desk.get("/save")
    assert "Goal" in page.one("#version-cards").get_text() and "order" in page.one("#version-cards").get_text()
    assert "Order two" in desk.get("/save?as=text").one(".lines").get_text()
    answer = desk.save()
    assert (answer.status, answer.headers["Location"]) == (303, f"/workflows/{desk.wpid}")
    now = stored(sandbox, desk.wpid)
    assert now["version"] == 2 and block(now, "order")["navigation_goal"] == "Order two {{ lamp }}"
    [(who, resource, wpid, outcome, details)] = audited(desk.person.app, "workflow.update")
    assert (who, resource, wpid, outcome) == ("Ben", "workflow", desk.wpid, "done")
    assert details["version"] == 2 and details["before"] == 1
    assert drafts(desk.person.app) == 0 and "Saved as version 2" in desk.person.get("/workflows").words


def test_a_save_changes_nothing_but_what_was_typed(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    wpid = sandbox.workflow(nested())
    desk, before = Desk(ben, wpid), stored(sandbox, wpid)
    desk.type("read_lamp", data_extraction_goal="Price and name")
    assert desk.save().status == 303

    def plain(found: Any) -> Any:
        """Without what each version is given anew."""
        gone = ("workflow_id", "version", "modified_at", "created_at", "output_parameter_id", "workflow_parameter_id",
                "id")
        if isinstance(found, dict):
            return {key: plain(value) for key, value in found.items() if key not in gone}
        return [plain(each) for each in found] if isinstance(found, list) else found

    expected = plain(before)
    expected["workflow_definition"]["blocks"][1]["loop_blocks"][1]["data_extraction_goal"] = "Price and name"
    now = plain(stored(sandbox, wpid))
    now["workflow_definition"].pop("version", None)
    expected["workflow_definition"].pop("version", None)
    assert now == expected


def test_what_skyvern_would_refuse_is_not_sent(desk: Desk, sandbox: Sandbox) -> None:
    desk.post("blocks", block_type="for_loop", place="end:first")
    page = desk.get("/save")
    assert page.all('.troubles a[href$="?card=for_loop"]')[0].get_text() == "for_loop"
    assert page.one("form[data-submit-once] button").has_attr("disabled")
    assert desk.save().status == 422 and stored(sandbox, desk.wpid)["version"] == 1
    assert audited(desk.person.app, "workflow.update") == []


def test_what_skyvern_refuses_is_said_and_the_draft_stays(desk: Desk, sandbox: Sandbox) -> None:
    desk.type("rest", wait_sec="7")
    sandbox.fault(f"/api/v1/workflows/{desk.wpid}", "status", method="PUT", status=422,
                  body='{"detail": "Block rest waits too long."}')
    page = desk.save()
    assert page.status == 422 and page.one(f'a[href="{desk.base}?card=rest"]')
    assert "Block rest waits too long." in page.words
    assert [row[3] for row in audited(desk.person.app, "workflow.update")] == ["refused"] and "wait_sec: 7" in desk.text


def test_a_save_looks_at_what_was_shown(desk: Desk, sandbox: Sandbox) -> None:
    desk.type("rest", wait_sec="7")
    position = desk.get("/save").one('input[name="position"]')["value"]
    desk.type("rest", continue_on_failure="true")
    page = desk.post("save", False, position=position)
    assert page.status == 409 and "another window" in page.words and stored(sandbox, desk.wpid)["version"] == 1


def test_nothing_is_saved_over_a_version_that_was_not_seen(desk: Desk, sandbox: Sandbox) -> None:
    desk.type("order", navigation_goal="Mine")
    position = desk.get("/save").one('input[name="position"]')["value"]
    others_save(sandbox, desk.wpid, title="Theirs")
    assert "Somebody saved version 2 meanwhile" in desk.get("/newest").words
    page = desk.post("save", False, position=position)
    assert page.status == 409 and "Theirs" in page.words and "order" in page.one("#my-changes").get_text()
    assert stored(sandbox, desk.wpid)["version"] == 2 and "Mine" in desk.text
    answer = desk.post("base", False, newest="2")
    assert answer.headers["Location"] == f"{desk.base}/save"
    assert desk.save().status == 303
    now = stored(sandbox, desk.wpid)
    assert (now["version"], now["title"], block(now, "order")["navigation_goal"]) == (3, "Theirs", "Mine")


def test_a_save_that_is_overtaken_at_the_last_moment_is_a_conflict(desk: Desk, sandbox: Sandbox) -> None:
    desk.type("order", navigation_goal="Mine")
    sandbox.fault(f"/api/v1/workflows/{desk.wpid}", "status", method="PUT", status=409,
                  body='{"detail": "Concurrent update detected"}')
    page = desk.save()
    assert page.status == 409 and "Mine" in desk.text


def test_what_both_changed_is_chosen_by_the_person(desk: Desk, sandbox: Sandbox) -> None:
    desk.type("order", navigation_goal="Mine")
    theirs = small()["workflow_definition"]
    theirs["blocks"][1]["navigation_goal"] = "Theirs"
    others_save(sandbox, desk.wpid, workflow_definition=theirs)
    page = desk.get("/save")
    assert "You both changed the block order" in page.words
    assert desk.post("base", False, newest="2").status == 409, "nothing is chosen for them"
    assert desk.post("base", False, newest="1", prefer="mine").status == 409, "that is not what they saw"
    assert desk.post("base", False, newest="2", prefer="mine").status == 303 and "Mine" in desk.text
    assert desk.save().status == 303
    assert block(stored(sandbox, desk.wpid), "order")["navigation_goal"] == "Mine"


def test_mine_can_become_a_workflow_of_its_own_or_be_thrown_away(desk: Desk, sandbox: Sandbox) -> None:
    desk.type("order", navigation_goal="Mine")
    others_save(sandbox, desk.wpid, title="Theirs")
    copy = str(desk.post("copies", False).headers["Location"]).rpartition("/")[2]
    assert stored(sandbox, copy)["title"] == "Order lamps (copy)"
    assert block(stored(sandbox, copy), "order")["navigation_goal"] == "Mine"
    assert stored(sandbox, desk.wpid)["title"] == "Theirs" and drafts(desk.person.app) == 0
    [(_, _, wpid, _, details)] = audited(desk.person.app, "workflow.create")
    assert wpid == copy and details["version"] == 1
    desk.type("order", navigation_goal="Again")
    assert desk.post("removal", False).status == 303 and "Again" not in desk.text


def test_a_new_workflow_is_built_and_created(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    where = str(ben.post("/workflows/drafts", {"title": "From nothing"}).headers["Location"])
    desk = Desk(ben, where.split("/")[2])
    assert "No blocks yet" in desk.get().words
    desk.post("blocks", block_type="goto_url", place="end:first")
    desk.type("goto_url", url="https://shop.example/")
    desk.post("blocks", block_type="for_loop", place="end:first")
    assert desk.save().status == 422, "a loop without values"
    desk.type("for_loop", loop_variable_reference="{{ goto_url_output }}")
    desk.post("blocks", block_type="conditional", place="end:inside:for_loop")
    desk.post("blocks", block_type="wait", place="way:conditional:0")
    desk.type("conditional", branch_conditions__0__kind="jinja2_template",
              branch_conditions__0__expression="{{ current_value }}")
    answer = desk.save()
    assert answer.status == 303, answer.words
    wpid = str(answer.headers["Location"]).rpartition("/")[2]
    now = stored(sandbox, wpid)
    assert (now["title"], now["version"]) == ("From nothing", 1)
    assert [each["block_type"] for each in block(now, "for_loop")["loop_blocks"]] == ["conditional", "wait"]
    assert desk.get().status == 404 and audited(connected, "workflow.create")[0][2] == wpid
    assert ben.get(f"/workflows/{wpid}/edit").status == 200


def test_when_nobody_knows_whether_it_was_saved_the_page_says_so(desk: Desk, sandbox: Sandbox,
                                                                monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("skyvern_ui.skyvern.calls.versions.SAVE_SECONDS", 0.3)
    desk.type("rest", wait_sec="7")
    sandbox.fault(f"/api/v1/workflows/{desk.wpid}", "hang", method="PUT", seconds=3)
    page = desk.save()
    assert page.status == 504 and "nobody knows" in page.words and "wait_sec: 7" in desk.text
    assert [row[3] for row in audited(desk.person.app, "workflow.update")] == ["unknown"]
