"""No connection to our own database is held while anybody else is waited for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from skyvern_ui.extensions import db
from skyvern_ui.llm.client import list_models

from ..llm.model_server import Model, running_model
from ..sandbox_server import Sandbox
from ..settings.test_llms import filled, register
from ..support.people import Browser
from ..support.unheld import sent_while_held


@pytest.fixture
def model() -> Iterator[Model]:
    with running_model(needs_key=False) as model:
        yield model


@pytest.fixture
def held(connected: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return sent_while_held(connected, monkeypatch)


def test_what_is_held_is_seen(connected: Flask, held: list[str], model: Model) -> None:
    with connected.app_context(), db.engine.connect():
        list_models(model.upstream())
    assert held


@pytest.mark.parametrize("path", ["/settings/llms", "/settings/llms/new", "/doctor/preflight", "/doctor/mend/key",
                                  "/doctor/mend/key/candidates", "/doctor/mend/address", "/doctor", "/doctor/bundle"])
def test_a_page_holds_none(connected: Flask, ada: Browser, held: list[str], path: str) -> None:
    assert ada.get(path).status == 200
    assert held == []


def test_changing_and_testing_a_model_holds_none(connected: Flask, ada: Browser, held: list[str], model: Model,
                                                 sandbox: Sandbox) -> None:
    where = register(ada, model)
    assert ada.get(where).status == 200
    assert ada.post("/settings/llms/review", filled(model, display_name="Another")).status == 200
    assert ada.post(f"{where}/test").status == 200
    assert ada.post(f"{where}/removal").status == 303
    assert held == []
