"""The doctor looks by itself: at what is free, every few minutes, sooner when something changed; and asks the model one
token when a run has failed and nobody knows why."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from skyvern_ui.audit import CLI
from skyvern_ui.database import writing
from skyvern_ui.doctor.history.rules import latest_findings
from skyvern_ui.doctor.history.standing_rules import model_state_at
from skyvern_ui.extensions import db
from skyvern_ui.models.columns import now
from skyvern_ui.sandbox.words import NO_BALANCE
from skyvern_ui.settings.rules import save_connection

from ..sandbox_server import Sandbox
from ..support.server import wait_for
from .looking import Clock, Doctor, failing, rounds_of, saw

GUESS = "Skyvern failed to generate actions. This may be due to an LLM failure."


@pytest.fixture
def clock(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(app, monkeypatch)


def verdicts(app: Flask) -> dict[str, str]:
    with app.app_context():
        return {check: period.verdict for check, period in latest_findings().items()}


def test_a_round_looks_at_what_is_free_and_writes_it_down(app: Flask, clock: Clock) -> None:
    doctor = Doctor()
    rounds = rounds_of(app, doctor)
    assert rounds.step() is False, "not in the very moment in which the server starts"
    clock.passes(10)
    doctor.says["webhooks"] = RuntimeError("a mistake of ours")
    assert rounds.step() is True
    assert verdicts(app) == {"network": "ok", "key": "ok", "webhooks": "unknown"}
    assert doctor.asked["model-answer"] == 0, "nobody asked to spend a token"
    clock.passes(120)
    assert rounds.step() is False, "three minutes, give or take a fifth"
    clock.passes(100)
    assert rounds.step() is True
    assert doctor.asked["network"] == 2


def test_what_fails_is_looked_at_again_soon_and_so_is_its_cause(app: Flask, clock: Clock) -> None:
    doctor = Doctor()
    rounds = rounds_of(app, doctor)
    doctor.says["key"] = failing("key")
    clock.passes(10)
    rounds.step()
    clock.passes(30)
    assert rounds.step() is True
    assert doctor.asked == {"network": 2, "key": 2, "webhooks": 1, "model-answer": 0}
    doctor.says = {}
    clock.passes(40)
    assert rounds.step() is True
    assert verdicts(app)["key"] == "ok", "a mend is seen within a minute"
    clock.passes(20)
    assert rounds.step() is True, "and once more, to be certain of it"
    clock.passes(20)
    assert rounds.step() is False


def test_a_new_connection_is_looked_at_at_once(connected: Flask, sandbox: Sandbox, clock: Clock) -> None:
    doctor = Doctor()
    rounds = rounds_of(connected, doctor)
    clock.passes(10)
    rounds.step()
    assert rounds.step() is False
    with connected.app_context():
        save_connection(connected.extensions["sealer"], sandbox.url, sandbox.key, CLI)
        db.session.remove()
    assert rounds.step() is True
    assert doctor.asked["webhooks"] == 2


def fails(sandbox: Sandbox, reason: str = GUESS) -> str:
    """A run that has just failed, and Skyvern's words about it."""
    asked = {"prompt": "[fail]", "engine": "skyvern-1.0"}
    run_id = str(sandbox.call("POST", "/v1/run/tasks", json=asked).json()["run_id"])
    wait_for(lambda: sandbox.call("GET", f"/v1/runs/{run_id}").json()["status"] == "failed", 20, "the run to fail")
    told = {**sandbox.call("GET", f"/v1/runs/{run_id}").json(), "failure_reason": reason}
    sandbox.fault(f"/v1/runs/{run_id}", "status", status=200, body=json.dumps(told), count=9,
                  headers={"content-type": "application/json"})
    return run_id


def test_a_run_that_failed_for_a_guess_has_the_model_asked_once(
        connected: Flask, sandbox: Sandbox, clock: Clock) -> None:
    doctor = Doctor()
    doctor.says["model-answer"] = failing("model-answer", "balance")
    rounds = rounds_of(connected, doctor)
    fails(sandbox)
    clock.passes(10)
    rounds.step()
    assert doctor.asked["model-answer"] == 1
    with connected.app_context():
        state = model_state_at(now())
        db.session.remove()
    assert state and state.is_failing and state.worst.code == "balance", "the true cause, while it is true"
    clock.passes(25)
    rounds.step()
    assert doctor.asked["model-answer"] == 2, "a model that fails takes nothing for being asked again"
    fails(sandbox)
    for _ in range(3):
        clock.passes(180)
        rounds.step()
    assert doctor.asked["model-answer"] == 2, "at most once in ten minutes"


def test_a_model_that_failed_is_asked_again_until_it_answers(
        connected: Flask, sandbox: Sandbox, clock: Clock) -> None:
    saw(connected, 700, failing("model-answer", "balance"))
    doctor = Doctor()
    rounds = rounds_of(connected, doctor)
    clock.passes(10)
    rounds.step()
    assert doctor.asked["model-answer"] == 1 and verdicts(connected)["model-answer"] == "ok"
    for _ in range(8):
        clock.passes(220)
        rounds.step()
    assert doctor.asked["model-answer"] == 1, "a model that answers is left alone"


@pytest.mark.parametrize("reason", ["The lamp is sold out until March.", "", NO_BALANCE])
def test_a_run_whose_cause_is_known_costs_nothing(connected: Flask, sandbox: Sandbox, clock: Clock,
                                                  reason: str) -> None:
    doctor = Doctor()
    rounds = rounds_of(connected, doctor)
    fails(sandbox, reason)
    clock.passes(10)
    assert rounds.step() is True
    assert doctor.asked["model-answer"] == 0
    assert len(sandbox.requests("/v1/runs?")) == 1, "one list"


def test_runs_that_failed_before_the_server_started_are_not_news(connected: Flask, sandbox: Sandbox,
                                                                 clock: Clock) -> None:
    fails(sandbox)
    doctor = Doctor()
    rounds = rounds_of(connected, doctor)
    clock.passes(10)
    rounds.step()
    assert doctor.asked["model-answer"] == 0


def test_skyvern_being_away_is_a_finding_and_no_error(connected: Flask, sandbox: Sandbox, clock: Clock) -> None:
    doctor = Doctor()
    rounds = rounds_of(connected, doctor)
    doctor.says["network"] = failing("network")
    sandbox.fault("/", "reset", count=20)
    clock.passes(10)
    assert rounds.step() is True
    assert verdicts(connected) == {"network": "fail", "webhooks": "ok"}, "the key was not looked at"


def test_what_our_own_database_broke_off_is_due_again(app: Flask, clock: Clock) -> None:
    doctor = Doctor()
    rounds = rounds_of(app, doctor)
    clock.passes(10)
    rename(app, "checkup", "checkup_away")
    for _ in range(2):
        with pytest.raises(SQLAlchemyError):
            rounds.step()
    rename(app, "checkup_away", "checkup")
    assert rounds.step() is True and verdicts(app)["network"] == "ok"
    assert rounds.step() is False


def rename(app: Flask, table: str, other: str) -> None:
    with app.app_context():
        with writing() as session:
            session.execute(text(f"ALTER TABLE {table} RENAME TO {other}"))
        db.session.remove()
