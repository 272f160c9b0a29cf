"""Budgets, quotas, caps and parallel calls hold under a crowd, and come back where they were taken from."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from skyvern_ui.audit import CLI
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog
from skyvern_ui.models.budget_use import BudgetUse
from skyvern_ui.models.charge import Charge, LedgerEntry
from skyvern_ui.models.columns import now
from skyvern_ui.models.organization import OrganizationCredits
from skyvern_ui.services.change_rules import adjust, rename, set_levels, set_limits
from skyvern_ui.services.credits.books_rules import disagreements
from skyvern_ui.services.credits.budget_rules import Limits, uses_of
from skyvern_ui.services.credits.ledger_rules import (
    CREDIT,
    Insufficient,
    OverBudget,
    TooManyAtOnce,
    Wish,
    hold,
    reap,
    release,
    settle,
)
from skyvern_ui.services.credits.refill_rules import next_turn, refill_due, set_refill
from skyvern_ui.services.keys.rules import Rights, create_key
from skyvern_ui.services.rules import create_service, find_service
from skyvern_ui.services.turned_away import refused
from skyvern_ui.services.unusable import AlreadyDone, Unusable

from .patience import patiently


@pytest.fixture
def org(empty_app: Flask) -> Iterator[str]:
    with empty_app.app_context():
        org_id = create_service("brigade-service", 1000, CLI)
        yield org_id
        assert disagreements(org_id) == []


def key_of(org: str, **rights: Any) -> str:
    return create_key(org, "k", Rights(("llm:*",), **rights), CLI)[0]


def call(org: str, cost: int = CREDIT, key: str | None = None) -> str:
    return patiently(lambda: hold(Wish(org, "/x", cost, key)))[0]


def pay(charge: str, cost: int) -> object:
    return patiently(lambda: settle(charge, cost))


def crowd(app: Flask, act: Callable[[], object], threads: int = 8, each: int = 6) -> list[object]:
    """What came of so many calls at once: what `act` gave, or the exception it ended in."""
    got: list[object] = []

    def run() -> None:
        with app.app_context():
            for _ in range(each):
                try:
                    got.append(act())
                except (Insufficient, OverBudget, TooManyAtOnce) as error:
                    got.append(error)
            db.session.remove()

    db.session.remove()
    workers = [threading.Thread(target=run) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return got


@pytest.mark.parametrize("whose", ["org", "key"])
def test_a_budget_is_never_passed_by_calls_at_once(empty_app: Flask, org: str, whose: str) -> None:
    limits = Limits(credits_day=20 * CREDIT)
    key = key_of(org, limits=limits) if whose == "key" else key_of(org)
    if whose == "org":
        set_limits(org, limits, CLI)
    got = crowd(empty_app, lambda: pay(call(org, 3 * CREDIT, key), 3 * CREDIT))
    errors = [each for each in got if isinstance(each, OverBudget)]
    assert len(got) - len(errors) == 6 and len(errors) == 42
    assert {each.source for each in errors} == {f"{whose}_credits_day"}
    assert uses_of(org).credits_day == uses_of(key).credits_day == 18 * CREDIT


def test_a_quota_counts_calls_and_one_that_did_not_happen_is_none(org: str) -> None:
    set_limits(org, Limits(calls_month=2), CLI)
    release(call(org), "upstream_500")
    settle(call(org, 0), 0)
    call(org)
    with pytest.raises(OverBudget) as error:
        call(org, 0)
    assert (error.value.source, error.value.limit, error.value.used) == ("org_calls_month", 2, 2)
    said = refused(error.value)
    assert (said.status, said.code) == (402, "quota_exhausted") and said.headers["x-should-retry"] == "false"


def test_what_is_not_used_goes_back_into_the_day_it_came_from(org: str) -> None:
    set_limits(org, Limits(credits_day=10 * CREDIT), CLI)
    charge = call(org, 10 * CREDIT)
    yesterday = now() - timedelta(days=1)
    with writing() as session:  # the call began before midnight
        session.execute(update(Charge).values(created_at=yesterday))
        session.execute(update(BudgetUse).where(BudgetUse.period.startswith("day:"))
                        .values(period=f"day:{yesterday:%Y-%m-%d}"))
    call(org, 10 * CREDIT)
    settle(charge, CREDIT)
    assert uses_of(org, yesterday).credits_day == CREDIT and uses_of(org).credits_day == 10 * CREDIT
    with pytest.raises(OverBudget) as error:
        call(org)
    said = refused(error.value)
    assert (said.status, said.code, said.more["limit_source"]) == (402, "budget_exhausted", "org_credits_day")
    assert 0 < int(said.headers["Retry-After"]) <= 86_400 and said.more["resets_at"].endswith("T00:00:00Z")


def test_a_limit_that_is_set_at_noon_knows_the_morning(org: str) -> None:
    settle(call(org, 8 * CREDIT), 8 * CREDIT)
    set_limits(org, Limits(credits_day=10 * CREDIT), CLI)
    with pytest.raises(OverBudget):
        call(org, 3 * CREDIT)
    call(org, 2 * CREDIT)


def test_a_key_has_so_many_calls_under_way_and_the_dead_do_not_count(empty_app: Flask, org: str) -> None:
    key, other = key_of(org, at_once=3), key_of(org)
    got = crowd(empty_app, lambda: call(org, 0, key), each=3)
    held = [each for each in got if isinstance(each, str)]
    assert len(held) == 3 and sum(isinstance(each, TooManyAtOnce) for each in got) == 21
    call(org, 0, other)
    settle(held[0], 0)
    call(org, 0, key)
    with pytest.raises(TooManyAtOnce) as error:
        call(org, 0, key)
    said = refused(error.value)
    assert (said.status, said.code, said.headers["Retry-After"]) == (429, "too_many_at_once", "1")
    with writing() as session:
        session.execute(update(Charge).where(Charge.id == held[1]).values(lease_until=now() - timedelta(seconds=1)))
        session.execute(update(Charge).where(Charge.id == held[2]).values(run_id="tsk_1"))
    call(org, 0, key)
    call(org, 0, key)


def test_two_keys_and_two_pools_never_wait_for_each_other_in_a_ring(empty_app: Flask, org: str) -> None:
    second = create_service("centerdeep-service", 1000, CLI)
    ways = [(org, key_of(org)), (org, key_of(org)), (second, key_of(second)), (second, key_of(second))]
    turn = iter(range(10_000))

    def act() -> None:
        where, key = ways[next(turn) % 4]
        charge = call(where, 2, key)
        if next(turn) % 2:
            pay(charge, 1)
        else:
            patiently(lambda: release(charge, "x"))

    assert crowd(empty_app, act) == [None] * 48
    assert disagreements(second) == []


def test_a_late_settlement_takes_what_there_still_is_once(org: str) -> None:
    key = key_of(org, spend_cap=10 * CREDIT)
    late = [call(org, 4 * CREDIT, key) for _ in range(2)]
    with writing() as session:
        session.execute(update(Charge).values(lease_until=now() - timedelta(seconds=1)))
    assert reap() == 2
    settle(call(org, 5 * CREDIT, key), 5 * CREDIT)
    first, second = settle(late[0], 4 * CREDIT), settle(late[1], 4 * CREDIT)
    assert first and first.available == 991 * CREDIT and second and second.available == 990 * CREDIT
    assert settle(late[0], 4 * CREDIT) is None and release(late[1], "x") is None
    row = db.session.get(Charge, late[1])
    assert row is not None and (row.state, row.actual, row.overrun) == ("settled", CREDIT, 3 * CREDIT)
    kinds = db.session.scalars(select(LedgerEntry.kind).where(LedgerEntry.charge_id == late[0])
                               .order_by(LedgerEntry.id)).all()
    assert kinds == ["hold", "release", "late_settle"]
    assert uses_of(key).calls_day == 3 and uses_of(key).credits_day == 10 * CREDIT


def test_an_empty_pool_says_when_it_is_filled(org: str) -> None:
    set_refill(org, "set", 500 * CREDIT, "day", CLI)
    with pytest.raises(Insufficient) as error:
        call(org, 2000 * CREDIT)
    said = refused(error.value)
    assert (said.status, said.code, said.more["available"]) == (402, "insufficient_credits", 1000)
    assert 0 < int(said.headers["Retry-After"]) <= 86_400 and said.more["refill_at"]


def test_a_clock_that_jumped_does_not_end_the_refills(org: str) -> None:
    set_refill(org, "add", CREDIT, "month", CLI)
    with writing() as session:  # set while the clock was a year ahead
        session.execute(update(OrganizationCredits).values(next_refill_at=now() + timedelta(days=365)))
    assert refill_due() == 0
    pool = db.session.get(OrganizationCredits, org)
    assert pool is not None and pool.next_refill_at == next_turn(now(), "month")
    with writing() as session:
        session.execute(update(OrganizationCredits).values(next_refill_at=now() - timedelta(minutes=1)))
    assert refill_due() == 1 and refill_due() == 0


def test_the_same_form_sent_twice_changes_once(empty_app: Flask, org: str) -> None:
    got: list[object] = []

    def send() -> None:
        with empty_app.app_context():
            try:
                got.append(patiently(lambda: adjust(org, 5 * CREDIT, "a present", CLI, once="token")))
            except AlreadyDone:
                got.append(None)
            db.session.remove()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pool = db.session.get(OrganizationCredits, org)
    assert pool is not None and pool.credit_balance == 1005 * CREDIT and got.count(None) == 5


def test_changes_are_audited_and_hold_at_once(org: str) -> None:
    set_limits(org, Limits(credits_month=7), CLI)
    assert set_levels(org, 2000 * CREDIT, 1500 * CREDIT, CLI).level == "critical"
    rename(org, "  brigade   two ", CLI)
    set_refill(org, "add", 5, "week", CLI)
    adjust(org, -CREDIT, "taken back", CLI)
    rows = db.session.scalars(select(AuditLog.action)).all()
    assert {"service.limits", "service.levels", "service.rename", "service.refill", "credits.adjust"} <= set(rows)
    assert find_service("brigade two") is not None and find_service("brigade-service") is None


@pytest.mark.parametrize(("field", "change"), [
    ("name", lambda org: rename(org, "\x00", CLI)), ("name", lambda org: rename(org, "there", CLI)),
    ("critical_at", lambda org: set_levels(org, 5, 6, CLI)), ("warn_at", lambda org: set_levels(org, -1, -2, CLI)),
    ("credits_day", lambda org: set_limits(org, Limits(credits_day=-1), CLI)),
    ("calls_day", lambda org: set_limits(org, Limits(calls_day=5, calls_month=4), CLI)),
    ("amount", lambda org: adjust(org, 0, "x", CLI)), ("reason", lambda org: adjust(org, 1, " ", CLI)),
    ("amount", lambda org: adjust(org, -(10**12), "too much", CLI)),
    ("amount", lambda org: set_refill(org, "set", 0, "day", CLI)),
    ("period", lambda org: set_refill(org, "set", 5, "year", CLI)),
    ("mode", lambda org: set_refill(org, "twice", 5, "day", CLI)), ("", lambda org: rename("nobody", "x", CLI)),
    ("", lambda org: set_limits("nobody", Limits(), CLI)), ("", lambda org: adjust("nobody", 5, "x", CLI)),
])
def test_what_makes_no_sense_is_a_sentence_and_changes_nothing(org: str, field: str,
                                                               change: Callable[[str], object]) -> None:
    create_service("there", 0, CLI)
    before = db.session.scalar(select(func.count()).select_from(AuditLog))
    with pytest.raises(Unusable, match=r"\.$") as error:
        change(org)
    assert error.value.field == field
    db.session.remove()
    assert db.session.scalar(select(func.count()).select_from(AuditLog)) == before
