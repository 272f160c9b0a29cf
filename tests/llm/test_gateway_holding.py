"""While a model works: what is held stays held, and no connection of the database is."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import text, update
from werkzeug.test import TestResponse

from skyvern_ui.audit import CLI
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.llm.gateway.leases import Leases
from skyvern_ui.models.charge import Charge
from skyvern_ui.models.columns import now
from skyvern_ui.services.credits.ledger_rules import CREDIT, reap
from skyvern_ui.services.keys.rules import Rights, create_key
from tests.relay.fault_server import ok, until

from .gateway import ANSWER, HELLO, WORD, Model, Service, code_of, stream


class Pause:
    """The model is asked, and answers when the block ends."""

    def __init__(self) -> None:
        self.asked, self.go_on = threading.Semaphore(0), threading.Event()

    def answer(self, conn: Any) -> None:
        self.asked.release()
        self.go_on.wait(20)
        conn.sendall(ok(json.dumps(ANSWER).encode(), "content-type: application/json"))


@contextmanager
def calling(service: Service, model: Model, times: int = 1) -> Iterator[list[Future[TestResponse]]]:
    """So many calls are with the model while the block runs."""
    pause = Pause()
    model.answer = pause.answer
    with ThreadPoolExecutor(times) as pool:
        calls = [pool.submit(service.call) for _ in range(times)]
        try:
            for _ in calls:
                assert pause.asked.acquire(timeout=10)
            yield calls
        finally:
            pause.go_on.set()


def age(service: Service) -> None:
    """Every lease is over."""
    with service.app.app_context(), writing() as session:
        session.execute(update(Charge).values(lease_until=now() - timedelta(seconds=1)))


@contextmanager
def books_away(service: Service) -> Iterator[None]:
    """Nothing can be entered in the ledger while the block runs."""
    rename(service, "ledger", "ledger_away")
    try:
        yield
    finally:
        rename(service, "ledger_away", "ledger")


def rename(service: Service, table: str, other: str) -> None:
    with service.app.app_context(), writing() as session:
        session.execute(text(f"ALTER TABLE {table} RENAME TO {other}"))


def test_no_connection_of_the_database_is_held_while_the_model_works(service: Service, model: Model) -> None:
    with calling(service, model, 3) as calls, service.app.app_context():
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
        assert service.pool() == (7 * CREDIT, 3 * CREDIT)
    assert [each.result().status_code for each in calls] == [200] * 3 and service.pool() == (7 * CREDIT, 0)


def test_nor_while_a_stream_runs(service: Service, model: Model) -> None:
    go_on = threading.Event()
    model.answer = lambda conn: (stream(conn, WORD), go_on.wait(10), conn.close())[0]
    answer = service.app.test_client().post("/api/v1/llm/chat/completions", json={**HELLO, "stream": True},
                                            buffered=False, headers={"Authorization": f"Bearer {service.key}"})
    pieces = iter(answer.response)
    assert next(pieces) == WORD
    with service.app.app_context():
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    go_on.set()
    assert b"upstream_broken" in b"".join(bytes(each) for each in pieces)  # type: ignore[arg-type]


def test_a_hold_outlives_its_lease_while_the_call_runs(service: Service, model: Model) -> None:
    service.app.extensions["llm_leases"] = Leases(service.app, 0.05)
    with calling(service, model) as calls:
        age(service)
        assert until(lambda: service.rows()[0].lease_until > now())
        with service.app.app_context():
            assert reap() == 0
    assert calls[0].result().status_code == 200 and service.charges() == [("settled", CREDIT, "done")]
    assert until(lambda: service.app.extensions["llm_leases"].is_idle)


def test_a_call_that_was_given_up_and_ends_after_all_is_paid(service: Service, model: Model) -> None:
    with calling(service, model) as calls:
        age(service)
        with service.app.app_context():
            assert reap() == 1
        assert service.pool() == (10 * CREDIT, 0)
    assert calls[0].result().status_code == 200 and service.pool() == (9 * CREDIT, 0)


def test_books_that_are_away_at_the_end_are_written_when_they_are_back(service: Service, model: Model) -> None:
    service.app.extensions["llm_leases"] = Leases(service.app, 0.05)
    with ExitStack() as away:
        with calling(service, model) as calls:
            away.enter_context(books_away(service))
        answer = calls[0].result()
        assert answer.status_code == 200 and answer.headers["X-Credits-Charged"] == "1"
        assert service.charges() == [("held", None, None)]
    assert until(lambda: service.charges() == [("settled", CREDIT, "done")]) and service.pool() == (9 * CREDIT, 0)


def test_books_that_are_away_at_the_beginning_stop_the_call(service: Service, model: Model) -> None:
    with books_away(service):
        answer = service.call()
    assert (answer.status_code, code_of(answer)) == (503, "ledger_unavailable")
    assert int(answer.headers["Retry-After"]) > 0 and not model.asked


def test_a_key_makes_only_so_many_calls_at_once(service: Service, model: Model) -> None:
    with service.app.app_context():
        _, key = create_key(service.org_id, "two", Rights(("llm:*",), at_once=2), CLI)
    two = replace(service, key=key)
    with calling(two, model, 2) as calls:
        third = two.call()
        assert (third.status_code, code_of(third)) == (429, "too_many_at_once")
        assert int(third.headers["Retry-After"]) > 0 and third.headers["X-Credits-Charged"] == "0"
    assert [each.result().status_code for each in calls] == [200, 200]
    assert two.call().status_code == 200 and service.pool() == (7 * CREDIT, 0)
