"""The contract of the Better Auth client and its admin plugin."""

from __future__ import annotations

import pytest
from flask import Flask

from ..support.people import PASSWORD, Browser


def sign_in(app: Flask, email: str) -> Browser:
    browser = Browser(app)
    answer = browser.json("POST", "/api/auth/sign-in/email", {"email": email, "password": PASSWORD})
    assert answer.status_code == 200
    return browser


def test_a_client_signs_in_reads_its_session_and_signs_out(app: Flask) -> None:
    browser = Browser(app)
    assert browser.json("GET", "/api/auth/get-session").get_json() is None
    answer = browser.json("POST", "/api/auth/sign-in/email", {"email": "Ben@example.com", "password": PASSWORD,
                                                              "rememberMe": True, "callbackURL": "/"})
    body = answer.get_json()
    assert body["redirect"] is False and body["user"]["email"] == "ben@example.com"
    assert body["token"] and body["token"] != browser.cookie
    session = browser.json("GET", "/api/auth/get-session").get_json()
    assert session["user"]["role"] == "user" and session["user"]["banned"] is False
    assert session["session"]["userId"] == "user-ben" and session["session"]["expiresAt"].endswith("Z")
    assert browser.json("POST", "/api/auth/sign-out", {}).get_json() == {"success": True}
    assert browser.json("GET", "/api/auth/get-session").get_json() is None


def test_wrong_credentials_have_their_code(app: Flask) -> None:
    answer = Browser(app).json("POST", "/api/auth/sign-in/email", {"email": "ben@example.com", "password": "x"})
    assert answer.status_code == 401
    assert answer.get_json()["code"] == "INVALID_EMAIL_OR_PASSWORD"
    missing = Browser(app).json("POST", "/api/auth/sign-in/email", {"email": "ben@example.com"})
    assert missing.status_code == 400


@pytest.mark.parametrize("path", ["/api/auth/sign-up/email", "/api/auth/%73ign-up/email", "//api/auth/sign-up/email",
                                  "/api/auth/sign-up/social/x"])
@pytest.mark.parametrize("who", ["nobody", "ben"])
def test_nobody_registers_in_any_spelling(app: Flask, path: str, who: str) -> None:
    browser = sign_in(app, "ben@example.com") if who == "ben" else Browser(app)
    answer = browser.json("POST", path, {"email": "eve@example.com", "password": "a fine sentence", "name": "Eve"})
    assert answer.status_code in (403, 404)
    assert sign_in(app, "ada@example.com").json("GET", "/api/auth/admin/list-users").get_json()["total"] == 3


def test_sessions_are_listed_and_revoked(app: Flask) -> None:
    here, there = sign_in(app, "ben@example.com"), sign_in(app, "ben@example.com")
    sessions = here.json("GET", "/api/auth/list-sessions").get_json()
    assert len(sessions) == 2
    own = here.json("GET", "/api/auth/get-session").get_json()["session"]["token"]
    other = next(s["token"] for s in sessions if s["token"] != own)
    assert here.json("POST", "/api/auth/revoke-session", {"token": other}).get_json() == {"status": True}
    assert there.json("GET", "/api/auth/get-session").get_json() is None
    third = sign_in(app, "ben@example.com")
    here.json("POST", "/api/auth/revoke-other-sessions", {})
    assert third.json("GET", "/api/auth/get-session").get_json() is None
    assert here.json("GET", "/api/auth/get-session").get_json()


def test_an_admin_manages_people(app: Flask) -> None:
    ada, ben = sign_in(app, "ada@example.com"), sign_in(app, "ben@example.com")
    made = ada.json("POST", "/api/auth/admin/create-user", {"name": "Dana", "email": "dana@example.com",
                                                            "password": "a fine sentence", "role": "user"})
    dana = made.get_json()["user"]["id"]
    listed = ada.json("GET", "/api/auth/admin/list-users?limit=2&offset=1").get_json()
    assert listed["total"] == 4 and len(listed["users"]) == 2
    assert ada.json("POST", "/api/auth/admin/set-role", {"userId": dana, "role": "admin"}).get_json()["user"][
        "role"] == "admin"
    banned = ada.json("POST", "/api/auth/admin/ban-user", {"userId": "user-ben", "banReason": "r",
                                                           "banExpiresIn": 3600}).get_json()["user"]
    assert banned["banned"] is True and banned["banReason"] == "r" and banned["banExpires"]
    assert ben.json("GET", "/api/auth/get-session").get_json() is None
    assert ada.json("POST", "/api/auth/admin/unban-user", {"userId": "user-ben"}).get_json()["user"]["banned"] is False
    assert ada.json("POST", "/api/auth/admin/set-user-password", {"userId": "user-ben", "newPassword": "new sentence"}
                    ).get_json() == {"status": True}
    assert Browser(app).json("POST", "/api/auth/sign-in/email", {"email": "ben@example.com", "password": "new sentence"}
                             ).status_code == 200
    sessions = ada.json("POST", "/api/auth/admin/list-user-sessions", {"userId": "user-ben"}).get_json()["sessions"]
    assert len(sessions) == 1
    assert ada.json("POST", "/api/auth/admin/revoke-user-session", {"sessionToken": sessions[0]["token"]}
                    ).get_json() == {"success": True}
    assert ada.json("POST", "/api/auth/admin/revoke-user-sessions", {"userId": "user-ben"}).get_json()["success"]
    assert ada.json("POST", "/api/auth/admin/remove-user", {"userId": dana}).get_json() == {"success": True}


@pytest.mark.parametrize(("method", "name"), [
    ("POST", "create-user"), ("GET", "list-users"), ("POST", "set-role"), ("POST", "ban-user"), ("POST", "unban-user"),
    ("POST", "remove-user"), ("POST", "set-user-password"), ("POST", "list-user-sessions"),
    ("POST", "revoke-user-session"), ("POST", "revoke-user-sessions"),
])
def test_members_and_strangers_manage_nobody(app: Flask, method: str, name: str) -> None:
    body = {"userId": "user-ada", "role": "user"} if method == "POST" else None
    path = f"/api/auth/admin/{name}"
    refused = sign_in(app, "ben@example.com").json(method, path, body)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "FORBIDDEN")
    assert Browser(app).json(method, path, body).status_code == 401


def test_the_last_admin_stays_here_too(app: Flask) -> None:
    ada = sign_in(app, "ada@example.com")
    assert ada.json("POST", "/api/auth/admin/set-role", {"userId": "user-ada", "role": "user"}).status_code == 409
    assert ada.json("POST", "/api/auth/admin/ban-user", {"userId": "user-ada"}).status_code == 400
    assert ada.json("POST", "/api/auth/admin/set-role", {"userId": "ghost", "role": "user"}).status_code == 404
    assert ada.json("POST", "/api/auth/admin/set-role", {"userId": "user-ben", "role": "root"}).status_code == 400


def test_more_fields_than_the_contract_knows_are_refused(app: Flask) -> None:
    ben = sign_in(app, "ben@example.com")
    answer = ben.json("POST", "/api/auth/change-password", {"currentPassword": PASSWORD, "newPassword": "new sentence",
                                                            "role": "admin"})
    assert answer.status_code == 400
    wrong = ben.json("POST", "/api/auth/change-password", {"currentPassword": "x", "newPassword": "new sentence"})
    assert wrong.get_json()["code"] == "INVALID_PASSWORD"
    done = ben.json("POST", "/api/auth/change-password", {"currentPassword": PASSWORD, "newPassword": "new sentence"})
    assert done.get_json()["user"]["email"] == "ben@example.com"
