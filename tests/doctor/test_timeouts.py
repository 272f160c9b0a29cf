"""Buffers and time-outs on the way to us."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from skyvern_ui.doctor.check import RequestFacts
from skyvern_ui.doctor.checks.timeouts import look_at_buffering, look_at_silence, look_at_size, measured_silence
from skyvern_ui.doctor.finding import Finding

from ..relay.fault_server import FaultServer, answering, ok, speaking
from .fronts import patient, public_app
from .proxy import Proxy


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def behind(stack: ExitStack, url: str, folder: Path, proxy: Proxy) -> Flask:
    stack.enter_context(proxy)
    app = stack.enter_context(public_app(url, folder, PUBLIC_URL=proxy.url))
    proxy.leads_to = str(app.config["LISTENS_AT"])
    return app


@pytest.mark.parametrize(("holds_back", "verdict", "code"), [(False, "ok", "ok"), (True, "fail", "buffered")])
def test_a_proxy_that_holds_answers_back(stack: ExitStack, database_url: str, tmp_path: Path, holds_back: bool,
                                         verdict: str, code: str) -> None:
    found = look_at_buffering(patient(behind(stack, database_url, tmp_path, Proxy(holds_back=holds_back))))
    assert (found.verdict, found.code) == (verdict, code), found
    if holds_back:
        assert any("proxy_buffering off" in fix for fix in found.fix)


@pytest.mark.parametrize(("answer", "code"), [
    (b"HTTP/1.1 413 Request Entity Too Large\r\ncontent-length: 0\r\n\r\n", "small_uploads"),
    (b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n", "slow_uploads")])
def test_a_proxy_that_takes_no_uploads(stack: ExitStack, database_url: str, tmp_path: Path, answer: bytes, code: str
                                       ) -> None:
    front = in_front(stack, database_url, tmp_path, b"/size", lambda conn: conn.sendall(answer))
    found = look_at_size(patient(front, request=RequestFacts("127.0.0.1", "http", "x")))
    assert (found.verdict, found.code) == ("warn", code), found


def test_uploads_that_come_through(stack: ExitStack, database_url: str, tmp_path: Path) -> None:
    app = behind(stack, database_url, tmp_path, Proxy())
    assert look_at_size(patient(app)).verdict == "skip", "the background sends nothing large"
    assert look_at_size(patient(app, request=RequestFacts("127.0.0.1", "http", "x"))).verdict == "ok"


def silence(stack: ExitStack, url: str, folder: Path, script: Any) -> Finding:
    """What is found behind something that cuts silences as it is told."""
    return measured_silence(patient(in_front(stack, url, folder, b"/quiet", script), thorough=True), (1, 2))


def in_front(stack: ExitStack, url: str, folder: Path, what: bytes, script: Any) -> Flask:
    """A server of ours behind something that answers questions of one kind itself and passes others on."""
    app = stack.enter_context(public_app(url, folder))

    def choose(server: FaultServer, conn: socket.socket, number: int) -> None:
        data = server.request(conn)
        if what in data.split(b"\r\n", 1)[0]:
            return script(conn)
        with socket.create_connection(("127.0.0.1", int(str(app.config["LISTENS_AT"]).rsplit(":", 1)[1]))) as upstream:
            upstream.sendall(data)
            while piece := upstream.recv(65536):
                conn.sendall(piece)
        return None

    front = stack.enter_context(speaking(choose))
    return stack.enter_context(public_app(url, folder, PUBLIC_URL=f"http://127.0.0.1:{front.port}"))


def test_nobody_hangs_up(stack: ExitStack, database_url: str, tmp_path: Path) -> None:
    app = stack.enter_context(public_app(database_url, tmp_path))
    found = measured_silence(patient(app, thorough=True), (0, 1))
    assert found.verdict == "ok" and dict(found.evidence)["Longest silence"] == "1 s"


def test_whoever_hangs_up_is_named(stack: ExitStack, database_url: str, tmp_path: Path) -> None:
    answer = b"HTTP/1.1 504 Gateway Time-out\r\nserver: nginx\r\ncontent-length: 0\r\n\r\n"
    found = silence(stack, database_url, tmp_path, lambda conn: conn.sendall(answer))
    assert (found.verdict, found.code) == ("warn", "cut_early") and dict(found.evidence)["By"] == "HTTP 504"
    found = silence(stack, database_url, tmp_path, lambda conn: conn.close())
    assert dict(found.evidence)["By"] == "reset"


def test_herokus_limit_is_known(stack: ExitStack, database_url: str, tmp_path: Path) -> None:
    answer = b"HTTP/1.1 503 Service Unavailable\r\nvia: 1.1 vegur\r\ncontent-length: 0\r\n\r\n"
    assert "30 seconds" in silence(stack, database_url, tmp_path, lambda conn: conn.sendall(answer)).explain


def test_it_is_measured_only_when_asked_thoroughly(empty_app: Flask, tmp_path: Path) -> None:
    assert look_at_silence(patient(empty_app, thorough=True)).verdict == "skip"
    with answering(ok(b"")) as server, public_app("sqlite:///x.db", tmp_path,
                                                  PUBLIC_URL=f"http://127.0.0.1:{server.port}") as app:
        assert look_at_silence(patient(app)).verdict == "skip"
        assert server.connections == 0
        assert look_at_buffering(patient(app)).verdict == "skip"
