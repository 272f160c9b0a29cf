"""A level that changes is told once, by mail, webhook and page, to admins who asked; every admin sees a banner."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from skyvern_ui.audit import CLI
from skyvern_ui.extensions import db
from skyvern_ui.models.organization import OrganizationCredits
from skyvern_ui.models.watch import Notice
from skyvern_ui.notices.delivery import deliver
from skyvern_ui.notices.rules import anything_watched
from skyvern_ui.services.alerts.rules import announce_changes
from skyvern_ui.services.change_rules import adjust
from skyvern_ui.services.clockwork import keep_books
from skyvern_ui.services.credits.ledger_rules import CREDIT, Wish, hold, settle
from skyvern_ui.services.rules import create_service, set_status

from ..support.mail_sink import Sink
from ..support.people import Browser
from ..support.receiver import Receiver


@pytest.fixture
def app_settings(sink: Sink) -> dict[str, str]:
    return {"SMTP_URL": sink.url, "MAIL_FROM": "credits@skyvern.example", "NOTICE_HOSTS": "127.0.0.1",
            "PUBLIC_URL": "http://localhost"}


@pytest.fixture
def service(app: Flask) -> str:
    with app.app_context():
        try:
            return create_service("presenton-service", 1010, CLI)
        finally:
            db.session.remove()


def ask(browser: Browser, channel: str, **more: str) -> None:
    page = browser.post("/notices", {"credits": "1", "about": "credits", "outcomes": "all", "channel": channel, **more})
    assert page.status == 303, page.words


def use(app: Flask, org_id: str, amount: int) -> None:
    with app.app_context():
        charge, _ = hold(Wish(org_id, "/x", amount * CREDIT))
        settle(charge, amount * CREDIT)
        db.session.remove()


def give(app: Flask, org_id: str, amount: int) -> None:
    with app.app_context():
        adjust(org_id, amount * CREDIT, "for the test", CLI)
        db.session.remove()


def told(app: Flask) -> list[str]:
    with app.app_context():
        try:
            return [row.content["status"] for row in
                    db.session.scalars(select(Notice).order_by(Notice.created_at, Notice.id))]
        finally:
            db.session.remove()


def test_who_asked_is_told_by_mail_webhook_and_page(app: Flask, ada: Browser, service: str, sink: Sink,
                                                    receiver: Receiver) -> None:
    ask(ada, "email")
    ask(ada, "webhook", address=receiver.url, secret="a shared secret")
    ask(ada, "browser")
    keep_books(app)
    assert told(app) == [], "a service that was made tells nobody"
    use(app, service, 50)
    keep_books(app)
    keep_books(app)
    deliver(app)
    [letter] = sink.letters
    assert letter["Subject"] == "presenton-service runs low on credits"
    words = letter.get_content().replace("\r\n", "\n")
    assert "Left:    960 credits" in words and f"http://localhost/settings/services/{service}\n" in words
    [message] = receiver.messages
    assert message["event"] == "credits.level_changed"
    said = message["credits"]
    assert (said["service"], said["level"], said["was"]) == ("presenton-service", "warning", "ok")
    assert said["available"] == 960
    assert receiver.got[0][0]["x-skyvern-ui-signature"].startswith("sha256=")
    news = ada.post("/notices/news")
    assert news.one("[data-news]")["data-href"] == f"/settings/services/{service}"
    assert "presenton-service runs low on credits" in ada.get("/notices").words


def test_each_change_is_told_once_down_to_nothing_and_up_again(app: Flask, ada: Browser, service: str) -> None:
    ask(ada, "browser")
    for amount in (5, 10, 10, 900, 10, 75):
        use(app, service, amount)
        keep_books(app)
    give(app, service, 2000)
    keep_books(app)
    assert told(app) == ["warning", "critical", "empty", "ok"]


def test_calls_under_way_and_a_dip_between_two_looks_are_told_to_nobody(app: Flask, ada: Browser, service: str) -> None:
    ask(ada, "browser")
    with app.app_context():
        charge, pool = hold(Wish(service, "/x", 1000 * CREDIT))
        assert pool.level == "ok"
        db.session.remove()
        keep_books(app)
        settle(charge, 1000 * CREDIT)
        db.session.remove()
    give(app, service, 2000)
    keep_books(app)
    assert told(app) == []


def test_parallel_calls_and_many_workers_tell_once(app: Flask, ada: Browser, service: str) -> None:
    ask(ada, "browser")
    gate = threading.Barrier(6)

    def call() -> int:
        gate.wait()
        use(app, service, 3)
        with app.app_context():
            try:
                return announce_changes()
            finally:
                db.session.remove()

    with ThreadPoolExecutor(6) as pool:
        announced = sum(each.result() for each in [pool.submit(call) for _ in range(6)])
    keep_books(app)
    assert announced <= 1 and told(app) == ["warning"]


def test_a_change_by_hand_is_entered_and_told(app: Flask, ada: Browser, service: str) -> None:
    ask(ada, "browser")
    with app.app_context():
        db.session.execute(text("UPDATE organization_credits SET credit_balance = 50000 WHERE org_id = "
                                "(SELECT id FROM organizations WHERE name = 'presenton-service')"))
        db.session.commit()
        db.session.remove()
    keep_books(app)
    assert told(app) == ["critical"]
    with app.app_context():
        pool = db.session.get(OrganizationCredits, service)
        assert pool is not None
        assert (pool.credit_balance, pool.known_balance, pool.level) == (50_000, 50_000, "critical")
        db.session.remove()


def test_only_when_they_run_low_leaves_out_the_good_news(app: Flask, ada: Browser, service: str) -> None:
    ask(ada, "browser", outcomes="trouble")
    use(app, service, 1000)
    keep_books(app)
    give(app, service, 5000)
    keep_books(app)
    assert told(app) == ["critical"]


def test_members_can_neither_ask_nor_be_told_any_more(app: Flask, ada: Browser, ben: Browser, service: str) -> None:
    assert ben.get("/notices/new?credits=1").status == 403
    wish = {"credits": "1", "about": "credits", "outcomes": "all", "channel": "browser"}
    assert ben.post("/notices", wish).status == 403
    ask(ada, "browser")
    with app.app_context():
        assert not anything_watched(), "Skyvern is not asked for this"
        db.session.execute(text("UPDATE \"user\" SET role = 'user' WHERE email = 'ada@example.com'"))
        db.session.commit()
        db.session.remove()
    use(app, service, 1000)
    keep_books(app)
    assert told(app) == []


def test_the_form_offers_what_is_about_credits(ada: Browser, service: str) -> None:
    page = ada.get("/notices/new?credits=1")
    assert page.one("h1").get_text() == "Tell me when credits run low" and "Only when they run low" in page.words
    ask(ada, "browser")
    assert "The credits of services" in ada.get("/notices").words


def test_admins_see_a_banner_and_members_none(app: Flask, ada: Browser, ben: Browser, service: str) -> None:
    with app.app_context():
        create_service("never-used", 0, CLI)
        db.session.remove()
    assert ada.get("/account").all("#low-banner") == [], "what was made without credits is meant so"
    use(app, service, 1000)
    said = ada.get("/account").one("#low-banner")
    assert "presenton-service has almost no credits left." in " ".join(said.get_text(" ").split())
    assert said.select_one("a")["href"] == f"/settings/services/{service}"  # type: ignore[index]
    assert ben.get("/account").all("#low-banner") == []
    with app.app_context():
        set_status(service, "suspended", CLI)
        assert db.session.scalar(select(func.count()).select_from(Notice)) == 0
        db.session.remove()
    assert ada.get("/account").all("#low-banner") == []
