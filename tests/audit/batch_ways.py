"""How starts and batches of workflows are changed, for the promise that every change leaves its row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from skyvern_ui.extensions import db
from skyvern_ui.models.batch import BatchRow
from skyvern_ui.workflows.batches.running import look

from ..sandbox_server import Sandbox
from ..support.people import Browser
from ..workflows import orders
from ..workflows.batches.tables import draft, rounds, started, state, upload, workflow

Way = Callable[[Flask, Browser, Sandbox], Any]


def ended(app: Flask, ada: Browser, sandbox: Sandbox) -> str:
    """A batch whose only row failed."""
    where = started(ada, workflow(sandbox), "name,count\n[fail],1\n")
    rounds(app, lambda: state(app, where)[0] == "finished")
    return where


def mapped(ada: Browser, sandbox: Sandbox) -> str:
    where = draft(ada, workflow(sandbox))
    assert ada.post(f"{where}/mapping", {"c-name": "0", "c-count": "1"}).status == 303
    return where


def unclear(app: Flask, ada: Browser, sandbox: Sandbox) -> str:
    """A row that nobody knows of whether it was started."""
    where = started(ada, workflow(sandbox), "name,count\nAda,1\n")
    with app.app_context():
        db.session.query(BatchRow).update({BatchRow.state: "unknown"})
        db.session.commit()
        db.session.remove()
    return f"{where}/rows/2/answer"


def paused(ada: Browser, sandbox: Sandbox) -> str:
    where = started(ada, workflow(sandbox))
    ada.post(f"{where}/pause")
    return where


def run_once(app: Flask, ada: Browser, sandbox: Sandbox) -> Any:
    where = started(ada, workflow(sandbox), "name,count\n[slow],1\n")
    look(app)
    return ada.post(f"{where}/cancellation", {"runs": "1"})


WAYS: dict[str, Way] = {
    "workflows.create_run": lambda app, ada, s: ada.post(f"/workflows/{orders.order(s)}/run", orders.TYPED),
    "workflows.create_batch": lambda app, ada, s: upload(ada, workflow(s)),
    "workflows.update_batch": lambda app, ada, s: mapped(ada, s),
    "workflows.create_batch_start": lambda app, ada, s: ada.post(
        f"{mapped(ada, s)}/start", {"title": "Orders", "at_once": "1"}),
    "workflows.create_batch_pause": lambda app, ada, s: ada.post(f"{started(ada, workflow(s))}/pause"),
    "workflows.delete_batch_pause": lambda app, ada, s: ada.post(f"{paused(ada, s)}/pause/ending"),
    "workflows.create_batch_cancellation": run_once,
    "workflows.create_batch_retries": lambda app, ada, s: ada.post(f"{ended(app, ada, s)}/retries"),
    "workflows.create_row_answer": lambda app, ada, s: ada.post(unclear(app, ada, s), {"started": "skip"}),
    "workflows.delete_batch": lambda app, ada, s: ada.post(f"{ended(app, ada, s)}/removal"),
}
