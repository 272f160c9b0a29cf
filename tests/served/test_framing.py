"""What the server in front of the application makes of hostile bytes (security.md 2.5, 2.11)."""

from __future__ import annotations

import pytest
import requests

from ..support.server import Server


@pytest.fixture(scope="module")
def workers() -> int:
    return 1


def head(server: Server, line: str, *headers: str) -> bytes:
    return "\r\n".join([line, f"Host: 127.0.0.1:{server.port}", "Connection: close", *headers, "", ""]).encode()


@pytest.mark.parametrize(("headers", "body"), [
    (["Content-Length: 6", "Transfer-Encoding: chunked"], b"0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n"),
    (["Transfer-Encoding: xchunked"], b"0\r\n\r\n"), (["Transfer-Encoding : chunked"], b"0\r\n\r\n"),
    (["Content-Length: 5", "Content-Length: 6"], b"abcdef"), (["Transfer-Encoding: \x0bchunked"], b"0\r\n\r\n"),
    (["Content-Length: +5"], b"abcde"), (["Content-Length: 5", " folded: x"], b"abcde"),
])
def test_ambiguous_framing_is_refused(served: Server, headers: list[str], body: bytes) -> None:
    answer = served.raw(head(served, "POST /api/skyvern/v1/run/tasks HTTP/1.1", *headers) + body)
    assert answer[9:12] in (b"400", b"501"), answer[:100]
    assert "/smuggled" not in served.log


@pytest.mark.parametrize("line", [
    "GET http://169.254.169.254/latest/ HTTP/1.1", "GET @evil.test/ HTTP/1.1", "CONNECT 10.0.0.1:22 HTTP/1.1",
    "GET * HTTP/1.1", "GET //dashboard HTTP/1.1", "GET //evil.test/login HTTP/1.1",
    "GET /api/skyvern/v1/runs#/../x HTTP/1.1",
])
def test_odd_targets_lead_nowhere(served: Server, line: str) -> None:
    answer = served.raw(head(served, line))
    assert answer[9:12] in (b"303", b"400", b"401", b"404", b"405"), answer[:100]
    assert b"Location:" not in answer or b"Location: /login" in answer
    assert b"Location: http" not in answer and b"Location: //" not in answer


def test_script_name_and_forwarded_headers_change_nothing(served: Server) -> None:
    for headers in (["SCRIPT_NAME: /static"], ["PATH_INFO: /settings"], ["X-Forwarded-Host: evil.test"],
                    ["Forwarded: host=evil.test"], ["X-Forwarded-Proto: https"], ["X_Forwarded_For: 1.2.3.4"]):
        answer = served.raw(head(served, "GET /login HTTP/1.1", *headers))
        assert answer.startswith(b"HTTP/1.1 200"), (headers, answer[:200])
        assert b"evil.test" not in answer and b"Secure" not in answer.split(b"\r\n\r\n")[0]


def test_an_untrusted_peer_cannot_choose_its_address(served: Server) -> None:
    ben = served.visitor()
    ben.headers["X-Forwarded-For"] = "1.2.3.4"
    ben.sign_in("ben@example.com")
    assert ben.get("/api/auth/get-session").json()["session"]["ipAddress"] == "127.0.0.1"


def test_every_answer_carries_the_security_headers_once(served: Server) -> None:
    ben = served.visitor("ben@example.com")
    asset = next(part for part in served.visitor().get("/login").text.split('"') if part.startswith("/static/app.css"))
    for path in ("/login", "/dashboard", "/nowhere", "/settings", "/api/skyvern/v1/runs", "/api/skyvern/nowhere",
                 "/api/auth/get-session", "/healthz", "/readyz", asset, "/static/nothing", "/runs/tsk_404"):
        answer = ben.get(path, stream=True)
        raw = answer.raw.headers
        for name, value in (("X-Frame-Options", "DENY"), ("X-Content-Type-Options", "nosniff"),
                            ("Referrer-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
                            ("Cross-Origin-Resource-Policy", "same-origin"), ("X-Robots-Tag", "noindex, nofollow")):
            assert raw.getlist(name) == [value], (path, name)
        policy = raw.getlist("Content-Security-Policy")
        assert len(policy) == 1 and "unsafe" not in policy[0] and "frame-ancestors 'none'" in policy[0], path
        assert "Strict-Transport-Security" not in raw
        assert raw.getlist("Cache-Control") == ["no-store"] or path == asset, path


def test_the_nonce_is_fresh_each_time(served: Server) -> None:
    policies = {served.visitor().get("/login").headers["Content-Security-Policy"] for _ in range(20)}
    assert len(policies) == 20
    for policy in policies:
        script = next(p for p in policy.split("; ") if p.startswith("script-src"))
        assert "'self'" not in script and "'strict-dynamic'" in script


def test_headers_that_are_too_large_are_refused(served: Server) -> None:
    assert requests.get(served.url + "/login", headers={"X": "a" * 9000}, timeout=5).status_code == 431
    assert requests.get(served.url + "/" + "a" * 9000, timeout=5).status_code in (400, 414)
    many = {f"X-{n}": "x" for n in range(120)}
    assert requests.get(served.url + "/login", headers=many, timeout=5).status_code == 431
