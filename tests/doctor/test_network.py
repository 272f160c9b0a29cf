"""The way to Skyvern: each thing that can be wrong with it is named, with a working address where there is one."""

from __future__ import annotations

import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from flask import Flask

from skyvern_ui.config import Settings
from skyvern_ui.doctor.check import Patient
from skyvern_ui.doctor.checks import network, places, reach
from skyvern_ui.doctor.finding import Finding
from skyvern_ui.skyvern.connection import Connection

from ..relay.fault_server import FaultServer, reset, speaking
from ..support.postgres import free_port
from .fake_skyvern import NOT_FOUND, FakeSkyvern, answer, drip, hang, make_key, page

KEY = make_key()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env({"INSTANCE_DIR": str(tmp_path), "PORT": "3000", "SKYVERN_UI_ENV": "development"})


@pytest.fixture
def fake() -> Iterator[FakeSkyvern]:
    with FakeSkyvern(KEY) as server:
        yield server


def patient(settings: Settings, url: str, key: str = KEY) -> Patient:
    return Patient(cast(Flask, None), settings, Connection(url, key))


@pytest.fixture
def look(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Finding]:
    """Looks at an address, a little impatiently."""
    monkeypatch.setattr(reach, "NEIGHBOUR_SECONDS", 0.6)
    return lambda url, seconds=0.6: reach.look_at(url, settings, seconds=seconds)


Look = Callable[..., Finding]


def test_a_skyvern_is_well(settings: Settings, fake: FakeSkyvern) -> None:
    for check in (network.look_at_address, network.look_at_prefixes):
        found = check(patient(settings, fake.url))
        assert (found.verdict, found.code) == ("ok", "ok"), found
    assert not [each for each in fake.requests if b"x-api-key" in each], "no key is sent to find out"


def test_without_a_connection_the_settings_are_named(settings: Settings) -> None:
    nobody = Patient(cast(Flask, None), settings, None, "Nobody has entered one.")
    found = network.look_at_address(nobody)
    assert (found.verdict, found.code, found.mend) == ("fail", "no_connection", "/settings")
    assert network.look_at_prefixes(nobody).verdict == "skip"


@pytest.mark.parametrize(("reply", "code"), [
    (page("Skyvern"), "skyvern_front_end"), (page("Grafana"), "web_page"),
    (answer(200, {"hello": "world"}), "another_service"), (NOT_FOUND, "another_service"),
    (answer(401, "Unauthorized", "text/plain", 'www-authenticate: Basic realm="x"'), "proxy_wants_login"),
    (answer(403, "<html>Forbidden", "text/html"), "proxy_wants_login"),
    (answer(502, "<html><title>502 Bad Gateway</title>", "text/html"), "proxy_upstream_down"),
    (answer(504, "<html>", "text/html"), "proxy_upstream_down"),
    (answer(503, "Service Unavailable", "text/plain; charset=utf-8"), "overloaded"),
    (answer(404, "404 page not found\n", "text/plain"), "proxy_no_route"),
    (answer(302, "", "", "location: https://sso.example.com/login?to=x"), "proxy_wants_login"),
    (answer(301, "", "", "location: https://skyvern.example.com/"), "redirected"),
    (answer(404, {"error": "x", "code": "not_found", "request_id": "1"}), "own_address"),
    (answer(400, "Invalid HTTP request received.", "text/plain"), "another_service"),
    (answer(200, b"\x00\xff" * 50, "application/octet-stream"), "another_service"),
    (answer(200, "", ""), "another_service"),
    (hang, "no_answer"), (drip, "answer_incomplete"),
    (lambda conn, _r: conn.sendall(b"SSH-2.0-OpenSSH\r\n\r\n"), "not_http"),
    (lambda conn, _r: None, "closed"), (lambda conn, _r: reset(conn), "closed"),
    (lambda conn, _r: conn.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nServer is running."),
     "answer_incomplete"),
])
def test_what_answers_in_its_place_is_named(look: Look, fake: FakeSkyvern, reply: object, code: str) -> None:
    fake.every(cast(bytes, reply))
    begun = time.monotonic()
    found = look(fake.url)
    assert (found.verdict, found.code) == ("fail", code), found
    assert found.title and found.explain and found.fix
    assert time.monotonic() - begun < 4


def test_litellm_is_called_by_its_name(look: Look, fake: FakeSkyvern) -> None:
    fake.every(NOT_FOUND)
    fake.paths = {"/health/liveliness": answer(200, '"I\'m alive!"')}
    assert look(fake.url).code == "litellm"


def test_our_own_address_is_told(settings: Settings, fake: FakeSkyvern, monkeypatch: pytest.MonkeyPatch) -> None:
    fake.every(NOT_FOUND)
    monkeypatch.setattr(places, "own_addresses", lambda _settings: {("127.0.0.1", fake.port)})
    assert reach.look_at(fake.url, settings).code == "own_address"


def test_nobody_listens(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "in_container", lambda: False)
    assert look(f"http://127.0.0.1:{free_port()}").code == "refused"
    monkeypatch.setattr(reach, "in_container", lambda: True)
    found = look(f"http://127.0.0.1:{free_port()}")
    assert found.code == "localhost_in_container" and "host.docker.internal" in " ".join(found.fix)


def test_an_unknown_name_and_a_forbidden_address(look: Look) -> None:
    assert look("http://nobody.invalid:8000").code == "name_unknown"
    assert look("http://169.254.169.254").code == "address_forbidden"


def test_https_to_plain_http_finds_the_right_scheme(look: Look, fake: FakeSkyvern) -> None:
    def plain(conn: socket.socket, number: int) -> None:
        first = conn.recv(1, socket.MSG_PEEK)
        if first == b"\x16":
            conn.recv(4096)
            conn.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        else:
            fake._serve(conn, number)

    with FaultServer(plain) as both:
        found = look(f"https://127.0.0.1:{both.port}")
        better = f"http://127.0.0.1:{both.port}"
    assert (found.code, found.mend) == ("tls_plain", "/doctor/mend/address")
    assert found.fix[0].startswith(f"Use {better}:") and ("Skyvern answers at", better) in found.evidence


def test_a_certificate_nobody_knows(look: Look, tmp_path: Path) -> None:
    pair = tmp_path / "pair.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", pair, "-out", tmp_path / "cert.pem", "-subj", "/CN=x", "-days", "2"], check=True,
                   capture_output=True)
    pair.write_text(pair.read_text() + (tmp_path / "cert.pem").read_text())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)

    def secure(_server: FaultServer, conn: socket.socket, _number: int) -> None:
        context.wrap_socket(conn, server_side=True).close()

    with speaking(secure) as server:
        assert look(f"https://127.0.0.1:{server.port}").code == "tls_self_signed"


@pytest.mark.parametrize("tail", ["/api/v1", "/v1", "/api/v1/api/v1", "/api", "/api/v2/"])
def test_a_prefix_in_the_address_is_taken_off(look: Look, fake: FakeSkyvern, tail: str) -> None:
    found = look(fake.url + tail.rstrip("/"))
    assert (found.code, found.mend) == ("path_doubled", "/doctor/mend/address")
    assert f"Use {fake.url}:" in found.fix[0]


def test_a_missing_path_is_found(look: Look, fake: FakeSkyvern) -> None:
    good = dict(fake.paths)
    fake.every(page("Portal"))
    fake.paths = {"/skyvern" + path: reply for path, reply in good.items()}
    fake.keyed = ("/skyvern/v1/",)
    found = look(fake.url)
    assert found.code == "web_page" and ("Skyvern answers at", f"{fake.url}/skyvern") in found.evidence


@pytest.mark.parametrize("reply", [page(), NOT_FOUND, answer(404, "404 page not found", "text/plain"),
                                   answer(502, "Bad Gateway", "text/plain"), hang])
def test_only_one_prefix_is_forwarded(settings: Settings, fake: FakeSkyvern, reply: bytes, look: Look,
                                      monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "PROBE_SECONDS", 0.5)
    fake.keyed = ("/api/",)
    fake.paths["/v1"] = reply
    del fake.paths["/v1/runs"]
    found = network.look_at_prefixes(patient(settings, fake.url))
    assert (found.verdict, found.code) == ("fail", "prefix_missing") and "/v1 " in found.title
    assert any("location /v1/" in line for line in found.fix)
    assert ("/api/v1", "403, Skyvern") in found.evidence


def test_only_v1_is_forwarded(look: Look, fake: FakeSkyvern) -> None:
    fake.paths["/api"] = page()
    fake.paths["/api/v1/heartbeat"] = page()
    found = look(fake.url)
    assert found.code == "api_not_forwarded" and any("location /api/" in line for line in found.fix)


def test_api_v2_alone_is_a_warning(settings: Settings, fake: FakeSkyvern) -> None:
    fake.keyed = ("/api/v1", "/v1")
    fake.paths["/api/v2"] = page()
    del fake.paths["/api/v2/tasks"]
    assert network.look_at_prefixes(patient(settings, fake.url)).verdict == "warn"


def test_stripped_prefixes_are_told_from_a_stranger(settings: Settings, fake: FakeSkyvern) -> None:
    fake.keyed = ()
    fake.paths = {"/api/v1/heartbeat": fake.paths["/api/v1/heartbeat"]}
    assert network.look_at_prefixes(patient(settings, fake.url)).code == "prefixes_missing"


def test_what_is_said_elsewhere_is_cut_short(look: Look, fake: FakeSkyvern) -> None:
    fake.every(answer(500, "x" * 200_000, "text/plain"))
    found = look(fake.url)
    assert max(len(value) for _, value in found.evidence) <= 300
