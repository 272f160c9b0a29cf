"""The list of runs: filters in the address, people, ids, what an older Skyvern cannot do, and polling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from skyvern_ui.audit import CLI
from skyvern_ui.extensions import db
from skyvern_ui.settings.rules import save_preferences

from ..sandbox_server import Sandbox
from ..support.people import Browser, Page
from .starting import finished, run_workflow, start, workflow


@pytest.fixture(autouse=True)
def with_skyvern(connected: Flask) -> Flask:
    return connected


@pytest.fixture
def private(connected: Flask) -> None:
    with connected.app_context():
        save_preferences({"private_runs": True}, CLI)
        db.session.remove()


def shown(page: Page) -> set[str]:
    assert page.status == 200, page.words[:300]
    return {box["value"] for box in page.all("[data-pick]")}


def test_filters_are_in_the_address_and_combine(ben: Browser, cleo: Browser, sandbox: Sandbox) -> None:
    good, bad = start(ben, "Find the lamp"), start(cleo, "Find the lamp [fail]")
    finished(sandbox, good)
    finished(sandbox, bad)
    assert shown(ben.get("/runs")) == {good, bad}
    assert shown(ben.get("/runs?status=failed")) == {bad}
    assert shown(ben.get("/runs?status=failed&status=completed&type=task_v1")) == {good, bad}
    assert shown(ben.get("/runs?person=me")) == {good}
    assert shown(ben.get("/runs?person=user-cleo")) == {bad}
    assert shown(ben.get("/runs?person=user-cleo&status=failed")) == {bad}
    both = ben.get("/runs?person=me&status=failed")
    assert shown(both) == set() and "No run matches" in both.words
    assert both.one('input[name="status"][value="failed"]').has_attr("checked")
    assert "at least three" in ben.get("/runs?q=ab").words
    assert shown(ben.get("/runs?q=lamp [fail]")) == {bad}


def test_an_address_holds_only_what_filters(ben: Browser) -> None:
    untidy = ben.get("/runs?q=&status=failed&person=&tags=a,b&page_size=20&page=1&error_code=&since=&find=")
    assert untidy.status == 303
    assert parse_qs(urlsplit(untidy.headers["Location"]).query) == {"status": ["failed"], "tags": ["a", "b"]}
    assert ben.get("/runs?q=&page_size=20").headers["Location"] == "/runs"
    assert ben.get("/runs?mine=1").headers["Location"] == "/runs?person=me"
    by_htmx = ben.get("/runs?q=&status=failed&page_size=20", headers={"HX-Request": "true"})
    assert (by_htmx.status, by_htmx.headers["HX-Push-Url"]) == (200, "/runs?status=failed")


def test_what_is_filtered_is_said_and_taken_away_one_by_one(ben: Browser, sandbox: Sandbox) -> None:
    wpid = workflow(sandbox, "Order a lamp")
    page = ben.get(f"/runs?status=failed&workflow={wpid}&tags=env:*&since=2026-01-02&person=me")
    chips = {chip.get_text(" ", strip=True): chip["href"] for chip in page.all(".chosen")}
    assert set(chips) == {"Failed", "Workflow: Order a lamp", "Tag: env:*", "From 2026-01-02 (UTC)", "Started by me"}
    assert "status" not in chips["Failed"] and "person=me" in chips["Failed"]
    assert page.one(".filters__chosen .btn")["href"] == "/runs"
    assert page.one(f'#runs-workflow-choices input[value="{wpid}"]').has_attr("checked")


@pytest.mark.parametrize("query", [
    "page=0", "page=x", "page=99999", "page_size=7", "status=nonsense", "type=x", "q=%00", "page=٣", "page_size=-1",
    "status=failed&status=failed", "since=yesterday", "until=2026-13-40", "since=2026-02-02&until=2026-01-01",
    "tags=:", "tags=a:", "tags=%0a%0a", "workflow=x", "workflow=wpid_%F0%9F%92%A1", "person=nobody", "error_code=%00",
    "category=nonsense", "view=none", "tags=" + ",".join(f"t{n}" for n in range(30)),
    "&".join(f"workflow=wpid_{n}" for n in range(60)), "since=0001-01-01", "until=9999-12-31", "q=" + "x" * 300])
def test_senseless_filters_are_answered(ben: Browser, query: str) -> None:
    page = ben.get(f"/runs?{query}")
    if page.status == 303:
        page = ben.get(page.headers["Location"])
    assert page.status == 200
    assert ben.get(f"/runs/table?{query}").status == 200


def test_several_workflows_and_a_title_to_find_them_by(ben: Browser, sandbox: Sandbox) -> None:
    one, two = workflow(sandbox, "Order a lamp"), workflow(sandbox, "Read the news")
    a, b = run_workflow(sandbox, one), run_workflow(sandbox, two)
    start(ben, "Find the lamp")
    assert shown(ben.get(f"/runs?workflow={one}")) == {a}
    assert shown(ben.get(f"/runs?workflow={one}&workflow={two}")) == {a, b}
    found = ben.get(f"/runs/workflows?find=news&workflow={one}")
    assert [label.get_text(strip=True) for label in found.all("label")] == ["Order a lamp", "Read the news"]
    assert found.one("input[checked]")["value"] == one


def test_tags_filter_and_show_but_not_those_of_skyvern(ben: Browser, sandbox: Sandbox) -> None:
    wpid = workflow(sandbox, "Order a lamp")
    prod, stage = run_workflow(sandbox, wpid, env="prod"), run_workflow(sandbox, wpid, env="staging")
    assert shown(ben.get("/runs?tags=env:prod")) == {prod}
    assert shown(ben.get("/runs?tags=env:prod&tags=env:staging")) == {prod, stage}
    assert shown(ben.get("/runs?tags=env:*")) == {prod, stage}
    page = ben.get("/runs")
    assert page.one(f"#run-{prod} .table__tags a")["href"] == "/runs?tags=env%3Aprod"
    assert "skyvern." not in page.one("#runs-table").get_text()


def test_dates_are_days_in_utc(ben: Browser, sandbox: Sandbox) -> None:
    wpid = workflow(sandbox, "Order a lamp")
    task, run = start(ben, "Find the lamp"), run_workflow(sandbox, wpid)
    today = datetime.now(UTC).date()
    before, after = today - timedelta(days=2), today + timedelta(days=2)
    assert shown(ben.get(f"/runs?since={before}&until={after}")) == {task, run}
    assert shown(ben.get(f"/runs?until={before}")) == set() == shown(ben.get(f"/runs?since={after}"))
    sandbox.forget_calls()
    assert shown(ben.get(f"/runs?workflow={wpid}&since={before}")) == {run}
    assert any("created_at_start=" in call["target"] for call in sandbox.requests(f"/v1/workflows/{wpid}/runs"))


def test_error_codes_are_looked_for_where_skyvern_knows_them(ben: Browser, sandbox: Sandbox) -> None:
    wpid = workflow(sandbox, "Order a lamp [error]")
    sold_out = run_workflow(sandbox, wpid)
    finished(sandbox, sold_out)
    page = ben.get("/runs?error_code=OUT_OF_STOCK")
    assert shown(page) == {sold_out} and "among workflow runs only" in page.words
    assert shown(ben.get(f"/runs?error_code=OUT_OF_STOCK&workflow={wpid}")) == {sold_out}
    assert shown(ben.get("/runs?error_code=OTHER")) == set()
    assert shown(ben.get("/runs?category=DATA_EXTRACTION_FAILURE")) == {sold_out}


def test_any_id_leads_somewhere(ben: Browser, sandbox: Sandbox) -> None:
    wpid = workflow(sandbox, "Order a lamp")
    run_id = start(ben, "Find the lamp")
    finished(sandbox, run_id)
    artifact = sandbox.call("GET", f"/v1/runs/{run_id}/artifacts").json()[0]
    for typed in (run_id, artifact["artifact_id"], artifact["step_id"]):
        assert ben.get(f"/runs?q={typed}").headers.get("Location") == f"/runs/{run_id}", typed
    assert ben.get(f"/runs?status=failed&q={wpid}").headers["Location"] == f"/runs?status=failed&workflow={wpid}"
    for typed, words in (("act_1", "an action"), ("stp_404", "a step"), ("a_404404", "an artifact"),
                         ("pbs_404404", "browser session")):
        page = ben.get(f"/runs?q={typed}")
        assert page.status == 200 and words in page.one("#runs-table").get_text(" "), typed


def test_a_person_is_found_by_claims_and_by_tags(ben: Browser, cleo: Browser, sandbox: Sandbox) -> None:
    mine = [start(ben, f"Lamp {n}") for n in range(3)]
    theirs = start(cleo, "Another lamp")
    tagged = run_workflow(sandbox, workflow(sandbox, "Order a lamp"), **{"ui.user": "Ben"})
    assert shown(ben.get("/runs?person=me")) == {*mine, tagged}
    assert shown(cleo.get("/runs?person=user-ben&type=task_v1")) == set(mine)
    assert shown(cleo.get("/runs?person=me")) == {theirs}
    options = [option.get_text(strip=True) for option in cleo.get("/runs").all("select[name=person] option")]
    assert options == ["Anybody", "Started by me", "Ben"]


def test_private_runs_are_private_in_the_list(private: None, ada: Browser, ben: Browser, cleo: Browser,
                                              sandbox: Sandbox) -> None:
    mine, theirs = start(ben, "My lamp"), start(cleo, "Their lamp")
    forged = run_workflow(sandbox, workflow(sandbox, "Order a lamp"), **{"ui.user": "Ben"})
    assert shown(ada.get("/runs")) == {mine, theirs, forged}
    for query in ("", "?type=task_v1", "?person=user-cleo", "?person=me", "?q=lamp"):
        assert shown(ben.get(f"/runs{query}")) <= {mine}, query
        assert theirs not in ben.get(f"/runs/table{query}").text
    assert shown(ben.get("/runs")) == {mine}
    assert not ben.get("/runs").all("select[name=person]")
    found = ben.get(f"/runs?q={theirs}")
    assert found.status == 200 and shown(found) == set()


def test_an_older_skyvern_gives_its_older_list(ben: Browser, sandbox: Sandbox) -> None:
    absent = {"count": 99, "status": 404, "body": '{"detail":"Not Found"}'}
    rows = [{"task_id": "tsk_1", "status": "failed", "created_at": "2026-01-02T03:04:05", "request": {}},
            {"workflow_run_id": "wr_2", "workflow_permanent_id": "wpid_3", "workflow_title": "Order a lamp",
             "status": "completed", "created_at": "2026-01-01T03:04:05"}]
    sandbox.fault("/v1/run", "status", **absent)
    sandbox.fault("/api/v1/runs", "status", count=99, status=200, body=rows)
    page = ben.get("/runs")
    assert shown(page) == {"tsk_1", "wr_2"} and "older list" in page.words and "Order a lamp" in page.words
    assert shown(ben.get("/runs?type=workflow_run")) == {"wr_2"} == shown(ben.get("/runs?workflow=wpid_3"))
    assert shown(ben.get("/runs?since=2026-01-02")) == {"tsk_1"}
    sandbox.fault("/v1/workflows/runs", "status", **absent)
    left_out = ben.get("/runs?error_code=X&category=Y").words
    assert "cannot look for error codes" in left_out
    assert "no tags of runs" in ben.get("/runs?tags=env:prod").words


def test_no_list_at_all_is_a_sentence(ben: Browser, sandbox: Sandbox) -> None:
    for path in ("/v1/runs", "/api/v1/runs"):
        sandbox.fault(path, "status", count=99, status=404, body='{"detail":"Not Found"}')
    page = ben.get("/runs")
    assert page.status == 200 and "has no list of all runs" in page.words


def test_an_unchanged_table_costs_a_304(ben: Browser, sandbox: Sandbox) -> None:
    run_id = start(ben, "Read every lamp [slow]")
    first = ben.get("/runs/table")
    root = first.one("#runs-table")
    assert root.has_attr("data-poll") and "awake" in root["hx-trigger"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    finished(sandbox, run_id, ("created", "queued"))
    tag = ben.get("/runs/table").headers["ETag"]
    again = ben.get("/runs/table", headers={"If-None-Match": tag})
    assert (again.status, again.text) == (304, "")
    sandbox.call("POST", f"/v1/runs/{run_id}/cancel")
    changed = ben.get("/runs/table", headers={"If-None-Match": tag})
    assert changed.status == 200 and changed.headers["ETag"] != tag
    assert not changed.one("#runs-table").has_attr("data-poll")


def test_polls_do_not_fall_together(ben: Browser) -> None:
    start(ben, "Read every lamp [slow]")
    pauses = {ben.get("/runs/table").one("#runs-table")["hx-trigger"].split(",")[0] for _ in range(6)}
    assert len(pauses) > 1
    assert all(4000 <= int(pause.removeprefix("every ").removesuffix("ms")) <= 6000 for pause in pauses)
