"""Both legs of a socket relay: the protocol kept, large messages whole, closes passed on."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from skyvern_ui.relay.closing import Closed
from skyvern_ui.relay.wire import ServerSocket, close_all, handshake_refusal, server_frame
from skyvern_ui.skyvern import errors
from tests.relay.fault_server import answering, ok, speaking
from tests.relay.socket_people import environ_of, gunicorn, talking, visit

GOOD = {
    "REQUEST_METHOD": "GET",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "HTTP_UPGRADE": "websocket",
    "HTTP_CONNECTION": "keep-alive, Upgrade",
    "HTTP_SEC_WEBSOCKET_VERSION": "13",
    "HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A worker under gunicorn and gevent, as in production."""
    with gunicorn("tests.relay.echo_app:application") as port:
        yield port


def closed_by(leg: object) -> Closed:
    with pytest.raises(Closed) as caught:
        while leg.receive(5) is not None:  # type: ignore[attr-defined]
            pass
    return caught.value


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, None),
        ({"HTTP_SEC_WEBSOCKET_VERSION": "12"}, 426),
        ({"HTTP_SEC_WEBSOCKET_VERSION": ""}, 426),
        ({"HTTP_SEC_WEBSOCKET_KEY": ""}, 400),
        ({"HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25j"}, 400),
        ({"HTTP_SEC_WEBSOCKET_KEY": "!!!"}, 400),
        ({"HTTP_SEC_WEBSOCKET_KEY": "\u00e9"}, 400),
        ({"REQUEST_METHOD": "POST"}, 400),
        ({"SERVER_PROTOCOL": "HTTP/1.0"}, 400),
        ({"HTTP_CONNECTION": "keep-alive"}, 400),
        ({"HTTP_UPGRADE": "h2c"}, 400),
        ({"CONTENT_LENGTH": "5"}, 400),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, 400),
    ],
)
def test_a_broken_handshake_is_refused_with_400_or_426(change: dict[str, str], status: int | None) -> None:
    refusal = handshake_refusal(GOOD | change)
    assert (refusal.status if refusal else None) == status
    if status == 426:
        assert refusal is not None and ("Sec-WebSocket-Version", "13") in refusal.headers


def test_a_plain_request_gets_no_101(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        assert sock.recv(100).startswith(b"HTTP/1.1 400")


def test_the_autobahn_cases_pass(port: int, tmp_path: Path) -> None:
    kosoku = Path(sys.executable).with_name("kosoku")
    if not kosoku.exists():
        pytest.skip("kosoku is not installed")
    command = [str(kosoku), "-m", "fuzzingclient", "-x", "12.*", "-x", "13.*", "-p", "4"]
    done = subprocess.run(
        [*command, "-o", str(tmp_path), f"127.0.0.1:{port}"], capture_output=True, text=True, timeout=60, check=False
    )
    assert "301 cases passed" in done.stdout, done.stdout[-2000:]


def test_text_stays_text_and_bytes_stay_bytes(port: int) -> None:
    leg = visit(port)
    leg.send_text("grüße")
    assert leg.receive(5) == "grüße"
    leg.send_bytes(b"\x00\xff")
    assert leg.receive(5) == b"\x00\xff"
    leg.close(4321, "bye")
    assert not leg.is_open
    leg.free()


def test_a_frame_of_six_megabytes_comes_back_whole(port: int) -> None:
    leg = visit(port)
    text = "0123456789" * 600_000
    leg.send_text(text)
    assert leg.receive(10) == text
    leg.free()


def test_a_slow_reader_gets_every_large_message_uncorrupted(port: int) -> None:
    leg = visit(port, "/slow")
    leg._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 300_000)
    assert not threading.Event().wait(0.5)
    got: list[object] = []
    while len(got) < 10:
        got.append(leg.receive(5))
        threading.Event().wait(0.02)
    assert got == [chr(97 + number) * 500_000 for number in range(10)]
    assert closed_by(leg).code == 1000
    leg.free()


def test_a_message_over_the_bound_closes_with_1009(port: int) -> None:
    leg = visit(port, "/small")
    leg.send_text("x" * 65536)
    assert leg.receive(5) == "x" * 65536
    leg.send_text("x" * 65537)
    assert closed_by(leg).code == 1009
    leg.free()


def test_a_viewer_that_takes_nothing_can_be_closed_at_once() -> None:
    ours, theirs = socket.socketpair()
    leg = ServerSocket.accept(GOOD | {"gunicorn.socket": ours})
    ended: list[Closed] = []

    def flood() -> None:
        with pytest.raises(Closed) as caught:
            leg.send_bytes(b"x" * 20_000_000)
        ended.append(caught.value)

    sender = threading.Thread(target=flood)
    sender.start()
    assert theirs.recv(10)
    started = time.monotonic()
    leg.close(4401, "signed out")
    sender.join(5)
    assert time.monotonic() - started < 4
    assert ended and not leg.is_open
    ours.close()
    theirs.close()


def test_no_extension_is_agreed_on() -> None:
    ours, theirs = socket.socketpair()
    environ = GOOD | {"HTTP_SEC_WEBSOCKET_EXTENSIONS": "permessage-deflate", "gunicorn.socket": ours}
    ServerSocket.accept(environ | {"HTTP_SEC_WEBSOCKET_PROTOCOL": "chat, binary"}, subprotocols=["binary"])
    said = theirs.recv(1000)
    assert said.startswith(b"HTTP/1.1 101 ")
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in said
    assert b"xtensions" not in said and b"Sec-WebSocket-Protocol: binary\r\n" in said


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536])
def test_a_frame_built_once_is_what_a_client_reads(size: int) -> None:
    payload = b"a" * size

    def talk(leg: ServerSocket, target: str) -> None:
        leg.send_frame(server_frame(payload, text=True))
        leg.send_frame(server_frame(payload, text=False))
        leg.receive(5)

    with talking(talk) as server:
        leg = visit(server.port)
        assert leg.receive(5) == payload.decode()
        assert leg.receive(5) == payload
        leg.free()


def test_receive_gives_up_after_its_time_and_can_be_called_again() -> None:
    def talk(leg: ServerSocket, target: str) -> None:
        leg.receive(5)
        leg.send_text("late")
        leg.receive(5)

    with talking(talk) as server:
        leg = visit(server.port)
        assert leg.receive(0.05) is None
        leg.send_text("go")
        assert leg.receive(5) == "late"
        leg.free()


def test_a_silent_peer_is_pinged_and_then_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def script(server: object, conn: socket.socket, number: int) -> None:
        environ = environ_of(conn.recv(4096), conn)
        leg = ServerSocket.accept(environ)
        heard.append(leg._sock.recv(100))
        server.wait_for_close(conn)  # type: ignore[attr-defined]

    heard: list[bytes] = []
    monkeypatch.setattr("skyvern_ui.relay.leg.PING_EVERY", 0.1)
    monkeypatch.setattr("skyvern_ui.relay.leg.PONG_WITHIN", 0.1)
    with speaking(script) as server:
        leg = visit(server.port)
        started = time.monotonic()
        assert closed_by(leg).code == 1006
        assert time.monotonic() - started < 8
        assert server.closed_by_peer.wait(5)
        assert heard[0][:1] == b"\x89"
        leg.free()


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", errors.Refused),
        (b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", errors.Missing),
        (b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n", errors.Failed),
        (b"HTTP/1.1 302 Found\r\nlocation: /x\r\n\r\n", errors.Redirected),
        (ok(b"hello"), errors.Failed),
        (
            b"HTTP/1.1 101 Yes\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: x\r\n\r\n",
            errors.Broken,
        ),
        (b"", errors.Broken),
    ],
)  # fmt: skip
def test_an_upstream_that_does_not_shake_hands_is_named(said: bytes, error: type[Exception]) -> None:
    def script(server: object, conn: socket.socket, number: int) -> None:
        conn.recv(4096)
        conn.sendall(said)

    with speaking(script) as server, pytest.raises(error):
        visit(server.port)


def test_the_handshake_has_a_deadline() -> None:
    def script(server: object, conn: socket.socket, number: int) -> None:
        server.wait_for_close(conn)  # type: ignore[attr-defined]

    with speaking(script) as server, pytest.raises(errors.TimedOut):
        visit(server.port, timeout=0.3)


def test_close_all_says_goodbye_to_everybody() -> None:
    arrived = threading.Barrier(3)

    def talk(leg: ServerSocket, target: str) -> None:
        arrived.wait(5)
        leg.receive(5)

    with talking(talk) as server:
        legs = [visit(server.port), visit(server.port)]
        arrived.wait(5)
        assert close_all(1001, "going away") >= 2
        assert [closed_by(leg).code for leg in legs] == [1001, 1001]
        for leg in legs:
            leg.free()


def test_an_http_answer_server_stays_a_plain_server() -> None:
    with answering(ok(b"x")) as server, pytest.raises(errors.Failed):
        visit(server.port)
