"""The price list for admins: set in place, closed, started with, its history, and what it means for the next call."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from skyvern_ui.audit import CLI
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog, Price
from skyvern_ui.services.credits.endpoints import CHAT, EMBEDDINGS, ENDPOINTS, RUN_TASK, UPLOAD
from skyvern_ui.services.credits.price_rules import Tariff, close_price, set_price, tariff_of, unset_price
from skyvern_ui.services.prices.rules import example, find_listed, slug_of

from ..support.people import Browser, Page
from .using import HOSTILE

HERE = "/settings/services/prices"
SLUG = slug_of(CHAT)


def tariff(app: Flask, path: str = CHAT, model: str | None = "gpt") -> Tariff | None:
    with app.app_context():
        found = tariff_of(path, model)
        db.session.remove()
        return found


def send(ada: Browser, slug: str = SLUG, **fields: str) -> Page:
    """The form of a route as it is on the page, with these fields changed."""
    form = ada.get(HERE).one(f'form[action="{HERE}/{slug}"]')
    sent = {each["name"]: each.get("value", "") for each in form.find_all("input")}
    for each in form.find_all("select"):
        sent[each["name"]] = each.find("option", selected=True)["value"]
    return ada.post(f"{HERE}/{slug}", sent | {f"{slug}-{name}": value for name, value in fields.items()})


def test_it_is_for_admins(ada: Browser, ben: Browser, nobody: Browser, app: Flask) -> None:
    for path in (HERE, f"{HERE}/{SLUG}", f"{HERE}/{SLUG}/preview"):
        assert (ada.get(path).status, ben.get(path).status, nobody.get(path).status) == (200, 403, 303)
    for path in (f"{HERE}/{SLUG}", f"{HERE}/{SLUG}/closing", f"{HERE}/start"):
        assert ben.post(path).status == 403
    assert tariff(app) is None


def test_one_press_gives_every_route_a_price_and_only_once(app: Flask, ada: Browser) -> None:
    page = ada.get(HERE)
    assert len(page.all(".price")) == len(ENDPOINTS) and page.words.count("closed to services") == len(ENDPOINTS)
    assert "services can call nothing" in page.words
    with app.app_context():
        set_price(CHAT, "", "call", 7000, 7000, CLI)
        db.session.remove()
    assert ada.post(f"{HERE}/start").headers["Location"] == HERE
    page = ada.get(HERE)
    assert f"{len(ENDPOINTS) - 1} routes have a price to begin with" in page.words and not page.all("#start")
    assert ada.post(f"{HERE}/start").status == 303
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Price)) == len(ENDPOINTS)
        rows = db.session.scalars(select(AuditLog).where(AuditLog.action == "price.set")).all()
        assert [row.user_name for row in rows].count("Ada") == len(ENDPOINTS) - 1
        db.session.remove()
    found = tariff(app)
    assert found and (found.amount, found.unit) == (7000, "call")
    assert "1 credit a step" in page.words and "Free" in page.one(f"#{slug_of(UPLOAD)}").get_text()


def test_a_price_is_set_in_place_and_holds_for_the_next_call(app: Flask, ada: Browser) -> None:
    answer = send(ada, amount="0.25", unit="1k_tokens", hold="4")
    assert (answer.status, answer.headers["Location"]) == (303, f"{HERE}#{SLUG}")
    found = tariff(app)
    assert found and (found.unit, found.amount, found.hold, found.cost(2500)) == ("1k_tokens", 250, 4000, 625)
    page = ada.get(HERE)
    row = page.one(f"#{SLUG}")
    assert "0.25 credits for 1,000 tokens" in row.get_text() and "4 held" in row.get_text()
    assert "A call of 1,000 tokens costs 0.25 credits, one of 250 0.063 credits." in page.words
    assert send(ada, slug_of(RUN_TASK), amount="3", unit="run", hold="").status == 303
    run = tariff(app, RUN_TASK, None)
    assert run and (run.unit, run.amount, run.hold) == ("run", 3000, 3000)


def test_a_model_has_a_price_of_its_own_until_it_is_taken_back(app: Flask, ada: Browser) -> None:
    send(ada, amount="1", unit="call", hold="1")
    send(ada, amount="9", unit="call", hold="", model="big")
    assert [each and each.amount for each in (tariff(app, model="big"), tariff(app))] == [9000, 1000]
    row = ada.get(HERE).one(f"#{SLUG}")
    assert row.select_one(".price__models th.mono").get_text(strip=True) == "big"
    closing = f"{HERE}/{SLUG}/closing"
    assert ada.post(closing, {"model": "big", "then": "closed"}).status == 303
    assert tariff(app, model="big") is None and tariff(app) is not None
    assert ada.post(closing, {"model": "big", "then": "any"}).status == 303
    found = tariff(app, model="big")
    assert found and found.amount == 1000 and not ada.get(HERE).all(".price__models")
    history = [" ".join(each.get_text(" ").split()) for each in ada.get(f"{HERE}/{SLUG}").all("tbody tr")]
    assert [text.split(" just now")[0] for text in history] == [
        "As any model Ada big – Ada", "Closed to services Ada big – Ada", "9 credits a call Ada big 9 Ada",
        "1 credit a call Ada any 1 Ada"]


def test_a_route_is_closed_and_opened_again(app: Flask, ada: Browser) -> None:
    assert not ada.get(HERE).all(f'#{SLUG} form[action$="/closing"]')
    send(ada, amount="1", unit="call", hold="1")
    assert ada.get(HERE).one(f'#{SLUG} form[action$="/closing"] dialog')
    assert ada.post(f"{HERE}/{SLUG}/closing").headers["Location"] == f"{HERE}#{SLUG}"
    assert tariff(app) is None
    page = ada.get(HERE)
    assert "closed to services" in page.one(f"#{SLUG} summary").get_text() and "Open at this price" in page.words
    assert CHAT not in page.one("#start").get_text() and "Chat" not in page.one("#start .muted").get_text()
    send(ada, amount="2", unit="call", hold="2")
    assert tariff(app) is not None


def test_one_model_is_closed_by_name(app: Flask, ada: Browser) -> None:
    send(ada, amount="1", unit="call", hold="1")
    page = ada.post(f"{HERE}/{SLUG}/closing", {"only": "model", f"{SLUG}-model": " "})
    assert page.status == 422 and "Name the model" in page.words and tariff(app) is not None
    assert ada.post(f"{HERE}/{SLUG}/closing", {"only": "model", f"{SLUG}-model": "big"}).status == 303
    assert tariff(app, model="big") is None and tariff(app) is not None


def test_closing_a_route_leaves_models_with_their_own_price(app: Flask) -> None:
    with app.app_context():
        set_price(CHAT, "", "call", 1000, 1000, CLI)
        set_price(CHAT, "big", "call", 5000, 5000, CLI)
        close_price(CHAT, "", CLI)
        assert tariff_of(CHAT, "small") is None and tariff_of(CHAT) is None
        found = tariff_of(CHAT, "big")
        assert found and found.amount == 5000
        unset_price(CHAT, "big", CLI)
        assert tariff_of(CHAT, "big") is None
        db.session.remove()


@pytest.mark.parametrize(("fields", "said"), [
    ({"amount": "x"}, "Enter credits as a number"), ({"amount": "-1"}, "Enter credits as a number"),
    ({"amount": "1.0001"}, "at most three decimals"), ({"amount": ""}, "Enter credits"),
    ({"amount": "5", "unit": "call", "hold": "4"}, "must cover the price"), ({"unit": "image"}, "Not a valid choice"),
    ({"unit": "1k_tokens", "hold": ""}, "Say how much is held"), ({"model": "m" * 201}, "200"),
    ({"amount": "9" * 30}, "Enter credits"),
])
def test_a_price_that_makes_no_sense_is_said_and_nothing_is_lost(app: Flask, ada: Browser, fields: dict[str, str],
                                                                 said: str) -> None:
    page = send(ada, **{"amount": "7", "unit": "call", "hold": "7", **fields})
    assert page.status == 422 and said in page.words and tariff(app) is None
    row = page.one(f"#{SLUG}")
    assert row.has_attr("open") and page.one(f"#{SLUG}-amount")["value"] == fields.get("amount", "7")
    assert len(page.all("details.price[open]")) == 1


def test_a_form_that_somebody_else_overtook_says_so_once(app: Flask, ada: Browser) -> None:
    form = ada.get(HERE).one(f'form[action="{HERE}/{SLUG}"]')
    sent = {each["name"]: each.get("value", "") for each in form.find_all("input")}
    sent |= {f"{SLUG}-amount": "1", f"{SLUG}-hold": "1", f"{SLUG}-unit": "call"}
    with app.app_context():
        set_price(CHAT, "", "call", 5000, 5000, CLI)
        db.session.remove()
    page = ada.post(f"{HERE}/{SLUG}", sent)
    found = tariff(app)
    assert page.status == 422 and "Somebody changed this meanwhile" in page.words and found and found.amount == 5000
    sent |= {f"{SLUG}-seen": page.one(f"#{SLUG}-seen")["value"]}
    assert ada.post(f"{HERE}/{SLUG}", sent).status == 303


def test_what_is_typed_is_told_before_it_is_set(app: Flask, ada: Browser) -> None:
    ask = f"{HERE}/{SLUG}/preview?{SLUG}-"
    told = ada.get(f"{ask}amount=2&{SLUG}-unit=1k_tokens&{SLUG}-hold=10")
    assert told.one(f"#preview-{SLUG}").get_text(strip=True) == (
        "A call of 1,000 tokens costs 2 credits, one of 250 0.5 credits. 10 credits held before it cover 5,000 "
        "tokens; what comes beyond is not charged.")
    assert "at most three decimals" in ada.get(f"{ask}amount=1.23456&{SLUG}-unit=call").words
    assert ada.get(f"{ask}amount=%00<b>").status == 200 and tariff(app) is None


@pytest.mark.parametrize(("unit", "amount", "hold", "said"), [
    ("call", 1000, 1000, "A call costs 1 credit, whatever it brings."),
    ("run", 2500, 2500, "A run costs 2.5 credits, whatever it brings."),
    ("image", 10_000, 10_000, "A call for two images costs 20 credits; 20 credits are held before it."),
    ("step", 1000, 25_000, "A run of 10 steps costs 10 credits. 25 credits held before it cover 25 steps; what comes "
                           "beyond is not charged."),
    ("step", 1000, 5000, "A run of 10 steps costs 5 credits. 5 credits held before it cover 5 steps; what comes "
                         "beyond is not charged."),
    ("1k_tokens", 0, 0, "A call of 1,000 tokens costs 0 credits, one of 250 0 credits."),
])
def test_a_price_in_words(unit: str, amount: int, hold: int, said: str) -> None:
    assert example(unit, amount, hold) == said


@pytest.mark.parametrize("slug", ["nothing", "start-x", "%00", "..", "v1-run-tasks-"])
def test_routes_that_are_not_in_the_list(ada: Browser, slug: str) -> None:
    assert ada.get(f"{HERE}/{slug}").status == 404
    assert ada.post(f"{HERE}/{slug}").status == 404 and ada.post(f"{HERE}/{slug}/closing").status == 404


def test_every_route_has_a_name_of_its_own_in_addresses(app: Flask) -> None:
    with app.app_context():
        assert [listed.endpoint for each in ENDPOINTS if (listed := find_listed(slug_of(each.path)))] == list(ENDPOINTS)
        db.session.remove()


def test_hostile_names_are_only_text_and_routes_set_at_a_terminal_are_listed(app: Flask, ada: Browser) -> None:
    with app.app_context():
        set_price(CHAT, HOSTILE, "call", 1000, 1000, CLI)
        set_price("/v1/<script>alert(1)</script>", "", "call", 1000, 1000, CLI)
        set_price(EMBEDDINGS, "", "call", 1000, 1000, CLI)
        db.session.remove()
    page = ada.get(HERE)
    assert page.status == 200 and "<script>alert" not in page.text and "Other routes" in page.words
    assert ada.post(f"{HERE}/{SLUG}/closing", {"model": HOSTILE, "then": "any"}).status == 303
    assert ada.post(f"{HERE}/{SLUG}/closing", {"model": "gone"}).status == 422
    assert ada.get(f"{HERE}/{slug_of(EMBEDDINGS)}").status == 200
