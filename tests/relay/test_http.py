"""A relayed call: bytes unchanged, deadlines kept, faults named, nothing sent twice."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from skyvern_ui.relay.http import Pool
from skyvern_ui.relay.upload import upload_pieces
from skyvern_ui.skyvern import errors
from tests.relay.fault_server import FaultServer, answering, ok, reset, speaking, until

CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
HEADERS = [("host", "skyvern"), ("x-api-key", "k" * 40)]


def pool_for(server: FaultServer, **options: float) -> Pool:
    return Pool("http", "127.0.0.1", server.port, **options)  # type: ignore[arg-type]


def get(pool: Pool, target: str = "/v1/runs", method: str = "GET", **options: object) -> tuple[int, bytes]:
    limits: dict[str, object] = {"first_byte": 2.0, "total": 2.0} | options
    answer = pool.open(method, target, HEADERS, **limits)  # type: ignore[arg-type]
    return answer.status, answer.read(10_000_000)


def test_the_target_and_headers_go_out_byte_for_byte() -> None:
    target = "/v1/runs?status=a&status=b&x=%20&y=+&z=%2b&w=%2B&flag&q='[]\"<>^`{|}"
    with answering(ok(b"[]")) as server:
        assert get(pool_for(server), target) == (200, b"[]")
        line, rest = server.requests[0].split(b"\r\n", 1)
    assert line == f"GET {target} HTTP/1.1".encode()
    assert rest == b"host: skyvern\r\nx-api-key: " + b"k" * 40 + b"\r\n\r\n"


@pytest.mark.parametrize("target", ["v1/runs", "/a b", "/a\r\nx: y", "/\x00", "/\u00fc", ""])
def test_a_target_that_cannot_be_written_is_refused(target: str) -> None:
    with answering(ok(b"")) as server:
        with pytest.raises(ValueError, match="request line"):
            get(pool_for(server), target)
        assert server.connections == 0


def test_a_header_with_a_line_break_is_refused() -> None:
    with answering(ok(b"")) as server, pytest.raises(ValueError, match="header"):
        pool_for(server).open("GET", "/", [("host", "a\r\nb: c")], first_byte=1, total=1)


def test_connections_are_kept_and_reused() -> None:
    with answering(ok(b"one"), ok(b"two")) as server:
        pool = pool_for(server)
        assert [get(pool)[1], get(pool)[1]] == [b"one", b"two"]
        assert server.connections == 1


def test_an_idle_connection_past_its_time_is_not_used() -> None:
    with answering(ok(b"x")) as server:
        pool = pool_for(server, idle=0.0)
        get(pool)
        get(pool)
        assert server.connections == 2


def test_a_connection_closed_while_idle_is_noticed_before_a_write_is_sent() -> None:
    def script(server: FaultServer, conn: socket.socket, number: int) -> None:
        server.request(conn)
        conn.sendall(ok(b"x"))

    with speaking(script) as server:
        pool = pool_for(server)
        get(pool)
        assert until(lambda: server.connections == 1 and not _open_sockets(pool))
        assert get(pool, method="POST") == (200, b"x")
        assert len(server.requests) == 2


def _open_sockets(pool: Pool) -> list[object]:
    from skyvern_ui.relay.sockets import is_stale

    return [sock for sock, _ in pool._idle if not is_stale(sock)]


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (CHUNKED, b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nt: 1\r\n\r\n", b"abcde"),
        (b"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", b"", b""),
        (b"HTTP/1.0 200 OK\r\n\r\n", b"until close", b"until close"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nlink: a\r\n\r\n", ok(b"x"), b"x"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b"", b""),
        (b"HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\n\r\n", b"", b""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("dripped", [False, True])
def test_every_framing_is_understood(head: bytes, body: bytes, expected: bytes, dripped: bool) -> None:
    def script(server: FaultServer, conn: socket.socket, number: int) -> None:
        server.request(conn)
        pieces = [head + body] if not dripped else [bytes([byte]) for byte in head + body]
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            conn.sendall(piece)

    with speaking(script) as server:
        assert get(pool_for(server))[1] == expected


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: +1\r\n\r\na",
        b"HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: a\x01b\r\ncontent-length: 1\r\n\r\na",
        b"HTTP/1.1 200 OK\r\nx: a\x7f\r\ncontent-length: 1\r\n\r\na",
        b"HTTP/1.1 200 OK\r\ncontent-length : 1\r\n\r\na",
        b"HTTP/1.1 200 OK\r\nx: a\r\n folded\r\ncontent-length: 1\r\n\r\na",
        b"HTTP/1.1 200 OK\ncontent-length: 1\n\na",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n",
        b"SSH-2.0-x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"a" * 70000,
    ],
)
def test_what_two_readers_could_understand_differently_is_broken(said: bytes) -> None:
    def script(server: FaultServer, conn: socket.socket, number: int) -> None:
        server.request(conn)
        conn.sendall(said)
        server.done.wait(3)

    # A head that never ends in CRLF CRLF is only known to be wrong when its time is up.
    with speaking(script) as server, pytest.raises((errors.Broken, errors.TimedOut)):
        get(pool_for(server), total=0.5)


def test_refused_is_unreachable_and_quick_and_tells_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    started = time.monotonic()
    with pytest.raises(errors.Unreachable) as caught:
        get(Pool("http", "127.0.0.1", port))
    assert time.monotonic() - started < 4
    assert str(port) not in str(caught.value) and "127" not in caught.value.sentence


def test_a_black_hole_times_out_after_the_connect_limit() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        with pytest.raises(errors.TimedOut):
            get(Pool("http", "127.0.0.1", port, connect=0.4))
        for filler in fillers:
            filler.close()


def silence(server: FaultServer, conn: socket.socket, number: int) -> None:
    server.request(conn)
    server.wait_for_close(conn)


def test_silence_ends_at_the_first_byte_limit_and_frees_the_socket() -> None:
    with speaking(silence) as server:
        started = time.monotonic()
        with pytest.raises(errors.TimedOut):
            get(pool_for(server), first_byte=0.3, total=9)
        assert 0.25 < time.monotonic() - started < 5
        assert server.closed_by_peer.wait(5)


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n"])
def test_a_drip_of_head_or_body_cannot_outlive_the_deadline(said: bytes) -> None:
    def script(server: FaultServer, conn: socket.socket, number: int) -> None:
        server.request(conn)
        conn.sendall(said or b"HTTP/1.1 200 OK\r\n")
        while not server.done.wait(0.05):
            conn.sendall(b"x")

    with speaking(script) as server:
        started = time.monotonic()
        with pytest.raises(errors.TimedOut):
            get(pool_for(server), first_byte=0.5, total=0.5)
        assert time.monotonic() - started < 5


def reset_second(server: FaultServer, conn: socket.socket, number: int) -> None:
    """Answers the first request of the first connection, resets on the next, is well afterwards."""
    server.request(conn)
    conn.sendall(ok(b"first"))
    server.request(conn)
    if number == 1:
        reset(conn)
    else:
        conn.sendall(ok(b"again"))


def test_a_get_on_a_reused_connection_that_was_reset_is_repeated_once() -> None:
    with speaking(reset_second) as server:
        pool = pool_for(server)
        assert get(pool) == (200, b"first")
        assert get(pool) == (200, b"first")
        assert (server.connections, len(server.requests)) == (2, 3)


def test_a_post_reaches_the_upstream_once() -> None:
    with speaking(reset_second) as server:
        pool = pool_for(server)
        get(pool)
        with pytest.raises(errors.Broken):
            get(pool, method="POST")
        assert (server.connections, len(server.requests)) == (1, 2)


def test_a_fresh_connection_that_is_reset_is_not_repeated() -> None:
    def script(server: FaultServer, conn: socket.socket, number: int) -> None:
        server.request(conn)
        reset(conn)

    with speaking(script) as server:
        with pytest.raises(errors.Broken):
            get(pool_for(server))
        assert server.connections == 1


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n" + b"x" * 400,
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n",
    ],
)
@pytest.mark.parametrize("ends", [reset, socket.socket.close])
def test_a_body_cut_short_is_broken_never_a_clean_end(said: bytes, ends: object) -> None:
    def script(server: FaultServer, conn: socket.socket, number: int) -> None:
        server.request(conn)
        conn.sendall(said)
        ends(conn)  # type: ignore[operator]

    with speaking(script) as server, pytest.raises(errors.Broken):
        get(pool_for(server))


def test_a_connection_with_bytes_after_its_answer_is_not_used_again() -> None:
    with answering(ok(b"ab") + b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil") as server:
        pool = pool_for(server)
        assert get(pool) == (200, b"ab")
        assert get(pool) == (200, b"ab")
        assert server.connections == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(status: int) -> None:
    said = f"HTTP/1.1 {status} Moved\r\nlocation: http://127.0.0.9:1/\r\ncontent-length: 0\r\n\r\n"
    with answering(said.encode()) as server:
        with pytest.raises(errors.Redirected):
            get(pool_for(server))
        assert len(server.requests) == 1


def test_a_full_pool_waits_and_then_says_busy() -> None:
    with speaking(silence) as server:
        pool = pool_for(server, limit=1, wait=0.2)
        holder = threading.Thread(target=lambda: pytest.raises(errors.TimedOut, get, pool, total=1.5))
        holder.start()
        assert until(lambda: len(server.requests) == 1)
        with pytest.raises(errors.Busy):
            get(pool)
        holder.join()
        assert len(server.requests) == 1
        with pytest.raises(errors.TimedOut):
            get(pool, total=0.2)


def test_after_five_failures_it_fails_fast_and_then_one_probe_finds_it_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    pool = Pool("http", "127.0.0.1", port)
    for _ in range(5):
        with pytest.raises(errors.Unreachable):
            get(pool)
    with socket.create_server(("127.0.0.1", port)) as listening:
        for _ in range(20):
            with pytest.raises(errors.Unreachable):
                get(pool)
        listening.setblocking(False)
        with pytest.raises(BlockingIOError):
            listening.accept()  # nobody has even tried
    assert pool._circuit.is_open
    pool._circuit._closed_until = time.monotonic() + 0.2
    assert until(lambda: not pool._circuit.is_open, 10)
    with pytest.raises(errors.Unreachable):
        get(pool)
    assert pool._circuit.is_open


def test_bodies_go_up_by_length_or_in_chunks_unchanged() -> None:
    sent = bytes(range(256)) * 2000
    with answering(ok(b"got")) as server:
        pool = pool_for(server)
        pieces = [sent[at : at + 1000] for at in range(0, len(sent), 1000)]
        sized = [*HEADERS, ("content-length", str(len(sent)))]
        assert pool.open("POST", "/up", sized, iter(pieces), first_byte=2, total=2).read(9) == b"got"
        assert pool.open("POST", "/up", HEADERS, iter(pieces), first_byte=2, total=2).read(9) == b"got"
        assert pool.open("POST", "/up", HEADERS, b"{}", first_byte=2, total=2).read(9) == b"got"
        assert server.requests[0].endswith(b"\r\n\r\n" + sent)
        assert b"\r\n\r\n3e8\r\n" + sent[:1000] + b"\r\n" in server.requests[1]
        assert server.requests[2].endswith(b"content-length: 2\r\n\r\n{}")
        assert server.connections == 1


def test_a_client_that_leaves_half_way_up_never_completes_the_request() -> None:
    class Source:
        def __init__(self) -> None:
            self.parts = [b"half", b""]

        def read(self, size: int) -> bytes:
            return self.parts.pop(0)

    with speaking(silence) as server:
        headers = [*HEADERS, ("content-length", "100")]
        with pytest.raises(errors.Departed):
            pool_for(server).open("POST", "/up", headers, upload_pieces(Source(), 100, total=5), first_byte=2, total=2)
        assert server.closed_by_peer.wait(5)


def test_an_early_refusal_of_an_upload_is_read() -> None:
    def script(server: FaultServer, conn: socket.socket, number: int) -> None:
        conn.recv(1000)
        conn.sendall(b"HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno")
        conn.shutdown(socket.SHUT_WR)
        server.wait_for_close(conn)

    def pieces() -> Iterator[bytes]:
        for _ in range(50):
            yield b"x" * 1000

    with speaking(script) as server:
        answer = pool_for(server).open("POST", "/up", HEADERS, pieces(), first_byte=2, total=2)
        assert (answer.status, answer.read(9)) == (413, b"no")


def test_chunks_are_handed_on_before_the_next_one_exists() -> None:
    go_on = threading.Event()

    def script(server: FaultServer, conn: socket.socket, number: int) -> None:
        server.request(conn)
        conn.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\nfirst\n\r\n")
        go_on.wait(5)
        conn.sendall(b"5\r\nlast\n\r\n0\r\n\r\n")

    with speaking(script) as server:
        answer = pool_for(server).open("GET", "/", HEADERS, first_byte=2, total=4)
        chunks = answer.chunks()
        assert next(chunks) == b"first\n"
        go_on.set()
        assert b"".join(chunks) == b"last\n"
