from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui.extensions import db
from skyvern_ui.models.watch import Notice, Watch

from ..sandbox_server import Sandbox
from ..support.mail_sink import Sink, running_sink
from ..support.people import Browser
from ..support.receiver import Receiver, running_receiver
from ..support.server import wait_for


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running_sink() as sink:
        yield sink


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture
def app_settings(sink: Sink) -> dict[str, str]:
    return {"SMTP_URL": sink.url, "MAIL_FROM": "runs@skyvern.example", "NOTICE_HOSTS": "127.0.0.1",
            "PUBLIC_URL": "http://localhost"}


@pytest.fixture
def watching(connected: Flask, sandbox: Sandbox) -> Callable[..., str]:
    """Starts a run as this person and has it watched; the run's id."""

    def watch(browser: Browser, prompt: str = "[slow]", **wish: str) -> str:
        page = browser.post("/tasks", {"prompt": prompt, "engine": "skyvern-1.0"})
        assert page.status == 303, page.words
        run_id = str(page.headers["Location"]).rsplit("/", 1)[1]
        asked = {"run": run_id, "about": "run", "outcomes": "all", "channel": "webhook", **wish}
        told = browser.post("/notices", asked)
        assert told.status == 303, told.words
        return run_id

    return watch


def notices(app: Flask) -> list[Notice]:
    with app.app_context():
        try:
            found = list(db.session.scalars(select(Notice).order_by(Notice.created_at, Notice.id)))
            db.session.expunge_all()
            return found
        finally:
            db.session.remove()


def watches(app: Flask) -> list[Watch]:
    with app.app_context():
        try:
            found = list(db.session.scalars(select(Watch).order_by(Watch.created_at, Watch.id)))
            db.session.expunge_all()
            return found
        finally:
            db.session.remove()


def over(sandbox: Sandbox, run_id: str) -> None:
    wait_for(lambda: sandbox.call("GET", f"/v1/runs/{run_id}").json()["status"] not in
             ("created", "queued", "running"), 20, "the run to end")
