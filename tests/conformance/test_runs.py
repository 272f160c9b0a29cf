"""Runs of the real Skyvern, seen and handled through the product: why one failed, retry, compare, tags, bulk cancel."""

from __future__ import annotations

from typing import Any

import pytest

from skyvern_ui.diagnosis.table import BY_CODE
from tests.conformance.conftest import FirstVisit
from tests.conformance.person import Person
from tests.conformance.workflows import DOOR, computing, ended, made, opening, reached, started, waiting
from tests.real.model import ScriptedModel
from tests.real.site import Site

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(300)]
WORK = "if kind == 'oak':\n    raise ValueError('there is no oak')\nprice = 48 if kind == 'brass' else 52"


@pytest.fixture(scope="module")
def lamp_finder(newcomer: Person, first_visit: FirstVisit, site: Site) -> str:
    """A workflow that opens the shop and fails for lamps of oak."""
    look = {**computing(WORK, "look_up"), "parameter_keys": ["kind"]}
    return made(newcomer.visitor(), "Find a lamp", opening(f"{site.url}/"), look, kind="brass")


def test_a_run_that_fails_for_the_model_says_why(ada: Person, site: Site, scripted_model: ScriptedModel) -> None:
    scripted_model.set_mode("quota")
    run_id = ada.start_task("Read the price of the Pole Star", f"{site.url}/")
    ada.until(lambda: ada.status == "failed", 120, "the failure")
    scripted_model.set_mode("ok")
    ada.until(lambda: ada.page.locator("#run-cause").count(), 10, "the model's part in it")
    assert BY_CODE["no_actions"].title in ada.words
    ada.page.click("#run-cause summary")
    ada.until(lambda: "LLM service errors" in ada.words and "LLM error" in ada.words, 10, "Skyvern's own words")
    ada.open("/runs/failures")
    ada.until(lambda: not ada.page.locator("#failure-board[hx-get]").count(), 30, "every failure to be read")
    group = ada.page.locator(".failures__group", has_text="LLM error")
    assert BY_CODE["no_actions"].title in group.inner_text()
    assert group.locator("a[href='/settings'], a[href='/doctor']").count() == 1
    ada.open("/runs/failures?by=site&only=127.0.0.1")
    ada.until(lambda: ada.page.locator(f"#failure-{run_id}").count(), 30, "the run among those of its site")


def test_a_retry_remembers_what_it_repeats(ada: Person, lamp_finder: str) -> None:
    visitor = ada.visitor()
    first = started(visitor, lamp_finder, kind="oak")
    assert ended(visitor, first)["status"] == "failed"
    ada.open(f"/runs/{first}")
    assert "there is no oak" in ada.words
    ada.page.click("#run-more summary")
    ada.page.click("#run-more form[action$='/retry'] [type=submit]")
    ada.page.wait_for_url(lambda url: "/runs/wr_" in url and first not in url)
    second = ada.path.rsplit("/", 1)[-1]
    ada.until(lambda: ada.status == "failed", 60, "the retry to fail as well")
    assert visitor.get(f"{DOOR}/v1/runs/{second}").json()["run_request"]["parameters"] == {"kind": "oak"}
    for here, there in ((second, first), (first, second)):
        ada.open(f"/runs/{here}")
        assert ada.page.locator(f"#run-header a[href='/runs/{there}']").count() >= 1, f"{here} does not lead to {there}"
    told = [row for row in visitor.get("/settings/audit/export.json").json() if row["resource_id"] == second]
    assert told and {row["user_name"] for row in told} == {ada.name}


def test_two_runs_are_compared(ada: Person, lamp_finder: str) -> None:
    visitor = ada.visitor()
    left, right = (started(visitor, lamp_finder, kind=kind) for kind in ("brass", "steel"))
    assert [ended(visitor, run)["status"] for run in (left, right)] == ["completed", "completed"]
    ada.open(f"/runs/compare?left={left}&right={right}")
    changes = ada.page.locator("#comparison .compare__changes")
    assert "brass" in changes.first.inner_text() and "steel" in changes.first.inner_text()
    assert {"open_page", "look_up"} <= set(ada.page.locator("#comparison tbody th").all_inner_texts())
    assert "48" in changes.last.inner_text() and "52" in changes.last.inner_text()
    ada.open(f"/runs/compare?left={left}&right=wr_1")
    assert ada.page.locator("#compare-right form").count() == 1
    ada.broken.clear()  # the browser tells of a 404, if that is the answer


def test_chosen_runs_are_tagged_and_found_by_it(ada: Person, lamp_finder: str, site: Site,
                                                scripted_model: ScriptedModel) -> None:
    visitor = ada.visitor()
    workflow_run = started(visitor, lamp_finder, kind="steel")
    task = visitor.post(f"{DOOR}/v1/run/tasks", json={
        "prompt": "Say it is done", "url": f"{site.url}/", "engine": "skyvern-1.0"}).json()["run_id"]
    for run in (workflow_run, task):
        ended(visitor, run)
    choose(ada, workflow_run, task)
    ada.page.click("[data-dialog-open='bulk-tag']")
    ada.page.fill("#bulk-tag [name=tag]", "team:lamps")
    ada.page.click("#bulk-tag [name=sure]")
    ada.until(lambda: "1 of 2 tagged" in ada.page.inner_text("#runs-report"), 30, "the report")
    assert task in ada.page.inner_text("#runs-report")
    ada.open("/runs?tags=team:lamps")
    ada.until(lambda: ada.page.locator(f"#run-{workflow_run}").count(), 20, "the tagged run")
    assert not ada.page.locator(f"#run-{task}").count() and "team:lamps" in ada.words


def test_chosen_runs_are_cancelled_and_each_is_reported(ada: Person, site: Site, lamp_finder: str,
                                                        scripted_model: ScriptedModel) -> None:
    visitor = ada.visitor()
    over = started(visitor, lamp_finder, kind="brass")
    ended(visitor, over)
    scripted_model.set_mode("hang")
    task = visitor.post(f"{DOOR}/v1/run/tasks", json={
        "prompt": "Wait for ever", "url": f"{site.url}/", "engine": "skyvern-1.0"}).json()["run_id"]
    flow = started(visitor, made(visitor, "Wait a minute", waiting(60)))
    for run in (task, flow):
        reached(visitor, run, "running")
    choose(ada, over, task, flow)
    ada.page.click("[data-dialog-open='bulk-cancel']")
    ada.page.click("#bulk-cancel [name=sure]")
    ada.until(lambda: "2 of 3 canceled" in ada.page.inner_text("#runs-report"), 30, "the report")
    scripted_model.set_mode("ok")
    assert [ended(visitor, run)["status"] for run in (over, task, flow)] == ["completed", "canceled", "canceled"]


def test_the_list_finds_by_id_text_and_category(ada: Person, lamp_finder: str) -> None:
    visitor = ada.visitor()
    run = started(visitor, lamp_finder, kind="oak")
    ended(visitor, run)
    for address in ("/runs?q=Find a lamp&status=failed", "/runs?category=UNKNOWN", "/runs?tags=skyvern.status:failed",
                    f"/runs?workflow={lamp_finder}&status=failed"):
        ada.open(address)
        ada.until(lambda: ada.page.locator(f"#run-{run}").count(), 30, address)
    ada.open(f"/runs?q={run}")
    ada.until(lambda: ada.path == f"/runs/{run}" or ada.page.locator(f"#run-{run}").count(), 30, "the run by its id")
    rows: list[dict[str, Any]] = visitor.get(f"/runs/export.json?workflow={lamp_finder}&status=failed").json()["runs"]
    assert run in {row["run_id"] for row in rows} and {row["status"] for row in rows} == {"failed"}


def choose(person: Person, *runs: str) -> None:
    """Opens the list and ticks these runs."""
    person.open("/runs")
    for run in runs:
        person.page.check(f"#run-{run} [data-pick]")
