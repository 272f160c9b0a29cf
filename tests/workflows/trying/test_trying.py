"""Trying blocks alone, in one browser that stays open, with what earlier ones gave; for one person at a time."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog, Claim, Trial, WorkflowDraft
from skyvern_ui.workflows.trying.reach_rules import reaches
from skyvern_ui.workflows.trying.trial_rules import MOST_KEPT, keep_trial, newest_by_label, trials_of

from ...sandbox_server import Sandbox
from ...support.people import Browser
from ...support.server import wait_for
from ..lamps import lamps, save


@pytest.fixture
def wpid(connected: Flask, sandbox: Sandbox) -> str:
    return lamps(sandbox)


def starts(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [each for each in sandbox.requests("/v1/run/workflows/blocks") if each["method"] == "POST"]


def body(wpid: str, label: str, outputs: dict[str, Any], session_id: str) -> str:
    """The SHA-256 of the very body that a try of this block must send."""
    sent = {"workflow_id": wpid, "block_labels": [label], "parameters": {"lamps": ["Alva"], "size": "small"},
            "block_outputs": outputs, "browser_session_id": session_id, "debug_session_id": session_id}
    return hashlib.sha256(json.dumps(sent).encode()).hexdigest()


def attempt(browser: Browser, wpid: str, label: str, how: str = "alone", **inputs: str) -> Any:
    typed = {f"p-{key}": text for key, text in ({"lamps": '["Alva"]', "size": "small"} | inputs).items()}
    return browser.post(f"/workflows/{wpid}/try", {how: label, **typed})


def over(sandbox: Sandbox, run_id: str) -> None:
    wait_for(lambda: sandbox.call("GET", f"/v1/runs/{run_id}").json()["finished_at"], 20, "the try to end")


def newest(app: Flask) -> Trial:
    with app.app_context():
        found = trials_of("user-ben", db.session.scalars(select(Trial.wpid)).first() or "")[0]
        db.session.remove()
    return found


def test_a_block_is_run_alone_in_a_browser_that_is_opened_for_it(
        ben: Browser, wpid: str, sandbox: Sandbox, connected: Flask) -> None:
    page = ben.get(f"/workflows/{wpid}/try?block=read_reviews")
    assert page.one("[data-chosen] b").text == "read_reviews" and "No browser is open" in page.words
    assert not page.all("button[value=open_lamp]"), "inside the loop"
    assert attempt(ben, wpid, "look_at_small").status == 303
    trial = newest(connected)
    assert (trial.label, trial.onwards, trial.version) == ("look_at_small", [], 1)
    (session,) = sandbox.call("GET", "/v1/browser_sessions").json()
    assert starts(sandbox)[-1]["sha256"] == body(wpid, "look_at_small", {}, session["browser_session_id"])
    shown = ben.get(f"/workflows/{wpid}/try")
    assert shown.one("#trial-view")["data-socket"] == f"/workflows/{wpid}/try/frames"
    listed = sandbox.call("GET", "/v1/runs?page_size=50").json()
    assert trial.run_id not in [row["run_id"] for row in listed], "tries stay out of the lists"
    with connected.app_context():
        rows = db.session.scalars(select(AuditLog).where(AuditLog.action.in_(
            ("run.create", "browser_session.create"))).order_by(AuditLog.created_at)).all()
        assert [(row.action, row.outcome, row.user_name) for row in rows] == [
            ("browser_session.create", "done", "Ben"), ("run.create", "done", "Ben")]
        assert db.session.get(Claim, trial.run_id).actor_name == "Ben"  # type: ignore[union-attr]


def test_later_blocks_start_with_what_earlier_ones_gave_until_it_is_forgotten(
        ben: Browser, cleo: Browser, wpid: str, sandbox: Sandbox, connected: Flask) -> None:
    attempt(ben, wpid, "each_lamp")
    first = newest(connected).run_id
    over(sandbox, first)
    state = ben.get(f"/workflows/{wpid}/try/state")
    assert "each_lamp_output" in state.words and not state.one("#trial-state").has_attr("hx-get")
    assert "each_lamp_output" not in cleo.get(f"/workflows/{wpid}/try").words, "each person tries alone"
    attempt(ben, wpid, "look_at_small")
    second = newest(connected).run_id
    (session,) = sandbox.call("GET", "/v1/browser_sessions").json()
    given = {"each_lamp": sandbox.call("GET", f"/v1/runs/{first}").json()["output"]["each_lamp_output"]}
    assert given["each_lamp"] and starts(sandbox)[-1]["sha256"] == body(
        wpid, "look_at_small", given, session["browser_session_id"]), "in the same browser, with what was given"
    over(sandbox, second)
    assert ben.post(f"/workflows/{wpid}/try/outputs/removal").status == 303
    assert "each_lamp_output" not in ben.get(f"/workflows/{wpid}/try").words


def test_from_here_goes_as_far_as_the_way_is_straight(
        ben: Browser, wpid: str, sandbox: Sandbox, connected: Flask) -> None:
    assert attempt(ben, wpid, "stock", "onwards").status == 303
    first = newest(connected)
    assert (first.label, first.onwards) == ("stock", ["save_sheets", "compare"])
    assert "Then: save_sheets, compare" in ben.get(f"/workflows/{wpid}/try").words
    over(sandbox, first.run_id)
    going = ben.get(f"/workflows/{wpid}/try/state").one("form[action$='/try/next']")
    assert going["hx-trigger"] == "load, submit" and "Go on with save_sheets" in going.get_text()
    after = going.select_one("input[name=after]")["value"]
    for _ in range(2):  # two windows ask; one is heard
        assert ben.post(f"/workflows/{wpid}/try/next", {"after": after}).status == 303
    second = newest(connected)
    assert (second.label, second.onwards, len(starts(sandbox))) == ("save_sheets", ["compare"], 2)
    asked = sandbox.call("GET", f"/v1/runs/{second.run_id}").json()["run_request"]
    assert asked["parameters"] == {"lamps": ["Alva"], "size": "small"}, "the same inputs"
    ben.post(f"/workflows/{wpid}/try/stop")
    assert "Go on with" not in ben.get(f"/workflows/{wpid}/try").words
    assert ben.post(f"/workflows/{wpid}/try/next", {"after": second.run_id}).status == 303
    assert len(starts(sandbox)) == 2, "what was stopped does not go on"


def test_nothing_follows_a_block_that_failed(ben: Browser, wpid: str, sandbox: Sandbox, connected: Flask) -> None:
    save(sandbox, wpid, save_sheets="Download the sheets [fail]")
    attempt(ben, wpid, "save_sheets", "onwards")
    first = newest(connected).run_id
    over(sandbox, first)
    page = ben.get(f"/workflows/{wpid}/try")
    assert "Not begun: compare" in page.words and not page.all("form[action$='/try/next']")
    assert ben.post(f"/workflows/{wpid}/try/next", {"after": first}).status == 303 and len(starts(sandbox)) == 1
    sandbox.fault(f"/v1/runs/{first}", "status", status=500)
    assert ben.get(f"/workflows/{wpid}/try").status == 200, "the page stands"


def test_one_try_at_a_time_and_it_can_be_stopped(ben: Browser, wpid: str, sandbox: Sandbox, connected: Flask) -> None:
    save(sandbox, wpid, look_at_large="Wait [slow]")
    attempt(ben, wpid, "look_at_large")
    run_id = newest(connected).run_id
    state = ben.get(f"/workflows/{wpid}/try/state")
    assert state.one("#trial-state")["hx-get"] == f"/workflows/{wpid}/try/state"
    page = attempt(ben, wpid, "look_at_small")
    assert page.status == 409 and "still going on" in page.words and len(starts(sandbox)) == 1
    swapped = ben.post(f"/workflows/{wpid}/try", {"alone": "look_at_small", "p-size": "x"}, htmx=True)
    assert swapped.status == 422 and swapped.one("#trial-state [role=alert]")
    assert ben.post(f"/workflows/{wpid}/try/stop").status == 303
    over(sandbox, run_id)
    assert "canceled" in ben.get(f"/workflows/{wpid}/try").words
    assert attempt(ben, wpid, "look_at_small").status == 303


@pytest.mark.parametrize(("sent", "status", "words"), [
    ({"alone": "open_lamp"}, 422, "Runs with its loop only"), ({"alone": "nobody"}, 422, "no block of that name"),
    ({}, 422, "no block of that name"), ({"alone": "compare", "p-lamps": "{nonsense"}, 422, "not valid JSON")])
def test_what_cannot_be_tried_is_a_sentence_and_nothing_is_sent(
        ben: Browser, wpid: str, sandbox: Sandbox, sent: dict[str, str], status: int, words: str) -> None:
    page = ben.post(f"/workflows/{wpid}/try", sent)
    assert page.status == status and words in page.words
    assert not starts(sandbox) and not sandbox.call("GET", "/v1/browser_sessions").json()
    if "p-lamps" in sent:
        assert page.one("#p-lamps").text.strip() == "{nonsense", "what was typed stays"


def test_what_skyvern_refuses_is_told_and_skyvern_away_too(ben: Browser, wpid: str, sandbox: Sandbox) -> None:
    sandbox.fault("/v1/run/workflows/blocks", "status", status=400, body='{"detail":"Block compare is no good"}')
    page = attempt(ben, wpid, "compare")
    assert page.status == 422 and "Block compare is no good" in page.words
    sandbox.fault("/v1/run/workflows/blocks", "status", status=500)
    page = attempt(ben, wpid, "compare")
    assert page.status == 502 and "It was not started" in page.words and len(starts(sandbox)) == 2


def test_the_browser_is_opened_extended_renewed_and_closed(ben: Browser, wpid: str, sandbox: Sandbox) -> None:
    def live() -> list[tuple[str, int]]:
        return [(each["browser_session_id"], each["timeout"]) for each in
                sandbox.call("GET", "/v1/browser_sessions").json()]

    here = f"/workflows/{wpid}/try/browser"
    assert ben.post(here + "/extension").status == 409
    ben.post(here)
    ((first, minutes),) = live()
    assert minutes == 60 and ben.post(here + "/extension").status == 303 and live() == [(first, 90)]
    sandbox.fault(f"/v1/browser_sessions/{first}/extend", "status", status=404, body='{"detail":"Not Found"}')
    ben.post(here + "/extension")
    assert "cannot give a browser more time" in ben.get(f"/workflows/{wpid}/try").words
    ben.post(here)
    ((second, _),) = live()
    assert second != first
    ben.post(here + "/closing")
    assert not live() and "No browser is open" in ben.get(f"/workflows/{wpid}/try").words
    ben.post(here)
    ((third, _),) = live()
    sandbox.call("POST", f"/v1/browser_sessions/{third}/close")
    assert "The browser was closed" in ben.get(f"/workflows/{wpid}/try").words
    assert attempt(ben, wpid, "look_at_small").status == 303 and len(live()) == 1, "a try opens another"


def test_a_draft_is_not_what_runs_and_the_page_says_so(ben: Browser, wpid: str, connected: Flask) -> None:
    assert "not saved" not in ben.get(f"/workflows/{wpid}/try").words
    with connected.app_context():
        with writing() as session:
            session.add(WorkflowDraft(user_id="user-ben", wpid=wpid, base_version=1, base=b"", position=2))
        db.session.remove()
    page = ben.get(f"/workflows/{wpid}/try")
    assert "A try runs the saved version 1" in page.words
    assert page.one(f'.notice a[href="/workflows/{wpid}/edit"]')


def test_only_the_newest_forty_tries_are_remembered(app: Flask) -> None:
    with app.app_context():
        for number in range(MOST_KEPT + 3):
            keep_trial("user-ben", "wpid_1", f"wr_{number:03}", "a", [], 1)
        assert len(trials_of("user-ben", "wpid_1")) == MOST_KEPT
        db.session.remove()


def test_of_each_block_the_last_try_that_ended_counts() -> None:
    tried = [("wr_5", "c", None), ("wr_4", "a", "canceled"), ("wr_3", "b", "failed"), ("wr_2", "a", "completed"),
             ("wr_1", "b", "completed")]
    assert newest_by_label([Trial(run_id=run_id, label=label, status=status) for run_id, label, status in tried]) == {
        "b": "wr_3", "a": "wr_2"}


def test_how_far_each_block_reaches() -> None:
    def block(label: str, following: str | None = None, kind: str = "wait", **more: Any) -> dict[str, Any]:
        return {"block_type": kind, "label": label, "next_block_label": following, **more}

    document = {"workflow_definition": {"version": 2, "finally_block_label": "tidy", "blocks": [
        block("a", "b"), block("b", "choose"),
        block("choose", None, "conditional", branch_conditions=[
            {"criteria": {"expression": "x"}, "next_block_label": "c"}, {"is_default": True, "next_block_label": "e"}]),
        block("c", "d"), block("d", "e"), block("e", "loop"),
        block("loop", None, "for_loop", loop_blocks=[block("inner")]), block("tidy")]}}
    found = {label: (reach.alone, list(reach.onwards)) for label, reach in reaches(document).items()}
    assert found == {
        "a": (True, ["a", "b"]), "b": (True, []), "choose": (True, []), "c": (True, ["c", "d"]), "d": (True, []),
        "e": (True, ["e", "loop"]), "loop": (True, []), "inner": (False, []), "tidy": (True, [])}
    assert "before choose" in reaches(document)["a"].why and json.dumps(found)
