"""Credits by hand, refills, warnings, budgets, the ledger, and what nobody knows, as an admin meets them."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui.audit import CLI
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog, Charge, LedgerEntry, Organization, OrganizationCredits
from skyvern_ui.services.credits.endpoints import RUN_TASK
from skyvern_ui.services.credits.ledger_rules import Wish, hold, settle
from skyvern_ui.services.rules import create_service

from ..support.people import Browser, Page

BASE = "/settings/services"


@pytest.fixture
def here(app: Flask) -> str:
    with app.app_context():
        return f"{BASE}/{create_service('bolt-service', 5000, CLI)}"


def pool_of(app: Flask) -> OrganizationCredits:
    with app.app_context():
        pool = db.session.scalars(select(OrganizationCredits)).one()
        db.session.expunge(pool)
        return pool


def form_of(ada: Browser, here: str, place: str) -> dict[str, str]:
    """What a form of the page would send as it is."""
    fields = ada.get(here).all(f'[name^="{place}-"]')
    found = {}
    for field in fields:
        chosen = field.select_one("option[selected]")
        if field.get("type") != "radio" or field.has_attr("checked"):
            found[field["name"]] = chosen["value"] if chosen else field.get("value", "")
    return found


def grant(ada: Browser, here: str, amount: str, reason: str = "Campaign", **more: str) -> Page:
    return ada.post(f"{here}/grants", {**form_of(ada, here, "grant"), "grant-amount": amount, "grant-reason": reason,
                                       **{f"grant-{name}": value for name, value in more.items()}})


def test_credits_are_given_and_taken_with_a_reason(app: Flask, ada: Browser, here: str) -> None:
    assert grant(ada, here, "2,500.125").headers["Location"] == here
    page = ada.get(here)
    assert "2,500.125 credits were given to bolt-service. It has 7,500.125 now." in page.words
    assert grant(ada, here, "500", "Given by mistake", direction="take").status == 303
    assert pool_of(app).credit_balance == 7_000_125
    first = ada.get(here).all("#ledger tbody tr")[0].get_text(" ")
    assert "Taken away" in first and "Given by mistake" in first and "−500" in first and "Ada" in first
    with app.app_context():
        acts = [row.details for row in db.session.scalars(select(AuditLog).order_by(AuditLog.created_at))
                if row.user_name == "Ada" and row.action.startswith("credits.")]
    assert [act["reason"] for act in acts] == ["Campaign", "Given by mistake"]


def test_a_form_sent_twice_gives_once(app: Flask, ada: Browser, here: str) -> None:
    form = {**form_of(ada, here, "grant"), "grant-amount": "100", "grant-reason": "Once"}
    other = Browser(app)
    other.sign_in("ada@example.com")
    other.name = "ada"
    browsers, together, answers = (ada, other), threading.Barrier(2), []
    for browser in browsers:
        browser.token()

    def press(browser: Browser) -> None:
        together.wait()
        answers.append(browser.post(f"{here}/grants", form).status)

    presses = [threading.Thread(target=press, args=(browser,)) for browser in browsers]
    for each in presses:
        each.start()
    for each in presses:
        each.join()
    assert answers == [303, 303] and pool_of(app).credit_balance == 5_100_000
    assert ada.post(f"{here}/grants", form).status == 303 and pool_of(app).credit_balance == 5_100_000
    assert "sent twice" in ada.get(here).words


@pytest.mark.parametrize(("change", "field", "said"), [
    ({"amount": ""}, "amount", "as a number"), ({"amount": "0"}, "amount", "at least 0.001"),
    ({"amount": "1.2345"}, "amount", "as a number"), ({"amount": "-5"}, "amount", "as a number"),
    ({"amount": "5001", "direction": "take"}, "amount", "only 5,000 credits"),
    ({"amount": "9" * 17}, "amount", "more than can be kept"), ({"reason": ""}, "reason", "Say why"),
    ({"reason": "x" * 201}, "reason", "longer than 200"),
])
def test_a_mistaken_grant_moves_nothing_and_loses_nothing(app: Flask, ada: Browser, here: str, change: dict[str, str],
                                                          field: str, said: str) -> None:
    page = ada.post(f"{here}/grants", {**form_of(ada, here, "grant"), "grant-amount": "7", "grant-reason": "Why not",
                                       **{f"grant-{name}": value for name, value in change.items()}})
    assert page.status == 422 and said in page.one(f"#grant-{field}-error").get_text()
    assert page.one("#grant-amount")["value"] == change.get("amount", "7")
    assert page.one("#grant-reason")["value"] == change.get("reason", "Why not")
    assert page.one("#grant").find_parent("details").has_attr("open")
    assert pool_of(app).credit_balance == 5_000_000


def test_a_forged_form_token_is_asked_for_again(app: Flask, ada: Browser, here: str) -> None:
    page = grant(ada, here, "7", once="x")
    assert page.status == 422 and pool_of(app).credit_balance == 5_000_000
    assert len(page.one('[name="grant-once"]')["value"]) == 32


@pytest.mark.parametrize(("mode", "words"), [("set", "Up to 10,000 each week"), ("add", "Adds 10,000 each week")])
def test_a_refill_says_whether_it_replaces_or_adds(app: Flask, ada: Browser, here: str, mode: str, words: str) -> None:
    form = {**form_of(ada, here, "refill"), "refill-mode": mode, "refill-amount": "10 000", "refill-period": "week"}
    assert ada.post(f"{here}/refill", form).status == 303
    pool, page = pool_of(app), ada.get(here)
    assert (pool.refill_mode, pool.refill_amount, pool.refill_period) == (mode, 10_000_000, "week")
    assert words in page.words and page.one(".pool time") and "Next: " in page.one("#refill").get_text()
    explained = page.one("#refill").get_text()
    assert "does not pile up" in explained and "stays and piles up" in explained
    stop = {**form_of(ada, here, "refill"), "refill-mode": "none"}
    assert ada.post(f"{here}/refill", stop).status == 303
    assert pool_of(app).next_refill_at is None


@pytest.mark.parametrize(("form", "field", "said"), [
    ({"refill-mode": "set", "refill-amount": ""}, "refill-amount", "how many credits"),
    ({"refill-mode": "add", "refill-amount": "some"}, "refill-amount", "as a number"),
    ({"refill-mode": "set", "refill-amount": "5", "refill-period": "year"}, "refill-period", "Not a valid choice"),
    ({"levels-warn_at": "10", "levels-critical_at": "20"}, "levels-critical_at", "comes after the warning"),
    ({"levels-warn_at": "", "levels-critical_at": "20"}, "levels-warn_at", "as a number"),
    ({"limits-credits_day": "20", "limits-credits_month": "10"}, "limits-credits_day", "more than"),
    ({"limits-credits_day": "0"}, "limits-credits_day", "at least"),
    ({"limits-calls_day": "1.5"}, "limits-calls_day", "whole number"),
    ({"limits-calls_month": "0"}, "limits-calls_month", "from 1"),
])
def test_a_mistake_in_the_settings_is_said_at_its_field(app: Flask, ada: Browser, here: str, form: dict[str, str],
                                                        field: str, said: str) -> None:
    place = field.partition("-")[0]
    page = ada.post(f"{here}/{place}", {**form_of(ada, here, place), **form})
    assert page.status == 422 and said in page.one(f"#{field}-error").get_text()
    for name, value in form.items():
        kept = page.all(f'input:not([type=radio])[name="{name}"]')
        assert not kept or kept[0]["value"] == value, "nothing typed is lost"
    assert page.one(f"#{field}").find_parent("details").has_attr("open")


def test_levels_and_budgets_are_saved(app: Flask, ada: Browser, here: str) -> None:
    assert ada.post(f"{here}/levels", {**form_of(ada, here, "levels"), "levels-warn_at": "6000",
                                       "levels-critical_at": "5500.5"}).status == 303
    assert pool_of(app).level == "critical"
    assert ada.post(f"{here}/limits", {**form_of(ada, here, "limits"), "limits-credits_day": "250",
                                       "limits-calls_month": "10,000"}).status == 303
    page = ada.get(here)
    assert "250 credits a day, 10,000 calls a month" in page.words and "of 250" in page.one(".pool").get_text()
    with app.app_context():
        limits = db.session.scalar(select(Organization.limits))
    assert limits == {"credits_day": 250_000, "calls_month": 10_000}
    empty = {name: "" for name in form_of(ada, here, "limits") if name != "limits-seen"}
    assert ada.post(f"{here}/limits", {**form_of(ada, here, "limits"), **empty}).status == 303
    assert "Budgets None" in ada.get(here).words


@pytest.mark.parametrize(("place", "first", "second"), [
    ("refill", {"refill-mode": "add", "refill-amount": "5"}, {"refill-mode": "set", "refill-amount": "9"}),
    ("levels", {"levels-warn_at": "2000"}, {"levels-warn_at": "3000"}),
    ("limits", {"limits-credits_day": "5"}, {"limits-calls_day": "9"}),
])
def test_two_admins_at_once_do_not_undo_each_other(ada: Browser, here: str, place: str, first: dict[str, str],
                                                   second: dict[str, str]) -> None:
    form = form_of(ada, here, place)
    assert ada.post(f"{here}/{place}", {**form, **first}).status == 303
    late = ada.post(f"{here}/{place}", {**form, **second})
    assert late.status == 409 and "changed this meanwhile" in late.words
    seen = late.one(f"#{place}-seen")["value"]
    assert late.all(f'[name="{next(iter(second))}"]') and seen != form[f"{place}-seen"]
    assert ada.post(f"{here}/{place}", {**form, **second, f"{place}-seen": seen}).status == 303, "knowingly it may"


def test_the_ledger_is_paged_and_filtered(app: Flask, ada: Browser, here: str) -> None:
    org_id = here.rsplit("/", 1)[1]
    with app.app_context():
        for number in range(30):
            charge_id, _pool = hold(Wish(org_id, "/api/v1/llm/chat/completions", 1000, model="glm-4.6"))
            settle(charge_id, 400 + number)
        db.session.remove()
    page = ada.get(f"{here}/ledger")
    assert len(page.all("tbody tr")) == 50 and "Chat · glm-4.6" in page.words
    assert "+0.571" in page.words and "Call cost 0.429" in page.words
    older = ada.get(page.one('[rel="next"]')["href"])
    assert len(older.all("tbody tr")) == 11 and older.one('[rel="prev"]')["href"] == f"{here}/ledger"
    assert not older.all('[rel="next"]')
    by_hand = ada.get(f"{here}/ledger?show=people")
    assert len(by_hand.all("tbody tr")) == 1 and "Start" in by_hand.words
    assert ada.get(f"{here}/ledger?after=nonsense~x").status == 200
    with app.app_context():
        ids = list(db.session.scalars(select(LedgerEntry.available_after).order_by(LedgerEntry.id)))
    shown = [row.select("td")[4].get_text() for each in (page, older) for row in each.all("tbody tr")]
    assert shown == [f"{value / 1000:,.3f}".rstrip("0").rstrip(".") for value in reversed(ids)]


@pytest.mark.parametrize(("answer", "left"), [("yes", 4_975_000), ("no", 5_000_000)])
def test_what_nobody_knows_is_answered_once(app: Flask, ada: Browser, here: str, answer: str, left: int) -> None:
    org_id = here.rsplit("/", 1)[1]
    with app.app_context():
        charge_id, _pool = hold(Wish(org_id, RUN_TASK, 25_000))
        with writing() as session:
            charge = session.get(Charge, charge_id)
            assert charge is not None
            charge.details = {"question": True, "uncertain": "timed_out"}
        other = create_service("another", 10, CLI)
        db.session.remove()
    page = ada.get(here)
    block = page.one("#questions")
    assert "Run a task" in block.get_text() and "25 credits are held" in " ".join(block.get_text().split())
    action = block.select_one("form")["action"]

    def say(path: str, **data: Any) -> int:
        return ada.post(path, data).status

    assert say(action) == 422 and say(action.replace(org_id, other), happened=answer) == 303
    assert ada.get(here).all("#questions"), "another service's page answers nothing"
    assert say(action, happened=answer) == 303 and say(action, happened="yes" if answer == "no" else "no") == 303
    assert not ada.get(here).all("#questions")
    with app.app_context():
        pool = db.session.get(OrganizationCredits, org_id)
        assert pool is not None and (pool.credit_balance, pool.held) == (left, 0)
