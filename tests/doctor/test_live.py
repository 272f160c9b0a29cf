"""The live view: each way in which its sockets fail has a name, at Skyvern and through the public address."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from wsproto import ConnectionType

from skyvern_ui.audit import Actor
from skyvern_ui.doctor.checks.live import look_at_handshake, look_at_mode
from skyvern_ui.doctor.checks.live_frame import look_at_frame
from skyvern_ui.doctor.checks.live_public import look_through_public
from skyvern_ui.doctor.finding import Finding
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog
from skyvern_ui.relay.handshake import accept_value
from skyvern_ui.relay.leg import Leg

from ..relay.fault_server import FaultServer, answering, ok, speaking
from ..sandbox_server import Sandbox
from .fronts import patient, public_app
from .proxy import Proxy

KEY = "a-key-of-skyvern"
ADA = Actor("person", "user-ada", "Ada")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def plain_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with public_app("sqlite:///nowhere.db", tmp_path_factory.mktemp("plain")) as app:
        yield app


def text(message: str, then: Callable[[Leg, FaultServer], None] = lambda leg, _: leg.abort()
         ) -> Callable[[FaultServer, socket.socket, int], None]:
    """A socket that says this and then, usually, drops without a goodbye as Skyvern does."""
    def script(server: FaultServer, conn: socket.socket, number: int) -> None:
        leg = upgraded(server, conn)
        leg.send_text(message)
        then(leg, server)
    return script


def upgraded(server: FaultServer, conn: socket.socket) -> Leg:
    head = server.request(conn).decode()
    key = next(line.split(": ", 1)[1] for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key"))
    conn.sendall((f"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
                  f"sec-websocket-accept: {accept_value(key)}\r\n\r\n").encode())
    return Leg(conn, ConnectionType.SERVER, most=65536)


def silent(server: FaultServer, conn: socket.socket, number: int) -> None:
    upgraded(server, conn)
    server.done.wait(20)


def closing(code: int) -> Callable[[FaultServer, socket.socket, int], None]:
    def script(server: FaultServer, conn: socket.socket, number: int) -> None:
        upgraded(server, conn).close(code)
    return script


def hanging(server: FaultServer, conn: socket.socket, number: int) -> None:
    server.request(conn)
    server.done.wait(20)


def handshake(app: Flask, server: FaultServer) -> Finding:
    with server:
        return look_at_handshake(patient(app, f"http://127.0.0.1:{server.port}", KEY))


NOT_FOUND = b'HTTP/1.1 404 Not Found\r\ncontent-length: 22\r\n\r\n{"detail":"Not Found"}'


@pytest.mark.parametrize(("script", "code"), [
    (text("Invalid credential provided"), "socket_key_refused"), (closing(1002), "socket_key_refused"),
    (text("No valid credential provided"), "socket_key_missing"), (silent, "socket_silent"),
    (hanging, "socket_hangs"), (closing(1011), "socket_closed"), (text("hello"), "socket_stranger"),
    (text('["an","array"]'), "socket_stranger")])
def test_each_way_in_which_the_socket_fails_has_a_name(plain_app: Flask, script: Any, code: str) -> None:
    found = handshake(plain_app, speaking(script))
    assert (found.verdict, found.code) == ("fail", code), found
    assert KEY not in str(found)


@pytest.mark.parametrize(("answer", "code"), [
    (b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", "socket_route_missing"),
    (NOT_FOUND, "socket_not_upgraded"), (ok(b"<html>"), "socket_not_upgraded"),
    (b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n", "socket_not_upgraded"),
    (b"HTTP/1.1 426 Upgrade Required\r\ncontent-length: 0\r\n\r\n", "socket_not_upgraded"),
    (b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n", "socket_login"),
    (b"HTTP/1.1 302 Found\r\nlocation: /login\r\ncontent-length: 0\r\n\r\n", "socket_login"),
    (b"HTTP/1.1 504 Gateway Timeout\r\ncontent-length: 0\r\n\r\n", "socket_upstream_down"),
    (b"SSH-2.0-OpenSSH\r\n\r\n", "socket_broken"),
    (b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
     b"sec-websocket-accept: wrong\r\n\r\n", "socket_broken"),
    (b"", "socket_hangs")])
def test_a_status_in_place_of_101_is_told_apart(plain_app: Flask, answer: bytes, code: str) -> None:
    found = handshake(plain_app, answering(answer))
    assert (found.verdict, found.code) == ("fail", code), found


def test_a_refused_connection_is_a_finding(plain_app: Flask) -> None:
    with FaultServer(lambda conn, _: None) as gone:
        pass
    assert look_at_handshake(patient(plain_app, f"http://127.0.0.1:{gone.port}")).code == "socket_broken"


def test_a_release_without_the_socket_of_sessions_is_only_a_warning(plain_app: Flask) -> None:
    def script(server: FaultServer, conn: socket.socket, number: int) -> None:
        data = conn.recv(65536, socket.MSG_PEEK)
        if b"browser_sessions" in data:
            server.request(conn)
            conn.sendall(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
        else:
            text('{"workflow_run_id":"wr_0","status":"not_found"}')(server, conn, number)
    found = handshake(plain_app, speaking(script))
    assert (found.verdict, found.code) == ("warn", "no_session_socket")


def test_skyvern_itself_is_sound(connected: Flask, sandbox: Sandbox) -> None:
    found = look_at_handshake(patient(connected, sandbox.url, sandbox.key))
    assert found.verdict == "ok" and dict(found.evidence)["Socket of runs"].startswith("101, then “not_found”"), found
    refused = look_at_handshake(patient(connected, sandbox.url, "not-the-key-of-it"))
    assert refused.code == "socket_key_refused" and "not-the-key" not in str(refused)


def config(**said: Any) -> bytes:
    return ok(json.dumps({"browser_streaming_mode": "cdp", "warnings": [], **said}).encode(),
              "content-type: application/json")


def mode(app: Flask, *answers: bytes) -> Finding:
    def script(server: FaultServer, conn: socket.socket, number: int) -> None:
        server.request(conn)
        conn.sendall(answers[min(number - 1, len(answers) - 1)])
    with speaking(script) as server:
        return look_at_mode(patient(app, f"http://127.0.0.1:{server.port}"))


NO_VNC = ok(b'[{"browser_session_id":"pbs_1","vnc_streaming_supported":false}]', "content-type: application/json")


@pytest.mark.parametrize(("answers", "verdict", "code"), [
    ((config(),), "ok", "ok"), ((config(browser_streaming_mode="vnc"), ok(b"[]")), "warn", "mode_vnc"),
    ((config(browser_streaming_mode="vnc"), NO_VNC), "fail", "vnc_impossible"),
    ((config(browser_streaming_mode="vnc", warnings=["x is not a mode"]),), "warn", "mode_doubtful"),
    ((config(browser_streaming_mode=None),), "warn", "mode_vnc"), ((NOT_FOUND,), "skip", "skipped"),
    ((ok(b"<html>"),), "unknown", "mode_unknown"), ((b"",), "unknown", "mode_unknown"),
    ((ok(b"[" * 3000),), "unknown", "mode_unknown"), ((config(warnings="x"),), "ok", "ok")])
def test_how_browsers_are_shown(plain_app: Flask, answers: tuple[bytes, ...], verdict: str, code: str) -> None:
    found = mode(plain_app, *answers)
    assert (found.verdict, found.code) == (verdict, code), found


PICTURE = base64.b64encode(b"\xff\xd8\xff" + b"x" * 4000).decode()
SESSIONS = ok(b'[{"browser_session_id":"pbs_1","started_at":"2026-11-21T10:00:00","completed_at":null}]')


def framing(script: Any, sessions: bytes = SESSIONS, runs: bytes = ok(b"[]")) -> FaultServer:
    def choose(server: FaultServer, conn: socket.socket, number: int) -> None:
        seen = conn.recv(65536, socket.MSG_PEEK)
        if b"/stream/" in seen:
            return script(server, conn, number)
        server.request(conn)
        conn.sendall(sessions if b"browser_sessions" in seen else runs)
        return None
    return speaking(choose)


def stay(leg: Leg, server: FaultServer) -> None:
    server.done.wait(20)


@pytest.mark.parametrize(("script", "verdict", "code"), [
    (text(json.dumps({"status": "running", "screenshot": PICTURE, "format": "jpeg"})), "ok", "ok"),
    (text('{"status":"running"}', stay), "fail", "no_frame"), (silent, "fail", "no_frame"),
    (text('{"status":"timeout"}'), "fail", "no_frame"),
    (closing(4001), "warn", "frame_by_vnc"), (closing(1011), "fail", "frame_broken"),
    (text('{"status":"running","screenshot":"@@@"}'), "fail", "frame_broken"),
    (text('{"status":"not_found"}'), "skip", "skipped")])
def test_the_first_picture_of_what_is_open(plain_app: Flask, script: Any, verdict: str, code: str) -> None:
    with framing(script) as server:
        found = look_at_frame(patient(plain_app, f"http://127.0.0.1:{server.port}", KEY))
    assert (found.verdict, found.code) == (verdict, code), found
    assert KEY not in str(found) and PICTURE[:20] not in str(found)


def test_a_run_without_a_picture_is_no_fault(plain_app: Flask) -> None:
    runs = ok(b'[{"workflow_run_id":"wr_1","status":"running"}]')
    with framing(closing(1011), ok(b"[]"), runs) as server:
        assert look_at_frame(patient(plain_app, f"http://127.0.0.1:{server.port}")).verdict == "skip"
    picture = text(json.dumps({"status": "running", "screenshot": PICTURE}))
    with framing(picture, ok(b"[]"), runs) as server:
        found = look_at_frame(patient(plain_app, f"http://127.0.0.1:{server.port}"))
    assert found.verdict == "ok" and dict(found.evidence) == {"Browser": "wr_1", "Picture": "JPEG, 3 KiB"}


def test_with_nothing_open_only_a_thorough_examination_opens_a_browser(connected: Flask, sandbox: Sandbox) -> None:
    here = patient(connected, sandbox.url, sandbox.key)
    assert look_at_frame(here).verdict == "skip"
    assert look_at_frame(replace(here, thorough=True)).verdict == "skip", "nobody can be named in the audit"
    assert sandbox.requests("/v1/browser_sessions") and not [
        each for each in sandbox.requests("/v1/browser_sessions") if each["method"] == "POST"]
    found = look_at_frame(replace(here, thorough=True, actor=ADA))
    assert found.verdict == "ok", found
    with connected.app_context():
        rows = db.session.scalars(select(AuditLog).order_by(AuditLog.created_at)).all()[-2:]
        assert [(row.action, row.outcome, row.user_name) for row in rows] == [
            ("browser_session.create", "done", "Ada"), ("browser_session.close", "done", "Ada")]
        assert rows[0].resource_id == rows[1].resource_id == dict(found.evidence)["Browser"]
    assert sandbox.call("GET", "/v1/browser_sessions").json() == [], "the browser was left open"


def test_a_skyvern_that_cannot_open_a_browser(connected: Flask, sandbox: Sandbox) -> None:
    sandbox.fault("/v1/browser_sessions", "status", count=9, status=500)
    found = look_at_frame(replace(patient(connected, sandbox.url, sandbox.key), thorough=True, actor=ADA))
    assert (found.verdict, found.code) == ("fail", "no_browser")
    with connected.app_context():
        row = db.session.scalars(select(AuditLog).order_by(AuditLog.created_at.desc())).first()
        assert row is not None and (row.action, row.outcome) == ("browser_session.create", "failed")


def test_live_sockets_come_through_the_public_address(stack: ExitStack, database_url: str, tmp_path: Path) -> None:
    app = stack.enter_context(public_app(database_url, tmp_path))
    found = look_through_public(patient(app))
    assert found.verdict == "ok", found
    proxy = stack.enter_context(Proxy())
    app = stack.enter_context(public_app(database_url, tmp_path, PUBLIC_URL=proxy.url))
    proxy.leads_to = str(app.config["LISTENS_AT"])
    assert look_through_public(patient(app)).verdict == "ok"


@pytest.mark.parametrize(("dropped", "code"), [
    (("upgrade",), "public_not_upgraded"), (("upgrade", "connection"), "public_not_upgraded"),
    (("origin",), "public_origin_refused"), (("sec-websocket-version",), "public_not_upgraded")])
def test_a_proxy_that_drops_a_header_is_named_with_what_to_write(stack: ExitStack, database_url: str, tmp_path: Path,
                                                                 dropped: tuple[str, ...], code: str) -> None:
    proxy = stack.enter_context(Proxy(drops=dropped))
    app = stack.enter_context(public_app(database_url, tmp_path, PUBLIC_URL=proxy.url))
    proxy.leads_to = str(app.config["LISTENS_AT"])
    found = look_through_public(patient(app))
    assert (found.verdict, found.code) == ("fail", code), found
    assert any("proxy_set_header" in fix for fix in found.fix) and "/doctor/echo/Wy" not in str(found)


def test_a_public_address_that_is_not_ours_is_not_looked_through(stack: ExitStack, tmp_path: Path) -> None:
    server = stack.enter_context(answering(ok(b"<html>")))
    app = stack.enter_context(public_app("sqlite:///x.db", tmp_path, PUBLIC_URL=f"http://127.0.0.1:{server.port}"))
    assert look_through_public(patient(app)).verdict == "skip"
