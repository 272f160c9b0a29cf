"""From the empty folder to a watched run on the real Skyvern, as a person does it in a browser."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from skyvern_ui.sealed import fingerprint
from tests.conformance.conftest import FirstVisit
from tests.conformance.person import Person
from tests.real.model import ScriptedModel
from tests.real.site import Site
from tests.real.skyvern import RealSkyvern

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(300)]
PROMPT = "Read the price of the Harbour lamp from the offers"


@dataclass
class Watched:
    """A task that was watched from its start to its end without the page being loaded again."""

    run_id: str
    changed_after: float
    seen: list[str]
    reloads: int


@pytest.fixture(scope="module")
def watched(newcomer: Person, first_visit: FirstVisit, scripted_model: ScriptedModel, site: Site) -> Watched:
    scripted_model.set_mode("work", steps=2)
    person, seen = newcomer, []
    run_id = person.start_task(PROMPT, site.moving)
    person.page.evaluate("() => { window.firstLoad = true }")
    person.until(lambda: note(person.status, seen) and person.picture(), 60, "a live picture")
    first, began = person.picture(), time.monotonic()
    person.until(lambda: person.picture() != first, 5, "another picture")
    changed_after = time.monotonic() - began
    person.until(lambda: note(person.status, seen) in ("completed", "failed"), 150, "the end of the run")
    person.until(lambda: person.page.locator("#run-viewport video").count(), 30, "the recording where the picture was")
    reloads = 0 if person.page.evaluate("() => window.firstLoad") else 1
    scripted_model.set_mode("ok")
    return Watched(run_id, changed_after, seen, reloads)


def note(status: str | None, seen: list[str]) -> str | None:
    if status and (not seen or seen[-1] != status):
        seen.append(status)
    return status


def test_the_wizard_offers_the_key_it_found_and_shows_only_a_fingerprint(
        first_visit: FirstVisit, real_skyvern: RealSkyvern) -> None:
    assert fingerprint(real_skyvern.key) in first_visit.offer
    assert str(real_skyvern.env_file) in first_visit.offer
    assert real_skyvern.key not in first_visit.page_source
    assert "Ready" in first_visit.landed and "Skyvern is connected" in first_visit.landed


def test_a_task_is_watched_live_to_its_end_without_a_reload(watched: Watched) -> None:
    assert watched.changed_after < 2
    assert watched.seen[-1] == "completed" and "running" in watched.seen, watched.seen
    assert watched.reloads == 0


def test_its_recording_plays_and_seeks(ada: Person, watched: Watched) -> None:
    ada.open(f"/runs/{watched.run_id}?tab=recording")
    video = ada.page.locator("#run-recording video")
    seconds = ada.until(lambda: length(ada), 120, "the recording in its final form")
    assert 1 < seconds < 600
    video.evaluate("v => { v.currentTime = v.duration / 2 }")
    ada.until(lambda: video.evaluate("v => !v.seeking && v.readyState >= 2 && v.currentTime > 0"), 20, "the seek")
    source = str(ada.page.get_attribute("#run-recording video", "src"))
    part = ada.visitor().get(source, headers={"Range": "bytes=100-299"})
    assert part.status_code == 206 and len(part.content) == 200
    assert part.headers["Content-Range"].startswith("bytes 100-299/")
    assert part.headers["Content-Type"] in ("video/mp4", "video/webm")


def test_its_screenshots_output_inputs_and_files_open(ada: Person, watched: Watched, site: Site) -> None:
    ada.open(f"/runs/{watched.run_id}")
    said = {}
    for tab in ("screenshots", "output", "inputs", "artifacts"):
        ada.page.click(f".tabs__tab:has-text('{ {'artifacts': 'Files'}.get(tab, tab.capitalize()) }')")
        ada.page.wait_for_selector(f"#run-{tab}")
        said[tab] = ada.page.inner_text(f"#run-{tab}")
    assert PROMPT in said["inputs"] and site.moving in said["inputs"]
    assert "Recording" in said["artifacts"] and "Screenshot final" in said["artifacts"]
    ada.open(f"/runs/{watched.run_id}?tab=screenshots")
    pictures = ada.page.locator("#run-screenshots img.gallery__picture")
    assert pictures.count() >= 2
    ada.until(lambda: pictures.first.evaluate("i => i.complete && i.naturalWidth > 300"), 10, "a screenshot")


def test_another_task_is_canceled_and_both_are_in_the_audit(ada: Person, watched: Watched, site: Site,
                                                            scripted_model: ScriptedModel) -> None:
    scripted_model.set_mode("hang")
    run_id = ada.start_task("Wait for ever", site.moving)
    ada.until(lambda: ada.status == "running", 30, "the run to be running")
    ada.page.click("#run-header [data-dialog-open]")
    ada.page.click("#cancel-run [type=submit]")
    ada.until(lambda: ada.status == "canceled", 30, "the run to be canceled")
    scripted_model.set_mode("ok")
    rows = ada.visitor().get("/settings/audit/export.json").json()
    told = {(row["action"], row["resource_id"]): row for row in rows}
    for action, run in (("run.create", watched.run_id), ("run.create", run_id), ("run.cancel", run_id)):
        row = told[action, run]
        assert (row["user_name"], row["ip_address"], row["outcome"]) == (ada.name, "127.0.0.1", "done"), row


def test_a_run_is_done_again_as_it_was_and_with_changes(ada: Person, watched: Watched, site: Site) -> None:
    ada.open(f"/runs/{watched.run_id}")
    ada.page.click("#run-header form[action$='/repetition'] [type=submit]")
    ada.page.wait_for_url(lambda url: "/runs/tsk_" in url and watched.run_id not in url)
    ada.until(lambda: ada.status == "completed", 150, "the repetition to end")
    assert PROMPT in ada.words
    ada.page.click("#run-more summary")
    ada.page.click("#run-more a:has-text('Change and run')")
    ada.page.wait_for_url("**/tasks?from=*")
    assert ada.page.input_value("[name=prompt]") == PROMPT and ada.page.input_value("[name=url]") == site.moving
    ada.page.fill("[name=prompt]", "Read the price of the Fjord lamp")
    ada.page.click("#task-form .btn--primary")
    ada.page.wait_for_url("**/runs/tsk_*")
    ada.until(lambda: ada.status == "completed", 150, "the changed run to end")
    assert "Fjord" in ada.words
    ada.open("/runs")
    assert PROMPT in ada.words and "Read the price of the Fjord lamp" in ada.words


def length(person: Person) -> float:
    """The seconds of the recording on this page, loaded anew; 0 while it is missing or still being recorded."""
    person.page.reload()
    video = person.page.locator("#run-recording video")
    if not video.count():
        return 0
    return float(video.evaluate("""v => new Promise(done => {
        const tell = () => done(Number.isFinite(v.duration) ? v.duration : 0);
        v.onloadedmetadata = tell; v.onerror = () => done(0); setTimeout(tell, 4000); if (v.readyState > 0) tell();
    })"""))
