"""Mending the address and the key: shown before, tried before, verified after, and only one of two is the quicker."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui.audit import CLI
from skyvern_ui.doctor.checks import reach
from skyvern_ui.doctor.history.rules import latest_findings
from skyvern_ui.extensions import db
from skyvern_ui.models import OrganizationSettings
from skyvern_ui.sealed import fingerprint
from skyvern_ui.settings.rules import load, open_key, save_connection

from ..support.audit import audited
from ..support.people import PASSWORD, Browser, Page
from .fake_skyvern import NONSENSE, FakeSkyvern, answer, detail, drip, hang, make_key, page

GOOD, BAD, NEW = make_key(iat=1), make_key(b"other"), make_key(iat=2)
OLD_RELEASE = answer(200, {"paths": {"/v1/tag-values": {"get": {}}, "/v1/runs": {"get": {}}}})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sky" / ".skyvern").mkdir(parents=True)
    return tmp_path / "sky"


@pytest.fixture
def app_settings(folder: Path) -> dict[str, str]:
    return {"SKYVERN_KEY_PATHS": str(folder)}


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSkyvern]:
    monkeypatch.setattr(reach, "NEIGHBOUR_SECONDS", 0.6)
    with FakeSkyvern(GOOD) as server:
        yield server


def store(app: Flask, url: str, key: str) -> None:
    with app.app_context():
        save_connection(app.extensions["sealer"], url, key, CLI)
        db.session.remove()


def stored(app: Flask) -> tuple[str | None, str, int]:
    """Address, key and version as they are in the database."""
    with app.app_context():
        row = load()
        assert row is not None
        found = row.skyvern_api_url, open_key(app.extensions["sealer"], row), row.version
        db.session.remove()
    return found


def put(page_: Page, form: str, **more: str) -> dict[str, str]:
    """The hidden and chosen values of a form, with the password."""
    values = {tag["name"]: tag.get("value", "") for tag in page_.one(f'form[action="{form}"]').select("input[name]")
              if tag.get("type") != "radio" or tag.has_attr("checked")}
    values.pop("csrf_token")
    return {**values, "password": PASSWORD, **more}


def at_once(app: Flask, path: str, sent: dict[str, str]) -> list[int]:
    """The same form from two browsers in the same moment; what they were answered, the lower first."""
    both, together, told = [Browser(app, "ada") for _ in range(2)], threading.Barrier(2), list[int]()
    for each in both:
        assert each.sign_in("ada@example.com").status == 303
        each.token()

    def press(browser: Browser) -> None:
        together.wait(10)
        told.append(browser.post(path, sent).status)

    threads = [threading.Thread(target=press, args=(each,)) for each in both]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    return sorted(told)


class TestKey:
    FORM = "/doctor/mend/key"

    def leave(self, folder: Path, key: str) -> None:
        (folder / ".env").write_text(f"SKYVERN_API_KEY='{key}'\n")

    def test_a_key_that_skyvern_left_is_tried_and_adopted(self, app: Flask, ada: Browser, fake: FakeSkyvern,
                                                          folder: Path) -> None:
        store(app, fake.url, BAD)
        self.leave(folder, GOOD)
        shown = ada.get(self.FORM)
        assert "Skyvern cannot read this key" in shown.words and "Skyvern-local" in shown.words
        assert fingerprint(GOOD) in shown.words and not shown.all("[data-poll]#mend-keys")
        assert GOOD not in shown.text and BAD not in shown.text
        done = ada.post(self.FORM, put(shown, self.FORM))
        assert (done.status, done.headers["Location"]) == (303, "/doctor")
        assert stored(app)[:2] == (fake.url, GOOD)
        assert "Mended" in ada.get("/account").words
        [_, row] = audited(app, "connection.update")
        assert row.user_name == "Ada" and row.details and GOOD not in str(row.details)
        with app.app_context():
            assert latest_findings()["key"].verdict == "ok"

    def test_the_newer_credentials_file_is_read_too(self, app: Flask, ada: Browser, fake: FakeSkyvern,
                                                    folder: Path) -> None:
        store(app, fake.url, BAD)
        (folder / ".skyvern" / "credentials.toml").write_text(
            f'[skyvern]\nconfigs = [{{env = "local", orgs = [{{name = "S", cred = "{GOOD}"}}]}}]\n')
        shown = ada.get(self.FORM)
        assert "credentials.toml" in shown.words
        assert ada.post(self.FORM, put(shown, self.FORM)).status == 303 and stored(app)[1] == GOOD

    def test_what_sticks_to_the_stored_key_comes_off(self, app: Flask, ada: Browser, fake: FakeSkyvern) -> None:
        store(app, fake.url, f'"Bearer {GOOD}"\n')
        shown = ada.get(self.FORM)
        assert "The stored key without" in shown.words and "quotes" in shown.words
        assert ada.post(self.FORM, put(shown, self.FORM)).status == 303 and stored(app)[1] == GOOD

    def test_nothing_is_changed_without_the_password(self, app: Flask, ada: Browser, fake: FakeSkyvern,
                                                     folder: Path) -> None:
        store(app, fake.url, BAD)
        self.leave(folder, GOOD)
        sent = put(ada.get(self.FORM), self.FORM, password="wrong")
        refused = ada.post(self.FORM, sent)
        assert refused.status == 422 and "not your password" in refused.words and stored(app)[1] == BAD

    def test_a_key_that_stopped_working_meanwhile_is_not_taken(self, app: Flask, ada: Browser, fake: FakeSkyvern,
                                                               folder: Path) -> None:
        store(app, fake.url, BAD)
        self.leave(folder, GOOD)
        sent = put(ada.get(self.FORM), self.FORM)
        fake.keys.clear()
        assert ada.post(self.FORM, sent).status == 409 and stored(app)[1] == BAD
        gone = ada.post(self.FORM, {**sent, "choice": "0" * 12})
        assert gone.status == 409 and "That key is gone" in gone.words

    def test_of_two_admins_the_second_is_told(self, app: Flask, ada: Browser, fake: FakeSkyvern, folder: Path) -> None:
        store(app, fake.url, BAD)
        self.leave(folder, GOOD)
        sent = put(ada.get(self.FORM), self.FORM)
        assert ada.post(self.FORM, sent).status == 303
        second = ada.post(self.FORM, sent)
        assert second.status == 409 and "Somebody else was quicker" in second.words
        assert "Skyvern accepts the key" in second.words, "the fresh state is shown"
        assert len(audited(app, "connection.update")) == 2

    def test_two_at_the_very_same_moment(self, app: Flask, ada: Browser, fake: FakeSkyvern, folder: Path) -> None:
        store(app, fake.url, BAD)
        self.leave(folder, GOOD)
        sent = put(ada.get(self.FORM), self.FORM)
        told = at_once(app, self.FORM, sent)
        assert told == [303, 409] and stored(app)[2] == 2

    def test_until_a_key_works_the_page_keeps_asking(self, app: Flask, ada: Browser, fake: FakeSkyvern,
                                                     folder: Path) -> None:
        store(app, fake.url, BAD)
        first = ada.get(self.FORM)
        assert first.one("#mend-keys")["hx-get"] == "/doctor/mend/key/candidates"
        assert "skyvern doctor --fix" in first.words and not first.all('form[action="/doctor/mend/key/repair"]')
        self.leave(folder, make_key(b"x"))
        again = ada.get("/doctor/mend/key/candidates")
        assert again.one("#mend-keys[data-poll]") and "This is no key" not in again.words
        self.leave(folder, GOOD)
        last = ada.get("/doctor/mend/key/candidates")
        assert not last.all("[data-poll]") and last.one(f'form[action="{self.FORM}"]')

    def test_a_stored_key_that_begins_to_work_ends_it(self, app: Flask, ada: Browser, fake: FakeSkyvern) -> None:
        store(app, fake.url, BAD)
        fake.keys.add(BAD)
        last = ada.get("/doctor/mend/key/candidates")
        assert not last.all("[data-poll]") and "needs no mending" in last.words

    @pytest.mark.parametrize("reply", [hang, drip, page("Hello"), answer(500, "no")])
    def test_no_key_goes_to_what_is_no_skyvern(self, app: Flask, ada: Browser, fake: FakeSkyvern, folder: Path,
                                               reply: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("skyvern_ui.doctor.checks.reach.look_at.__kwdefaults__", {"seconds": 0.5})
        store(app, fake.url, BAD)
        self.leave(folder, GOOD)
        fake.every(reply)
        shown = ada.get(self.FORM)
        assert shown.status == 200 and "cannot be tried before Skyvern answers" in shown.words
        assert not [each for each in fake.requests if b"x-api-key" in each]

    def test_an_upstream_that_sends_keys_back_shows_none(self, app: Flask, ada: Browser, fake: FakeSkyvern,
                                                         folder: Path) -> None:
        store(app, fake.url, BAD)
        self.leave(folder, GOOD)
        fake.refusals[BAD] = detail(403, f"{BAD} and {GOOD}")
        fake.paths["/api/v1/organizations"] = answer(200, {"organizations": [{"organization_name": GOOD}]})
        text = ada.get(self.FORM).text
        assert GOOD not in text and BAD not in text and GOOD.split(".")[1] not in text

    def test_a_sealed_key_that_cannot_be_opened_is_replaced(self, app: Flask, ada: Browser, fake: FakeSkyvern,
                                                            folder: Path) -> None:
        store(app, fake.url, BAD)
        with app.app_context():
            row = db.session.scalars(select(OrganizationSettings)).one()
            row.skyvern_api_key = app.extensions["sealer"].seal(BAD, "elsewhere")
            db.session.commit()
            db.session.remove()
        self.leave(folder, GOOD)
        shown = ada.get(self.FORM)
        assert "SECRET_KEY has changed" in shown.words
        assert ada.post(self.FORM, put(shown, self.FORM)).status == 303 and stored(app)[1] == GOOD

    @pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30])
    def test_a_form_without_its_version_is_refused(self, app: Flask, ada: Browser, fake: FakeSkyvern, folder: Path,
                                                   version: str) -> None:
        store(app, fake.url, BAD)
        self.leave(folder, GOOD)
        sent = put(ada.get(self.FORM), self.FORM, version=version)
        assert ada.post(self.FORM, sent).status == 422 and stored(app)[1] == BAD


class TestAddress:
    FORM = "/doctor/mend/address"

    def test_a_working_address_is_shown_and_stored(self, app: Flask, ada: Browser, fake: FakeSkyvern) -> None:
        store(app, fake.url + "/api/v1", GOOD)
        shown = ada.get(self.FORM)
        assert "must end before /api/v1" in shown.words and shown.one('[name="address"]')["value"] == fake.url
        assert not [each for each in fake.requests if b"x-api-key" in each], "no key is sent to find it"
        done = ada.post(self.FORM, put(shown, self.FORM))
        assert (done.status, done.headers["Location"]) == (303, "/doctor")
        assert stored(app)[:2] == (fake.url, GOOD)
        assert len(audited(app, "connection.update")) == 2 and "Mended" in ada.get("/account").words

    def test_the_next_thing_to_mend_comes_next(self, app: Flask, ada: Browser, fake: FakeSkyvern) -> None:
        store(app, fake.url + "/v1", BAD)
        done = ada.post(self.FORM, put(ada.get(self.FORM), self.FORM))
        assert done.headers["Location"] == "/doctor/mend/key" and stored(app)[0] == fake.url
        assert "What is wrong now: Skyvern cannot read this key" in ada.get("/account").words

    def test_an_address_of_ones_own_making_is_refused(self, app: Flask, ada: Browser, fake: FakeSkyvern) -> None:
        store(app, fake.url + "/v1", GOOD)
        with socket.create_server(("127.0.0.1", 0)) as canary:
            canary.settimeout(0.2)
            mine = f"http://127.0.0.1:{canary.getsockname()[1]}"
            sent = put(ada.get(self.FORM), self.FORM, address=mine)
            assert ada.post(self.FORM, sent).status == 409 and stored(app)[0] == fake.url + "/v1"
            with pytest.raises(TimeoutError):
                canary.accept()

    def test_the_second_of_two_is_told(self, app: Flask, ada: Browser, fake: FakeSkyvern) -> None:
        store(app, fake.url + "/v1", GOOD)
        sent = put(ada.get(self.FORM), self.FORM)
        assert ada.post(self.FORM, sent).status == 303
        second = ada.post(self.FORM, sent)
        assert second.status == 409 and "Somebody else was quicker" in second.words
        assert "needs no mending" in second.words

    def from_environment(self, app: Flask, url: str) -> None:
        settings = replace(app.config["SETTINGS"], skyvern_api_url=url, skyvern_api_key=GOOD)
        app.config["SETTINGS"] = app.extensions["connections"].settings = settings

    def test_of_two_at_once_one_is_first_where_nothing_was_stored(self, app: Flask, ada: Browser,
                                                                  fake: FakeSkyvern) -> None:
        self.from_environment(app, fake.url + "/v1")
        sent = put(ada.get(self.FORM), self.FORM)
        assert at_once(app, self.FORM, sent) == [303, 409]
        with app.app_context():
            [row] = db.session.scalars(select(OrganizationSettings)).all()
            assert (row.skyvern_api_url, row.version) == (fake.url, 1)
            db.session.remove()

    def test_a_key_of_the_environment_stays_there(self, app: Flask, ada: Browser, fake: FakeSkyvern) -> None:
        self.from_environment(app, fake.url + "/api")
        shown = ada.get(self.FORM)
        assert ada.post(self.FORM, put(shown, self.FORM)).status == 303
        with app.app_context():
            row = load()
            assert row is not None and (row.skyvern_api_url, row.skyvern_api_key) == (fake.url, None)
            db.session.remove()

    def test_where_nothing_is_wrong_nothing_is_offered(self, app: Flask, ada: Browser, fake: FakeSkyvern) -> None:
        assert "No address is stored" in ada.get(self.FORM).words
        store(app, fake.url, GOOD)
        shown = ada.get(self.FORM)
        assert "needs no mending" in shown.words and not shown.all(f'form[action="{self.FORM}"]')


class TestRepair:
    FORM = "/doctor/mend/key/repair"

    @pytest.fixture
    def old(self, fake: FakeSkyvern) -> FakeSkyvern:
        """A release that makes a new key when asked to."""
        fake.paths["/openapi.json"], fake.paths["/api/v1/version"] = OLD_RELEASE, detail(404, "Not Found")

        def make(conn: socket.socket, _request: bytes) -> None:
            fake.keys.clear()
            fake.keys.add(NEW)
            conn.sendall(answer(200, {"status": "ok", "organization_id": "o_1", "api_key": NEW,
                                      "fingerprint": "x", "backend_env_path": "/app/.env"}))
        fake.paths["/api/v1/internal/auth/repair"] = make
        return fake

    def asked(self, old: FakeSkyvern) -> int:
        return len(old.seen("/api/v1/internal/auth/repair"))

    def press(self, ada: Browser, **more: str) -> Page:
        shown = ada.get("/doctor/mend/key")
        return ada.post(self.FORM, put(shown, self.FORM, **more))

    def test_only_when_asked_for_it_makes_a_new_key(self, app: Flask, ada: Browser, old: FakeSkyvern) -> None:
        store(app, old.url, BAD)
        assert ada.get("/doctor/mend/key").one(f'form[action="{self.FORM}"]') and self.asked(old) == 0
        done = self.press(ada, sure="y")
        assert done.status == 200 and "/app/.env" in done.words and "Skyvern accepts the key" in done.words
        assert stored(app)[1] == NEW and self.asked(old) == 1 and NEW not in done.text
        [row] = audited(app, "key.repair")
        assert (row.outcome, row.user_name) == ("done", "Ada") and NEW not in str(row.details)

    def test_it_is_not_asked_without_a_tick_or_password(self, app: Flask, ada: Browser, old: FakeSkyvern) -> None:
        store(app, old.url, BAD)
        shown = ada.get("/doctor/mend/key")
        sent = put(shown, self.FORM)
        sent.pop("sure")
        assert ada.post(self.FORM, sent).status == 422
        assert ada.post(self.FORM, {**sent, "sure": "y", "password": "wrong"}).status == 422
        assert self.asked(old) == 0 and stored(app)[1] == BAD

    def test_of_two_admins_one_asks(self, app: Flask, ada: Browser, old: FakeSkyvern) -> None:
        store(app, old.url, BAD)
        sent = put(ada.get("/doctor/mend/key"), self.FORM, sure="y")
        assert ada.post(self.FORM, sent).status == 200
        assert ada.post(self.FORM, sent).status == 409 and self.asked(old) == 1

    @pytest.mark.parametrize(("reply", "words", "outcome"), [
        (detail(403, "Endpoint requires localhost access"), "only for its own machine", "failed"),
        (detail(404, "Not Found"), "makes no new key when asked", "refused"),
        (answer(500, {"detail": "x"}), "made no new key", "failed"),
        (answer(200, {"status": "ok"}), "answered without a key", "failed"),
        (answer(200, {"api_key": "two\nlines\x07"}), "answered without a key", "failed"),
        (lambda conn, _r: None, "Nobody knows", "unknown"),
    ])
    def test_what_went_wrong_is_said_and_recorded(self, app: Flask, ada: Browser, old: FakeSkyvern, reply: Any,
                                                  words: str, outcome: str) -> None:
        store(app, old.url, BAD)
        old.paths["/api/v1/internal/auth/repair"] = reply
        page_ = self.press(ada, sure="y")
        assert page_.status in (409, 502, 504) and words in page_.words and stored(app)[1] == BAD
        [row] = audited(app, "key.repair")
        assert row.outcome == outcome and self.asked(old) == 1

    def test_a_new_release_is_never_asked(self, app: Flask, ada: Browser, fake: FakeSkyvern) -> None:
        store(app, fake.url, BAD)
        sent = {"version": str(stored(app)[2]), "password": PASSWORD, "sure": "y"}
        answer_ = ada.post(self.FORM, sent)
        assert answer_.status == 409 and "skyvern doctor --fix" in answer_.words and self.asked(fake) == 0

    def test_an_answer_that_says_more_shows_no_key(self, app: Flask, ada: Browser, old: FakeSkyvern) -> None:
        store(app, old.url, BAD)
        old.paths["/api/v1/internal/auth/repair"] = answer(200, {"api_key": NEW, "backend_env_path": f"/{NEW}/{BAD}"})
        text = self.press(ada, sure="y").text
        assert NEW not in text and BAD not in text and stored(app)[1] == NEW


@pytest.mark.parametrize("path", ["/doctor/mend/key", "/doctor/mend/address", "/doctor/mend/key/candidates"])
def test_mending_is_for_admins(app: Flask, ben: Browser, nobody: Browser, fake: FakeSkyvern, path: str) -> None:
    store(app, fake.url, GOOD)
    assert ben.get(path).status == 403 and nobody.get(path).status == 303
    if not path.endswith("candidates"):
        assert ben.post(path, {"version": "1", "password": PASSWORD}).status == 403
    assert ben.post("/doctor/mend/key/repair", {"version": "1", "sure": "y", "password": PASSWORD}).status == 403
    assert fake.requests == []


def test_a_refused_key_says_why(app: Flask, ada: Browser, fake: FakeSkyvern) -> None:
    store(app, fake.url, BAD)
    fake.refusals[BAD] = NONSENSE
    assert "cannot read this key" in ada.get("/doctor/mend/key").words


def test_an_address_without_encryption_is_no_quiet_offer(app: Flask, ada: Browser, fake: FakeSkyvern) -> None:
    store(app, fake.url.replace("http:", "https:"), GOOD)
    page_ = ada.get("/doctor/mend/address")
    assert fake.url in page_.words and "is not encrypted" in page_.words and "reads the key" in page_.words
    assert not [each for each in fake.requests if GOOD.encode() in each]
