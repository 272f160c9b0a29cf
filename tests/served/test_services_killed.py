"""kill -9 of the worker at five points of a call that costs: never charged for what did not happen, never twice.

Where it stops is arranged from outside: half a body, a provider that accepts no connection, one that holds its answer,
a lock in the database, a stream that pauses. Nothing in the product knows of it.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import requests
from flask import Flask
from sqlalchemy import update

from skyvern_ui.database import writing
from skyvern_ui.models.charge import Charge
from skyvern_ui.models.columns import now
from skyvern_ui.services.credits.ledger_rules import reap

from ..support.programs import CHAT, Service, audited, in_app, new_service, priced
from ..support.provider import Provider
from ..support.server import Server, running_server, wait_for

pytestmark = pytest.mark.xdist_group("services killed")  # one server for each database
PRICE = 3000
NAMES = count()


@pytest.fixture(scope="module")
def workers() -> int:
    return 1


@pytest.fixture(scope="module")
def environment(provider: Provider) -> dict[str, str]:
    return provider.settings


@pytest.fixture
def service(running: tuple[Server, Flask], provider: Provider) -> Service:
    server, app = running
    priced(app, (CHAT, "call", PRICE, PRICE))
    for remembered in (provider.asked, provider.done, provider.go_on, provider.was_left):
        remembered.clear()
    return new_service(app, server.url, f"service-{next(NAMES)}", 10)


def calling(work: Callable[[], Any]) -> threading.Thread:
    """A call whose end is nobody's concern: its server is killed."""
    def run() -> None:
        with suppress(requests.RequestException, OSError):
            work()
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def kill_worker(server: Server) -> None:
    """The one worker, without a word; gunicorn starts another."""
    victim = psutil.Process(server.process.pid).children()[0]
    victim.kill()
    victim.wait(5)
    wait_for(lambda: _answers(server), 30, "a new worker")


def _answers(server: Server) -> bool:
    try:
        return requests.get(server.url + "/readyz", timeout=2).status_code == 200
    except requests.RequestException:
        return False


def states(service: Service) -> list[tuple[str, int | None]]:
    return [(charge.state, charge.actual) for charge in service.charges()]


def held(service: Service) -> bool:
    return states(service) == [("held", None)]


def reaped(service: Service, by_itself: bool = False) -> bool:
    """Time passes until the leases of what is held are over, and the books are tidied: by another process at once, or
    by the running server itself, within half a minute. Whether anything was held."""
    def age() -> bool:
        with writing() as session:
            return bool(session.scalars(update(Charge).where(Charge.org_id == service.org_id, Charge.state == "held")
                                        .values(lease_until=now() - timedelta(seconds=1)).returning(Charge.id)).all())

    assert in_app(service.app, reap) == 0, "not before its time"
    aged = bool(in_app(service.app, age))
    if not by_itself:
        in_app(service.app, reap)
    wait_for(lambda: "held" not in [state for state, _ in states(service)], 40, "the books to be tidied")
    return aged


def works_as_before(service: Service, key: str, spent: int) -> None:
    """Everything is back, and the next call costs what it should."""
    assert service.balance() == (service.start - spent, 0)
    with service.program(key) as program:
        assert program.chat("say again").status_code == 200
    assert audited(service) == spent + PRICE


def test_before_the_hold(service: Service, running: tuple[Server, Flask], provider: Provider) -> None:
    server, (_, key) = running[0], service.key()
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "say half"}]}).encode()
    head = (f"POST {CHAT} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAuthorization: Bearer {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n").encode()
    with socket.create_connection(("127.0.0.1", server.port), 10) as half:
        half.sendall(head)
        assert b"100" in half.recv(100), "the key was looked at and the body is being read"
        half.sendall(body[:20])
        assert states(service) == []
        kill_worker(server)
    assert states(service) == [] and not provider.asked
    works_as_before(service, key, 0)


def test_after_the_hold_and_before_the_question(service: Service, tmp_path: Path) -> None:
    with full_listener() as port:
        settings = {"LLM_UPSTREAM_URL": f"http://127.0.0.1:{port}/v1", "LLM_UPSTREAM_KEY": "k"}
        with running_server(_url_of(service.app), tmp_path, **settings) as other:
            mine = Service(service.app, other.url, service.org_id, service.start)
            _, key = mine.key()
            calling(lambda: mine.program(key).chat("say never"))
            wait_for(lambda: held(mine), 10, "the hold")
            os.killpg(other.process.pid, signal.SIGKILL)
            other.process.wait(10)
    assert service.balance() == (service.start - PRICE, PRICE), "held until it is known to be lost"
    assert reaped(service) and states(service) == [("expired", 0)]
    works_as_before(service, key, 0)


def test_after_the_question_and_before_the_answer(service: Service, running: tuple[Server, Flask],
                                                  provider: Provider) -> None:
    _, key = service.key()
    once = {"Idempotency-Key": "once"}
    calling(lambda: service.program(key).chat("hold asked", headers=once))
    wait_for(lambda: provider.asked["asked"], 10, "the question")
    kill_worker(running[0])
    with service.program(key) as program:
        again = program.chat("hold asked", headers=once)
        assert (again.status_code, again.json()["error"]["code"]) == (409, "in_progress"), "nobody knows yet"
        assert reaped(service)
        provider.go_on.set()
        assert program.chat("hold asked", headers=once).status_code == 200
    assert states(service) == [("expired", 0), ("settled", PRICE)]
    works_as_before(service, key, PRICE)


def test_after_the_answer_and_before_the_books(service: Service, running: tuple[Server, Flask],
                                               provider: Provider) -> None:
    _, key = service.key()
    calling(lambda: service.program(key).chat("hold answered"))
    wait_for(lambda: provider.asked["answered"], 10, "the question")
    with locked(service):
        provider.go_on.set()
        assert provider.was_left.wait(10), "the answer was read to its end"
        kill_worker_only(running[0])
    assert provider.done == {"answered": 1}
    wait_for(lambda: _answers(running[0]), 30, "a new worker")
    assert service.balance() == (service.start - PRICE, PRICE) and held(service)
    assert reaped(service) and states(service) == [("expired", 0)]
    works_as_before(service, key, 0)


def test_during_a_stream(service: Service, running: tuple[Server, Flask], provider: Provider) -> None:
    _, key = service.key()
    with closing(service.program(key).chat("hold flowing", stream=True)) as answer:
        pieces = answer.iter_content(None)
        assert b"word 0" in next(pieces)
        assert answer.headers["X-Credits-Charged"] == "3" and held(service)
        kill_worker(running[0])
        with pytest.raises(requests.RequestException):
            list(pieces)
    assert reaped(service, by_itself=True) and states(service) == [("expired", 0)]
    works_as_before(service, key, 0)


def kill_worker_only(server: Server) -> None:
    victim = psutil.Process(server.process.pid).children()[0]
    victim.kill()
    victim.wait(5)


@contextmanager
def full_listener() -> Iterator[int]:
    """A port that is listened at and whose queue is full: whoever connects waits, and nothing can be sent."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        for _ in range(4):
            each = socket.socket()
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
            waiting.append(each)
        try:
            yield listener.getsockname()[1]
        finally:
            [each.close() for each in waiting]


@contextmanager
def locked(service: Service) -> Iterator[None]:
    """Somebody else writes and does not stop: the file of SQLite, or the row of the pool in PostgreSQL."""
    url = _url_of(service.app)
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as lock:
            lock.execute("BEGIN IMMEDIATE")
            yield
            lock.execute("ROLLBACK")
        return
    with psycopg.connect(url.replace("+psycopg", "")) as lock:
        lock.execute("SELECT 1 FROM organization_credits WHERE org_id = %s FOR UPDATE", [service.org_id])
        yield
        lock.rollback()


def _url_of(app: Flask) -> str:
    return str(app.config["SETTINGS"].database_url)
