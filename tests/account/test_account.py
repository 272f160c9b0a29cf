from __future__ import annotations

from flask import Flask

from ..support.people import PASSWORD, Browser

NEW = "another fine sentence"


def test_a_changed_password_ends_the_other_sessions(app: Flask, ben: Browser) -> None:
    elsewhere = Browser(app)
    elsewhere.sign_in("ben@example.com")
    changed = ben.post("/account/password", {"current": PASSWORD, "password": NEW, "confirm": NEW})
    assert changed.status == 303
    assert ben.get("/account").status == 200
    assert elsewhere.get("/account").status == 303
    assert Browser(app).sign_in("ben@example.com", NEW).status == 303
    assert Browser(app).sign_in("ben@example.com", PASSWORD).status == 401


def test_a_password_change_needs_the_old_one_and_a_good_new_one(ben: Browser) -> None:
    wrong = ben.post("/account/password", {"current": "nope", "password": NEW, "confirm": NEW})
    assert wrong.status == 422 and "not your current password" in wrong.words
    weak = ben.post("/account/password", {"current": PASSWORD, "password": "12345678", "confirm": "12345678"})
    assert weak.status == 422
    differing = ben.post("/account/password", {"current": PASSWORD, "password": NEW, "confirm": "x"})
    assert differing.status == 422 and "not the same" in differing.words


def test_signing_out_elsewhere_keeps_this_browser(app: Flask, ben: Browser) -> None:
    elsewhere = Browser(app)
    elsewhere.sign_in("ben@example.com")
    assert len(ben.get("/account").all("tbody tr")) == 2
    ben.post("/account/sessions/revocation")
    assert elsewhere.get("/account").status == 303
    assert ben.get("/account").status == 200


def test_the_theme_is_a_cookie_for_everybody(nobody: Browser) -> None:
    nobody.post("/theme", {"theme": "dark", "next": "/login"})
    assert nobody.get("/login").one("html")["data-theme"] == "dark"
    nobody.post("/theme", {"theme": "<script>", "next": "//evil.test"})
    assert nobody.get("/login").one("html")["data-theme"] == "system"


def test_a_name_is_text(ben: Browser) -> None:
    ben.post("/account/name", {"name": "<b>Ben</b> & “co”"})
    assert "<b>Ben</b> & “co”" in ben.get("/account").words
    assert ben.post("/account/name", {"name": "  "}).status == 422
