"""A service with a key in the database of a house that is not open yet, and what one call of it is."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass
from pathlib import Path

from skyvern_ui import create_app
from skyvern_ui.audit import CLI
from skyvern_ui.extensions import db
from skyvern_ui.services.credits.price_rules import set_price
from skyvern_ui.services.keys.rules import Rights, create_key
from skyvern_ui.services.rules import create_service
from tests.support.databases import settings_for
from tests.support.programs import CHAT

from .process import told

MODELS = "/api/v1/llm/models"
CREDITS, PRICE = 10**9, 1000
BODY = json.dumps({"model": "m", "messages": [{"role": "user", "content": "What is calm? " * 8}]})
UPSTREAM_KEY = "sk-bench-0123456789abcdef"


@dataclass(frozen=True)
class Door:
    """Where a call goes, and with what: a key, and a body if it is a POST."""

    port: int
    path: str
    key: str = ""
    body: str = ""

    def warm(self) -> None:
        """The first call, which takes LiteLLM some seconds."""
        told("load", self.port, self.path, 1, 10, "", self.key, self.body)

    def told(self, connections: int, seconds: float) -> dict[str, float]:
        """What `bench.load` measured here. Raises RuntimeError when an answer was not 200."""
        found: dict[str, float] = told("load", self.port, self.path, connections, seconds, "", self.key, self.body)
        if found["failed"]:
            raise RuntimeError(f"{self.path} answered with errors")
        return found


def enrolled(database_url: str, folder: Path) -> tuple[str, str]:
    """The id of a new service that will not run dry, and its key. A chat costs one credit a call."""
    app = create_app(settings_for(database_url, folder))
    with app.app_context():
        org_id = create_service("bench", CREDITS, CLI)
        _, key = create_key(org_id, "bench", Rights(("llm:*",)), CLI)
        set_price(CHAT, "", "call", PRICE, PRICE, CLI)
        db.session.remove()
        db.engine.dispose()
    app.extensions["reader"].close()
    return org_id, key


def upstream_settings(port: int, key: str = UPSTREAM_KEY) -> dict[str, str]:
    """What makes this port the model of a house."""
    return {"LLM_UPSTREAM_URL": f"http://127.0.0.1:{port}/v1", "LLM_UPSTREAM_KEY": key, "LLM_UPSTREAM_MODEL": "m"}


def ratio(rounds: list[dict[str, float]], one: str, other: str) -> float:
    """The median of the ratios within each round."""
    return statistics.median(each[one] / each[other] for each in rounds)
