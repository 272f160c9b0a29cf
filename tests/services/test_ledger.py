"""The credits of a service: never overspent, never lost, every movement a row, whatever comes in between."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from skyvern_ui.audit import CLI
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models.charge import Charge, LedgerEntry
from skyvern_ui.models.columns import now
from skyvern_ui.models.organization import Organization, OrganizationCredits
from skyvern_ui.models.service_key import ServiceKey
from skyvern_ui.services.credits.books_rules import disagreements, reconcile
from skyvern_ui.services.credits.ledger_rules import (
    CREDIT,
    Duplicate,
    Insufficient,
    Wish,
    extend,
    grant,
    hold,
    reap,
    release,
    settle,
    sums,
)

from .patience import patiently


@pytest.fixture
def org(empty_app: Flask) -> Iterator[str]:
    """A service with an empty pool, inside an application."""
    with empty_app.app_context():
        with writing() as session:
            session.add(Organization(id="svc", name="presenton-service", limits={}))
            session.flush()
            session.add(OrganizationCredits(org_id="svc"))
        yield "svc"
        check("svc")
        db.session.remove()


def check(org: str) -> None:
    """The identities that hold at every moment."""
    db.session.remove()
    pool = db.session.get(OrganizationCredits, org)
    assert pool is not None
    held = db.session.scalar(select(func.coalesce(func.sum(Charge.hold), 0)).where(Charge.state == "held"))
    assert sums(org) == (pool.known_balance, pool.held) and disagreements(org) == []
    assert pool.held == held
    lowest = db.session.scalar(select(func.min(LedgerEntry.available_after)))
    assert lowest is None or lowest >= 0


def pool_of(org: str) -> tuple[int, int]:
    db.session.remove()
    row = db.session.get(OrganizationCredits, org)
    assert row is not None
    return row.credit_balance, row.held


def call(org: str, cost: int = 3, **more: object) -> str:
    return hold(Wish(org, "/api/v1/llm/chat/completions", cost, **more))[0]  # type: ignore[arg-type]


def test_a_call_is_held_and_then_settled_once(org: str) -> None:
    grant(org, 10, CLI, "for the test")
    charge = call(org, 4)
    assert pool_of(org) == (6, 4)
    assert settle(charge, 3) is not None
    assert pool_of(org) == (7, 0)
    assert settle(charge, 3) is None and release(charge, "failed") is None
    assert pool_of(org) == (7, 0)


def test_never_more_is_taken_than_was_held(org: str) -> None:
    grant(org, 10, CLI, "for the test")
    charge = call(org, 4)
    settle(charge, 9)
    row = db.session.get(Charge, charge)
    assert row is not None and (row.actual, row.overrun) == (4, 5)
    assert pool_of(org) == (6, 0)


def test_a_released_call_costs_nothing(org: str) -> None:
    grant(org, 10, CLI, "for the test")
    release(call(org, 4), "upstream_unreachable")
    assert pool_of(org) == (10, 0)


def test_an_empty_pool_refuses_and_nothing_has_happened(org: str) -> None:
    grant(org, 2, CLI, "for the test")
    with pytest.raises(Insufficient) as error:
        call(org, 3)
    assert (error.value.source, error.value.available, error.value.needed) == ("org_pool", 2, 3)
    assert db.session.scalar(select(func.count()).select_from(Charge)) == 0


def test_a_key_has_its_own_cap(org: str) -> None:
    grant(org, 100, CLI, "for the test")
    with writing() as session:
        session.add(ServiceKey(id="key", org_id=org, name="k", spend_cap=5, created_by_name="Ada"))
    first = call(org, 4, key_id="key")
    with pytest.raises(Insufficient) as error:
        call(org, 2, key_id="key")
    assert (error.value.source, error.value.available) == ("key_cap", 1)
    assert pool_of(org) == (96, 4)
    settle(first, 1)
    settle(call(org, 4, key_id="key"), 4)
    key = db.session.get(ServiceKey, "key")
    assert key is not None and key.spent == 5


def test_the_same_idempotency_key_holds_once(org: str) -> None:
    grant(org, 10, CLI, "for the test")
    first = call(org, 3, idempotency_key="abc", fingerprint="f")
    with pytest.raises(Duplicate) as error:
        call(org, 3, idempotency_key="abc", fingerprint="f")
    assert error.value.charge.id == first and pool_of(org) == (7, 3)


@pytest.mark.parametrize(("start", "cost", "granted"), [(1000, 3, 333), (100, 10, 10), (1, 1, 1)])
def test_calls_at_once_never_overspend(empty_app: Flask, org: str, start: int, cost: int, granted: int) -> None:
    grant(org, start, CLI, "for the test")
    db.session.remove()
    taken: list[str] = []
    refused: list[Insufficient] = []

    def spend() -> None:
        with empty_app.app_context():
            for _ in range(50):
                try:
                    charge = patiently(lambda: call(org, cost))
                except Insufficient as error:
                    refused.append(error)
                else:
                    assert patiently(lambda charge=charge: settle(charge, cost)) is not None  # type: ignore[misc]
                    taken.append(charge)
            db.session.remove()

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == granted and len(refused) == 400 - granted
    assert pool_of(org) == (start - granted * cost, 0)


def test_what_a_dead_process_held_comes_back_once(org: str) -> None:
    grant(org, 10, CLI, "for the test")
    dead, alive = call(org, 3), call(org, 4)
    with writing() as session:
        session.execute(update(Charge).values(lease_until=now() - timedelta(seconds=1)))
    assert extend(alive)
    assert reap() == 1 and reap() == 0
    assert pool_of(org) == (6, 4)
    assert release(dead, "failed") is None and not extend(dead)
    assert pool_of(org) == (6, 4)


def test_a_change_by_hand_is_found_and_entered(org: str) -> None:
    grant(org, 5 * CREDIT, CLI, "for the test")
    with writing() as session:
        session.execute(text("UPDATE organization_credits SET credit_balance = credit_balance + 10000000 WHERE "
                             "org_id = (SELECT id FROM organizations WHERE name = 'presenton-service')"))
    assert reconcile(org, CLI) == 10_000_000 and reconcile(org, CLI) == 0
    row = db.session.scalars(select(LedgerEntry).order_by(LedgerEntry.id.desc())).first()
    assert row is not None and (row.kind, row.d_available, row.available_after) == ("adjust", 10_000_000, 10_005_000)


def test_a_level_is_announced_once_and_does_not_flap_with_calls_under_way(org: str) -> None:
    assert grant(org, 1001 * CREDIT, CLI, "for the test").changed_level
    charge, pool = hold(Wish(org, "/x", 2 * CREDIT))
    assert (pool.level, pool.changed_level) == ("ok", False)
    after = settle(charge, 2 * CREDIT)
    assert after is not None and (after.level, after.changed_level) == ("warning", True)
    second = settle(call(org, CREDIT), CREDIT)
    assert second is not None and (second.level, second.changed_level) == ("warning", False)


def test_the_ledger_cannot_be_changed(org: str) -> None:
    grant(org, 10, CLI, "for the test")
    for statement in ("UPDATE ledger SET d_available = 0", "DELETE FROM ledger"):
        with pytest.raises(DBAPIError, match="append-only"), writing() as session:
            session.execute(text(statement))


def test_the_operators_queries_work_as_written(org: str) -> None:
    grant(org, 10 * CREDIT, CLI, "for the test")
    settle(call(org, 1500), 1500)
    read = db.session.execute
    balance = read(text("SELECT * FROM service_credit_balances;")).mappings().one()
    assert (balance["service_name"], float(balance["credits"])) == ("presenton-service", 8.5)
    used = read(text("SELECT service_name, endpoint, credits_used, created_at FROM service_usage_log "
                     "ORDER BY created_at DESC LIMIT 10;")).one()
    assert (used[0], used[1], float(used[2])) == ("presenton-service", "/api/v1/llm/chat/completions", 1.5)
    query = "SELECT name, subscription_tier, status FROM organizations WHERE is_service_account = true;"
    found = read(text(query)).one()
    assert tuple(found) == ("presenton-service", "service", "active")
