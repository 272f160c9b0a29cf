"""What runs cost: never for what did not happen, never free for what did, and nothing lost when somebody dies."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from skyvern_ui.audit import CLI, Actor
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog, Claim
from skyvern_ui.models.charge import Charge
from skyvern_ui.models.columns import now
from skyvern_ui.sandbox.examples import ORDER
from skyvern_ui.services.credits.endpoints import RUN_TASK, UPLOAD
from skyvern_ui.services.credits.ledger_rules import CREDIT, reap
from skyvern_ui.services.credits.price_rules import set_price
from skyvern_ui.services.runs.charge_rules import KEPT, lost
from skyvern_ui.services.runs.question_rules import answer_question, open_questions
from skyvern_ui.services.runs.watching import look
from skyvern_ui.settings.rules import save_connection
from skyvern_ui.skyvern.errors import SkyvernError
from tests.audit.test_audit import broken, mended
from tests.relay.fault_server import FaultServer, ok, reset
from tests.sandbox_server import Sandbox
from tests.support.server import wait_for

from .calling import DOOR, TASK, Service, new_service, sent, set_prices
from .using import noon, under_way

START, HOLD = 1000 * CREDIT, 25 * CREDIT


def later(app: Flask, days: int = 0) -> None:
    """As if time had passed: every lease of a charge is over, and charges began so many days earlier."""
    with app.app_context():
        with writing() as session:
            for charge in session.scalars(select(Charge).where(Charge.state == "held")):
                charge.lease_until = now() - timedelta(seconds=1)
                charge.created_at -= timedelta(days=days)
        db.session.remove()


def looked(app: Flask) -> None:
    later(app)
    look(app)


def steps(sandbox: Sandbox, run_id: str) -> int:
    return int(sandbox.call("GET", f"/v1/runs/{run_id}").json()["step_count"])


def test_a_run_is_held_for_and_paid_by_its_steps_when_it_is_over(service: Service, sandbox: Sandbox) -> None:
    answer = service.call("POST", "v1/run/tasks", {**TASK, "prompt": "[10] x"})
    run_id = answer.get_json()["run_id"]
    assert (answer.headers["X-Credits-Charged"], answer.headers["X-Credits-Held"]) == ("0", "25")
    assert (answer.headers["X-Credits-Remaining"], answer.headers["X-Credits-Level"]) == ("975", "ok")
    assert service.pool() == (START - HOLD, HOLD) and service.charges()[0].run_id == run_id
    with service.app.app_context():
        later(service.app)
        assert reap() == 0  # time gives no run's credits back
    looked(service.app)
    cost = steps(sandbox, run_id) * CREDIT
    assert 0 < cost < HOLD and service.states() == [("settled", cost, "done")]
    assert service.pool() == (START - cost, 0) and service.charges()[0].details["steps"] == cost // CREDIT
    looked(service.app)
    assert service.pool() == (START - cost, 0)


def test_a_service_that_reads_its_finished_run_pays_it_then(service: Service, sandbox: Sandbox) -> None:
    slow, run_id = service.run("[slow] x"), service.run("[10] x")
    answers = [service.call("GET", f"v1/runs/{each}") for each in (run_id, run_id, slow)]
    assert [each.headers["X-Credits-Charged"] for each in answers] == ["0", "0", "0"]
    cost = steps(sandbox, run_id) * CREDIT
    assert service.pool() == (START - HOLD - cost, HOLD)
    assert answers[1].headers["X-Credits-Remaining"] == f"{(START - HOLD - cost) / 1000:g}"


def test_more_steps_than_held_take_what_was_held_and_the_rest_is_written_down(connected: Flask,
                                                                              sandbox: Sandbox) -> None:
    set_prices(connected, amount=5 * CREDIT, hold=CREDIT)
    service = new_service(connected)
    run_id = service.run("[10] x")
    looked(connected)
    (charge,) = service.charges()
    assert (charge.actual, charge.overrun) == (CREDIT, steps(sandbox, run_id) * 5 * CREDIT - CREDIT)


def test_a_run_that_goes_on_stays_held_and_a_workflow_is_paid_alike(service: Service, sandbox: Sandbox) -> None:
    service.run("[slow] x")
    wpid = sandbox.workflow({**ORDER, "title": "[10] order"})
    run_id = service.call("POST", "v1/run/workflows", {"workflow_id": wpid}).get_json()["run_id"]
    looked(service.app)
    waiting, ended = service.charges()
    assert (waiting.state, ended.state) == ("held", "settled") and waiting.lease_until > now()
    assert ended.actual == steps(sandbox, run_id) * CREDIT


def test_the_runs_that_a_run_starts_are_paid_with_it(service: Service, sandbox: Sandbox) -> None:
    inner = sandbox.workflow({**ORDER, "title": "inner"})
    blocks = [{"block_type": "goto_url", "label": "open", "url": "https://shop.example/"},
              {"block_type": "workflow_trigger", "label": "order", "workflow_permanent_id": inner, "payload": {},
               "wait_for_completion": True}]
    wpid = sandbox.workflow({"title": "outer", "description": "", "workflow_definition": {
        "parameters": [], "blocks": blocks}})
    run_id = service.call("POST", "v1/run/workflows", {"workflow_id": wpid}).get_json()["run_id"]
    wait_for(lambda: sandbox.call("GET", f"/v1/runs/{run_id}").json()["status"] == "completed", 20, "the run to end")
    found = sandbox.call("GET", f"/v1/runs/{run_id}").json()["output"]["order_output"]["workflow_run_id"]
    wait_for(lambda: sandbox.call("GET", f"/v1/workflows/runs/{found}").json()["status"] == "completed", 20, "its end")
    more = sandbox.call("GET", f"/v1/workflows/runs/{found}").json()["total_steps"]
    looked(service.app)
    assert more > 0 and service.states() == [("settled", (steps(sandbox, run_id) + more) * CREDIT, "done")]


def test_a_run_that_failed_is_paid_for_its_steps(service: Service, sandbox: Sandbox) -> None:
    run_id = service.run("[fail]")
    wait_for(lambda: sandbox.call("GET", f"/v1/runs/{run_id}").json()["status"] == "failed", 20, "the run to fail")
    looked(service.app)
    assert service.states() == [("settled", steps(sandbox, run_id) * CREDIT, "done")]


@pytest.mark.parametrize("unit", ["run", "call"])
def test_a_price_by_the_run_is_taken_when_skyvern_has_said_yes(connected: Flask, sandbox: Sandbox, unit: str) -> None:
    set_prices(connected, unit, 7 * CREDIT, 7 * CREDIT)
    service = new_service(connected)
    answer = service.call("POST", "v1/run/tasks", TASK)
    assert answer.headers["X-Credits-Charged"] == "7" and service.states() == [("settled", 7 * CREDIT, "done")]
    assert service.charges()[0].run_id == answer.get_json()["run_id"]
    assert service.call("POST", "v1/browser_sessions", {}).headers["X-Credits-Charged"] == "5"
    assert service.pool() == (START - 12 * CREDIT, 0)


def test_an_empty_pool_starts_nothing_but_may_still_read_and_stop(connected: Flask, sandbox: Sandbox) -> None:
    set_prices(connected, hold=25 * CREDIT)
    service = new_service(connected, credits=30)
    run_id = service.run("[slow] x")
    sandbox.forget_calls()
    answer = service.call("POST", "v1/run/tasks", TASK)
    told = answer.get_json()
    assert (answer.status_code, told["code"]) == (402, "insufficient_credits")
    assert answer.headers["x-should-retry"] == "false"
    assert (told["available"], told["needed"]) == (5, 25) and told["error"] and told["request_id"]
    assert sent(sandbox, "/") == 0 and len(service.charges()) == 1
    assert service.call("GET", f"v1/runs/{run_id}").status_code == 200
    assert service.call("POST", f"v1/runs/{run_id}/cancel").status_code == 200


def test_what_has_no_price_is_closed(connected: Flask, sandbox: Sandbox) -> None:
    service = new_service(connected)
    sandbox.forget_calls()
    for path in ("v1/run/tasks", "v1/run/workflows", "v1/browser_sessions", "v1/workflows", "v1/folders"):
        answer = service.call("POST", path, TASK)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "not_priced"), path
    assert sent(sandbox, "/") == 0 and service.call("GET", "v1/workflows").status_code == 200


@pytest.mark.parametrize("fault", [
    {"status": 422, "body": '{"detail":"no"}'}, {"status": 429, "body": "{}"}, {"status": 500, "body": "{}"},
    {"status": 302, "headers": {"Location": "http://127.0.0.9/"}}])
def test_what_skyvern_refuses_costs_nothing(service: Service, sandbox: Sandbox, fault: dict[str, Any]) -> None:
    sandbox.fault("/v1/run/tasks", "status", **fault)
    answer = service.call("POST", "v1/run/tasks", TASK, Idempotency_Key="again")
    assert answer.status_code >= 400 and service.pool() == (START, 0)
    assert service.states()[0][:2] == ("released", 0)
    assert service.call("POST", "v1/run/tasks", TASK, Idempotency_Key="again").status_code == 200
    assert sent(sandbox, "/v1/run/tasks") == 2


def test_nobody_there_costs_nothing(service: Service, connected: Flask, sandbox: Sandbox) -> None:
    with FaultServer(lambda conn, _n: conn.close()) as gone:
        port = gone.port
    with connected.app_context():
        save_connection(connected.extensions["sealer"], f"http://127.0.0.1:{port}", sandbox.key, CLI)
        db.session.remove()
    answer = service.call("POST", "v1/run/tasks", TASK)
    assert (answer.status_code, answer.get_json()["code"]) == (502, "upstream_unreachable")
    assert service.states() == [("released", 0, "upstream_unreachable")] and service.pool() == (START, 0)


def test_the_same_idempotency_key_starts_one_run(service: Service, other: Service, sandbox: Sandbox) -> None:
    first = service.call("POST", "v1/run/tasks", TASK, Idempotency_Key="k-1").get_json()["run_id"]
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(
        service.call("POST", "v1/run/tasks", TASK, Idempotency_Key="k-1"))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert {(each.status_code, each.get_json()["code"], each.get_json()["run_id"]) for each in answers} == {
        (409, "already_started", first)}
    reused = service.call("POST", "v1/run/tasks", {**TASK, "prompt": "other"}, Idempotency_Key="k-1")
    assert (reused.status_code, reused.get_json()["code"]) == (422, "idempotency_key_reused")
    assert other.call("POST", "v1/run/tasks", TASK, Idempotency_Key="k-1").status_code == 200
    told = [{n.lower(): v for n, v in seen["headers"]}["idempotency-key"]
            for seen in sandbox.requests("/v1/run/tasks")]
    assert len(told) == len(set(told)) == 2 and "k-1" not in told


@pytest.fixture
def breaking(connected: Flask, service: Service, sandbox: Sandbox) -> Iterator[Any]:
    """Skyvern behind a wire that passes a start on and then breaks, when told to."""
    state: dict[str, Any] = {"pass": True}

    def script(conn: Any, _number: int) -> None:
        while request := server.request(conn):
            head, _, body = request.partition(b"\r\n\r\n")
            method, target = head.split(b" ")[:2]
            if method == b"POST" and not state["pass"]:
                reset(conn)
                return
            answer = sandbox.call(method.decode(), target.decode(), data=body or None,
                                  headers={"content-type": "application/json"})
            if method == b"POST":
                reset(conn)
                return
            conn.sendall(ok(answer.content, "content-type: application/json"))

    server = FaultServer(script)
    with server:
        with connected.app_context():
            save_connection(connected.extensions["sealer"], f"http://127.0.0.1:{server.port}", sandbox.key, CLI)
            db.session.remove()
        yield state


def test_a_lost_answer_stays_held_and_its_run_is_found(service: Service, sandbox: Sandbox, breaking: Any) -> None:
    answer = service.call("POST", "v1/run/tasks", {**TASK, "prompt": "[10] a lost answer"})
    assert (answer.status_code, answer.get_json()["code"]) == (502, "upstream_broken")
    assert service.states() == [("held", None, None)] and service.pool() == (START - HOLD, HOLD)
    (row,) = sandbox.call("GET", "/v1/runs").json()
    looked(service.app)
    (charge,) = service.charges()
    assert charge.run_id == row["run_id"]
    with service.app.app_context():
        claim = db.session.get(Claim, row["run_id"])
        assert claim and claim.actor_id == service.org_id
        db.session.remove()
    looked(service.app)
    assert service.states() == [("settled", steps(sandbox, row["run_id"]) * CREDIT, "done")]


def test_a_start_that_never_arrived_is_given_back_when_skyvern_says_so(service: Service, sandbox: Sandbox,
                                                                       breaking: Any) -> None:
    breaking["pass"] = False
    service.call("POST", "v1/run/tasks", TASK)
    assert service.states() == [("held", None, None)]
    looked(service.app)
    assert service.states() == [("released", 0, "never_happened")] and service.pool() == (START, 0)


@pytest.mark.parametrize("happened", [True, False])
def test_what_cannot_be_told_apart_is_asked_of_an_admin(service: Service, sandbox: Sandbox, breaking: Any,
                                                        happened: bool) -> None:
    service.call("POST", "v1/run/tasks", TASK)
    sandbox.call("POST", "/v1/run/tasks", json=TASK)  # somebody starts the same at the same time, past our door
    looked(service.app)
    looked(service.app)
    with service.app.app_context():
        (question,) = open_questions()
        assert (question.org_name, question.held, question.run_id) == ("presenton-service", HOLD, None)
        assert question.why.endswith(".") and service.pool() == (START - HOLD, HOLD)
        ada = Actor("person", "user-ada", "Ada")
        assert answer_question(question.charge_id, happened, ada) and open_questions() == []
        assert not answer_question(question.charge_id, happened, ada)
        row = db.session.scalars(select(AuditLog).where(AuditLog.action == "charge.answer")).one()
        assert row.user_name == "Ada" and row.details and row.details["happened"] is happened
        db.session.remove()
    assert service.pool() == (START - HOLD * happened, 0)


def test_a_death_at_each_point_of_a_call(service: Service, sandbox: Sandbox) -> None:
    """What the database holds after a kill: before the sending, after it, and after the answer was written down."""
    run_id = service.run("[10] x")

    def died(*, audit: str | None, claimed: bool) -> None:
        with service.app.app_context():
            with writing() as session:
                session.execute(update(Charge).values(run_id=None))
                if audit is None:
                    session.execute(delete(AuditLog).where(AuditLog.action == "run.create"))
                else:
                    done = {"outcome": audit, "resource_id": run_id if audit == "done" else None}
                    session.execute(update(AuditLog).where(AuditLog.action == "run.create").values(**done))
                if not claimed:
                    session.execute(delete(Claim))
            db.session.remove()

    died(audit="pending", claimed=False)
    looked(service.app)
    assert service.charges()[0].run_id == run_id
    died(audit="done", claimed=False)
    looked(service.app)
    assert service.charges()[0].run_id == run_id
    died(audit=None, claimed=False)
    looked(service.app)
    assert service.states() == [("released", 0, "never_sent")] and service.pool() == (START, 0)


def test_skyvern_away_decides_nothing(service: Service, sandbox: Sandbox) -> None:
    run_id = service.run("[10] x")
    sandbox.fault("/v1/runs", "reset", count=2)
    later(service.app)
    with pytest.raises(SkyvernError):
        look(service.app)
    sandbox.fault(f"/v1/runs/{run_id}", "status", status=500, body="{}")
    looked(service.app)
    assert service.states() == [("held", None, None)]


def test_a_run_that_never_ends_is_paid_by_what_is_known_after_a_week(service: Service, sandbox: Sandbox) -> None:
    run_id = service.run("[slow] x")
    gone = service.run("[10] y")
    later(service.app, days=KEPT.days + 1)
    sandbox.fault(f"/v1/runs/{gone}", "status", status=404, body='{"detail":"Task run not found"}')
    sandbox.fault(f"/api/v1/tasks/{gone}", "status", status=404, body='{"detail":"Task not found"}')
    look(service.app)
    assert sorted((each.run_id, each.state, each.outcome) for each in service.charges()) == sorted([
        (run_id, "settled", "given_up"), (gone, "held", None)])
    with service.app.app_context():
        assert [each.run_id for each in open_questions()] == [gone]


def test_an_upload_that_breaks_off_costs_nothing(connected: Flask, service: Service, sandbox: Sandbox) -> None:
    with connected.app_context():
        set_price(UPLOAD, "", "call", CREDIT, CREDIT, CLI)
        db.session.remove()
    answer = service.app.test_client().post(
        f"{DOOR}/v1/upload_file", data=b"--xyz\r\nhalf", content_type="multipart/form-data; boundary=xyz",
        headers={"x-api-key": service.key}, environ_overrides={"CONTENT_LENGTH": "9000"})
    assert answer.status_code >= 400 and service.pool() == (START, 0)
    assert service.states()[0][0] == "released"


def test_the_books_away_mean_no_call(service: Service, sandbox: Sandbox) -> None:
    broken(service.app, "INSERT")
    try:
        sandbox.forget_calls()
        answer = service.call("POST", "v1/run/tasks", TASK)
        assert answer.status_code == 503 and sent(sandbox, "/") == 0
    finally:
        mended(service.app, "INSERT")
    assert service.pool() == (START, 0) and json.loads(answer.data)["error"]


def test_questions_do_not_keep_others_waiting(service: Service) -> None:
    """A program that leaves its calls all day makes many questions; what is lost beside them is still looked at."""
    (old,) = under_way(service.app, service.org_id, HOLD, endpoint=RUN_TASK, at=noon(2))
    asked = under_way(service.app, service.org_id, HOLD, endpoint=RUN_TASK, at=noon(1), times=4,
                      details={"question": True, "uncertain": "several"})
    with service.app.app_context():
        assert [each.charge_id for each in lost(3)] == [old]
        assert [each.charge_id for each in open_questions()] == asked
