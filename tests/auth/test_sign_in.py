from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from skyvern_ui.auth.next_page import next_page
from skyvern_ui.auth.rules import token_hash
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import Account, AuditLog, Session, User
from skyvern_ui.models.columns import now

from ..support.people import PASSWORD, Browser


def test_the_right_password_opens_the_page_that_was_asked_for(nobody: Browser) -> None:
    turned_away = nobody.get("/runs?status=failed")
    assert turned_away.status == 303
    assert turned_away.headers["Location"] == "/login?next=%2Fruns%3Fstatus%3Dfailed"
    welcomed = nobody.sign_in("ada@example.com", next="/runs?status=failed")
    assert (welcomed.status, welcomed.headers["Location"]) == (303, "/runs?status=failed")


def test_unknown_wrong_and_banned_are_answered_alike(app: Flask, nobody: Browser) -> None:
    with app.app_context(), writing() as session:
        session.execute(update(User).where(User.id == "user-cleo").values(banned=True))
    answers = [Browser(app).sign_in(email, password) for email, password in (
        ("nobody@example.com", PASSWORD), ("ben@example.com", "wrong password"), ("cleo@example.com", PASSWORD))]
    assert [a.status for a in answers] == [401, 401, 401]
    assert len({a.one(".notice--bad").get_text(strip=True) for a in answers}) == 1
    assert all("skyvern_ui=" not in str(a.headers.getlist("Set-Cookie")) for a in answers)


@pytest.mark.usefixtures("one_window")
def test_the_sixth_try_is_refused_even_with_the_right_password(app: Flask) -> None:
    for _ in range(5):
        assert Browser(app).sign_in("ben@example.com", "wrong password").status == 401
    refused = Browser(app).sign_in("BEN@example.com ")
    assert refused.status == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 300
    unknown = [Browser(app).sign_in("ghost@example.com", "x").status for _ in range(6)]
    assert unknown == [401] * 5 + [429]


def test_only_the_hash_of_the_token_is_stored(app: Flask, ben: Browser) -> None:
    token = ben.cookie
    assert token and len(token) >= 43
    with app.app_context():
        stored = db.session.scalars(select(Session.token)).all()
    assert stored == [hashlib.sha256(token.encode()).hexdigest()]


def test_signing_in_gives_a_new_token(app: Flask) -> None:
    browser = Browser(app)
    planted = "A" * 43
    browser.client.set_cookie("skyvern_ui", planted)
    browser.sign_in("ben@example.com")
    assert browser.cookie != planted
    replay = Browser(app)
    replay.client.set_cookie("skyvern_ui", planted)
    assert replay.get("/account").status == 303


def test_signing_out_ends_the_session_and_get_does_not(app: Flask, ben: Browser) -> None:
    token = ben.cookie or ""
    assert ben.get("/logout").status == 405
    assert ben.get("/account").status == 200
    assert ben.post("/logout").headers["Location"] == "/login"
    replay = Browser(app)
    replay.client.set_cookie("skyvern_ui", token)
    assert replay.get("/account").status == 303


@pytest.mark.parametrize("cookie", ["", "x", "0" * 64, "%00", "a" * 8000, "\u00ff\u00fe", '"a; b"'])
def test_a_cookie_that_is_not_a_session_is_nobody(nobody: Browser, cookie: str) -> None:
    page = nobody.get("/account", headers={"Cookie": f"skyvern_ui={cookie}".encode().decode("latin-1")})
    assert page.status == 303


def test_two_cookies_of_the_name_are_nobody(app: Flask, ben: Browser) -> None:
    for pair in ((ben.cookie, "B" * 43), ("B" * 43, ben.cookie)):
        header = "; ".join(f"skyvern_ui={value}" for value in pair)
        client = app.test_client(use_cookies=False)
        assert client.get("/account", headers={"Cookie": header}).status_code == 303


def test_a_session_runs_out_absolutely_and_by_idling(app: Flask, ben: Browser, cleo: Browser) -> None:
    with app.app_context(), writing() as session:
        session.execute(update(Session).where(Session.user_id == "user-ben").values(expires_at=now()))
        session.execute(update(Session).where(Session.user_id == "user-cleo")
                        .values(updated_at=now() - timedelta(days=8)))
    assert ben.get("/account").status == 303
    assert cleo.get("/account").status == 303


def test_last_use_is_noted_once_a_minute(app: Flask, ben: Browser) -> None:
    earlier = now() - timedelta(minutes=5)
    with app.app_context(), writing() as session:
        session.execute(update(Session).values(updated_at=earlier))
    ben.get("/account")
    with app.app_context():
        seen = db.session.scalar(select(Session.updated_at))
    assert seen is not None and seen > earlier + timedelta(minutes=4)


@pytest.mark.parametrize("target", [
    "//evil.test", "/\\evil.test", "/\t/evil.test", "/%09/evil.test", "https:evil.test", "https://evil.test",
    "///evil.test", "/./\\evil.test", "/%2f/evil.test", "javascript:alert(1)", "\x01//evil.test", "/a/../../evil",
    "/login", "/logout", "/api/artifact-proxy?url=https://evil.test", "/static/x", "/runs\r\nSet-Cookie:x=y",
    "/@evil.test", "/runs/..//evil", "", "runs", "/runs#//evil", "/" + "a" * 2000, "/ﬀ", "/runs?x=\u2028",
])
def test_next_leads_only_to_our_own_pages(target: str) -> None:
    assert next_page(target) == "/dashboard"


@pytest.mark.parametrize("target", ["/runs", "/runs/wr_1?tab=output", "/settings/users", "/runs?status=a&status=b"])
def test_next_leads_to_our_pages(target: str) -> None:
    assert next_page(target) == target


def test_an_old_password_of_the_earlier_overlay_works_and_is_hashed_anew(app: Flask) -> None:
    salt = "0f" * 16
    old = hashlib.scrypt("Pässword ①23".encode(), salt=salt.encode(), n=16384, r=16, p=1,
                         maxmem=128 * 16384 * 16 * 2, dklen=64)
    import unicodedata

    normal = unicodedata.normalize("NFKC", "Pässword ①23")
    old = hashlib.scrypt(normal.encode(), salt=salt.encode(), n=16384, r=16, p=1, maxmem=128 * 16384 * 16 * 2, dklen=64)
    with app.app_context(), writing() as session:
        session.execute(update(Account).where(Account.user_id == "user-ben").values(password=f"{salt}:{old.hex()}"))
    assert Browser(app).sign_in("ben@example.com", "Pässword ①23").status == 303
    with app.app_context():
        stored = db.session.scalar(select(Account.password).where(Account.user_id == "user-ben"))
    assert stored and stored.startswith("$argon2id$")
    assert Browser(app).sign_in("ben@example.com", "Pässword ①23").status == 303


def test_sign_ins_are_audited_with_address_and_outcome(app: Flask) -> None:
    Browser(app).sign_in("ben@example.com", "wrong password")
    Browser(app).sign_in("ben@example.com")
    with app.app_context():
        rows = db.session.scalars(select(AuditLog).order_by(AuditLog.created_at)).all()
    assert [(r.action, r.outcome, r.user_name, r.ip_address) for r in rows] == [
        ("session.create", "refused", "ben@example.com", "127.0.0.1"),
        ("session.create", "done", "Ben", "127.0.0.1"),
    ]


def test_the_hash_of_a_token_is_sha256() -> None:
    assert token_hash("abc") == hashlib.sha256(b"abc").hexdigest()
