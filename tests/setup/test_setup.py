from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from skyvern_ui.audit import Actor
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import Installation, Session, User
from skyvern_ui.setup.rules import AlreadySetUp, set_up

from ..support.people import Browser

BODY = {"name": "Ada", "email": "Ada@Example.com", "password": "a very good sentence"}


def test_the_wizard_leads_from_nothing_to_the_connection(empty_app: Flask) -> None:
    browser = Browser(empty_app)
    assert browser.get("/").headers["Location"] == "/dashboard"
    assert browser.get("/login").headers["Location"] == "/setup"
    assert browser.get("/setup").one("h1").get_text() == "Welcome. Who are you?"
    made = browser.post("/setup", BODY)
    assert (made.status, made.headers["Location"]) == (303, "/setup/connection")
    browser.name = "ada"
    assert "Connect Skyvern" in browser.get("/setup/connection").words
    assert "Skyvern is not connected" in browser.get("/setup/done").words


def test_a_wrong_form_says_what_is_wrong_at_the_field(empty_app: Flask) -> None:
    page = Browser(empty_app).post("/setup", {"name": "", "email": "not an address", "password": "short"})
    assert page.status == 422
    assert "Enter your name." in page.words and "This is not an e-mail address." in page.words
    weak = Browser(empty_app).post("/setup", {**BODY, "password": "password1"})
    assert weak.status == 422 and weak.one("[data-invalid] #password")


def test_the_api_sets_up_once(empty_app: Flask) -> None:
    browser = Browser(empty_app)
    assert browser.json("GET", "/api/setup/status").get_json() == {"needsSetup": True}
    made = browser.json("POST", "/api/setup", BODY)
    assert made.status_code == 200
    answer = made.get_json()
    assert answer["success"] is True and answer["user"]["role"] == "admin"
    assert answer["user"]["email"] == "ada@example.com"
    assert browser.cookie
    assert browser.json("GET", "/api/setup/status").get_json() == {"needsSetup": False}
    again = Browser(empty_app).json("POST", "/api/setup", {**BODY, "email": "eve@example.com"})
    assert again.status_code == 403
    assert Browser(empty_app).get("/setup").headers["Location"] == "/login"


@pytest.mark.parametrize(("change", "field"), [
    ({"name": ""}, "name"), ({"email": "x"}, "email"), ({"password": "short"}, "password"), ({"name": 5}, "name"),
    ({"name": "a\u0000b"}, "name"), ({"email": None}, "email"), ({"skyvernApiUrl": "ftp://x", "skyvernApiKey": "k"},
                                                                 "skyvernApiUrl"),
])
def test_the_api_names_the_field(empty_app: Flask, change: dict[str, Any], field: str) -> None:
    answer = Browser(empty_app).json("POST", "/api/setup", {**BODY, **change})
    assert answer.status_code == 422
    assert field in answer.get_json()["fields"]


@pytest.mark.parametrize("body", [b"null", b"[]", b'"x"', b"", b"[" * 100_000, b'{"a":' * 3000, b'{"name":NaN}',
                                  b'{"name":"a","name":"b"}', b"\xff\xfe{\x00", b'{"role":"admin"}',
                                  b'{"name":1e999999}', b'{"__class__":"x"}'])
def test_hostile_json_is_the_clients_mistake(empty_app: Flask, body: bytes) -> None:
    answer = empty_app.test_client().post("/api/setup", data=body, content_type="application/json")
    assert answer.status_code in (400, 422)


def test_json_under_another_name_is_refused(empty_app: Flask) -> None:
    answer = empty_app.test_client().post("/api/setup", data=b"{}", content_type="text/plain")
    assert answer.status_code == 415


def test_one_of_many_simultaneous_setups_wins(empty_app: Flask) -> None:
    count, won, lost, broke = 8, [], [], []
    barrier = threading.Barrier(count)

    def attempt(number: int) -> None:
        with empty_app.app_context():
            barrier.wait()
            try:
                set_up("Ada", f"ada{number}@example.com", BODY["password"], Actor("nobody", None, "x"), 60)
                won.append(number)
            except AlreadySetUp:
                lost.append(number)
            except Exception as error:  # noqa: BLE001 - told below
                broke.append(error)

    threads = [threading.Thread(target=attempt, args=(n,)) for n in range(count)]
    [t.start() for t in threads]
    [t.join(30) for t in threads]
    assert not broke
    assert (len(won), len(lost)) == (1, count - 1)
    with empty_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(User)) == 1
        assert db.session.scalar(select(func.count()).select_from(Session)) == 1


def test_an_emptied_user_table_does_not_open_the_wizard(app: Flask, nobody: Browser) -> None:
    with app.app_context(), writing() as session:
        session.execute(delete(User))
        assert session.scalar(select(func.count()).select_from(Installation)) == 1
    assert nobody.get("/setup").headers["Location"] == "/login"
    assert nobody.json("POST", "/api/setup", BODY).status_code == 403


class TestWithToken:
    @pytest.fixture
    def app_settings(self) -> dict[str, str]:
        return {"SETUP_TOKEN": "the-token-of-this-test"}

    @pytest.mark.parametrize("token", [None, "", "wrong", "é", "the-token-of-this-test ", "x" * 100_000])
    def test_a_wrong_token_is_refused(self, empty_app: Flask, token: str | None) -> None:
        body = BODY if token is None else {**BODY, "setupToken": token}
        answer = Browser(empty_app).json("POST", "/api/setup", body)
        wanted = 200 if (token or "").strip() == "the-token-of-this-test" else 403
        assert answer.status_code == wanted

    @pytest.mark.usefixtures("one_window")
    def test_guessing_is_limited(self, empty_app: Flask) -> None:
        statuses = [Browser(empty_app).json("POST", "/api/setup", {**BODY, "setupToken": "x"}).status_code
                    for _ in range(11)]
        assert statuses == [403] * 10 + [429]

    def test_the_right_token_opens(self, empty_app: Flask) -> None:
        page = Browser(empty_app).post("/setup", {**BODY, "setup_token": "the-token-of-this-test"})
        assert page.status == 303
