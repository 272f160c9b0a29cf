"""Admins who asked are told when something everybody depends on breaks, and when it works again: once, and only when it
is certain."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from skyvern_ui.database import writing
from skyvern_ui.doctor.history.alerts import tell_of_changes
from skyvern_ui.extensions import db
from skyvern_ui.models import User
from skyvern_ui.models.columns import now
from skyvern_ui.models.watch import Notice, Watch
from skyvern_ui.notices.delivery import deliver
from skyvern_ui.notices.rules import anything_watched, open_watches

from ..support.mail_sink import Sink
from ..support.people import Browser
from ..support.receiver import Receiver
from .looking import count, failing, fine, saw


@pytest.fixture
def app_settings(sink: Sink) -> dict[str, str]:
    return {"SMTP_URL": sink.url, "MAIL_FROM": "runs@skyvern.example", "NOTICE_HOSTS": "127.0.0.1",
            "PUBLIC_URL": "http://localhost"}


def watch(browser: Browser, since_minutes: float = 60, **wish: str) -> None:
    """Asks to be told by the doctor, that many minutes ago."""
    asked = {"doctor": "1", "about": "doctor", "outcomes": "all", "channel": "webhook", **wish}
    page = browser.post("/notices", asked)
    assert page.status == 303, page.words
    with browser.app.app_context():
        with writing() as session:
            session.execute(update(Watch).values(created_at=now() - timedelta(minutes=since_minutes)))
        db.session.remove()


def breaks(app: Flask, check: str = "key", ago: float = 60) -> None:
    """It worked for long, and then certainly did not any more."""
    for seconds in (600, 450):
        saw(app, seconds, fine(check))
    for seconds in (ago, ago - 20):
        saw(app, seconds, failing(check))


def notices(app: Flask) -> list[dict[str, Any]]:
    with app.app_context():
        try:
            rows = db.session.scalars(select(Notice).order_by(Notice.created_at, Notice.id))
            return [{"to": row.user_id, "about": row.run_id, "state": row.content["status"], "status": row.status,
                     "problem": row.problem} for row in rows]
        finally:
            db.session.remove()


def test_who_asked_is_told_by_mail_webhook_and_page(app: Flask, ada: Browser, sink: Sink, receiver: Receiver) -> None:
    watch(ada, channel="webhook", address=receiver.url, secret="a shared secret")
    watch(ada, channel="email")
    watch(ada, channel="browser")
    breaks(app)
    assert tell_of_changes(app) == 3
    assert tell_of_changes(app) == 0, "once"
    deliver(app)
    [letter] = sink.letters
    assert letter["Subject"] == "The key fails (refused)"
    text = letter.get_content().replace("\r\n", "\n")
    assert "Because it is so." in text and "1. Do this." in text and "http://localhost/doctor\n" in text
    assert "Since:" in text and "http://localhost/notices" in text
    [message] = receiver.messages
    assert message["event"] == "doctor.changed"
    told = message["doctor"]
    assert (told["check"], told["status"], told["code"], told["fix"], told["link"]) == (
        "key", "failing", "refused", ["Do this.", "Then do that."], "http://localhost/doctor")
    assert told["since"] and told["until"] is None
    assert receiver.got[0][0]["x-skyvern-ui-signature"].startswith("sha256=")
    news = ada.post("/notices/news")
    assert news.one("[data-news]")["data-href"] == "/doctor"
    assert news.one("[data-news]").get_text() == "The key fails (refused)"
    page = ada.get("/notices")
    assert "The key fails (refused)" in page.words and "When something breaks, and when it works again" in page.words
    assert len(page.all('#notices a[href="/doctor"]')) == 3 and len(page.all('#watches a[href="/doctor/history"]')) == 3


def test_and_told_again_when_it_works_again(app: Flask, ada: Browser, receiver: Receiver) -> None:
    watch(ada, address=receiver.url)
    for ago in (900, 700):
        saw(app, ago, fine("network"))
    for ago in (500, 480):
        saw(app, ago, failing("network"))
    tell_of_changes(app)
    deliver(app)
    for ago in (60, 40):
        saw(app, ago, fine("network"))
    assert tell_of_changes(app) == 1
    deliver(app)
    broken, mended = (message["doctor"] for message in receiver.messages)
    assert (broken["status"], mended["status"]) == ("failing", "ok")
    assert mended["title"] == "The network fails (refused)" and mended["since"] < mended["until"]


def test_what_flaps_is_told_to_nobody(app: Flask, ada: Browser) -> None:
    watch(ada, channel="browser")
    saw(app, 900, fine("network"))
    saw(app, 700, fine("network"))
    saw(app, 500, failing("network"))
    assert tell_of_changes(app) == 0, "seen once"
    saw(app, 480, fine("network"))
    saw(app, 300, fine("network"))
    assert tell_of_changes(app) == 0, "and its end is no news either"
    saw(app, 280, failing("network"))
    saw(app, 260, failing("network", "tls"))
    assert tell_of_changes(app) == 1, "twice in a row, whatever the cause"
    saw(app, 200, fine("network"))
    saw(app, 190, failing("network"))
    saw(app, 100, failing("network"))
    assert tell_of_changes(app) == 0, "it was never certain that it worked again"
    assert [each["state"] for each in notices(app)] == ["failing"]


def test_a_model_that_has_answered_once_works_again(app: Flask, ada: Browser) -> None:
    watch(ada, channel="browser")
    breaks(app, "model-answer")
    tell_of_changes(app)
    saw(app, 5, fine("model-answer"))
    assert tell_of_changes(app) == 1, "it is not paid to say so twice"


def test_what_was_so_before_anybody_asked_is_no_news_but_its_end_is(app: Flask, ada: Browser) -> None:
    breaks(app)
    watch(ada, since_minutes=0.1, channel="browser")
    assert tell_of_changes(app) == 0
    with app.app_context():
        with writing() as session:
            session.execute(update(Watch).values(created_at=now() - timedelta(seconds=39)))
        db.session.remove()
    for ago in (30, 10):
        saw(app, ago, fine("key"))
    assert tell_of_changes(app) == 1
    assert [each["state"] for each in notices(app)] == ["ok"]


def test_only_what_breaks_if_that_was_the_wish(app: Flask, ada: Browser) -> None:
    watch(ada, channel="browser", outcomes="trouble")
    breaks(app)
    assert tell_of_changes(app) == 1
    for ago in (25, 5):
        saw(app, ago, fine("key"))
    assert tell_of_changes(app) == 0


def test_little_things_and_what_was_not_looked_at_wake_nobody(app: Flask, ada: Browser) -> None:
    watch(ada, channel="browser")
    breaks(app, "webhooks")
    assert tell_of_changes(app) == 0


def test_old_news_is_no_news(app: Flask, ada: Browser) -> None:
    watch(ada, since_minutes=9000, channel="browser")
    day = 86_400
    for ago in (3 * day, 3 * day - 60):
        saw(app, ago, fine("key"))
    for ago in (2 * day, 2 * day - 60):
        saw(app, ago, failing("key"))
    assert tell_of_changes(app) == 0


def test_two_workers_tell_once(app: Flask, ada: Browser) -> None:
    watch(ada, channel="browser")
    breaks(app)
    with ThreadPoolExecutor(4) as pool:
        told = [each.result(30) for each in [pool.submit(tell_of_changes, app) for _ in range(4)]]
    assert sum(told) == 1 and count(app, Notice) == 1


def test_members_may_not_ask_and_who_was_an_admin_hears_no_more(app: Flask, ada: Browser, ben: Browser,
                                                                 receiver: Receiver) -> None:
    assert ben.get("/notices/new?doctor=1").status == 403
    wish = {"doctor": "1", "about": "doctor", "outcomes": "all", "channel": "browser"}
    assert ben.post("/notices", wish).status == 403
    watch(ada, address=receiver.url)
    watch(ada, channel="browser")
    breaks(app)
    assert tell_of_changes(app) == 2
    with app.app_context():
        with writing() as session:
            session.execute(update(User).where(User.id == "user-ada").values(role="user"))
        db.session.remove()
    deliver(app)
    assert receiver.got == []
    assert [(each["status"], each["problem"]) for each in notices(app) if each["problem"]] == [
        ("dropped", "This person is not an administrator any more.")]
    assert ada.post("/notices/news").all("[data-news]") == []
    assert "The key fails" not in ada.get("/notices").words
    for seconds in (15, 0):
        saw(app, seconds, fine("key"))
    assert tell_of_changes(app) == 0


def test_the_form_says_what_one_is_told(app: Flask, ada: Browser) -> None:
    page = ada.get("/notices/new?doctor=1")
    assert page.status == 200
    assert [each["value"] for each in page.all('input[name="outcomes"]')] == ["all", "trouble"]
    bad = ada.post("/notices", {"doctor": "1", "about": "doctor", "outcomes": "paused", "channel": "browser"})
    assert bad.status == 422
    watch(ada, channel="browser")
    listed = ada.get("/notices")
    assert listed.one('#watches a[href="/doctor/history"]').get_text() == "What the doctor finds"


def test_a_watched_doctor_keeps_nobody_looking_for_runs(app: Flask, ada: Browser) -> None:
    watch(ada, channel="browser")
    with app.app_context():
        assert not anything_watched() and open_watches() == []
        db.session.remove()
