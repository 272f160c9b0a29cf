"""Prices with a history, and pools that fill themselves once a period."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from skyvern_ui.audit import CLI
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models.charge import LedgerEntry, Price
from skyvern_ui.models.columns import now
from skyvern_ui.models.organization import Organization, OrganizationCredits
from skyvern_ui.services.credits.ledger_rules import Wish, grant, hold, settle, sums
from skyvern_ui.services.credits.price_rules import close_price, set_price, tariff_of
from skyvern_ui.services.credits.refill_rules import next_turn, refill_due

CHAT = "/api/v1/llm/chat/completions"


@pytest.fixture
def org(empty_app: Flask) -> Iterator[str]:
    with empty_app.app_context():
        with writing() as session:
            session.add(Organization(id="svc", name="brigade-service", limits={}))
            session.flush()
            session.add(OrganizationCredits(org_id="svc"))
        yield "svc"
        db.session.remove()


def due(mode: str, amount: int, ago: timedelta = timedelta(minutes=1)) -> None:
    with writing() as session:
        session.execute(update(OrganizationCredits).values(refill_mode=mode, refill_amount=amount,
                                                           next_refill_at=now() - ago))


def available() -> int:
    db.session.remove()
    return int(db.session.scalar(select(OrganizationCredits.credit_balance)) or 0)


def test_the_newest_price_of_the_model_holds_and_the_old_one_stays(org: str) -> None:
    set_price(CHAT, "", "call", 1000, 1000, CLI)
    set_price(CHAT, "gpt-4o", "1k_tokens", 500, 4000, CLI)
    set_price(CHAT, "", "call", 2000, 2000, CLI)
    exact, other = tariff_of(CHAT, "gpt-4o"), tariff_of(CHAT, "another")
    assert exact and (exact.unit, exact.amount, exact.hold) == ("1k_tokens", 500, 4000)
    assert other and other.amount == 2000
    assert tariff_of("/never/priced") is None
    assert db.session.scalar(select(func.count()).select_from(Price)) == 3


@pytest.mark.parametrize("spelt", ["gpt-4o", "GPT-4o", " gpt-4o", "gpt-4o\u2003", "\uff47pt-4o"])
def test_another_spelling_of_a_model_finds_no_cheaper_price(org: str, spelt: str) -> None:
    """Not every server of models minds capitals and blanks."""
    set_price(CHAT, "", "call", 1, 1, CLI)
    set_price(CHAT, "gpt-4o", "call", 9000, 9000, CLI)
    tariff = tariff_of(CHAT, spelt)
    assert tariff and tariff.amount == 9000
    close_price(CHAT, "gpt-4o", CLI)
    assert tariff_of(CHAT, spelt) is None and tariff_of(CHAT, "gpt-4") is not None
    set_price(CHAT, "GPT-4o", "call", 5000, 5000, CLI)
    exact = tariff_of(CHAT, "GPT-4o")
    assert exact and exact.amount == 5000


def test_what_a_server_tells_of_itself_never_breaks_the_books(org: str) -> None:
    grant(org, 5000, CLI, "x")
    set_price(CHAT, "", "1k_tokens", 10**15, 1000, CLI)
    tariff = tariff_of(CHAT)
    assert tariff is not None
    charge_id, _ = hold(Wish(org, CHAT, 1000))
    pool = settle(charge_id, tariff.cost(2 * 10**9))
    assert pool and (pool.available, pool.held) == (4000, 0)


@pytest.mark.parametrize(("unit", "amount", "held"), [
    ("image", 2000, 1000), ("1k_tokens", 5, 0), ("step", 5, 0), ("call", 10**16, 10**16), ("call", 0, 10**16)])
def test_a_price_that_cannot_be_taken_is_none(org: str, unit: str, amount: int, held: int) -> None:
    with pytest.raises(ValueError, match="held|kept"):
        set_price(CHAT, "", unit, amount, held, CLI)


def test_a_part_of_a_thousand_tokens_is_not_free(org: str) -> None:
    set_price(CHAT, "m", "1k_tokens", 500, 4000, CLI)
    tariff = tariff_of(CHAT, "m")
    assert tariff and [tariff.cost(n) for n in (0, 1, 2, 1000, 1001)] == [0, 1, 1, 500, 501]


@pytest.mark.parametrize(("unit", "amount", "held"), [("hour", 1, 1), ("call", -1, 1), ("call", 5, 4)])
def test_a_price_that_makes_no_sense_is_refused(org: str, unit: str, amount: int, held: int) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        set_price(CHAT, "", unit, amount, held, CLI)


@pytest.mark.parametrize(("moment", "period", "turn"), [
    ("2026-01-31T23:59", "day", "2026-02-01"), ("2026-01-31T10:00", "month", "2026-02-01"),
    ("2026-12-05T10:00", "month", "2027-01-01"), ("2028-02-29T00:00", "month", "2028-03-01"),
    ("2026-11-21T10:00", "week", "2026-11-23"), ("2026-11-23T00:00", "week", "2026-11-30")])
def test_a_period_turns_at_midnight(moment: str, period: str, turn: str) -> None:
    assert next_turn(datetime.fromisoformat(moment), period) == datetime.fromisoformat(turn)


def test_set_fills_up_and_counts_what_is_held(org: str) -> None:
    grant(org, 300, CLI, "for the test")
    hold(Wish(org, CHAT, 100))
    due("set", 1000)
    assert refill_due() == 1 and available() == 900
    assert sums(org) == (900, 100)


def test_set_takes_nothing_away(org: str) -> None:
    grant(org, 3000, CLI, "for the test")
    due("set", 1000)
    assert refill_due() == 0 and available() == 3000 and refill_due() == 0


def test_add_adds_once_a_period_also_after_a_holiday(org: str) -> None:
    due("add", 500, timedelta(days=90))
    assert refill_due() == 1 and refill_due() == 0 and available() == 500


def test_many_workers_refill_once(empty_app: Flask, org: str) -> None:
    due("add", 500)
    counts: list[int] = []

    def run() -> None:
        with empty_app.app_context():
            counts.append(refill_due())
            db.session.remove()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 1 and available() == 500
    assert db.session.scalar(select(func.count()).select_from(LedgerEntry)) == 1
