"""A client that has left costs nothing, except that a write is never torn."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from skyvern_ui.relay.http import Pool
from skyvern_ui.relay.key_scan import KeyScan
from skyvern_ui.relay.stream import relay_body
from skyvern_ui.relay.watchman import WATCHMAN
from skyvern_ui.skyvern import errors
from tests.relay.fault_server import FaultServer, ok, speaking, until
from tests.relay.test_http import HEADERS, pool_for, silence


@pytest.fixture
def client() -> tuple[socket.socket, socket.socket]:
    """Our side of a client's connection, and the client's."""
    ours, theirs = socket.socketpair()
    return ours, theirs


def endless(server: FaultServer, conn: socket.socket, number: int) -> None:
    server.request(conn)
    conn.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\ncontent-length: 99999\r\n\r\nabc")
    server.wait_for_close(conn)


def test_a_read_whose_client_hangs_up_is_ended_long_before_its_deadline(
    client: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = client
    with speaking(silence) as server:
        pool = pool_for(server, limit=1)
        threading.Timer(0.1, theirs.close).start()
        started = time.monotonic()
        with pytest.raises(errors.Departed):
            pool.open("GET", "/", HEADERS, first_byte=20, total=20, client=ours)
        assert time.monotonic() - started < 5
        assert server.closed_by_peer.wait(5)
        assert len(WATCHMAN) == 0
        ours.close()


@pytest.mark.parametrize("half", [False, True])
def test_a_download_whose_client_leaves_frees_the_upstream_long_before_its_deadline(
    client: tuple[socket.socket, socket.socket], half: bool
) -> None:
    ours, theirs = client
    with speaking(endless) as server:
        answer = pool_for(server).open("GET", "/", HEADERS, first_byte=20, total=20, client=ours)
        chunks = answer.chunks()
        assert next(chunks) == b"abc"
        if half:
            theirs.shutdown(socket.SHUT_WR)
        else:
            theirs.close()
        started = time.monotonic()
        with pytest.raises(errors.Departed):
            next(chunks)
        assert time.monotonic() - started < 5
        assert server.closed_by_peer.wait(5)
        ours.close()
        theirs.close()


def test_a_write_is_finished_although_its_client_has_left(
    client: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = client
    noticed = threading.Event()

    def script(server: FaultServer, conn: socket.socket, number: int) -> None:
        server.request(conn)
        theirs.close()
        noticed.wait(10)
        conn.sendall(ok(b'{"run_id":"wr_1"}', "content-type: application/json")[:-8])
        threading.Event().wait(0.6)
        conn.sendall(b':"wr_1"}')
        server.wait_for_close(conn)

    def see() -> None:
        until(lambda: any(call.left for call in WATCHMAN._calls.values()), 10)
        noticed.set()

    with speaking(script) as server:
        threading.Thread(target=see).start()
        answer = pool_for(server).open("POST", "/run", HEADERS, b"{}", first_byte=20, total=20, client=ours)
        assert answer.status == 200
        assert noticed.is_set()
        assert relay_body(answer, KeyScan([])).whole == b'{"run_id":"wr_1"}'
        assert server.closed_by_peer.wait(5)
        ours.close()


def test_a_client_that_stays_is_left_alone_and_the_connection_is_kept(
    client: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = client

    def script(server: FaultServer, conn: socket.socket, number: int) -> None:
        while server.request(conn):
            threading.Event().wait(0.4)
            conn.sendall(ok(b"x"))

    with speaking(script) as server:
        pool = pool_for(server)
        for _ in range(2):
            assert pool.open("GET", "/", HEADERS, first_byte=5, total=5, client=ours).read(9) == b"x"
        assert server.connections == 1
        assert len(WATCHMAN) == 0
    ours.close()
    theirs.close()


def test_many_departures_leave_nothing_behind() -> None:
    with speaking(endless) as server:
        pool: Pool = pool_for(server, limit=8)
        for _ in range(12):
            ours, theirs = socket.socketpair()
            answer = pool.open("GET", "/", HEADERS, first_byte=5, total=5, client=ours)
            theirs.close()
            answer.close()
            ours.close()
        assert len(WATCHMAN) == 0
        assert pool._slots.free == 8


def test_an_answer_that_nobody_closes_gives_its_slot_back() -> None:
    with speaking(endless) as server:
        pool = pool_for(server, limit=1, wait=0.1)
        for _ in range(3):
            answer = pool.open("GET", "/", HEADERS, first_byte=5, total=5)
            assert answer.status == 200
            del answer
