"""A service's own provider key: tested before it is kept, never shown, rested, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui.audit import CLI
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog, ProviderKey
from skyvern_ui.services.rules import create_service

from ..llm.model_server import KEY, Model, http, models, running_model
from ..support.people import Browser


@pytest.fixture
def app_settings() -> dict[str, str]:
    return {"BYOK_HOSTS": "127.0.0.1"}


@pytest.fixture
def mood() -> dict[str, bool]:
    return {"refuses": False}


@pytest.fixture
def model(mood: dict[str, bool]) -> Iterator[Model]:
    def answer(_method: str, _path: str, _body: Any) -> bytes:
        return http(401, {"error": {"message": "Incorrect API key provided"}}) if mood["refuses"] else models("glm-4.6")

    with running_model(answer) as model:
        yield model


@pytest.fixture
def here(app: Flask) -> str:
    with app.app_context():
        return f"/settings/services/{create_service('bolt-service', 5000, CLI)}"


def enter(ada: Browser, here: str, base: str, key: str = KEY) -> Any:
    return ada.post(f"{here}/provider-key", {"provider-base_url": base, "provider-key": key})


def test_a_provider_key_is_tested_kept_and_never_shown(app: Flask, ada: Browser, here: str, model: Model) -> None:
    assert enter(ada, here, model.base).status == 303
    page = ada.get(here)
    card = page.one("#byok")
    assert "in use" in card.get_text() and model.base.split("/")[2] in card.get_text() and KEY[-4:] in card.get_text()
    assert KEY not in page.text and page.one("#provider-key").get("value", "") == ""
    with app.app_context():
        assert KEY not in db.session.scalars(select(ProviderKey)).one().ciphertext
        assert KEY not in str([row.details for row in db.session.scalars(select(AuditLog))])


@pytest.mark.parametrize(("base", "key", "field"), [
    ("", KEY, "base_url"), ("http://169.254.169.254/v1", KEY, "base_url"), ("not an address", KEY, "base_url"),
    ("{base}", "", "key"), ("{base}", "two words", "key"),
])
def test_a_mistake_is_said_at_its_field(app: Flask, ada: Browser, here: str, model: Model, base: str, key: str,
                                        field: str) -> None:
    page = enter(ada, here, base.format(base=model.base), key)
    assert page.status == 422 and page.one(f"#provider-{field}-error").get_text().strip()
    assert page.one("#provider-base_url")["value"] == base.format(base=model.base)
    assert page.one("#byok details").has_attr("open") and "two words" not in page.text
    with app.app_context():
        assert not db.session.scalars(select(ProviderKey)).all()


def test_a_key_that_the_provider_refuses_is_not_kept(app: Flask, ada: Browser, here: str, model: Model,
                                                     mood: dict[str, bool]) -> None:
    mood["refuses"] = True
    page = enter(ada, here, model.base)
    assert page.status == 422 and "Nothing was saved" in page.one("#byok").get_text() and KEY not in page.text
    with app.app_context():
        assert not db.session.scalars(select(ProviderKey)).all()


def test_it_is_tested_again_rested_used_and_deleted(app: Flask, ada: Browser, here: str, model: Model,
                                                    mood: dict[str, bool]) -> None:
    enter(ada, here, model.base)
    assert ada.post(f"{here}/provider-key/test").status == 303
    assert "takes the key" in ada.get(here).words
    mood["refuses"] = True
    ada.post(f"{here}/provider-key/test")
    page = ada.get(here)
    assert "refused" in page.one("#byok .card__head").get_text() and page.all("#byok .notice--bad")
    for what, word in (("disabling", "resting"), ("enabling", "refused")):
        assert ada.post(f"{here}/provider-key/{what}").status == 303
        assert word in ada.get(here).one("#byok .card__head").get_text()
    assert ada.post(f"{here}/provider-key/removal").headers["Location"] == f"{here}#byok"
    assert not ada.get(here).all("#byok .provider")
    assert ada.post(f"{here}/provider-key/removal").status == 303
    with app.app_context():
        acts = [row.action for row in db.session.scalars(select(AuditLog).order_by(AuditLog.created_at))
                if row.action.startswith("provider_key.")]
    assert acts == [f"provider_key.{act}" for act in ("save", "test", "test", "disable", "enable", "delete")]
