"""Notices as they are deployed: sent by whichever worker, once, and not lost or doubled by a server that is killed."""

from __future__ import annotations

import os
import signal
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models.columns import now
from skyvern_ui.models.lease import Lease
from skyvern_ui.models.watch import Notice

from ..sandbox_server import Sandbox
from ..support.mail_sink import Sink
from ..support.receiver import Receiver
from ..support.server import Server, Visitor, running_server, wait_for
from .test_sockets import start


@pytest.fixture
def settings(sink: Sink) -> dict[str, str]:
    return {"SMTP_URL": sink.url, "MAIL_FROM": "runs@skyvern.example", "NOTICE_HOSTS": "127.0.0.1"}


def watch(visitor: Visitor, run_id: str, **wish: str) -> None:
    token = visitor.get(f"/notices/new?run={run_id}").text.split('name="csrf_token" value="')[1].split('"')[0]
    data = {"csrf_token": token, "run": run_id, "about": "run", "outcomes": "all", **wish}
    answer = visitor.post("/notices", data=data)
    assert answer.status_code == 303, answer.text


def states(app: Flask) -> dict[str, str]:
    with app.app_context():
        try:
            return {n.channel: n.status for n in db.session.scalars(select(Notice))}
        finally:
            db.session.remove()


def age(app: Flask) -> None:
    """As if the claims of whoever was sending had run out."""
    with app.app_context():
        with writing() as session:
            session.execute(update(Notice).where(Notice.status == "sending")
                            .values(next_try_at=now() - timedelta(seconds=1)))
        db.session.remove()


def kill(server: Server) -> None:
    os.killpg(server.process.pid, signal.SIGKILL)
    server.process.wait(10)


def test_two_workers_tell_each_run_once_and_ask_skyvern_like_one(
        connected: Flask, database_url: str, sandbox: Sandbox, tmp_path: Path, settings: dict[str, str],
        receiver: Receiver, sink: Sink) -> None:
    with running_server(database_url, tmp_path, workers=2, **settings) as server:
        ben = server.visitor("ben@example.com")
        runs = [start(ben) for _ in range(3)]
        for run_id in runs:
            watch(ben, run_id, channel="webhook", address=receiver.url)
        watch(ben, runs[0], channel="email")
        wait_for(lambda: looks(sandbox, runs[0]), 20, "the first look")
        sandbox.forget_calls()
        begun = time.monotonic()
        wait_for(lambda: looks(sandbox, runs[0]) >= 2, 30, "two more looks")
        assert time.monotonic() - begun > 3, "two workers look as if they were two"
        for run_id in runs:
            sandbox.call("POST", f"/v1/runs/{run_id}/cancel").raise_for_status()
        wait_for(lambda: len(receiver.got) == 3 and sink.letters, 30, "the notices")
        wait_for(lambda: set(states(connected).values()) == {"sent"}, 10, "all to be sent")
        assert sorted(m["run"]["id"] for m in receiver.messages) == sorted(runs)
        assert len(sink.letters) == 1
        with connected.app_context():
            assert len(db.session.scalars(select(Lease.holder).where(Lease.name == "watcher")).all()) == 1
            db.session.remove()
    assert "Traceback" not in server.log, server.log[-3000:]


def looks(sandbox: Sandbox, run_id: str) -> int:
    """How often the run itself was read."""
    return sum(1 for entry in sandbox.requests(f"/v1/runs/{run_id}") if entry["method"] == "GET"
               and entry["target"] == f"/v1/runs/{run_id}")


def test_a_server_killed_in_the_middle_of_sending(
        connected: Flask, database_url: str, sandbox: Sandbox, tmp_path: Path, settings: dict[str, str],
        receiver: Receiver, sink: Sink) -> None:
    sink.faults.append("silent")
    receiver.hold.clear()
    with running_server(database_url, tmp_path, **settings) as server:
        ben = server.visitor("ben@example.com")
        run_id = start(ben)
        watch(ben, run_id, channel="email")
        watch(ben, run_id, channel="webhook", address=receiver.url)
        sandbox.call("POST", f"/v1/runs/{run_id}/cancel").raise_for_status()
        wait_for(lambda: states(connected) == {"email": "sending", "webhook": "sending"} and receiver.got, 30,
                 "both to be under way")
        kill(server)
    receiver.hold.set()
    with running_server(database_url, tmp_path, **settings) as server:
        assert states(connected) == {"email": "sending", "webhook": "sending"}
        age(connected)
        wait_for(lambda: states(connected) == {"email": "unknown", "webhook": "sent"}, 30, "the truth about both")
        assert sink.letters == [], "a letter that may have gone is not sent again"
        ids: set[Any] = {headers["x-skyvern-ui-notice"] for headers, _ in receiver.got}
        assert len(receiver.got) == 2 and len(ids) == 1, "the receiver can tell that it is the same"


def test_what_ends_while_the_server_is_away_is_told_when_it_is_back(
        connected: Flask, database_url: str, sandbox: Sandbox, tmp_path: Path, settings: dict[str, str],
        sink: Sink) -> None:
    with running_server(database_url, tmp_path, **settings) as server:
        ben = server.visitor("ben@example.com")
        run_id = start(ben)
        watch(ben, run_id, channel="email")
        kill(server)
    sandbox.call("POST", f"/v1/runs/{run_id}/cancel").raise_for_status()
    with running_server(database_url, tmp_path, workers=2, **settings):
        wait_for(lambda: states(connected) == {"email": "sent"}, 40, "the notice")
    assert len(sink.letters) == 1 and run_id in sink.letters[0].get_content()
