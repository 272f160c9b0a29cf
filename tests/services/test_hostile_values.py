"""Nothing that can be typed, or put into an address, is answered with a fault of ours, and no credit moves by it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui.audit import CLI
from skyvern_ui.extensions import db
from skyvern_ui.models import OrganizationCredits
from skyvern_ui.services.credits.books_rules import disagreements
from skyvern_ui.services.keys.rules import Rights, create_key
from skyvern_ui.services.rules import create_service
from tests.support.people import Browser

HERE = "/settings/services"
ODD = ("a\0b", "\ud800", "9" * 60, "-1", "x" * 20_000, "9999-12-31", "0000-00-00T00:00", "'\"><b>\u202e\r\nX: \u00b2")
FIELDS: dict[str, tuple[str, ...]] = {
    "": ("name", "credits", "key_name", "scopes", "imported"),
    "/{org}/grants": ("grant-amount", "grant-reason", "grant-once", "grant-direction"),
    "/{org}/refill": ("refill-amount", "refill-mode", "refill-period", "refill-seen"),
    "/{org}/levels": ("levels-warn_at", "levels-critical_at", "levels-seen"),
    "/{org}/limits": ("limits-credits_day", "limits-calls_month", "limits-seen"),
    "/{org}/name": ("service-name", "service-seen"),
    "/{org}/keys": ("name", "models", "addresses", "per_minute", "spend_cap", "expires_at", "calls_day", "imported",
                    "scopes"),
    "/{org}/keys/{key}": ("name", "models", "addresses", "at_once", "spend_cap", "expires_at", "seen"),
    "/{org}/keys/{key}/rotation": ("overlap",),
    "/{org}/provider-key": ("base_url", "key"),
    "/prices/v1-run-tasks": ("v1-run-tasks-amount", "v1-run-tasks-hold", "v1-run-tasks-unit", "v1-run-tasks-model"),
    "/prices/v1-run-tasks/closing": ("model", "then"),
}
BASE: dict[str, Any] = {
    "name": "odd", "credits": "1", "key_name": "k", "scopes": ["llm:*"], "grant-amount": "1", "grant-reason": "r",
    "grant-once": "0" * 32, "grant-direction": "give", "overlap": "0", "v1-run-tasks-amount": "1",
    "v1-run-tasks-hold": "25", "v1-run-tasks-unit": "step"}
QUERIES = {f"{HERE}/usage": ("service", "key", "endpoint", "model", "state", "outcome", "since", "until", "page",
                             "after", "by", "retried"),
           f"{HERE}/usage/export.csv": ("service", "key", "until", "model", "outcome"),
           HERE: ("days", "since", "by"), f"{HERE}/{{org}}/ledger": ("after", "page", "before"),
           f"{HERE}/prices/v1-run-tasks": ("v1-run-tasks-amount", "v1-run-tasks-unit", "v1-run-tasks-model")}
OF_PROGRAMS = {"/api/v1/usage": ("from", "to", "group_by", "format", "key", "model", "endpoint", "state", "after",
                                 "limit"), "/api/v1/credits": ("x",)}


@pytest.fixture
def made(app: Flask) -> tuple[str, str, str]:
    """Organisation, key id and key."""
    with app.app_context():
        org_id = create_service("bolt-service", 500, CLI)
        found = (org_id, *create_key(org_id, "first", Rights(("llm:*",)), CLI))
        db.session.remove()
    return found


def encoded(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode("utf-8", "surrogatepass"))


def agree(app: Flask, org_id: str) -> None:
    with app.app_context():
        assert disagreements(org_id) == []
        assert all(balance >= 0 for balance in db.session.scalars(select(OrganizationCredits.credit_balance)))
        db.session.remove()


def test_no_form_falls_over(app: Flask, ada: Browser, made: tuple[str, str, str]) -> None:
    org, key, _ = made
    faults = []
    for path, names in FIELDS.items():
        for name in names:
            for odd in ODD:
                body = "&".join(f"{each}={encoded(value if each != name else odd)}" for each, told in (
                    BASE | {name: odd, "csrf_token": ada.token()}).items()
                    for value in (told if isinstance(told, list) else [told]))
                answer = ada.client.post(HERE + path.format(org=org, key=key), data=body, headers={
                    "Origin": "http://localhost", "Content-Type": "application/x-www-form-urlencoded"})
                if answer.status_code >= 500:
                    faults.append((path, name, odd[:20], answer.status_code))
    assert not faults
    agree(app, org)


def test_no_address_falls_over(app: Flask, ada: Browser, made: tuple[str, str, str]) -> None:
    org, key_id, key = made
    faults = []
    for paths, headers in ((QUERIES, {}), (OF_PROGRAMS, {"Authorization": f"Bearer {key}"})):
        client = ada.client if not headers else app.test_client()
        for path, names in paths.items():
            for name in names:
                for odd in ODD:
                    answer = client.get(f"{path.format(org=org)}?{name}={encoded(odd[:3000])}", headers=headers,
                                        follow_redirects=True)
                    if answer.status_code >= 500:
                        faults.append((path, name, odd[:20], answer.status_code))
    for odd in ODD:
        for path in (f"{HERE}/%s", f"{HERE}/{org}/keys/%s", f"{HERE}/usage/%s", f"{HERE}/prices/%s"):
            faults += [(path, odd[:20])] * (ada.client.get(path % encoded(odd[:300])).status_code >= 500)
        answer = app.test_client().get(f"/api/v1/credits/charges/{encoded(odd[:300])}",
                                       headers={"Authorization": f"Bearer {key}"})
        faults += [("charges", odd[:20])] * (answer.status_code >= 500)
    assert not faults
