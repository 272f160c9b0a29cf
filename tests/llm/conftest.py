from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from skyvern_ui.audit import CLI
from skyvern_ui.extensions import db
from skyvern_ui.services.credits.ledger_rules import CREDIT
from skyvern_ui.services.credits.price_rules import set_price
from skyvern_ui.services.keys.rules import Rights, create_key
from skyvern_ui.services.rules import create_service

from .gateway import CHAT, IMAGES, UPSTREAM_KEY, Model, Service


@pytest.fixture
def model() -> Iterator[Model]:
    model = Model()
    with model.server:
        yield model


@pytest.fixture
def app_settings(model: Model) -> dict[str, str]:
    return {"LLM_UPSTREAM_URL": f"http://127.0.0.1:{model.server.port}/v1", "LLM_UPSTREAM_KEY": UPSTREAM_KEY,
            "LLM_UPSTREAM_MODEL": "m"}


@pytest.fixture
def service(empty_app: Flask, model: Model) -> Service:
    with empty_app.app_context():
        org_id = create_service("presenton-service", 10, CLI)
        key_id, key = create_key(org_id, "k", Rights(("llm:*",)), CLI)
        set_price(CHAT, "", "call", CREDIT, CREDIT, CLI)
        set_price(IMAGES, "", "image", 2 * CREDIT, 2 * CREDIT, CLI)
        db.session.remove()
    return Service(empty_app, org_id, key_id, key)
