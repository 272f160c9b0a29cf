"""Promise 1: an answer with our key in it does not leave the house."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skyvern_ui.relay.headers import request_headers, response_headers
from skyvern_ui.relay.key_scan import KeyScan, Secrets
from skyvern_ui.relay.stream import relay_body
from skyvern_ui.skyvern import errors
from tests.relay.fault_server import FaultServer, answering, ok, speaking
from tests.relay.test_http import HEADERS, pool_for

KEY = b"CANARY-sk-7f3e/a+b=" + b"0123456789abcdef" * 3
FORMS = [
    KEY,
    KEY.replace(b"/", b"\\/"),
    KEY.replace(b"/", b"%2F").replace(b"+", b"%2B").replace(b"=", b"%3D"),
    KEY.replace(b"/", b"%2f").replace(b"+", b"%2b").replace(b"=", b"%3d"),
]


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_found_at_every_split(form: bytes) -> None:
    text = b'{"before":"' + form + b'","after":1}'
    for at in range(len(text)):
        scan = KeyScan([KEY])
        sent = b""
        with pytest.raises(errors.Leaked):
            for chunk in (text[:at], text[at:]):
                sent += scan.feed(chunk)
        assert form[:1] not in sent or not form.startswith(sent[sent.find(form[:1]) :])


def test_a_secret_is_found_byte_by_byte() -> None:
    scan = KeyScan([b"another-secret", KEY])
    with pytest.raises(errors.Leaked):
        for byte in b"xx" + KEY:
            scan.feed(bytes([byte]))


@given(st.lists(st.binary(max_size=40) | st.sampled_from([KEY[:-1], KEY[:9], KEY[3:], b"C", b"CA"]), max_size=12))
def test_everything_else_passes_unchanged(chunks: list[bytes]) -> None:
    text = b"".join(chunks)
    scan = KeyScan([KEY])
    try:
        passed = b"".join([*map(scan.feed, chunks), scan.end()])
    except errors.Leaked:
        assert any(form in text for form in FORMS)
    else:
        assert passed == text and KEY not in text


def test_an_event_is_not_delayed() -> None:
    scan = KeyScan([KEY])
    assert scan.feed(b"data: {}\n\n") == b"data: {}\n\n"
    assert scan.feed(b"data: CAN") == b"data: "
    assert scan.feed(b"!\n\n") == b"CAN!\n\n"
    assert scan.end() == b""


def test_a_leak_in_json_is_known_before_anything_is_sent() -> None:
    with answering(ok(b'{"token":"' + KEY + b'"}', "content-type: application/json")) as server:
        answer = pool_for(server).open("GET", "/", HEADERS, first_byte=2, total=2)
        with pytest.raises(errors.Leaked):
            relay_body(answer, KeyScan([KEY]))


def test_small_json_is_whole_and_its_connection_is_free_at_once() -> None:
    with answering(ok(b'{"a":1}', "content-type: application/json")) as server:
        pool = pool_for(server)
        body = relay_body(pool.open("GET", "/", HEADERS, first_byte=2, total=2), KeyScan([KEY]))
        assert body.whole == b'{"a":1}'
        assert len(pool._idle) == 1
        assert b"".join(body) == b'{"a":1}'


def test_a_leak_after_the_window_cuts_the_transfer() -> None:
    text = b"x" * 200_000 + KEY
    with answering(ok(text, "content-type: text/plain")) as server:
        body = relay_body(pool_for(server).open("GET", "/", HEADERS, first_byte=2, total=2), KeyScan([KEY]))
        assert body.whole is None
        with pytest.raises(errors.Leaked):
            list(body)


def test_a_large_body_streams_and_is_complete() -> None:
    text = bytes(range(256)) * 8192
    with answering(ok(text, "content-type: video/mp4")) as server:
        body = relay_body(pool_for(server).open("GET", "/", HEADERS, first_byte=2, total=5), KeyScan([KEY]))
        assert body.whole is None
        assert b"".join(body) == text


def test_a_body_without_end_is_cut_at_its_ceiling() -> None:
    def script(server: FaultServer, conn: object, number: int) -> None:
        server.request(conn)  # type: ignore[arg-type]
        conn.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")  # type: ignore[attr-defined]
        while True:
            conn.sendall(b"2710\r\n" + b"z" * 10000 + b"\r\n")  # type: ignore[attr-defined]

    with speaking(script) as server:
        body = relay_body(
            pool_for(server).open("GET", "/", HEADERS, first_byte=2, total=9), KeyScan([KEY]), most=1_000_000
        )
        got = 0
        with pytest.raises(errors.Broken):
            for piece in body:
                got += len(piece)
        assert got <= 1_000_000


def test_only_listed_headers_go_up_and_the_key_is_ours() -> None:
    client = [
        ("Connection", "close, x-api-key, host"), ("X-Api-Key", "evil"), ("x_api_key", "evil"), ("Cookie", "s=1"),
        ("Authorization", "Bearer other"), ("Host", "evil.test"), ("X-Forwarded-For", "127.0.0.1"),
        ("x-user-agent", "x"), ("Accept", "application/json"), ("Accept", "text/html"), ("Range", "bytes=0-9"),
        ("Accept-Encoding", "gzip"), ("x-max-steps-override", "99"), ("Idempotency-Key", "a\r\nx-api-key: evil"),
        ("Content-Length", "12"), ("Transfer-Encoding", "chunked"), ("X-PostHog-Attribution", "x"),
    ]  # fmt: skip
    assert request_headers(client, "KEY", host="skyvern:8000") == [
        ("host", "skyvern:8000"),
        ("accept", "application/json"),
        ("range", "bytes=0-9"),
        ("content-length", "12"),
        ("accept-encoding", "identity"),
        ("x-user-agent", "skyvern-ui"),
        ("x-api-key", "KEY"),
    ]
    allowed = dict(request_headers(client, "KEY", host="h", allow_steps=True))
    assert allowed["x-max-steps-override"] == "99"
    wild = [("x-max-steps-override", "99999")]
    assert "x-max-steps-override" not in dict(request_headers(wild, "K", host="h", allow_steps=True))


def test_only_listed_headers_come_down() -> None:
    upstream = [
        ("Set-Cookie", "a=1"), ("HX-Redirect", "https://evil.test"), ("Location", "/x"), ("Link", "x"),
        ("Access-Control-Allow-Origin", "*"), ("Content-Security-Policy", "x"), ("Server", "uvicorn"),
        ("x-api-key", "KEY"), ("X-Skyvern-API-Version", "dev"), ("Content-Type", "application/json"),
        ("content-length", "3"), ("ETag", '"x"'), ("Cache-Control", "public"), ("Refresh", "0"),
    ]  # fmt: skip
    assert response_headers(upstream) == [
        ("content-type", "application/json"),
        ("content-length", "3"),
        ("etag", '"x"'),
    ]
    with pytest.raises(errors.Leaked):
        response_headers([("etag", KEY.decode())], KeyScan([KEY]))


@pytest.mark.parametrize("before", [b"", b"x", b"xy", b"xyz: "])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_of_a_secret_is_noticed_wherever_it_begins(before: bytes, encode: Callable[[bytes], bytes]) -> None:
    secrets = Secrets([KEY])
    assert secrets.is_encoded_in(b'{"log":"' + encode(before + KEY + b" and more") + b'"}')
    assert not secrets.is_encoded_in(b'{"log":"' + encode(before + KEY[:-8] + b" and more") + b'"}')


def test_a_secret_written_with_escapes_is_noticed() -> None:
    secrets = Secrets([KEY])
    whole = "".join(f"\\u{ord(letter):04x}" for letter in KEY.decode()).encode()
    partly = KEY.replace(b"/", b"\\u002F").replace(b"+", b"\\u002b")
    assert secrets.is_encoded_in(b'["' + whole + b'"]') and secrets.is_encoded_in(b'["' + partly + b'"]')
    assert not secrets.is_encoded_in(b'["\\u00e9t\\u00e9 and nothing else"]')
