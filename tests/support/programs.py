"""Services as their makers meet them: a key, calls with it; and the books behind them, audited to the thousandth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests
from flask import Flask
from sqlalchemy import func, select, text

from skyvern_ui.audit import CLI
from skyvern_ui.extensions import db
from skyvern_ui.models.charge import Charge, LedgerEntry
from skyvern_ui.models.organization import OrganizationCredits
from skyvern_ui.models.service_key import ServiceKey
from skyvern_ui.services.credits.ledger_rules import CREDIT, sums
from skyvern_ui.services.credits.price_rules import set_price
from skyvern_ui.services.keys.rules import Rights, create_key
from skyvern_ui.services.rules import create_service

CHAT, IMAGES, EMBEDDINGS = ("/api/v1/llm/chat/completions", "/api/v1/llm/image/generations", "/api/v1/llm/embeddings")


class Program(requests.Session):
    """A program with a service key."""

    def __init__(self, url: str, key: str) -> None:
        super().__init__()
        self.trust_env, self.url = False, url
        self.headers["Authorization"] = f"Bearer {key}"

    def request(self, method: str, url: str, *args: Any, **more: Any) -> requests.Response:  # type: ignore[override]
        more.setdefault("timeout", 30)
        more["allow_redirects"] = False
        return super().request(method, self.url + url, *args, **more)

    def chat(self, said: str, **more: Any) -> requests.Response:
        """One chat completion; headers apart, `more` are fields of the body."""
        headers = more.pop("headers", {})
        body = {"model": "m", "messages": [{"role": "user", "content": said}], **more}
        return self.post(CHAT, json=body, headers=headers, stream=bool(more.get("stream")))


@dataclass(frozen=True)
class Service:
    """One service over the database of `app`, and where its programs call."""

    app: Flask
    url: str
    org_id: str
    start: int

    def key(self, **rights: Any) -> tuple[str, str]:
        """Another key of it: its id and itself."""
        return in_app(self.app, lambda: create_key(self.org_id, "k", Rights(("llm:*", "skyvern:*"), **rights), CLI))

    def program(self, key: str) -> Program:
        return Program(self.url, key)

    def balance(self) -> tuple[int, int]:
        """What its pool says is available and held, in thousandths."""
        return in_app(self.app, lambda: tuple(db.session.execute(select(
            OrganizationCredits.credit_balance, OrganizationCredits.held)
            .where(OrganizationCredits.org_id == self.org_id)).one()))

    def charges(self) -> list[Charge]:
        """The oldest first, as plain objects."""
        def read() -> list[Charge]:
            rows = list(db.session.scalars(select(Charge).where(Charge.org_id == self.org_id)
                                           .order_by(Charge.created_at, Charge.id)))
            db.session.expunge_all()
            return rows
        return in_app(self.app, read)

    def spent_of(self, key_id: str) -> int:
        return int(in_app(self.app, lambda: db.session.scalar(
            select(ServiceKey.spent).where(ServiceKey.id == key_id))))


def new_service(app: Flask, url: str, name: str, credits: int) -> Service:
    """A service with so many whole credits."""
    return Service(app, url, in_app(app, lambda: create_service(name, credits, CLI)), credits * CREDIT)


def priced(app: Flask, *prices: tuple[str, str, int, int]) -> None:
    """From now on: endpoint, unit, thousandths for a unit, thousandths held."""
    for endpoint, unit, amount, hold in prices:
        in_app(app, lambda e=endpoint, u=unit, a=amount, h=hold: set_price(e, "", u, a, h, CLI))


def in_app(app: Flask, work: Callable[[], Any]) -> Any:
    """Done inside the application; no connection is kept."""
    with app.app_context():
        try:
            return work()
        finally:
            db.session.remove()


def audited(service: Service) -> int:
    """Checks all books of a service against each other when no call is under way: pool, ledger, charges, keys, usage
    log. What was spent, in thousandths."""
    return int(in_app(service.app, lambda: _audited(service)))


def _audited(service: Service) -> int:
    org_id, charges = service.org_id, service.charges()
    with service.app.app_context():
        available, held = service.balance()
        spent = sum(charge.actual or 0 for charge in charges)
        assert held == 0 and {charge.state for charge in charges} <= {"settled", "released", "expired"}
        assert sums(org_id) == (available, held), "the ledger and the pool"
        lowest = db.session.execute(select(func.min(LedgerEntry.available_after), func.min(LedgerEntry.held_after))
                                    .where(LedgerEntry.org_id == org_id)).one()
        assert min(lowest) >= 0, "never below zero on the way"
        given = db.session.scalar(select(func.sum(LedgerEntry.d_available)).where(
            LedgerEntry.org_id == org_id, LedgerEntry.charge_id.is_(None)))
        assert given - available == spent, "the pool and the charges"
        entries: dict[str, list[str]] = {}
        for charge_id, kind in db.session.execute(select(LedgerEntry.charge_id, LedgerEntry.kind).where(
                LedgerEntry.org_id == org_id, LedgerEntry.charge_id.is_not(None)).order_by(LedgerEntry.id)):
            entries.setdefault(charge_id, []).append(kind)
        for charge in charges:
            ends = [["settle"], ["release", "late_settle"]] if charge.state == "settled" else [["release"]]
            right = [["hold", *end] for end in ends] if charge.hold else [[]]
            assert entries.get(charge.id, []) in right, charge.id
        assert len(entries) == sum(charge.hold > 0 for charge in charges), "a movement of no charge"
        logged = db.session.scalar(text("SELECT sum(credits_used) FROM service_usage_log l JOIN charge c"
                                        " ON c.id = l.charge_id WHERE c.org_id = :o"), {"o": org_id})
        assert round(float(logged or 0) * CREDIT) == spent, "the usage log"
        by_key: dict[str, int] = {}
        for charge in charges:
            if charge.key_id:
                by_key[charge.key_id] = by_key.get(charge.key_id, 0) + (charge.actual or 0)
        for key_id, sum_of_key in by_key.items():
            assert service.spent_of(key_id) == sum_of_key, "the key and its charges"
        return spent
