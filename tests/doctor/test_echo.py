"""The echo addresses: true for the doctor, worthless for everybody else."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask

from skyvern_ui.doctor.echo.call import ask_echo
from skyvern_ui.doctor.echo.tokens import echo_path, is_good, make_token, open_answer
from skyvern_ui.relay.leg import Closed
from skyvern_ui.relay.wire import ClientSocket
from skyvern_ui.skyvern.errors import SkyvernError

from ..sandbox_server import Sandbox
from ..support.databases import settings_for
from ..support.people import Browser
from ..support.server import wait_for
from .fronts import patient, public_app


@pytest.fixture
def front(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    with public_app(database_url, tmp_path) as app:
        yield app


def url_of(app: Flask) -> str:
    return str(app.config["LISTENS_AT"])


def opened(app: Flask, path: str, body: bytes | str) -> dict[str, Any]:
    said = open_answer(app.extensions["sealer"], path, body)
    assert said is not None, body
    return said


def test_it_tells_the_doctor_how_a_call_reached_us(front: Flask) -> None:
    path = echo_path(front.config["SETTINGS"], "look")
    answer = requests.get(url_of(front) + path, headers={"X-Forwarded-For": "203.0.113.7", "Cookie": "secret=1",
                                                         "Authorization": "Bearer x"}, timeout=5)
    said = opened(front, path, answer.content)
    assert (said["peer"], said["scheme"], said["host"]) == ("127.0.0.1", "http", url_of(front).partition("//")[2])
    assert said["forwarded"] == [["X-Forwarded-For", "203.0.113.7"]] and said["client"] == "127.0.0.1"
    assert "secret" not in str(said) and "Bearer" not in str(said)
    assert "no-store" in answer.headers["Cache-Control"]


def test_whoever_steals_the_token_reads_nothing(front: Flask) -> None:
    path = echo_path(front.config["SETTINGS"], "look")
    answer = requests.get(url_of(front) + path, headers={"X-Forwarded-For": "203.0.113.7"}, timeout=5)
    assert list(answer.json()) == ["echo"] and "203.0.113.7" not in answer.text and "127.0.0.1" not in answer.text


def test_an_answer_is_to_its_own_question_only(front: Flask) -> None:
    settings, sealer = front.config["SETTINGS"], front.extensions["sealer"]
    path, other = echo_path(settings, "look"), echo_path(settings, "look")
    body = requests.get(url_of(front) + path, timeout=5).content
    assert open_answer(sealer, path, body) and open_answer(sealer, other, body) is None
    for wrong in (b"", b"{}", b"[]", b"<html>", b'{"echo": 1}', b'{"echo": "v1:x:y"}', b"[" * 5000):
        assert open_answer(sealer, path, wrong) is None


@pytest.mark.parametrize("asked", ["look", "drip", "quiet", "size", "hook", "socket"])
def test_a_token_is_for_one_purpose(front: Flask, asked: str) -> None:
    settings = front.config["SETTINGS"]
    for purpose in ("look", "drip", "quiet", "size", "hook", "socket"):
        assert is_good(settings, make_token(settings, purpose), asked) == (purpose == asked)  # type: ignore[arg-type]


def test_a_token_ends_after_a_minute_and_survives_a_rotation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = "a-secret-key-0123456789-abcdefgh", "b-secret-key-0123456789-abcdefgh"
    before = settings_for("sqlite:///x", tmp_path, SECRET_KEY=old)
    after = settings_for("sqlite:///x", tmp_path, SECRET_KEY=f"{new},{old}")
    other = settings_for("sqlite:///x", tmp_path, SECRET_KEY=new)
    moment, real = [0.0], time.time
    monkeypatch.setattr(time, "time", lambda: real() + moment[0])
    token = make_token(before, "look")
    assert is_good(before, token, "look") and is_good(after, token, "look") and not is_good(other, token, "look")
    moment[0] = 57
    assert is_good(before, token, "look")
    moment[0] = 62
    assert not is_good(before, token, "look")


@pytest.mark.parametrize("token", ["", "x", "x" * 5000, "WyJsb29rIiwieCJd.aaaa.bbbb", "%00", "..%2f"])
def test_without_a_good_token_there_is_nothing(empty_app: Flask, token: str) -> None:
    nobody = Browser(empty_app).client
    for tail in ("", "/drip", "/quiet?seconds=1"):
        answer = nobody.get(f"/doctor/echo/{token}{tail}")
        assert answer.status_code in (404, 400, 308), (token, tail)
    for tail in ("hook", "size"):
        assert nobody.post(f"/doctor/echo/{token}/{tail}", data=b"x").status_code in (404, 400, 308)


def test_wrong_methods_are_refused(empty_app: Flask) -> None:
    nobody, settings = Browser(empty_app).client, empty_app.config["SETTINGS"]
    assert nobody.post(echo_path(settings, "look")).status_code == 405
    assert nobody.get(echo_path(settings, "hook")).status_code == 405
    for seconds in ("131", "-1", "99999"):
        assert nobody.get(echo_path(settings, "quiet") + f"?seconds={seconds}").status_code == 400


def test_the_drip_sends_its_lines_a_second_apart(front: Flask) -> None:
    asked, said = ask_echo(patient(front), "drip")
    assert said == {"drip": True} and asked.status == 200
    assert asked.pieces[-1] - asked.pieces[-2] > 0.8 and asked.pieces[-1] - asked.pieces[0] > 1.6
    assert "x-accel-buffering" not in asked.reply.headers
    assert ask_echo(patient(front), "drip", "?asking=1")[0].reply.headers["x-accel-buffering"] == "no"


def test_the_silence_is_as_long_as_asked(front: Flask) -> None:
    asked, said = ask_echo(patient(front), "quiet", "?seconds=1")
    assert said == {"quiet": 1} and 0.9 < asked.seconds < 4


def test_drips_that_nobody_reads_to_the_end_give_their_place_back(front: Flask) -> None:
    for _ in range(2):
        for _ in range(12):
            path = url_of(front) + echo_path(front.config["SETTINGS"], "drip")
            assert requests.head(path, timeout=5).status_code == 200
            with requests.get(path, stream=True, timeout=5) as answer:
                next(answer.iter_lines())
        wait_for(lambda: ask_echo(patient(front), "drip")[1] == {"drip": True}, 10, "a place for one more")


@pytest.mark.parametrize(("signed_with", "verdict"), [(None, "missing"), ("another", "wrong"), ("ours", "good")])
def test_the_hook_says_whether_skyvern_signs_with_our_key(connected: Flask, sandbox: Sandbox, signed_with: str | None,
                                                          verdict: str) -> None:
    body, path = b'{"task_id": "tsk_1"}', echo_path(connected.config["SETTINGS"], "hook")
    key = sandbox.key if signed_with == "ours" else "another"
    signed = {"x-skyvern-signature": hmac.new(key.encode(), body, hashlib.sha256).hexdigest()} if signed_with else {}
    answer = Browser(connected).client.post(path, data=body, headers={"x-skyvern-timestamp": "17", **signed},
                                            content_type="application/json")
    said = opened(connected, path, answer.data)
    assert said["signature"] == verdict and said["timestamp"] == "17" and said["length"] == len(body)
    assert said["sha256"] == hashlib.sha256(body).hexdigest() and said["kind"] == "application/json"
    assert len(answer.data) < 2000 and sandbox.key not in answer.text


def test_the_hook_knows_when_there_is_no_key_and_takes_no_large_body(empty_app: Flask) -> None:
    client, settings = Browser(empty_app).client, empty_app.config["SETTINGS"]
    path = echo_path(settings, "hook")
    answer = client.post(path, data=b"x", headers={"x-skyvern-signature": "\xff" * 64})
    assert opened(empty_app, path, answer.data)["signature"] == "no_key"
    assert client.post(path, data=b"x" * 70_000).status_code == 413


def test_what_is_large_is_counted_and_what_is_too_large_refused(front: Flask) -> None:
    assert ask_echo(patient(front), "size", body=bytes(2_000_000))[1] == {"length": 2_000_000}
    asked, said = ask_echo(patient(front), "size", body=bytes(5_000_000))
    assert said is None and (asked.status == 413 or asked.reply.trouble)


def test_the_socket_answers_one_message(front: Flask) -> None:
    path, at = echo_path(front.config["SETTINGS"], "socket"), url_of(front)
    leg = ClientSocket.connect("http", "127.0.0.1", int(at.rsplit(":", 1)[1]), path,
                               [("host", at.partition("//")[2]), ("origin", at)])
    leg.send_text("hello")
    said = leg.receive(5)
    assert isinstance(said, str) and opened(front, path, said) == {"heard": "hello", "origin": at}
    with pytest.raises(Closed) as closed:
        leg.receive(5)
    assert closed.value.code == 1000
    leg.free()


@pytest.mark.parametrize(("token", "origin"), [("x", ""), ("good", "https://evil.test"), ("good", None)])
def test_the_socket_is_for_us_alone(front: Flask, token: str, origin: str | None) -> None:
    path, at = echo_path(front.config["SETTINGS"], "socket"), url_of(front)
    path = path if token == "good" else "/doctor/echo/x/socket"
    headers = [("host", at.partition("//")[2]), *([("origin", origin or at)] if origin is not None else [])]
    with pytest.raises(SkyvernError):
        ClientSocket.connect("http", "127.0.0.1", int(at.rsplit(":", 1)[1]), path, headers).free()
