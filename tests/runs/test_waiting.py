"""A run that waits for a person: shown, taken in hand, approved or rejected once, whoever else tries."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from skyvern_ui.audit import CLI
from skyvern_ui.database import writing
from skyvern_ui.models import WaitingClaim
from skyvern_ui.models.columns import now
from skyvern_ui.runs.answer_rules import SETTLES
from skyvern_ui.settings.rules import save_preferences
from skyvern_ui.skyvern.transport import CONNECT_SECONDS, READ_SECONDS

from ..sandbox_server import Sandbox
from ..support.audit import audited
from ..support.people import Browser
from ..support.waits import begin, owned_by, paused_run, status_of, write_workflow


@pytest.fixture(autouse=True)
def with_skyvern(connected: Flask) -> Flask:
    return connected


def form_of(browser: Browser, run_id: str, what: str) -> dict[str, str]:
    """The fields of a form on the run's page, as the person sees them."""
    form = browser.get(f"/runs/{run_id}").one(f'form[action="/runs/{run_id}/{what}"]')
    return {field["name"]: field.get("value", "") for field in form.select("input[name]")
            if field["name"] != "csrf_token"}


def answers(sandbox: Sandbox, run_id: str) -> int:
    """How often Skyvern was told to go on or to stop."""
    told = [r["target"] for r in sandbox.requests() if run_id in r["target"]]
    return len([target for target in told if target.endswith(("/continue", "/cancel"))])


def continues(sandbox: Sandbox, run_id: str) -> int:
    return len(sandbox.requests(f"/v1/workflows/runs/{run_id}/continue"))


def test_the_page_shows_what_is_asked_of_whom_and_until_when(ben: Browser, sandbox: Sandbox) -> None:
    run_id = paused_run(sandbox)
    page = ben.get(f"/runs/{run_id}")
    panel = page.one(f"#waiting-{run_id}")
    words = " ".join(panel.get_text(" ").split())
    assert "May this order be paid?" in words and "Waiting for a person" in words
    assert page.one("time[data-until]").get_text(strip=True).startswith(("1 h 59 m", "2 h 00 m"))
    assert [b.get_text(strip=True) for b in panel.select("button[data-dialog-open]")] == ["Pay it", "Leave it"]
    for dialog in panel.select("dialog"):
        assert dialog.select_one(".dialog__body").get_text(strip=True)
    assert ben.get(f"/runs/{run_id}/header").one(f"#waiting-{run_id}")


@pytest.mark.parametrize(("what", "ends", "action"), [("approval", "running completed", "run.approve"),
                                                      ("rejection", "canceled", "run.reject")])
def test_an_answer_is_sent_once_and_recorded(connected: Flask, ben: Browser, sandbox: Sandbox, what: str, ends: str,
                                             action: str) -> None:
    run_id = paused_run(sandbox)
    sandbox.forget_calls()
    page = ben.post(f"/runs/{run_id}/{what}", form_of(ben, run_id, what))
    assert page.status == 303 and page.headers["Location"].endswith(f"/runs/{run_id}")
    assert status_of(sandbox, run_id) in ends
    assert answers(sandbox, run_id) == 1
    (row,) = audited(connected, action)
    assert (row.user_name, row.outcome, row.resource_id, row.details["block"]) == ("Ben", "done", run_id, "approve")


def test_the_second_answer_hears_who_was_first_and_sends_nothing(ben: Browser, cleo: Browser, sandbox: Sandbox) -> None:
    run_id = paused_run(sandbox)
    mine, theirs = form_of(ben, run_id, "approval"), form_of(cleo, run_id, "rejection")
    assert ben.post(f"/runs/{run_id}/approval", mine).status == 303
    sandbox.forget_calls()
    page = cleo.post(f"/runs/{run_id}/rejection", theirs)
    assert page.status == 409 and "Ben has answered already" in page.words
    assert answers(sandbox, run_id) == 0


def test_an_answer_to_a_run_that_is_over_is_refused(ben: Browser, cleo: Browser, sandbox: Sandbox) -> None:
    run_id = paused_run(sandbox)
    fields = form_of(ben, run_id, "approval")
    sandbox.call("POST", f"/v1/runs/{run_id}/cancel").raise_for_status()
    sandbox.forget_calls()
    for what in ("approval", "rejection", "claim"):
        page = ben.post(f"/runs/{run_id}/{what}", fields)
        assert page.status == 409 and "was canceled" in page.words, what
    assert answers(sandbox, run_id) == 0


def test_somebody_faster_elsewhere_is_told_in_words(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    run_id = paused_run(sandbox)
    fields = form_of(ben, run_id, "approval")
    sandbox.fault(f"/v1/workflows/runs/{run_id}/continue", "status", status=404,
                  body={"detail": f"Workflow run not found {run_id}"})
    page = ben.post(f"/runs/{run_id}/approval", fields)
    assert page.status == 409 and "Somebody has answered already" in page.words
    assert [r.outcome for r in audited(connected, "run.approve")] == ["refused"]


@pytest.mark.parametrize("what", [("approval", "approval"), ("approval", "rejection")])
def test_of_two_at_once_exactly_one_is_sent(connected: Flask, ben: Browser, cleo: Browser, sandbox: Sandbox,
                                            what: tuple[str, str]) -> None:
    run_id = paused_run(sandbox)
    people = [(b, w) for b in (ben, cleo) for w in what] * 2
    fields = form_of(ben, run_id, "approval")
    browsers = []
    for browser, each in people:
        twin = Browser(connected, browser.name)
        twin.client.set_cookie("skyvern_ui", browser.cookie or "")
        twin.token()
        browsers.append((twin, each))
    sandbox.forget_calls()
    sandbox.fault(f"/v1/workflows/runs/{run_id}/continue", "delay", seconds=0.4)
    start, statuses = threading.Barrier(len(browsers)), []

    def press(browser: Browser, each: str) -> None:
        start.wait()
        statuses.append(browser.post(f"/runs/{run_id}/{each}", fields).status)

    threads = [threading.Thread(target=press, args=pair) for pair in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [303] + [409] * (len(browsers) - 1)
    assert answers(sandbox, run_id) == 1
    done = [r for action in ("run.approve", "run.reject") for r in audited(connected, action)]
    assert [r.outcome for r in done] == ["done"]


def test_what_skyvern_refused_may_be_tried_again(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    run_id = paused_run(sandbox)
    fields = form_of(ben, run_id, "approval")
    sandbox.fault(f"/v1/workflows/runs/{run_id}/continue", "status", status=500)
    assert ben.post(f"/runs/{run_id}/approval", fields).status == 502
    assert ben.post(f"/runs/{run_id}/approval", fields).status == 303
    assert sorted(r.outcome or "" for r in audited(connected, "run.approve")) == ["done", "failed"]


def test_an_answer_of_unknown_fate_is_not_sent_again_at_once(connected: Flask, ben: Browser, cleo: Browser,
                                                             sandbox: Sandbox) -> None:
    run_id = paused_run(sandbox)
    fields = form_of(ben, run_id, "approval")
    sandbox.fault(f"/v1/workflows/runs/{run_id}/continue", "reset")
    page = ben.post(f"/runs/{run_id}/approval", fields)
    assert page.status == 502 and "Nobody knows" in page.words
    assert [r.outcome for r in audited(connected, "run.approve")] == ["unknown"]
    assert cleo.post(f"/runs/{run_id}/approval", fields).status == 409
    assert continues(sandbox, run_id) == 1
    with connected.app_context(), writing() as session:
        session.execute(update(WaitingClaim).values(created_at=now() - SETTLES * 2))
    assert cleo.post(f"/runs/{run_id}/approval", fields).status == 303
    assert status_of(sandbox, run_id) != "paused"


def test_another_wait_than_the_one_seen_is_not_answered(ben: Browser, sandbox: Sandbox) -> None:
    run_id = paused_run(sandbox)
    page = ben.post(f"/runs/{run_id}/approval", {"block": "wrb_1"})
    assert page.status == 409 and "another step" in page.words
    assert continues(sandbox, run_id) == 0


def test_a_run_that_does_not_wait_is_not_answered(ben: Browser, sandbox: Sandbox) -> None:
    run_id = begin(sandbox, write_workflow(sandbox, {"block_type": "wait", "label": "rest", "wait_sec": 1}))
    assert ben.post(f"/runs/{run_id}/approval").status == 409
    assert continues(sandbox, run_id) == 0


def test_with_its_timeline_away_a_run_can_still_be_answered(ben: Browser, sandbox: Sandbox) -> None:
    run_id = paused_run(sandbox)
    for path in (f"/v1/runs/{run_id}/timeline", "/api/v1/workflows"):
        sandbox.fault(path, "status", status=500, count=9)
    page = ben.get(f"/runs/{run_id}/header")
    assert page.status == 200 and "cannot be read" in page.words
    assert ben.post(f"/runs/{run_id}/approval", {"block": ""}).status == 303
    assert status_of(sandbox, run_id) != "paused"


def test_one_person_has_it_and_another_takes_it_over_knowingly(connected: Flask, ada: Browser, ben: Browser,
                                                               cleo: Browser, sandbox: Sandbox) -> None:
    run_id = paused_run(sandbox)
    fields = form_of(ben, run_id, "claim")
    assert ben.post(f"/runs/{run_id}/claim", fields).status == 303
    assert "You have this" in ben.get(f"/runs/{run_id}").words
    page = cleo.post(f"/runs/{run_id}/claim", fields)
    assert page.status == 409 and "Ben has this already" in page.words
    assert cleo.post(f"/runs/{run_id}/claim/release").status == 409
    over = form_of(cleo, run_id, "claim")
    assert over["over"] == "user-ben"
    assert cleo.post(f"/runs/{run_id}/claim", over).status == 303
    assert "Cleo has this" in ben.get(f"/runs/{run_id}").words
    assert [r.details for r in audited(connected, "wait.claim")] in ([None, {"taken_from": "Ben"}],
                                                                  [{"taken_from": "Ben"}, None])
    assert ada.post(f"/runs/{run_id}/claim/release").status == 303
    assert [r.details for r in audited(connected, "wait.release")] == [{"held_by": "Cleo"}]
    assert "I have this" in ben.get(f"/runs/{run_id}").words


def test_having_it_keeps_nobody_from_answering(ben: Browser, cleo: Browser, sandbox: Sandbox) -> None:
    run_id = paused_run(sandbox)
    ben.post(f"/runs/{run_id}/claim", form_of(ben, run_id, "claim"))
    assert cleo.post(f"/runs/{run_id}/approval", form_of(cleo, run_id, "approval")).status == 303


@pytest.mark.parametrize("what", ["approval", "rejection", "claim", "claim/release", "code"])
@pytest.mark.parametrize("run_id", ["wr_404404", "nonsense", "wr_1;x", "a" * 400])
def test_unknown_and_malformed_runs_are_not_found(ben: Browser, sandbox: Sandbox, what: str, run_id: str) -> None:
    assert ben.post(f"/runs/{run_id}/{what}").status == 404
    assert [r for r in sandbox.requests() if r["method"] == "POST"] == []


@pytest.mark.parametrize("what", ["approval", "rejection", "claim", "claim/release", "code"])
def test_a_private_run_is_not_there_for_a_stranger(connected: Flask, ben: Browser, cleo: Browser, nobody: Browser,
                                                   sandbox: Sandbox, what: str) -> None:
    run_id = paused_run(sandbox)
    owned_by(connected, "ben", run_id)
    with connected.app_context():
        save_preferences({"private_runs": True}, CLI)
    fields: dict[str, Any] = form_of(ben, run_id, "approval")
    assert cleo.post(f"/runs/{run_id}/{what}", fields).status == 404
    assert nobody.post(f"/runs/{run_id}/{what}", fields).headers["Location"].startswith("/login")
    assert ben.get(f"/runs/{run_id}/approval").status == 405
    assert status_of(sandbox, run_id) == "paused"


def test_the_mark_outlives_the_call_it_stands_for() -> None:
    assert SETTLES.total_seconds() > CONNECT_SECONDS + READ_SECONDS, "else a second answer goes out beside the first"
