"""A workflow at a glance, and its own runs."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog, WorkflowDraft
from skyvern_ui.workflows.overview.drawing_rules import Node, draw
from skyvern_ui.workflows.overview.setting_rules import settings_in_words

from ...sandbox_server import Sandbox
from ...support.people import Browser
from ..lamps import lamps, save


def labels(nodes: tuple[Node, ...]) -> list[Any]:
    return [node.label if not (node.body or node.ways) else
            (node.label, labels(node.body), [labels(way.nodes) for way in node.ways]) for node in nodes]


def test_the_overview_shows_what_it_does_asks_for_and_how_it_went(
        ben: Browser, connected: Flask, sandbox: Sandbox) -> None:
    wpid = lamps(sandbox)
    run_id = sandbox.run_workflow(wpid)
    page = ben.get(f"/workflows/{wpid}")
    assert page.one("h1").text == "Compare three lamps" and page.one("[aria-current=page].tabs__tab").text == "Overview"
    assert len(page.all(".outline__card")) == 11 and page.all(".outline__inner--way")
    assert "each turn" in page.words and "otherwise" in page.words
    assert page.one(f'.brief a[href="/runs/{run_id}"]')
    assert {code.text for code in page.all("dt code")} == {"lamps", "size"}
    assert "All as Skyvern has them by itself" in page.words
    assert [form["action"] for form in page.all("#workflow-more form")] == [
        f"/workflows/{wpid}/{what}" for what in ("copies", "template", "deletion")]


def test_every_part_of_the_menu_and_every_tab_leads_somewhere(
        ben: Browser, connected: Flask, sandbox: Sandbox) -> None:
    wpid = lamps(sandbox)
    page = ben.get(f"/workflows/{wpid}")
    match = connected.url_map.bind("localhost").match
    for form in page.all("main form"):
        match(form["action"], "POST")
    for link in page.all("#workflow-head a, .tabs a"):
        match(link["href"].split("?")[0], "GET")


def test_who_made_it_and_what_is_not_saved_is_said(ben: Browser, connected: Flask, sandbox: Sandbox) -> None:
    wpid = lamps(sandbox)
    save(sandbox, wpid, title="Lamps")
    with connected.app_context():
        with writing() as session:
            session.add(AuditLog(user_name="Ada", action="workflow.create", resource="workflow", resource_id=wpid,
                                 outcome="done"))
            session.add(AuditLog(user_name="Cleo", action="workflow.update", resource="workflow", resource_id=wpid,
                                 outcome="done", details={"before": 1, "version": 2}))
            session.add(AuditLog(user_name="Eve", action="workflow.update", resource="workflow", resource_id=wpid,
                                 outcome="refused", details={"before": 1, "version": 2}))
            session.add(WorkflowDraft(user_id="user-ben", wpid=wpid, base_version=2, base=b"", position=1))
        db.session.remove()
    words = ben.get(f"/workflows/{wpid}").words
    assert "by Ada" in words and "by Cleo" in words and "Eve" not in words and "not saved" in words


def test_an_empty_workflow_a_deleted_one_and_none_at_all(ben: Browser, connected: Flask, sandbox: Sandbox) -> None:
    wpid = sandbox.workflow({"title": "Empty", "workflow_definition": {"parameters": [], "blocks": []}})
    page = ben.get(f"/workflows/{wpid}")
    assert "No blocks yet" in page.words and not page.all(f'a[href="/workflows/{wpid}/run"]')
    assert "It has not run yet" in page.words and "It asks for nothing" in page.words
    assert sandbox.call("POST", f"/v1/workflows/{wpid}/delete").status_code == 200
    for gone in (wpid, "wpid_404", "nonsense"):
        for part in ("", "/runs", "/versions", "/try", "/profile"):
            assert ben.get(f"/workflows/{gone}{part}").status == 404, (gone, part)


def test_its_runs_are_filtered_here_and_stay_here(ben: Browser, connected: Flask, sandbox: Sandbox) -> None:
    wpid = lamps(sandbox)
    empty = ben.get(f"/workflows/{wpid}/runs")
    assert "No runs yet" in empty.words
    mine = sandbox.run_workflow(wpid, parameters={"size": "large"}, run_metadata={"team": "blue"})
    others = sandbox.run_workflow(sandbox.workflow({"title": "Other", "workflow_definition": {
        "parameters": [], "blocks": [{"block_type": "wait", "label": "rest", "wait_sec": 1}]}}))
    page = ben.get(f"/workflows/{wpid}/runs")
    assert page.one(f"#run-{mine}") and not page.all(f"#run-{others}")
    assert page.one("#runs-table")["hx-get"] == f"/workflows/{wpid}/runs/table"
    assert ben.get(f"/workflows/{wpid}/runs?tags=team:blue").one(f"#run-{mine}")
    assert ben.get(f"/workflows/{wpid}/runs?since=2020-01-01&until=2099-01-01").one(f"#run-{mine}")
    narrowed = ben.get(f"/workflows/{wpid}/runs?status=failed&error_code=NO_SUCH_CODE")
    assert "No run of this workflow fits these filters" in narrowed.words
    assert [link["href"] for link in narrowed.all(".chosen")] == [
        f"/workflows/{wpid}/runs?error_code=NO_SUCH_CODE", f"/workflows/{wpid}/runs?status=failed"]
    asked = [each["target"] for each in sandbox.requests(f"/v1/workflows/{wpid}/runs")]
    assert asked and all("error_code" in each or "created_at_start" in each for each in asked)
    fragment = ben.get(f"/workflows/{wpid}/runs/table", headers={"HX-Request": "true"})
    assert fragment.one(f"#run-{mine}")
    assert "do not fit together" in ben.get(f"/workflows/{wpid}/runs?q=ab").words


def test_a_saved_browser_is_forgotten_once_and_recorded(ben: Browser, connected: Flask, sandbox: Sandbox) -> None:
    wpid = lamps(sandbox)
    assert "keeps no browser profile now" in ben.get(f"/workflows/{wpid}/profile").words
    sandbox.forget_calls()
    assert ben.post(f"/workflows/{wpid}/profile").status == 303
    assert len(sandbox.requests(f"/v1/workflows/{wpid}/browser_session/reset_profile")) == 1
    sandbox.fault(f"/v1/workflows/{wpid}/browser_session", "status", status=404, body='{"detail":"Not Found"}')
    old = ben.post(f"/workflows/{wpid}/profile")
    assert old.headers["Location"] == f"/workflows/{wpid}/profile"
    assert "cannot reset saved browser profiles" in ben.get(old.headers["Location"]).words


def test_a_drawing_nests_and_jumps() -> None:
    def block(label: str, kind: str = "wait", **more: Any) -> dict[str, Any]:
        return {"block_type": kind, "label": label, **more}

    drawing = draw({"workflow_definition": {"version": 2, "finally_block_label": "tidy", "blocks": [
        block("a", "conditional", next_block_label=None, branch_conditions=[
            {"criteria": {"criteria_type": "prompt", "expression": "x" * 400}, "next_block_label": "b"},
            {"criteria": {"criteria_type": "prompt", "expression": "y"}, "next_block_label": "d"},
            {"is_default": True, "next_block_label": None}]),
        block("b", "for_loop", loop_blocks=[block("c")], next_block_label="d"), block("d"),
        block("tidy"), block("odd", "from_the_future")]}})
    (first,), loose = drawing.nodes, drawing.loose
    assert labels((first,)) == [("a", [], [[("b", ["c"], []), "d"], ["d"], []])]
    jump = first.ways[1].nodes[0]
    assert jump.kind is None and jump.place == first.ways[0].nodes[1].place
    assert len(first.ways[0].words) == 160 and first.ways[2].is_default
    assert [(node.label, node.is_last) for node in loose] == [("tidy", True), ("odd", False)]
    assert loose[1].kind is not None and loose[1].kind.category == "unknown"


@pytest.mark.parametrize(("setting", "told"), [
    ({"mask_secrets": True}, "yes"), ({"extra_http_headers": {"x-key": "hidden-value"}}, "x-key"),
    ({"model": {"model_name": "gpt"}}, "gpt"), ({"max_elapsed_time_minutes": 30}, "30")])
def test_settings_are_words_and_no_secrets(setting: dict[str, Any], told: str) -> None:
    found = settings_in_words({"title": "T", "run_with": "agent", **setting, "workflow_definition": {}})
    assert [words for _, words in found] == [told]
