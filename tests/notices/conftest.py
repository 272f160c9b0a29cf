from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui.extensions import db
from skyvern_ui.models.watch import Notice, Watch

from ..sandbox_server import Sandbox
from ..support.mail_sink import Sink
from ..support.people import Browser
from ..support.server import wait_for

Row = TypeVar("Row", Notice, Watch)


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


def rows(app: Flask, model: type[Row]) -> list[Row]:
    """The notices, or the watches, as the database has them: the oldest first."""
    with app.app_context():
        try:
            found = list(db.session.scalars(select(model).order_by(model.created_at, model.id)))
            db.session.expunge_all()
            return found
        finally:
            db.session.remove()


def over(sandbox: Sandbox, run_id: str) -> None:
    wait_for(lambda: sandbox.call("GET", f"/v1/runs/{run_id}").json()["status"] not in
             ("created", "queued", "running"), 20, "the run to end")
