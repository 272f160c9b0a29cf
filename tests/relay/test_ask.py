"""One question to anything: each way in which no answer comes has its own name, and nothing outlives the deadline."""

from __future__ import annotations

import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from skyvern_ui.relay.ask import Asked, ask
from skyvern_ui.relay.knock import is_forbidden

from ..support.postgres import free_port
from .fault_server import FaultServer, answering, ok, reset, speaking

Script = Callable[[FaultServer, socket.socket, int], None]
HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n"


def asked(script: Script, seconds: float = 3.0, **more: int) -> Asked:
    with speaking(script) as server:
        return ask("GET", f"http://127.0.0.1:{server.port}/x", seconds=seconds, **more)


def read_and(*answers: bytes, then: Callable[[FaultServer, socket.socket], None] | None = None) -> Script:
    def script(server: FaultServer, conn: socket.socket, _number: int) -> None:
        server.request(conn)
        for answer in answers:
            conn.sendall(answer)
        if then:
            then(server, conn)
    return script


def hang(server: FaultServer, conn: socket.socket) -> None:
    server.done.wait(30)


def drip(server: FaultServer, conn: socket.socket) -> None:
    while not server.done.wait(0.02):
        conn.sendall(b"x")


def test_an_answer_is_handed_back_as_it_came() -> None:
    with answering(ok(b'{"a": 1}', "Content-Type: application/json", "X-A: 1", "X-A: 2")) as server:
        got = ask("POST", f"http://127.0.0.1:{server.port}/p?q=1", [("x-api-key", "k")], b"hello", seconds=3)
    assert (got.status, got.json(), got.reply.trouble, got.reply.headers["x-a"]) == (200, {"a": 1}, "", "1")
    assert got.reply.host == "127.0.0.1" and got.addresses == ("127.0.0.1",) and not got.is_cut
    [sent] = server.requests
    assert sent.startswith(b"POST /p?q=1 HTTP/1.1\r\n") and sent.endswith(b"content-length: 5\r\n\r\nhello")
    assert b"x-api-key: k\r\n" in sent and f"host: 127.0.0.1:{server.port}\r\n".encode() in sent


@pytest.mark.parametrize(("script", "trouble", "detail"), [
    (read_and(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "garbage", "garbage"),
    (read_and(b"\x15\x03\x01\x00\x02\x02\x46"), "tls", "secure"),
    (read_and(), "reset", "closed"),
    (read_and(then=lambda server, conn: reset(conn)), "reset", "reset"),
    (read_and(then=hang), "timeout", "waiting"),
    (read_and(then=drip), "timeout", "waiting"),
    (read_and(b"HTTP/1.1 200 OK\r\nx: ", then=drip), "timeout", "waiting"),
    (read_and(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n"), "garbage", "garbage"),
    (read_and(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 56\r\n\r\n"
              b"<p>The plain HTTP request was sent to HTTPS port</p>\r\n\r\n"), "tls", "secure"),
])
def test_what_keeps_an_answer_from_coming_is_named(script: Script, trouble: str, detail: str) -> None:
    begun = time.monotonic()
    got = asked(script, 0.4)
    assert (got.status, got.reply.trouble, got.detail) == (None, trouble, detail)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(("script", "trouble", "body"), [
    (read_and(HEAD, b"ab", then=hang), "timeout", b"ab"), (read_and(HEAD, b"ab"), "reset", b"ab"),
    (read_and(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"), "reset", b""),
])
def test_a_body_that_breaks_off_keeps_its_status(script: Script, trouble: str, body: bytes) -> None:
    got = asked(script, 0.4)
    assert (got.status, got.reply.trouble, got.detail, got.reply.body) == (200, trouble, "body", body)


def test_a_dripping_body_ends_with_the_deadline() -> None:
    begun = time.monotonic()
    got = asked(read_and(HEAD, then=drip), 0.5)
    assert (got.status, got.reply.trouble) == (200, "timeout") and got.reply.body.startswith(b"xx")
    assert time.monotonic() - begun < 5


def test_no_more_is_read_than_asked_for() -> None:
    endless = read_and(b"HTTP/1.1 200 OK\r\n\r\n" + b"y" * 9000, then=hang)
    got = asked(endless, most=4096)
    assert (got.status, len(got.reply.body), got.is_cut, got.reply.trouble) == (200, 4096, True, "")


def test_a_redirect_is_not_followed_and_says_where_it_leads() -> None:
    with answering(b"HTTP/1.1 301 Moved\r\nLocation: https://else.example/x\r\ncontent-length: 0\r\n\r\n") as server:
        got = ask("GET", f"http://127.0.0.1:{server.port}/")
        assert (got.status, got.reply.trouble, got.location) == (301, "redirect", "https://else.example/x")
        assert server.connections == 1


def test_nobody_listens_and_nobody_is_called_that() -> None:
    assert ask("GET", f"http://127.0.0.1:{free_port()}/").detail == "refused"
    assert ask("GET", "http://nobody.invalid/").reply.trouble == "name"


@pytest.mark.parametrize("url", ["ftp://h/", "http://", "http://h:99999/", "http://[::1/", "", "http://h/\n"])
def test_what_is_no_address_is_not_asked(url: str) -> None:
    assert ask("GET", url).reply.trouble in ("unsendable", "name")


def test_a_line_break_in_a_header_is_not_sent() -> None:
    with answering(ok(b"")) as server:
        got = ask("GET", f"http://127.0.0.1:{server.port}/", [("x-api-key", "a\r\nb: c")])
    assert got.reply.trouble == "unsendable" and server.connections == 0


@pytest.mark.parametrize("address", ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "100.100.100.200"])
def test_a_clouds_metadata_is_never_reached(address: str) -> None:
    assert is_forbidden(address)
    url = f"http://[{address}]/" if ":" in address else f"http://{address}/"
    assert ask("GET", url).detail == "forbidden"


class TestTls:
    @pytest.fixture
    def secure(self, tmp_path: Path) -> Iterator[int]:
        pair = tmp_path / "pair.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-keyout", pair, "-out", tmp_path / "cert.pem", "-subj", "/CN=localhost", "-days",
                        "2"], check=True, capture_output=True)
        pair.write_text(pair.read_text() + (tmp_path / "cert.pem").read_text())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair)

        def serve(server: FaultServer, conn: socket.socket, _number: int) -> None:
            with context.wrap_socket(conn, server_side=True) as tls:
                server.request(tls)
                tls.sendall(ok(b"safe"))

        with speaking(serve) as server:
            yield server.port

    def test_an_unknown_certificate(self, secure: int) -> None:
        assert ask("GET", f"https://127.0.0.1:{secure}/").detail == "self_signed"

    def test_a_certificate_that_is_trusted(self, secure: int, tmp_path: Path) -> None:
        trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        assert ask("GET", f"https://127.0.0.1:{secure}/", context=trusting).detail == "wrong_name"
        trusting.check_hostname = False
        got = ask("GET", f"https://127.0.0.1:{secure}/", context=trusting)
        assert (got.status, got.reply.body) == (200, b"safe")

    def test_https_to_a_plain_port(self) -> None:
        def plain(server: FaultServer, conn: socket.socket, _number: int) -> None:
            conn.recv(9999)
            conn.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\nInvalid HTTP request received.")

        with speaking(plain) as server:
            assert ask("GET", f"https://127.0.0.1:{server.port}/").detail == "plain"

    def test_a_handshake_that_drips_ends_with_the_deadline(self) -> None:
        with speaking(lambda server, conn, _n: drip_handshake(server, conn)) as server:
            begun = time.monotonic()
            got = ask("GET", f"https://127.0.0.1:{server.port}/", seconds=0.5)
        assert (got.reply.trouble, got.detail) == ("timeout", "handshake") and time.monotonic() - begun < 5


def drip_handshake(server: FaultServer, conn: socket.socket) -> None:
    conn.recv(9999)
    conn.sendall(b"\x16\x03\x03\x40\x00")  # a record of 16 KiB is announced
    while not server.done.wait(0.02):
        conn.sendall(b"\x00")
