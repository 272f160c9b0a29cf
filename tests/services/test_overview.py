"""The overview of services: how each stands, what was spent, why calls came to nothing; for admins only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, update

from skyvern_ui.audit import CLI
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import Charge, OrganizationCredits, Refusal
from skyvern_ui.models.columns import now
from skyvern_ui.services.credits.endpoints import IMAGES, RUN_TASK
from skyvern_ui.services.prices.rules import start_prices
from skyvern_ui.services.rules import set_status
from skyvern_ui.services.usage import daily_rules
from skyvern_ui.services.usage.daily_rules import Used, roll_up, used

from ..support.people import Browser, Page
from .using import HOSTILE, called, failed, noon, service, under_way

HERE = "/settings/services"


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def row_of(page: Page, org_id: str) -> list[str]:
    return [" ".join(cell.get_text(" ").split()) for cell in page.one(f"#service-{org_id}").find_all("td")]


def set_pool(app: Flask, org_id: str, **values: Any) -> None:
    with app.app_context():
        with writing() as session:
            session.execute(update(OrganizationCredits).where(OrganizationCredits.org_id == org_id).values(**values))
        db.session.remove()


def all_used(app: Flask, days: int = 30) -> list[Used]:
    with app.app_context():
        today = now().date()
        rows = used(today - timedelta(days=days - 1), today)
        db.session.remove()
        return sorted(rows, key=lambda row: (row.day, row.org_id, row.endpoint, row.model))


def test_it_is_for_admins(ada: Browser, ben: Browser, nobody: Browser) -> None:
    assert ada.get(HERE).status == 200 and ben.get(HERE).status == 403
    answer = nobody.get(HERE)
    assert answer.status == 303 and answer.headers["Location"].startswith("/login?next=")


def test_without_services_it_says_what_they_are(ada: Browser) -> None:
    page = ada.get(HERE)
    assert "A service is a program" in page.words and "skyvern-ui services seed" in page.words
    assert page.one(".empty .btn")["href"] == "/settings/services/new" and not page.all(".chart")


def test_a_service_shows_what_it_has_and_what_it_spent(app: Flask, ada: Browser) -> None:
    org_id = service(app, credits=2000)
    called(app, org_id, 1500)
    called(app, org_id, 10_000, at=noon(3))
    called(app, org_id, 100_000, at=noon(20))
    failed(app, org_id, "upstream_500")
    page = ada.get(HERE)
    name, left, today, week, month, dry, last = row_of(page, org_id)
    assert (left, today, week, month) == ("2,000", "1.5", "11.5", "112") and last == "just now"
    assert "presenton-service" in name and "a day" in dry
    assert "No route" not in page.words and "Nothing has a price yet" in page.words
    quiet = service(app, "quiet", 5)
    assert row_of(ada.get(HERE), quiet)[2:] == ["–", "–", "–", "Not at this pace nothing spent in 14 days", "never"]


def test_what_is_low_or_empty_is_on_top_and_gets_credits_there(app: Flask, ada: Browser) -> None:
    low, empty, off = service(app, "low", 500), service(app, "nothing-left", 0), service(app, "off", 0)
    with app.app_context():
        set_status(off, "suspended", CLI)
        start_prices(CLI)
        db.session.remove()
    page = ada.get(HERE)
    notices = [" ".join(each.get_text(" ").split()) for each in page.all("#services-attention .notice__text")]
    assert [text.split(".")[0] for text in notices] == ["nothing-left is empty", "low has 500 credits left"]
    assert "suspended" in row_of(page, off)[0] and "low" in row_of(page, low)[0]
    form = page.one(f'form[action="{HERE}/{empty}/grants"]')
    sent = {each["name"]: each.get("value", "") for each in form.find_all("input")}
    sent |= {"grant-amount": "2500", "grant-reason": "to go on"}
    assert ada.post(form["action"], sent).status == 303 and ada.post(form["action"], sent).status == 303
    assert row_of(ada.get(HERE), empty)[1] == "2,500"  # pressed twice, given once


def test_the_chart_and_the_lists_agree_with_the_table(app: Flask, ada: Browser) -> None:
    first, second = service(app), service(app, "bolt-diy-service")
    called(app, first, 3000, at=noon(2), times=2)
    called(app, second, 1000, at=noon(1), model="glm")
    called(app, second, 8000, endpoint=RUN_TASK, model=None)
    page = ada.get(HERE)
    plot = page.one(".chart__plot")
    assert plot["role"] == "img" and plot["aria-label"].startswith("15 credits in 30 days, the most on ")
    assert len(page.all(".chart__day")) == 30 and len(page.all(".chart__day .chart__bar")) == 3
    table = page.one(".chart__numbers table")
    assert [th.get_text(strip=True) for th in table.thead.find_all("th")] == \
        ["Day (UTC)", "bolt-diy-service", "presenton-service", "Credits"]
    assert [cell.get_text(strip=True) for cell in table.tfoot.find_all("td")] == ["9", "6", "15"]
    assert [row.th.a.get_text(strip=True) for row in page.all("#routes tbody tr")] == ["Run a task", "Chat"]
    assert "47 %" in page.one("#routes tbody").get_text() and "53 %" in page.one("#routes tbody").get_text()
    assert [row.th.get_text(strip=True) for row in page.all("#models tbody tr")] == ["Without a model", "gpt", "glm"]


@pytest.mark.parametrize("query", ["days=7&by=model", "days=90&by=route", "days=30&by=service", "days=x&by=%00",
                                   "days=-1", "by=day"])
def test_days_and_stacks_are_chosen_in_the_address(app: Flask, ada: Browser, query: str) -> None:
    called(app, service(app))
    page = ada.get(f"{HERE}?{query}")
    chosen = [each.get_text(strip=True) for each in page.all("#spending [aria-current]")]
    days = {"days=7": 7, "days=90": 90}.get(query.split("&")[0], 30)
    assert chosen[1] == f"{days} days" and len(page.all(".chart__day")) == days


def test_many_services_are_the_four_largest_and_the_rest(app: Flask, ada: Browser) -> None:
    for n in range(8):
        called(app, service(app, f"service-{n}"), 1000 * (n + 1), model=f"model-{n}")
    names = [each.get_text(strip=True).rstrip("0123456789,. ") for each in ada.get(HERE).all(".chart__name .cut")]
    assert names[-1] == "All others" and len(names) == 5
    assert len(ada.get(HERE).all("#services tbody tr")) == 8


def test_hostile_names_are_only_text(app: Flask, ada: Browser) -> None:
    org_id = service(app, "<script>alert(1)</script> \"'")
    called(app, org_id, model=HOSTILE)
    called(app, service(app, "{{ 7 * 7 }}"), 2000, endpoint="/v1/<b>x</b>")
    for by in ("service", "route", "model"):
        page = ada.get(f"{HERE}?by={by}")
        assert page.status == 200 and "<script>alert" not in page.text and "<b>x</b>" not in page.text
        assert "{{ 7 * 7 }}" in page.words


def test_why_calls_came_to_nothing(app: Flask, ada: Browser) -> None:
    org_id, today = service(app), now()
    failed(app, org_id, "upstream_429", times=3)
    failed(app, org_id, "upstream_500", at=noon(9))
    with app.app_context():
        with writing() as session:
            for day, org, code, status, count in ((0, org_id, "too_fast", 429, 40), (1, org_id, "too_fast", 429, 2),
                                                  (0, "", "key_unknown", 401, 9), (8, org_id, "not_priced", 403, 99)):
                session.add(Refusal(day=(today - timedelta(days=day)).date().isoformat(), org_id=org, key_id="",
                                    endpoint="x", code=code, status=status, count=count, last_at=today))
        db.session.remove()
    page = ada.get(HERE)
    found = [(item.b.get_text(strip=True), item.select_one("code").get_text(strip=True))
             for item in page.all(".causes__item")]
    assert found == [("42", "too_fast"), ("9", "key_unknown"), ("3", "upstream_429")]
    words = page.one("#refusals").get_text(" ")
    assert "The key called more often than it may in a minute." in words and "a caller nobody knows" in words
    assert "Give the program a key that is alive" in words
    assert [a["href"] for a in page.all("#refusals a") if "outcome=upstream_429" in a["href"]]


def test_a_day_that_is_over_is_counted_once(app: Flask) -> None:
    org_id = service(app)
    called(app, org_id, 2000, at=noon(4), times=3)
    called(app, org_id, 500, at=noon(3), details={"sdk_retry": 1, "tokens_in": 7})
    called(app, org_id, 100)
    before = all_used(app)
    with app.app_context():
        assert (roll_up(), roll_up()) == (4 if now().hour >= 6 else 3, 0)  # the oldest day to the last that is over
        assert {row.retries for row in before} == {0, 1} and {row.spent for row in before} == {6000, 500, 100}
        with counted(app) as sent:
            assert all_used(app) == before
        assert sum("usage_day" in text for text in sent) == 2 and len(sent) <= 5
        with writing() as session:  # what is counted is not asked for again
            session.execute(update(Charge).where(Charge.created_at < now() - timedelta(days=2)).values(actual=9))
        assert all_used(app) == before


def test_a_day_is_counted_again_when_its_last_call_has_ended(app: Flask) -> None:
    org_id = service(app)
    (run,) = under_way(app, org_id, 25_000, at=noon(5), endpoint=RUN_TASK, model=None)
    with app.app_context():
        assert roll_up(1) == 1 and roll_up(0) == 0
        assert [row.spent for row in all_used(app)] == [25_000]
        with writing() as session:
            session.execute(update(Charge).where(Charge.id == run).values(state="settled", actual=4000))
        assert roll_up() > 0
        assert [row.spent for row in all_used(app)] == [4000]


def test_names_of_models_cost_no_room(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daily_rules, "MODELS_A_DAY", 2)
    org_id = service(app)
    for n in range(5):
        called(app, org_id, 1000 * (n + 1), at=noon(4), model=f"m{n}")
    with app.app_context():
        roll_up()
    assert [(row.model, row.spent, row.calls) for row in all_used(app)] == [("*", 6000, 3), ("m3", 4000, 1),
                                                                          ("m4", 5000, 1)]


def test_the_page_asks_as_little_for_many_services_as_for_one(app: Flask, ada: Browser) -> None:
    called(app, service(app), endpoint=IMAGES)
    ada.get(HERE)
    with counted(app) as one:
        ada.get(HERE)
    for n in range(12):
        called(app, service(app, f"s{n}"), times=5, model=f"m{n}")
    with counted(app) as many:
        ada.get(HERE)
    assert len(many) == len(one) < 15
