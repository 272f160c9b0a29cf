"""The key: each way in which it can be wrong has its own name, and none of them shows it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from skyvern_ui.database import writing
from skyvern_ui.doctor.check import Patient
from skyvern_ui.doctor.checks import key as checks
from skyvern_ui.doctor.examination import examine
from skyvern_ui.doctor.finding import Finding
from skyvern_ui.doctor.patient import scrub_for
from skyvern_ui.extensions import db
from skyvern_ui.models import Claim
from skyvern_ui.models.columns import now
from skyvern_ui.skyvern.connection import Connection
from skyvern_ui.skyvern.key_text import read_key, unwrap

from .fake_skyvern import NO_KEY, NONSENSE, FakeSkyvern, answer, detail, drip, hang, make_key, page

KEY = make_key()
OLD = make_key(exp=1_700_000_000)
SESSION = make_key(token_type="ui_session", exp=int(time.time()) + 1800)
REPLACED = "Your API key has expired. Please retrieve the latest one from https://app.skyvern.com/settings/api-keys"


@pytest.fixture
def fake() -> Iterator[FakeSkyvern]:
    with FakeSkyvern(KEY) as server:
        yield server


def look(app: Flask, fake: FakeSkyvern, key: str) -> Finding:
    patient = Patient(app, app.config["SETTINGS"], Connection(fake.url, key))
    only = tuple(replace(each, needs=(), seconds=8.0) for each in checks.CHECKS)
    [found] = examine(patient, only, scrub_for(patient))
    assert len(key) < 8 or key not in str(found), "the key is shown"
    return found


def told(found: Finding) -> dict[str, str]:
    return dict(found.evidence)


def test_a_good_key_tells_its_organisation_and_its_end(app: Flask, fake: FakeSkyvern) -> None:
    found = look(app, fake, KEY)
    assert found.verdict == "ok" and told(found)["Organisation"] == "Skyvern-local"
    assert told(found)["Organisation id"] == "o_599461611300672620"
    assert told(found)["Good until"].startswith("21") and told(found)["From"] == "the settings"
    assert told(found)["Key"] == f"{KEY[:6]}…{KEY[-4:]}"


@pytest.mark.parametrize(("key", "reply", "code"), [
    (make_key(b"another"), NONSENSE, "key_not_valid_here"),
    ("garbage", NONSENSE, "key_not_valid_here"), (KEY[:80], NONSENSE, "key_not_valid_here"),
    ("YOUR_API_KEY", NONSENSE, "key_not_valid_here"),
    (make_key(), NO_KEY, "key_unknown"), (OLD, detail(403, "Auth token is expired"), "key_expired"),
    (OLD, NONSENSE, "key_expired"),  # before 1.0.25
    (make_key(token_type="ui_session", exp=1), detail(403, "Auth token is expired"), "key_session"),
    (make_key(), detail(403, REPLACED), "key_replaced"),
    (make_key(sub="o_1"), detail(404, "Organization not found"), "key_other_database"),
    (make_key(), detail(403, "Invalid authentication method"), "key_bearer"),
    (make_key(), answer(401, "no", "text/plain", 'www-authenticate: Basic realm="x"'), "proxy_wants_login"),
    (make_key(), page("Sign in"), "proxy_wants_login"),
    (make_key(), answer(302, "", "", "location: /login"), "proxy_wants_login"),
    (make_key(), answer(503, {"error": "Database temporarily unavailable"}), "key_not_judged"),
    (make_key(), answer(431, "too large", "text/plain"), "key_too_long"),
    (make_key(), answer(200, {"hello": 1}), "key_odd_answer"), (make_key(), answer(418, "tea"), "key_odd_answer"),
    (make_key(), detail(403, "Something new"), "key_odd_answer"), (make_key(), b"HTTP/1.1 x\r\n\r\n", "key_not_judged"),
])
def test_each_way_to_be_wrong_has_its_name(app: Flask, fake: FakeSkyvern, key: str, reply: bytes, code: str) -> None:
    key = key if key != KEY else make_key(iat=1)
    fake.keys.discard(key)
    fake.refusals[key] = reply
    found = look(app, fake, key)
    assert (found.verdict, found.code) == ("fail", code), found
    assert found.title and found.explain and found.fix


@pytest.mark.parametrize("wrapped", [f'"{KEY}"', f"'{KEY}'", f"Bearer {KEY}", f"{KEY} ", f" {KEY}\n",
                                     f"SKYVERN_API_KEY={KEY}", f"export SKYVERN_API_KEY='{KEY}'", f"\u200b{KEY}",
                                     f"{KEY[:70]}\n{KEY[70:]}", f"{KEY}\r\nx-injected: 1"[:len(KEY) + 2]])
def test_what_sticks_to_a_key_is_taken_off_and_tried(app: Flask, fake: FakeSkyvern, wrapped: str) -> None:
    found = look(app, fake, wrapped)
    assert (found.code, found.mend) == ("key_wrapped", "/doctor/mend/key") and "Taken off: " in found.explain
    assert KEY not in str(found)


def test_a_line_break_never_reaches_the_wire(app: Flask, fake: FakeSkyvern) -> None:
    found = look(app, fake, f"{KEY}\r\nx-injected: yes")
    assert found.verdict == "fail" and not [each for each in fake.requests if b"x-injected: yes" in each.lower()]


@pytest.mark.parametrize(("key", "code"), [
    ("", "key_missing"), ("  ", "key_missing"), ("schlüssel-🔑", "key_unsendable"), ("k" * 70_000, "key_too_long")])
def test_what_cannot_be_a_key_is_not_sent(app: Flask, fake: FakeSkyvern, key: str, code: str) -> None:
    found = look(app, fake, key)
    assert found.code == code and fake.requests == []


def test_a_proxy_that_drops_the_header_is_told_from_an_unknown_key(app: Flask, fake: FakeSkyvern) -> None:
    fake.keyed = ()
    fake.paths["/api/v1/organizations"] = NO_KEY
    assert look(app, fake, KEY).code == "key_header_dropped"


def test_a_token_of_the_front_end_works_and_is_warned_of(app: Flask, fake: FakeSkyvern) -> None:
    fake.keys.add(SESSION)
    found = look(app, fake, SESSION)
    assert (found.verdict, found.code) == ("warn", "key_session") and "It works until" in found.explain


def test_a_key_that_only_a_cache_still_knows(app: Flask, fake: FakeSkyvern) -> None:
    fake.keys |= {OLD, soon := make_key(exp=int(time.time()) + 86_400)}
    assert look(app, fake, OLD).code == "key_remembered"
    assert (look(app, fake, soon).verdict, look(app, fake, soon).code) == ("warn", "key_ends_soon")


@pytest.mark.parametrize("key", [
    make_key(algorithm="none"), "a.b.c", "..", "eyJ.eyJ.", make_key(exp="tomorrow"), make_key(exp=10**30),
    make_key(exp=-1e300), make_key(sub=["x"]), make_key(sub="<script>"), make_key(exp=True), "é" * 50,
    "W10.W10.x", "[" * 9000, "eyJhIjo" + "W1tb" * 3000 + ".e30.x"])
def test_no_key_is_odd_enough_to_break_the_doctor(app: Flask, fake: FakeSkyvern, key: str) -> None:
    found = look(app, fake, key)
    assert found.verdict == "fail" and "check_broke" not in found.code and "<script>" not in str(found)


@pytest.mark.parametrize("reply", [hang, drip])
def test_a_server_that_stops_while_it_judges(app: Flask, fake: FakeSkyvern, reply: object,
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("skyvern_ui.doctor.checks.key_probe.judge.__kwdefaults__", {"seconds": 0.4})
    fake.paths["/api/v1/organizations"] = reply  # type: ignore[assignment]
    assert look(app, fake, KEY).code == "key_not_judged"


def test_an_upstream_that_sends_the_key_back_shows_nothing(app: Flask, fake: FakeSkyvern) -> None:
    bad = make_key(b"other")
    for body in (detail(403, f"your key is {bad}"), answer(500, bad, "text/plain"),
                 answer(200, {"organizations": [{"organization_name": bad, "organization_id": bad}]})):
        fake.refusals[bad] = body
        found = look(app, fake, bad)
        assert bad not in str(found) and bad.split(".")[1] not in str(found)


def claim(app: Flask, *runs: str) -> None:
    with app.app_context():
        with writing() as session:
            for number, run in enumerate(runs):
                session.add(Claim(upstream_id=run, kind="run", actor_kind="person", actor_id="user-ada",
                                  actor_name="Ada", created_at=now() - timedelta(minutes=number)))
        db.session.remove()


def test_a_good_key_of_another_organisation(app: Flask, fake: FakeSkyvern) -> None:
    claim(app, "tsk_1", "wr_2", "tsk_v2_3")
    fake.paths["/v1/runs/"] = detail(404, "Run not found")
    found = look(app, fake, KEY)
    assert (found.verdict, found.code) == ("warn", "key_of_another_organisation")
    fake.paths["/v1/runs/wr_2"] = answer(200, {"run_id": "wr_2"})
    assert look(app, fake, KEY).verdict == "ok"


def test_where_a_key_comes_from_is_said(app: Flask, fake: FakeSkyvern, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"SKYVERN_API_KEY='{KEY}'\n")
    settings = replace(app.config["SETTINGS"], skyvern_api_key=f'"{KEY}"', skyvern_key_paths=(tmp_path,))
    words = checks.source_of(KEY, settings)
    assert words.startswith("SKYVERN_API_KEY in the environment") and str(tmp_path / ".env") in words


def test_a_key_is_read_without_being_believed() -> None:
    face = read_key(make_key(b"whatever", algorithm="none", token_type="ui_session"))
    assert (face.is_token, face.is_session, face.algorithm, face.organization) == (
        True, True, "none", "o_599461611300672620")
    assert read_key(KEY).expires_at and not read_key(KEY).is_over()


def test_what_was_taken_off_is_named() -> None:
    assert unwrap("export SKYVERN_API_KEY=“Bearer k”").removed == ("the name of the variable", "quotes", "“Bearer”")
    assert unwrap("k").removed == () and "k.k.k" not in repr(unwrap("k.k.k "))
