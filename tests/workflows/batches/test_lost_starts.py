"""What is lost on the way to Skyvern: found again by its token, or it waits, or is asked about; never started twice."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask

from skyvern_ui.audit import CLI
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import Claim, User
from skyvern_ui.models.batch import Batch
from skyvern_ui.models.columns import now
from skyvern_ui.settings.rules import save_connection
from skyvern_ui.skyvern.errors import Unreachable
from skyvern_ui.workflows.batches.running import look

from ...sandbox_server import Sandbox
from ...support.people import Browser
from . import tables
from .tables import aged, rounds, rows, started, starts, state, states

ONE = "name,count\nAda,1\n"


@pytest.fixture
def wpid(connected: Flask, sandbox: Sandbox) -> str:
    return tables.workflow(sandbox)


def once(sandbox: Sandbox) -> bool:
    """Skyvern was made to start each row once."""
    return all(len(runs) == 1 for runs in starts(sandbox).values())


def test_an_answer_that_was_lost(connected: Flask, ben: Browser, sandbox: Sandbox, wpid: str) -> None:
    where = started(ben, wpid)
    sandbox.fault("/v1/run/workflows", "lose", count=2)
    look(connected)
    assert states(connected, where) == ["starting", "starting", "waiting"] and len(starts(sandbox)) == 2
    look(connected)
    assert states(connected, where)[:2] == ["starting"] * 2, "it may still be answered"
    aged(connected, 6)
    look(connected)
    assert states(connected, where)[:2] == ["running"] * 2, "found by their tokens"
    rounds(connected, lambda: state(connected, where)[0] == "finished")
    assert states(connected, where) == ["completed"] * 3 and len(starts(sandbox)) == 3 and once(sandbox)
    with connected.app_context():
        claim = db.session.get(Claim, rows(connected, where)[0].run_id)
        assert claim and claim.actor_id == "user-ben", "claimed all the same"


def test_a_start_that_never_arrived(connected: Flask, ben: Browser, sandbox: Sandbox, wpid: str) -> None:
    where = started(ben, wpid, ONE)
    sandbox.fault("/v1/run/workflows", "reset")
    look(connected)
    sandbox.run_workflow(wpid, parameters={"name": "Somebody else", "count": 9})
    aged(connected, 60)
    look(connected)
    assert states(connected, where) == ["starting"], "an answer of Skyvern may take a minute"
    aged(connected, 130)
    look(connected)
    rounds(connected, lambda: state(connected, where)[0] == "finished")
    assert rows(connected, where)[0].attempt == 2 and once(sandbox) and len(starts(sandbox)["2"]) == 1


@pytest.mark.parametrize("answer", ["no", "skip"])
def test_when_nobody_can_know_the_owner_is_asked(connected: Flask, ben: Browser, cleo: Browser, sandbox: Sandbox,
                                                 wpid: str, answer: str) -> None:
    """A release without tags of runs: the run that was started may be this row's, or another's with the same inputs."""
    where = started(ben, wpid, ONE)
    sandbox.fault("/v1/run-tags", "status", status=404, count=99)
    sandbox.fault("/v1/run/workflows", "reset")
    look(connected)
    twin = sandbox.run_workflow(wpid, parameters={"name": "Ada", "count": 1})
    aged(connected, 130)
    look(connected)
    assert states(connected, where) == ["unknown"]
    look(connected)
    page = ben.get(where)
    assert "1 row needs your answer" in page.words and twin in page.words and state(connected, where)[0] == "running"
    assert not cleo.get(where).all("form[action$='/answer']")
    assert ben.post(f"{where}/rows/2/answer", {"started": "perhaps"}).status == 422
    assert ben.post(f"{where}/rows/2/answer", {"started": answer}).status == 303
    again = ben.post(f"{where}/rows/2/answer", {"started": answer})
    assert "Somebody was quicker" in ben.get(again.headers["Location"]).words
    rounds(connected, lambda: state(connected, where)[0] == "finished")
    assert states(connected, where) == (["completed"] if answer == "no" else ["skipped"])


@pytest.mark.parametrize(("status", "headers"), [(429, {}), (503, {"retry-after": "7"})])
def test_skyvern_is_busy(connected: Flask, ben: Browser, sandbox: Sandbox, wpid: str, status: int,
                         headers: dict[str, str]) -> None:
    where = started(ben, wpid, ONE)
    sandbox.fault("/v1/run/workflows", "status", status=status, headers=headers, body={"detail": "Too much"})
    look(connected)
    assert states(connected, where) == ["waiting"]
    assert f"It goes on in {7 if headers else 5} seconds" in ben.get(where).words
    look(connected)
    assert states(connected, where) == ["waiting"] and not starts(sandbox), "not before its time"
    aged(connected, 0)
    look(connected)
    assert states(connected, where) == ["running"] and state(connected, where)[1] is None


def test_skyvern_is_away(connected: Flask, ben: Browser, sandbox: Sandbox, wpid: str) -> None:
    where = started(ben, wpid, ONE)
    _connect(connected, sandbox, "http://127.0.0.1:9")
    with pytest.raises(Unreachable):
        look(connected)
    assert states(connected, where) == ["waiting"] and "It goes on by itself" in ben.get(where).words
    _connect(connected, sandbox, sandbox.url)
    rounds(connected, lambda: state(connected, where) == ("finished", None))
    assert once(sandbox)


def test_a_workflow_that_was_deleted_stops_it(connected: Flask, ben: Browser, sandbox: Sandbox, wpid: str) -> None:
    where = started(ben, wpid)
    sandbox.call("POST", f"/v1/workflows/{wpid}/delete")
    look(connected)
    assert state(connected, where)[0] == "stopped" and states(connected, where) == ["waiting"] * 3
    page = ben.get(where)
    assert "Workflow not found" in page.words and page.one("form[action$='/pause/ending'] button")


def test_who_was_shut_out_starts_nothing_more(connected: Flask, ada: Browser, ben: Browser, sandbox: Sandbox,
                                              wpid: str) -> None:
    where = started(ben, wpid, "name,count\n[slow],1\nBen,2\n", at_once=1)
    look(connected)
    assert ada.post("/settings/users/user-ben/ban").status == 303
    look(connected)
    assert state(connected, where)[0] == "stopped" and "Ben was shut out" in ada.get(where).words
    assert states(connected, where) == ["running", "waiting"] and len(starts(sandbox)) == 1
    ada.post(f"{where}/pause/ending")
    look(connected)
    assert state(connected, where)[0] == "stopped", "it is still in that name"
    with connected.app_context():
        with writing() as session:
            session.delete(session.get(User, "user-ben"))
        db.session.remove()
    look(connected)
    assert len(starts(sandbox)) == 1 and ada.get(where).status == 404


def test_two_who_believe_to_lead(connected: Flask, ben: Browser, sandbox: Sandbox, wpid: str) -> None:
    table = "name,count\n" + "".join(f"N{number},{number}\n" for number in range(12))
    where = started(ben, wpid, table, at_once=4)
    barrier, most = threading.Barrier(3, timeout=20), []

    def lead() -> None:
        barrier.wait()
        for _ in range(3):
            look(connected)
            most.append(sum(each in ("starting", "running") for each in states(connected, where)))

    leaders = [threading.Thread(target=lead) for _ in range(3)]
    for each in leaders:
        each.start()
    for each in leaders:
        each.join(60)
    assert max(most) <= 4 and once(sandbox)
    rounds(connected, lambda: state(connected, where)[0] == "finished", 40)
    assert states(connected, where) == ["completed"] * 12 and len(starts(sandbox)) == 12 and once(sandbox)


def test_drafts_are_forgotten_after_a_week(connected: Flask, ben: Browser, wpid: str) -> None:
    from skyvern_ui.workflows.batches.rules import forget_drafts

    where, going = tables.draft(ben, wpid), started(ben, wpid)
    with connected.app_context():
        assert forget_drafts() == 0
        with writing() as session:
            session.query(Batch).update({Batch.created_at: now() - timedelta(days=8)})
        assert forget_drafts() == 1
        db.session.remove()
    assert ben.get(f"{where}/mapping").status == 404 and ben.get(going).status == 200


def _connect(app: Flask, sandbox: Sandbox, url: str) -> None:
    with app.app_context():
        save_connection(app.extensions["sealer"], url, sandbox.key, CLI)
        db.session.remove()
