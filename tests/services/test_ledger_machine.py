"""Any order of grants, holds, settlements in time and late, releases, deaths, refills, limits and hands in the database
keeps the identities, and no limit is ever passed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test
from sqlalchemy import func, select, update

from skyvern_ui.audit import CLI
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models.charge import Charge
from skyvern_ui.models.columns import new_id, now
from skyvern_ui.models.organization import Organization, OrganizationCredits
from skyvern_ui.models.service_key import ServiceKey
from skyvern_ui.services.credits.books_rules import disagreements, reconcile
from skyvern_ui.services.credits.budget_rules import Used, uses_of
from skyvern_ui.services.credits.ledger_rules import (
    Insufficient,
    OverBudget,
    TooManyAtOnce,
    Wish,
    grant,
    hold,
    reap,
    release,
    settle,
    sums,
)

AMOUNTS = st.integers(0, 40)
CAP, AT_ONCE, BUDGET, QUOTA = 150, 3, 200, 12  # of the key; the budget is the organisation's, for a month


def machine(app: Flask) -> Callable[[], RuleBasedStateMachine]:
    class Ledger(RuleBasedStateMachine):
        charges: Any = Bundle("charges")

        def __init__(self) -> None:
            super().__init__()
            self.context = app.app_context()
            self.context.push()
            self.org, self.key = new_id(), new_id()
            self.available = self.by_hand = self.spent = self.used = self.calls = 0
            with writing() as session:
                session.add(Organization(id=self.org, name=self.org, limits={"credits_month": BUDGET}))
                session.flush()
                session.add(OrganizationCredits(org_id=self.org))
                session.add(ServiceKey(id=self.key, org_id=self.org, name="k", spend_cap=CAP, at_once=AT_ONCE,
                                       limits={"calls_day": QUOTA}, created_by_name="Ada"))
            self.open: dict[str, int] = {}
            self.expired: dict[str, int] = {}

        def teardown(self) -> None:
            reconcile(self.org, CLI)
            assert disagreements(self.org) == []
            self.context.pop()

        @rule(amount=st.integers(-30, 100))
        def grant(self, amount: int) -> None:
            try:
                grant(self.org, amount, CLI, "machine")
            except Insufficient:
                assert self.available + amount < 0
            else:
                self.available += amount

        @rule(target=charges, cost=AMOUNTS)
        def hold(self, cost: int) -> Any:
            try:
                charge, _ = hold(Wish(self.org, "/x", cost, self.key))
            except TooManyAtOnce:
                assert len(self.open) >= AT_ONCE
                return multiple()
            except Insufficient as error:
                assert self.available < cost if error.source == "org_pool" else self.spent + cost > CAP
                return multiple()
            except OverBudget as error:
                assert (self.used + cost > BUDGET if error.source == "org_credits_month" else self.calls >= QUOTA)
                return multiple()
            self.move(cost)
            self.calls += 1
            self.open[charge] = cost
            return charge

        @rule(charge=charges, actual=AMOUNTS)
        def settle(self, charge: str, actual: int) -> None:
            done = settle(charge, actual)
            assert (done is not None) == (charge in self.open or charge in self.expired)
            if charge in self.open:
                self.move(min(actual, self.open[charge]) - self.open.pop(charge))
            elif done is not None:
                self.move(min(actual, self.expired.pop(charge), self.available, CAP - self.spent, BUDGET - self.used))
                self.calls += 1

        @rule(charge=charges)
        def release(self, charge: str) -> None:
            assert (release(charge, "failed") is not None) == (charge in self.open)
            if charge in self.open:
                self.move(-self.open.pop(charge))
                self.calls -= 1

        @rule()
        def die_and_reap(self) -> None:
            with writing() as session:
                session.execute(update(Charge).where(Charge.org_id == self.org)
                                .values(lease_until=now() - timedelta(seconds=1)))
            reap()
            self.move(-sum(self.open.values()))
            self.calls -= len(self.open)
            self.expired |= self.open
            self.open.clear()

        @rule(amount=AMOUNTS)
        def change_by_hand(self, amount: int) -> None:
            with writing() as session:
                session.execute(update(OrganizationCredits).where(OrganizationCredits.org_id == self.org)
                                .values(credit_balance=OrganizationCredits.credit_balance + amount))
            self.available += amount
            self.by_hand += amount

        @rule()
        def reconcile(self) -> None:
            assert reconcile(self.org, CLI) == self.by_hand
            self.by_hand = 0

        def move(self, amount: int) -> None:
            self.available, self.spent, self.used = self.available - amount, self.spent + amount, self.used + amount

        @invariant()
        def the_books_agree(self) -> None:
            db.session.remove()
            pool, key = db.session.get(OrganizationCredits, self.org), db.session.get(ServiceKey, self.key)
            assert pool is not None and key is not None and key.spent == self.spent <= CAP
            assert (pool.credit_balance, pool.held) == (self.available, sum(self.open.values()))
            assert sums(self.org) == (self.available - self.by_hand, pool.held)
            for owner in (self.org, self.key):
                assert uses_of(owner) == Used(self.used, self.used, self.calls, self.calls)
            held = select(func.coalesce(func.sum(Charge.hold), 0)).where(Charge.org_id == self.org,
                                                                         Charge.state == "held")
            assert db.session.scalar(held) == pool.held

    return Ledger


@pytest.mark.timeout(300)
def test_the_books_agree_whatever_happens(empty_app: Flask) -> None:
    run_state_machine_as_test(machine(empty_app), settings=settings(  # type: ignore[no-untyped-call]
        max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)))
