"""Every way to change a service through its pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask

from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import (
    Charge,
    Organization,
    OrganizationCredits,
    ProviderKey,
    ServiceKey,
    ServiceKeySecret,
)
from skyvern_ui.models.columns import now
from skyvern_ui.services.credits.endpoints import RUN_TASK
from skyvern_ui.services.credits.ledger_rules import Wish, hold

from ..llm.model_server import KEY, models, running_model
from ..sandbox_server import Sandbox
from ..support.people import Browser

BASE = "/settings/services"
Way = Callable[[Flask, Browser, Sandbox], Any]


def made(app: Flask, status: str = "active") -> str:
    """The page of a service, put there without a word in the audit log."""
    with app.app_context():
        with writing() as session:
            session.add(Organization(id="bolt", name="bolt-service", status=status, limits={}))
            session.flush()
            session.add(OrganizationCredits(org_id="bolt", credit_balance=500_000, known_balance=500_000,
                                            level="warning"))
        db.session.remove()
    return f"{BASE}/bolt"


def keyed(app: Flask, rotated: bool = False) -> str:
    """The page of a key."""
    here = made(app)
    with app.app_context():
        with writing() as session:
            session.add(ServiceKey(id="key12345", org_id="bolt", name="worker", scopes=["llm:*"], created_by_name="x"))
            session.flush()
            for each in ("new", "old")[:2 if rotated else 1]:
                session.add(ServiceKeySecret(digest=each, key_id="key12345", prefix=each, last4="last",
                                             revoke_at=now() + timedelta(hours=1) if each == "old" else None))
        db.session.remove()
    return f"{here}/keys/key12345"


def provided(app: Flask, enabled: bool = True) -> str:
    """The page of a service with a provider key that nobody answers for."""
    here = made(app)
    with app.app_context(), writing() as session:
        session.add(ProviderKey(org_id=here.rsplit("/", 1)[1], base_url="http://127.0.0.1:9/v1", last4="",
                                enabled=enabled, ciphertext="v1:lost:", created_by_name="command line"))
    return here


def provided_by_hand(ada: Browser, here: str) -> None:
    with running_model(lambda *_question: models("m")) as model:
        sent = {"provider-base_url": model.base, "provider-key": KEY}
        assert ada.post(f"{here}/provider-key", sent).status == 303


def asked(app: Flask) -> str:
    """Where a question about a call is answered."""
    here = made(app)
    with app.app_context():
        charge_id, _pool = hold(Wish(here.rsplit("/", 1)[1], RUN_TASK, 25_000))
        with writing() as session:
            charge = session.get(Charge, charge_id)
            assert charge is not None
            charge.details = {"question": True}
        db.session.remove()
    return f"{here}/questions/{charge_id}"


def saved(ada: Browser, here: str, place: str, **changed: str) -> Any:
    """Sends one form of a service's page, or of a key's when `place` is empty."""
    seen = ada.get(here).one(f"#{place}-seen" if place else "#seen")
    prefix = f"{place}-" if place else ""
    return ada.post(f"{here}/{'name' if place == 'service' else place}" if place else here, {
        f"{prefix}seen": seen["value"], **{f"{prefix}{name}": value for name, value in changed.items()}})


def priced(ada: Browser) -> Any:
    path = "/settings/services/prices/v1-run-tasks"
    form = ada.get("/settings/services/prices").one(f'form[action="{path}"]')
    sent = {each["name"]: each.get("value", "") for each in form.find_all("input")}
    return ada.post(path, {**sent, "v1-run-tasks-unit": "step"})


WAYS: dict[str, Way] = {
    "services.create_service": lambda app, ada, s: ada.post(
        BASE, {"name": "new", "credits": "5", "key_name": "k", "scopes": "llm:*"}),
    "services.update_name": lambda app, ada, s: saved(ada, made(app), "service", name="renamed"),
    "services.create_suspension": lambda app, ada, s: ada.post(f"{made(app)}/suspension"),
    "services.delete_suspension": lambda app, ada, s: ada.post(f"{made(app, 'suspended')}/suspension/lift"),
    "services.create_grant": lambda app, ada, s: ada.post(f"{made(app)}/grants", {
        "grant-once": "0" * 32, "grant-direction": "give", "grant-amount": "5", "grant-reason": "r"}),
    "services.update_refill": lambda app, ada, s: saved(
        ada, made(app), "refill", mode="add", amount="5", period="day"),
    "services.update_levels": lambda app, ada, s: saved(ada, made(app), "levels", warn_at="5", critical_at="1"),
    "services.update_limits": lambda app, ada, s: saved(ada, made(app), "limits", calls_day="5"),
    "services.create_key": lambda app, ada, s: ada.post(f"{made(app)}/keys", {"name": "k", "scopes": "llm:*"}),
    "services.update_key": lambda app, ada, s: saved(ada, keyed(app), "", name="k", scopes="skyvern:*"),
    "services.create_rotation": lambda app, ada, s: ada.post(f"{keyed(app)}/rotation", {"overlap": "0"}),
    "services.create_secret_ending": lambda app, ada, s: ada.post(f"{keyed(app, True)}/rotation/ending"),
    "services.create_key_ending": lambda app, ada, s: ada.post(f"{keyed(app)}/ending"),
    "services.create_answer": lambda app, ada, s: ada.post(asked(app), {"happened": "no"}),
    "services.update_provider_key": lambda app, ada, s: provided_by_hand(ada, made(app)),
    "services.create_provider_key_test": lambda app, ada, s: ada.post(f"{provided(app)}/provider-key/test"),
    "services.create_provider_key_enabling": lambda app, ada, s: ada.post(
        f"{provided(app, False)}/provider-key/enabling"),
    "services.create_provider_key_disabling": lambda app, ada, s: ada.post(f"{provided(app)}/provider-key/disabling"),
    "services.create_provider_key_removal": lambda app, ada, s: ada.post(f"{provided(app)}/provider-key/removal"),
    "services.create_price": lambda app, ada, s: priced(ada),
    "services.create_closing": lambda app, ada, s: ada.post("/settings/services/prices/v1-run-tasks/closing"),
    "services.create_start_prices": lambda app, ada, s: ada.post("/settings/services/prices/start"),
}
