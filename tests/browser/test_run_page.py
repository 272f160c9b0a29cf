"""The page of a run in a real browser: polls that cost nothing, pictures beside actions, parts that stay open."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.runs.stories import action, block, run, tell, tell_run
from tests.sandbox_server import Sandbox

from .house import House
from .window import Window

DRAWN = "(selector) => { const it = document.querySelector(selector); return it.complete && it.naturalWidth > 0; }"
Open = Callable[..., Window]


def live_run(sandbox: Sandbox, run_id: str = "wr_1", count: int = 500) -> None:
    """A run that goes on and on, with a block of sixty actions."""
    long = block(2, "long", actions=[action(n, screenshot_artifact_id=None) for n in range(60, 120)][::-1])
    tell(sandbox, f"/v1/runs/{run_id}/timeline", [block(3, "now", status="running", duration=None), long,
                                                  block(1, "first")], count=count)
    tell(sandbox, f"/v1/runs/{run_id}/artifacts", [], count=count)
    began = datetime.now(UTC).isoformat()
    tell(sandbox, f"/v1/runs/{run_id}", run(run_id, status="running", started_at=began, finished_at=None), count=count)


def test_an_unchanged_poll_is_a_304_and_changes_nothing_but_the_clock(house: House, window: Open) -> None:
    live_run(house.sandbox)
    here = window("ben")
    answers: list[tuple[str, int]] = []
    here.page.on("response", lambda answer: answers.append((answer.url.rsplit("/", 1)[-1], answer.status)))
    page = here.open("/runs/wr_1")
    here.until(lambda: answers.count(("timeline", 304)) >= 2, "the timeline to be unchanged twice", 30)
    assert answers.count(("timeline", 200)) <= 1
    here.until(lambda: ("header", 304) in answers, "the header to be unchanged", 30)
    assert page.locator("#run-timeline .timeline__item").count() == 3
    since = page.locator("#run-header [data-since]")
    before = since.inner_text()
    here.until(lambda: since.inner_text() != before, "the clock to go on")
    here.check()


def test_what_the_reader_opened_stays_open_over_polls(house: House, window: Open) -> None:
    live_run(house.sandbox)
    here = window("ben")
    page = here.open("/runs/wr_1")
    page.locator("#more-wrb_2 > summary").click()
    here.until(lambda: page.locator("#part-wrb_2-0[data-kept] .timeline__item").count() == 50, "the part to come")
    page.locator("#part-wrb_2-50 a").click()
    here.until(lambda: page.locator("#more-wrb_2 .timeline__item").count() == 60, "the rest to come")
    tell_more = [block(4, "then", status="running", duration=None), *json.loads(json.dumps([
        block(3, "now"), block(2, "long", actions=[action(n) for n in range(60, 120)]), block(1, "first")]))]
    house.heal()
    tell(house.sandbox, "/v1/runs/wr_1/timeline", tell_more, count=500)
    live_run(house.sandbox)
    here.until(lambda: page.locator("#entry-wrb_4").count() == 1, "the new block", 20)
    assert page.locator("#more-wrb_2").get_attribute("open") is not None
    assert page.locator("#more-wrb_2 .timeline__item").count() == 60
    here.check()


def test_an_action_opens_its_picture_beside_the_list_and_in_a_dialog_on_a_phone(house: House, window: Open) -> None:
    run_id = finished_task(house.sandbox)
    here = window("ben")
    page = here.open(f"/runs/{run_id}")
    links = page.locator("#run-timeline a[data-shot]")
    links.nth(1).click()
    pane = page.locator("#run-pane")
    assert pane.is_visible() and not page.locator("#run-viewport").is_visible()
    shown = pane.locator("img").get_attribute("src")
    links.nth(1).press("ArrowDown")
    assert pane.locator("img").get_attribute("src") != shown
    here.until(lambda: page.evaluate(DRAWN, "#run-pane img"), "the picture")
    here.check()
    pane.locator('[data-part="close"]').click()
    assert not pane.is_visible() and page.locator("#run-viewport").is_visible()
    phone = window("ben", "phone")
    page = phone.open(f"/runs/{run_id}")
    page.locator("#run-timeline a[data-shot]").first.click()
    assert page.locator("#run-pictures[open]").is_visible()
    page.keyboard.press("End")
    page.wait_for_load_state("networkidle")
    phone.until(lambda: page.evaluate(DRAWN, "#run-pictures img"), "the picture")
    page.keyboard.press("Escape")
    assert page.locator("#run-pictures[open]").count() == 0


def test_search_filters_the_timeline_and_the_output_as_it_is_typed(house: House, window: Open) -> None:
    output = {"lamps": [{"name": name} for name in ("Alva", "Brisa")], "city": "Bergen"}
    tell_run(house.sandbox, "wr_1", [block(1, "alpha"), block(2, "beta")], output=output)
    here = window("ben")
    page = here.open("/runs/wr_1")
    page.locator('#run-story input[name="q"]').type("beta")
    here.until(lambda: page.locator("#run-timeline .timeline__item").count() == 1, "one entry")
    page = here.open("/runs/wr_1?tab=output")
    page.locator('input[name="find"]').type("Bris")
    here.until(lambda: "lamps[1].name" in page.inner_text("#run-output-tree"), "the place of the value")
    here.check()


def test_diagnostics_come_when_they_are_opened(house: House, window: Open) -> None:
    run_id = finished_task(house.sandbox)
    here = window("ben")
    page = here.open(f"/runs/{run_id}?tab=diagnostics")
    page.locator("#trace-1 > summary").click()
    page.locator("#trace-1 .trace__text > summary").first.click()
    here.until(lambda: page.locator("#trace-1 pre").count() == 1, "the prompt")
    here.check()


def test_every_tab_is_well_on_a_desk_and_on_a_phone(house: House, window: Open) -> None:
    runs = [row["run_id"] for page in range(1, 6)
            for row in house.sandbox.call("GET", "/v1/runs", params={"page": page, "page_size": 100}).json()]
    some = [next(r for r in runs if r.startswith(kind)) for kind in ("wr_", "tsk_v2_", "tsk_5")]
    for size in ("desk", "phone"):
        here = window("ben", size)
        for run_id in some:
            for tab in ("overview", "screenshots", "recording", "output", "files", "inputs", "code", "diagnostics"):
                here.open(f"/runs/{run_id}?tab={tab}")
                here.check()
        here.open(f"/runs/compare?left={some[0]}&right={some[1]}")
        here.check()


def finished_task(sandbox: Sandbox) -> str:
    """A task that has left pictures and everything else."""
    rows: list[dict[str, Any]] = sandbox.call("GET", "/v1/runs?page_size=50&status=completed&run_type=task_v1").json()
    return str(rows[0]["run_id"])
