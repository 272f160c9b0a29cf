"""A workflow that is started from a table, and how a test brings a batch on its way."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models.batch import Batch, BatchRow
from skyvern_ui.models.columns import now
from skyvern_ui.workflows.batches.running import look

from ...sandbox_server import Sandbox
from ...support.people import Browser, Page
from ...support.server import wait_for
from .. import orders

PARAMETERS = [{"parameter_type": "workflow", "key": key, "workflow_parameter_type": kind}
              for key, kind in (("name", "string"), ("count", "integer"))]
TABLE = "name,count,note\nAda,1,=x\nBen,2,\nCleo,3,c\n"


def workflow(sandbox: Sandbox) -> str:
    return orders.workflow(sandbox, PARAMETERS)


def upload(browser: Browser, wpid: str, content: str | bytes = TABLE, name: str = "orders.csv") -> Page:
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    return Page(browser.client.post(f"/workflows/{wpid}/batches", content_type="multipart/form-data", data={
        "csrf_token": browser.token(), "file": (file, name)}, headers={"Origin": "http://localhost"}))


def draft(browser: Browser, wpid: str, content: str | bytes = TABLE) -> str:
    """Where the batch of an uploaded table is."""
    page = upload(browser, wpid, content)
    assert page.status == 303, page.words
    found = re.fullmatch(r"(/workflows/\w+/batches/\w+)/mapping", page.headers["Location"])
    assert found
    return found[1]


def started(browser: Browser, wpid: str, content: str | bytes = TABLE, at_once: int = 2, **mapping: str) -> str:
    """Where a batch is that was started with the columns of its inputs' names."""
    where = draft(browser, wpid, content)
    assert browser.post(f"{where}/mapping", {"c-name": "0", "c-count": "1", **mapping}).status == 303
    assert browser.post(f"{where}/start", {"title": "Orders", "at_once": str(at_once)}).status == 303
    return where


def rounds(app: Flask, until: Any, seconds: float = 20) -> None:
    """Rounds, as the worker that leads makes them, until something is so."""
    def one() -> Any:
        with app.app_context():
            db.session.execute(update(BatchRow).values(looked_at=None))
            db.session.commit()
            db.session.remove()
        look(app)
        return until()

    wait_for(one, seconds, "the batch to go on")


def rows(app: Flask, where: str) -> list[BatchRow]:
    with app.app_context():
        found = list(db.session.scalars(select(BatchRow).where(
            BatchRow.batch_id == where.rsplit("/", 1)[1]).order_by(BatchRow.number)))
        db.session.expunge_all()
        db.session.remove()
        return found


def states(app: Flask, where: str) -> list[str]:
    return [row.state for row in rows(app, where)]


def state(app: Flask, where: str) -> tuple[str, str | None]:
    with app.app_context():
        batch = db.session.get(Batch, where.rsplit("/", 1)[1], populate_existing=True)
        assert batch is not None
        found = batch.state, batch.problem
        db.session.remove()
        return found


def aged(app: Flask, seconds: float) -> None:
    """Time passes for what is being started."""
    with app.app_context():
        with writing() as session:
            session.execute(update(BatchRow).where(BatchRow.state == "starting")
                            .values(changed_at=now() - timedelta(seconds=seconds)))
            session.execute(update(Batch).values(waits_until=None))
        db.session.remove()


def starts(sandbox: Sandbox) -> dict[str, list[str]]:
    """What Skyvern was really made to start: the runs of each token."""
    found: dict[str, list[str]] = {}
    runs = [row["run_id"] for row in sandbox.call("GET", "/v1/runs?page_size=100").json()]
    tags = sandbox.call("POST", "/v1/run-tags", json={"workflow_run_ids": runs}).json()["run_tags"] if runs else {}
    for run_id in runs:
        token = next((tag["value"] for tag in tags.get(run_id, []) if tag["key"] == "ui.row"), "")
        found.setdefault(token.split("-")[0], []).append(run_id)
    return found
