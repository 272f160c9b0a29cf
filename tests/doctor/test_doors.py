"""Ports of Skyvern that strangers can reach: known by a harmless question, and never by a guess."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from skyvern_ui.doctor.checks.doors import (
    doors_finding,
    doors_of,
    look_at_public_host,
    look_at_skyvern_host,
)
from skyvern_ui.doctor.checks.open_doors import API, DEVTOOLS, DOORS, FILES, FRONT, VNC, Door, Seen, look_at

from ..relay.fault_server import FaultServer, answering, ok
from ..sandbox_server import Sandbox
from .fronts import patient, public_app

HOST = "127.0.0.1"
EXPRESS = "x-powered-by: Express"
NO_FILE = (b"HTTP/1.1 404 Not Found\r\nx-powered-by: Express\r\ncontent-length: 43\r\n\r\n"
           b"Error: ENOENT: no such file or directory   ")
NO_ROUTE = (b"HTTP/1.1 404 Not Found\r\nx-powered-by: Express\r\ncontent-length: 20\r\n\r\n"
            b"Cannot GET /artifact")
NO_PAGE = b"HTTP/1.1 405 Method Not Allowed\r\nserver: WebSockify Python/3.11\r\ncontent-length: 0\r\n\r\n"
KEY_WANTED = b'HTTP/1.1 403 Forbidden\r\ncontent-length: 32\r\n\r\n{"detail":"Invalid credentials"}'
PAGE = ok(b"<!doctype html><title>Skyvern</title>", "content-type: text/html")
OTHER_PAGE = ok(b"<!doctype html><title>Prometheus</title>", "content-type: text/html")


def seen(door: Door, *answers: bytes) -> Seen:
    with answering_each(*answers) as server:
        return look_at(HOST, [replace(door, port=server.port)])[0]


def answering_each(*answers: bytes) -> FaultServer:
    """Each connection gets the next answer."""
    def script(conn: object, number: int) -> None:
        server.request(conn)  # type: ignore[arg-type]
        conn.sendall(answers[min(number - 1, len(answers) - 1)])  # type: ignore[attr-defined]
    server = FaultServer(script)  # type: ignore[arg-type]
    return server


@pytest.mark.parametrize(("door", "answer"), [
    (FILES, NO_FILE), (VNC, NO_PAGE), (VNC, ok(b"<title>noVNC</title>", "content-type: text/html")), (FRONT, PAGE),
    (DEVTOOLS, ok(b'{"webSocketDebuggerUrl": "ws://x/devtools"}')), (API, ok(b"Server is running."))])
def test_what_stands_open_is_known(door: Door, answer: bytes) -> None:
    assert seen(door, answer, KEY_WANTED).state == "open"


@pytest.mark.parametrize("door", DOORS, ids=lambda door: str(door.port))
@pytest.mark.parametrize("answer", [OTHER_PAGE, NO_ROUTE, b"SSH-2.0-x\r\n\r\n", ok(b"{}"), KEY_WANTED])
def test_somebody_elses_server_at_that_port_is_no_alarm(door: Door, answer: bytes) -> None:
    assert seen(door, answer).state == "other"


def test_the_questions_are_harmless(tmp_path: Path) -> None:
    for door in DOORS:
        with answering(ok(b"x")) as server:
            look_at(HOST, [replace(door, port=server.port)])
        asked = server.requests[0].lower()
        assert asked.startswith(b"get ") and b"x-api-key" not in asked and b"cookie" not in asked
    assert "there-is-no-such-file" in FILES.question


def test_a_skyvern_that_asks_for_no_key_is_worse(sandbox: Sandbox) -> None:
    keyless = seen(API, ok(b"Server is running."), ok(b"[]"))
    assert keyless.keyless
    found = doors_finding("doors-public", "skyvern.example.com", [keyless])
    assert (found.verdict, found.code) == ("fail", "skyvern_keyless")
    real = look_at(HOST, [replace(API, port=int(sandbox.url.rsplit(":", 1)[1]))])[0]
    assert real.state == "open" and not real.keyless


def test_closed_ports_are_closed() -> None:
    with FaultServer(lambda conn, _: None) as gone:
        pass
    assert [each.state for each in look_at(HOST, [replace(door, port=gone.port) for door in DOORS])] == ["closed"] * 5


def test_a_port_that_hangs_takes_three_seconds() -> None:
    with FaultServer(lambda conn, _: server.done.wait(20)) as server:
        begun = time.monotonic()
        assert look_at(HOST, [replace(door, port=server.port) for door in DOORS])[0].state == "closed"
        assert time.monotonic() - begun < 8


def test_the_finding_says_what_strangers_get_and_how_sure_it_is() -> None:
    found = doors_finding("doors-public", "skyvern.example.com",
                          [Seen(FILES, "open"), Seen(FRONT, "open"), Seen(API, "closed"), Seen(VNC, "other")])
    assert found.verdict == "fail" and found.title == "Skyvern's file server is open to others, and 1 more"
    assert "any file" in found.explain and "`expose:`" in found.fix[0] and "firewall" in found.fix[-1]
    assert dict(found.evidence)["Port 6080"] == "something else answers"
    alone = doors_finding("doors-public", "h", [Seen(API, "open")])
    assert alone.verdict == "warn", "it asks for its key"
    assert doors_finding("doors-public", "h", [Seen(API, "closed")]).verdict == "ok"


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize("url", ["", "http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000"])
def test_ones_own_machine_is_not_looked_at(stack: ExitStack, tmp_path: Path, url: str) -> None:
    app = stack.enter_context(public_app("sqlite:///x.db", tmp_path, PUBLIC_URL=url))
    assert look_at_public_host(patient(app)).verdict == "skip"


def test_a_skyvern_inside_is_right_where_it_is(empty_app: Flask, sandbox: Sandbox) -> None:
    assert look_at_skyvern_host(patient(empty_app, sandbox.url)).verdict == "ok"
    assert look_at_skyvern_host(patient(empty_app)).verdict == "skip"
    assert look_at_skyvern_host(patient(empty_app, "http://no-such-name.invalid:8000")).verdict == "skip"


def test_skyverns_api_is_looked_for_where_it_is(empty_app: Flask) -> None:
    ports = [door.port for door in doors_of(patient(empty_app, "http://skyvern:8123"))]
    assert 8123 in ports and 8000 in ports and len(ports) == 6
    assert len(doors_of(patient(empty_app))) == len(doors_of(patient(empty_app, "https://skyvern"))) == 5
    assert [door.name for door in doors_of(patient(empty_app, "http://skyvern:8080"))].count(FRONT.name) == 0
