"""The whole way down, through gunicorn and gevent as in production."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.relay.fault_server import FaultServer, answering, ok, reset, speaking, until
from tests.relay.relay_names import KEY
from tests.relay.socket_people import gunicorn
from tests.relay.test_departure import endless
from tests.relay.test_http import CHUNKED, silence


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The relay."""
    with gunicorn("tests.relay.relay_app:application") as port:
        yield port


def ask(port: int, upstream: FaultServer, method: str = "GET") -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, f"/x?{upstream.port}")
    return connection.getresponse()


def state(port: int) -> tuple[int, int]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/state", headers={"connection": "close"})
    watched, files = connection.getresponse().read().split()
    return int(watched), int(files)


def leave_after(port: int, upstream: FaultServer, size: int) -> None:
    """Ask, read a little, hang up."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        sock.sendall(f"GET /x?{upstream.port} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        while size > 0:
            size -= len(sock.recv(size))


def test_an_answer_comes_through_and_the_connection_is_reused(port: int) -> None:
    with answering(ok(b'{"a":1}', "content-type: application/json")) as upstream:
        for _ in range(3):
            assert ask(port, upstream).read() == b'{"a":1}'
        assert upstream.connections == 1


@pytest.mark.parametrize("script", [silence, endless])
def test_a_client_that_leaves_frees_the_upstream(port: int, script: object) -> None:
    with speaking(script) as upstream:  # type: ignore[arg-type]
        leave_after(port, upstream, 0 if script is silence else 100)
        assert upstream.closed_by_peer.wait(10)


def test_fifty_departures_leave_nothing_open(port: int) -> None:
    with speaking(endless) as upstream:
        before = state(port)[1]
        threads = [threading.Thread(target=leave_after, args=(port, upstream, 50)) for _ in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert until(lambda: state(port)[0] == 0, 5)
        assert until(lambda: state(port)[1] <= before + 3, 5), (before, state(port))


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\ncontent-length: 1000\r\n\r\n" + b"x" * 400,
        b"HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n",
    ],
)
def test_a_body_cut_short_upstream_is_cut_short_for_the_client_too(port: int, said: bytes) -> None:
    def script(server: FaultServer, conn: socket.socket, number: int) -> None:
        server.request(conn)
        conn.sendall(said)
        server.done.wait(0.2)
        reset(conn)

    with speaking(script) as upstream, pytest.raises(http.client.IncompleteRead):
        ask(port, upstream).read()


def test_a_leaked_key_is_a_502_with_nothing_of_the_answer(port: int) -> None:
    for body in (b'{"token":"' + KEY + b'"}', b" " * 60_000 + KEY):
        with answering(ok(body, "content-type: application/json")) as upstream:
            answer = ask(port, upstream)
            assert (answer.status, answer.read()) == (502, b"upstream_leak")


def test_an_event_arrives_before_the_next_one_exists(port: int) -> None:
    go_on = threading.Event()

    def script(server: FaultServer, conn: socket.socket, number: int) -> None:
        server.request(conn)
        conn.sendall(
            CHUNKED.replace(b"\r\n\r\n", b"\r\ncontent-type: text/event-stream\r\n\r\n") + b"7\r\ndata:1\n\r\n"
        )
        go_on.wait(5)
        conn.sendall(b"7\r\ndata:2\n\r\n0\r\n\r\n")

    with speaking(script) as upstream:
        answer = ask(port, upstream)
        assert answer.read1(100) == b"data:1\n"
        go_on.set()
        assert answer.read() == b"data:2\n"


def test_a_large_body_comes_through_whole(port: int) -> None:
    text = bytes(range(256)) * 65536
    with answering(ok(text, "content-type: video/webm")) as upstream:
        assert ask(port, upstream).read() == text
