"""A service that calls Skyvern through our door with a key of its own, as the Python SDK does: x-api-key and paths
under /v1 behind our address."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from skyvern_ui.audit import CLI
from skyvern_ui.extensions import db
from skyvern_ui.models.charge import Charge
from skyvern_ui.services.credits.endpoints import BROWSER, RUN_TASK, RUN_WORKFLOW, UPLOAD, WRITE
from skyvern_ui.services.credits.ledger_rules import CREDIT
from skyvern_ui.services.credits.price_rules import set_price
from skyvern_ui.services.keys.rules import Rights, create_key
from skyvern_ui.services.rules import create_service
from tests.sandbox_server import Sandbox
from tests.support.key_holder import KeyHolder

DOOR = "/api/skyvern"
TASK = {"prompt": "Read the price", "url": "http://shop.example.com", "engine": "skyvern-1.0"}


class Service(KeyHolder):
    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        sent = {"x-api-key": self.key, **{name.replace("_", "-"): value for name, value in headers.items()}}
        more = {} if body is None else {"json": body}
        return self.app.test_client().open(f"{DOOR}/{path}", method=method,
                                           headers={k: v for k, v in sent.items() if v}, **more)

    def run(self, prompt: str = "Read the price", **headers: str) -> str:
        """The id of a task that it has started."""
        answer = self.call("POST", "v1/run/tasks", {**TASK, "prompt": prompt}, **headers)
        assert answer.status_code == 200, answer.text
        return str(answer.get_json()["run_id"])

    def charges(self) -> list[Charge]:
        with self.app.app_context():
            found = list(db.session.scalars(select(Charge).where(Charge.org_id == self.org_id)
                                            .order_by(Charge.created_at)))
            db.session.expunge_all()
            db.session.remove()
            return found

    def states(self) -> list[tuple[str, int | None, str | None]]:
        return [(each.state, each.actual, each.outcome) for each in self.charges()]


def new_service(app: Flask, name: str = "presenton-service", *scopes: str, credits: int = 1000,
                **rights: Any) -> Service:
    """A service with a key for these scopes, by default for all of Skyvern."""
    with app.app_context():
        org_id = create_service(name, credits, CLI)
        key_id, key = create_key(org_id, "k", Rights(scopes or ("skyvern:*",), **rights), CLI)
        db.session.remove()
    return Service(app, org_id, key_id, key)


def set_prices(app: Flask, unit: str = "step", amount: int = CREDIT, hold: int = 25 * CREDIT) -> None:
    """A price for everything; runs by `unit`, the rest nothing but five credits for a browser."""
    with app.app_context():
        for endpoint in (RUN_TASK, RUN_WORKFLOW):
            set_price(endpoint, "", unit, amount, hold, CLI)
        for endpoint, price in ((UPLOAD, 0), (BROWSER, 5 * CREDIT), (WRITE, 0)):
            set_price(endpoint, "", "call", price, price, CLI)
        db.session.remove()


def sent(sandbox: Sandbox, path: str) -> int:
    """How many requests it saw under this path."""
    return len(sandbox.requests(path))
