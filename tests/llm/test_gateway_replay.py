"""The same idempotency key is one call, whatever comes twice, and whoever comes first."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import func, select, update

from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.llm.gateway.kept_rules import LARGEST, tidy_answers
from skyvern_ui.models.charge import Charge
from skyvern_ui.models.columns import now
from skyvern_ui.models.kept_answer import KeptAnswer
from skyvern_ui.services.credits.ledger_rules import CREDIT
from tests.relay.fault_server import ok

from .gateway import ANSWER, DONE, HELLO, WORD, Model, Service, code_of, stream


def kept(service: Service) -> int:
    with service.app.app_context():
        found = db.session.scalar(select(func.count()).select_from(KeptAnswer)) or 0
        db.session.remove()
        return found


def test_the_answer_is_given_again_and_nothing_is_charged(service: Service, model: Model) -> None:
    first, again = service.call(Idempotency_Key="abc"), service.call(Idempotency_Key="abc")
    assert "Idempotent-Replayed" not in first.headers and again.headers["Idempotent-Replayed"] == "true"
    assert (again.status_code, again.data, again.mimetype) == (200, first.data, first.mimetype)
    assert again.headers["X-Credits-Charged"] == "0" and again.headers["X-Credits-Remaining"] == "9"
    other = service.call(body={**HELLO, "seed": 1}, Idempotency_Key="abc")
    assert (other.status_code, code_of(other)) == (422, "idempotency_key_reused")
    assert len(model.asked) == 1 and service.pool() == (9 * CREDIT, 0)


def test_it_is_given_again_though_the_pool_is_empty(service: Service, model: Model) -> None:
    service.call(Idempotency_Key="abc")
    for _ in range(9):
        service.call()
    assert service.call().status_code == 402
    assert service.call(Idempotency_Key="abc").status_code == 200 and service.pool() == (0, 0)


def test_twenty_at_once_are_one_charge_and_one_call(service: Service, model: Model) -> None:
    barrier, go_on = threading.Barrier(20), threading.Event()

    def answer(conn: object) -> None:
        go_on.wait(10)
        conn.sendall(ok(json.dumps(ANSWER).encode(), "content-type: application/json"))  # type: ignore[attr-defined]

    def call(number: int) -> tuple[int, str]:
        barrier.wait(20)
        came = service.call(Idempotency_Key="abc")
        if came.status_code == 409:
            assert came.headers["Retry-After"] == "2"
            refused.append(code_of(came))
            if len(refused) == 19:
                go_on.set()
        return came.status_code, came.text if came.status_code == 200 else ""

    model.answer, refused = answer, list[str]()
    with ThreadPoolExecutor(20) as pool:
        came = list(pool.map(call, range(20)))
    assert sorted(status for status, _ in came) == [200] + [409] * 19 and set(refused) == {"in_progress"}
    assert len(model.asked) == 1 and service.pool() == (9 * CREDIT, 0)
    assert service.charges() == [("settled", CREDIT, "done")]
    assert service.call(Idempotency_Key="abc").headers["Idempotent-Replayed"] == "true"


def test_what_failed_may_be_tried_again_with_its_key(service: Service, model: Model) -> None:
    good = model.answer
    model.says("503 No", b"")
    assert service.call(Idempotency_Key="abc").status_code == 502
    model.answer = good
    assert service.call(Idempotency_Key="abc").status_code == 200 and service.pool() == (9 * CREDIT, 0)


def test_a_stream_and_a_large_answer_are_not_kept(service: Service, model: Model) -> None:
    model.says("200 OK", {**ANSWER, "padding": "x" * LARGEST})
    first = service.call(Idempotency_Key="large")
    model.answer = lambda conn: (stream(conn, WORD, DONE), conn.sendall(b"0\r\n\r\n"))[0]
    second = service.call(body={**HELLO, "stream": True}, Idempotency_Key="stream")
    assert first.status_code == second.status_code == 200 and second.data
    for body, key in ((HELLO, "large"), ({**HELLO, "stream": True}, "stream")):
        again = service.call(body=body, Idempotency_Key=key)
        assert (again.status_code, code_of(again)) == (409, "already_completed")
        assert again.headers["x-should-retry"] == "false" and again.json is not None
        assert again.json["error"]["charge"] in {row.id for row in service.rows()}
    assert kept(service) == 0 and len(model.asked) == 2 and service.pool() == (8 * CREDIT, 0)


def test_without_a_key_nothing_is_kept(service: Service) -> None:
    service.call()
    assert kept(service) == 0


def test_after_a_day_it_is_forgotten_and_the_key_is_free(service: Service, model: Model) -> None:
    service.call(Idempotency_Key="abc")
    with service.app.app_context():
        assert tidy_answers() == 0
        with writing() as session:
            session.execute(update(KeptAnswer).values(expires_at=now() - timedelta(seconds=1)))
            session.execute(update(Charge).values(created_at=now() - timedelta(hours=25)))
        assert tidy_answers() == 1 and tidy_answers() == 0
    assert "Idempotent-Replayed" not in service.call(Idempotency_Key="abc").headers
    assert len(model.asked) == 2 and service.pool() == (8 * CREDIT, 0)


def test_a_key_that_is_none_is_refused(service: Service, model: Model) -> None:
    for key in ("", "x" * 256, "a\x9fb"):
        answer = service.call(Idempotency_Key=key)
        assert (answer.status_code, code_of(answer)) == (400, "bad_idempotency_key"), repr(key)
    assert not model.asked
