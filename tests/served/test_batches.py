"""kill -9 in the middle of a batch: it goes on by itself, and no row is started twice."""

from __future__ import annotations

from typing import Any

import psutil
import pytest
from flask import Flask
from sqlalchemy import delete, select

from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models.batch import Batch, BatchRow
from skyvern_ui.models.lease import Lease

from ..sandbox_server import Sandbox
from ..support.server import Server, Visitor, wait_for
from ..workflows.batches import tables

pytestmark = pytest.mark.xdist_group("batches killed")  # one server for each database
ROWS = 14


def token(ben: Visitor) -> str:
    text = ben.get("/account").text
    return text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


def started(ben: Visitor, wpid: str) -> str:
    """A batch that was started as a person does it; its id."""
    csrf = {"csrf_token": token(ben)}
    table = "name,count\n" + "".join(f"Row {number},{number}\n" for number in range(ROWS))
    made = ben.post(f"/workflows/{wpid}/batches", data=csrf, files={"file": ("rows.csv", table)})
    assert made.status_code == 303, made.text
    where = made.headers["Location"].removesuffix("/mapping")
    for path, data in (("mapping", {"c-name": "0", "c-count": "1"}), ("start", {"title": "Rows", "at_once": "4"})):
        assert ben.post(f"{where}/{path}", data={**csrf, **data}).status_code == 303
    return where.rsplit("/", 1)[1]


def read(app: Flask, batch_id: str) -> tuple[str, list[str]]:
    with app.app_context():
        state = db.session.scalar(select(Batch.state).where(Batch.id == batch_id))
        rows = list(db.session.scalars(select(BatchRow.state).where(BatchRow.batch_id == batch_id)))
        db.session.remove()
    return str(state), rows


def kill_workers(server: Server) -> None:
    """Both workers at once, without a word; gunicorn starts others."""
    victims = psutil.Process(server.process.pid).children()
    for victim in victims:
        victim.kill()
    for victim in victims:
        victim.wait(5)


def time_passes(app: Flask) -> None:
    """Until the lease of the dead leader is over, and the answers are late."""
    with app.app_context():
        with writing() as session:
            session.execute(delete(Lease))
        db.session.remove()
    tables.aged(app, 6)


def test_it_goes_on_after_kill_9_and_starts_nothing_twice(served: Server, running: tuple[Server, Flask],
                                                          sandbox: Sandbox) -> None:
    app, wpid = running[1], tables.workflow(sandbox)
    batch_id = started(served.visitor("ben@example.com"), wpid)
    wait_for(lambda: "running" in read(app, batch_id)[1], 20, "the first rows to run")
    sandbox.fault("/v1/run/workflows", "late", seconds=30, count=4)

    def on_their_way() -> bool:
        rows = read(app, batch_id)[1]
        sent = len(sandbox.requests("/v1/run/workflows"))
        return sandbox.faults_to_come() <= 2 and sent == ROWS - rows.count("waiting")

    wait_for(on_their_way, 20, "two starts whose answers are late")
    kill_workers(served)
    sandbox.forget_faults()
    assert read(app, batch_id)[1].count("starting") >= 2, "nobody heard the answers"
    time_passes(app)
    wait_for(lambda: read(app, batch_id)[0] == "finished", 40, "the batch to be over")
    assert read(app, batch_id)[1] == ["completed"] * ROWS
    begun: dict[str, Any] = tables.starts(sandbox)
    assert sorted(map(int, begun)) == list(range(2, ROWS + 2)), "every row was started"
    assert all(len(runs) == 1 for runs in begun.values()), "and none twice"
