"""What the proxy in front does, told from what reached us."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask

from skyvern_ui.doctor.check import RequestFacts
from skyvern_ui.doctor.checks.proxies import FORGED, look_at_request, look_through_public
from skyvern_ui.doctor.checks.proxy_words import proxy_findings
from skyvern_ui.doctor.finding import Finding

from ..relay.fault_server import FaultServer, answering, ok
from ..support.databases import SECRET, settings_for
from .fronts import patient, public_app
from .proxy import Proxy


def judged(folder: Path, facts: RequestFacts, by_public_url: bool = False, **settings: str) -> list[str]:
    found = proxy_findings(settings_for("sqlite:///x.db", folder, **settings), facts, "proxies-request",
                           by_public_url=by_public_url)
    return [each.code for each in found]


def facts(peer: str = "10.0.0.2", host: str = "skyvern.example.com", **forwarded: str) -> RequestFacts:
    return RequestFacts(peer, "http", host, tuple((k.replace("_", "-"), v) for k, v in forwarded.items()))


PUBLIC = {"PUBLIC_URL": "https://skyvern.example.com"}


@pytest.mark.parametrize(("came", "settings", "code"), [
    (facts(X_Forwarded_For="203.0.113.7"), PUBLIC, ["proxy_not_trusted"]),
    (facts(X_Forwarded_For="203.0.113.7"), {**PUBLIC, "TRUSTED_PROXIES": "10.0.0.9"}, ["proxy_not_trusted"]),
    (facts(X_Forwarded_For="203.0.113.7"), {**PUBLIC, "TRUSTED_PROXIES": "10.0.0.2"}, []),
    (facts(X_Forwarded_For="203.0.113.7"), {**PUBLIC, "TRUSTED_PROXIES": "10.0.0.0/24"}, []),
    (facts("127.0.0.1", "localhost:3000"), {}, []),
    (facts("127.0.0.1", "localhost:3000"), PUBLIC, []),
    (facts("127.0.0.1", "skyvern.example.com:8443"), PUBLIC, ["other_address"]),
    (facts(host="app:3000", X_Forwarded_Proto="https"), {}, ["https_unknown"]),
    (facts(host="127.0.0.1:3000", X_Forwarded_Host="skyvern.example.com"), PUBLIC, ["host_rewritten"]),
    (facts("not an address", X_Forwarded_For="1.2.3.4"), {**PUBLIC, "TRUSTED_PROXIES": "10.0.0.2"},
     ["proxy_not_trusted"]),
])
def test_a_request_is_judged_by_how_it_came(tmp_path: Path, came: RequestFacts, settings: dict[str, str],
                                            code: list[str]) -> None:
    assert judged(tmp_path, came, **settings) == code


def test_a_trusted_proxy_that_names_no_visitor_is_named(tmp_path: Path) -> None:
    trusted = {**PUBLIC, "TRUSTED_PROXIES": "10.0.0.2"}
    assert judged(tmp_path, facts(), True, **trusted) == ["no_forwarded_for"]
    assert judged(tmp_path, facts(), False, **trusted) == []


def test_the_fix_names_the_very_address_to_trust(tmp_path: Path) -> None:
    settings = settings_for("sqlite:///x.db", tmp_path, TRUSTED_PROXIES="10.0.0.9", **PUBLIC)
    found = next(proxy_findings(settings, facts(X_Forwarded_For="1.2.3.4"), "x", by_public_url=False))
    assert "TRUSTED_PROXIES=10.0.0.9/32,10.0.0.2" in found.fix[0]


def test_without_a_request_there_is_nothing_to_say(empty_app: Flask) -> None:
    assert look_at_request(patient(empty_app)).verdict == "skip"
    assert look_at_request(patient(empty_app, request=facts("127.0.0.1", "localhost"))).verdict == "ok"
    assert look_through_public(patient(empty_app)).verdict == "skip"


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def behind(stack: ExitStack, url: str, folder: Path, proxy: Proxy, **settings: str) -> Finding:
    """What is found with this proxy in front of a server of ours."""
    stack.enter_context(proxy)
    app = stack.enter_context(public_app(url, folder, PUBLIC_URL=proxy.url, **settings))
    proxy.leads_to = str(app.config["LISTENS_AT"])
    return look_through_public(patient(app))


def test_without_a_proxy_the_public_address_leads_here(stack: ExitStack, database_url: str, tmp_path: Path) -> None:
    app = stack.enter_context(public_app(database_url, tmp_path))
    found = look_through_public(patient(app))
    assert found.verdict == "ok" and dict(found.evidence)["From"] == "127.0.0.1", found


def test_a_good_proxy_that_is_trusted(stack: ExitStack, database_url: str, tmp_path: Path) -> None:
    found = behind(stack, database_url, tmp_path, Proxy(appends="X-Forwarded-For"), TRUSTED_PROXIES="127.0.0.1")
    assert found.verdict == "ok", found


def test_a_good_proxy_that_is_not_trusted(stack: ExitStack, database_url: str, tmp_path: Path) -> None:
    found = behind(stack, database_url, tmp_path, Proxy(appends="X-Forwarded-For"))
    assert (found.verdict, found.code) == ("warn", "proxy_not_trusted"), found


def test_a_proxy_that_passes_on_what_visitors_claim(stack: ExitStack, database_url: str, tmp_path: Path) -> None:
    found = behind(stack, database_url, tmp_path, Proxy(), TRUSTED_PROXIES="127.0.0.1")
    assert (found.verdict, found.code) == ("fail", "address_forgeable"), found
    assert dict(found.evidence)["Taken for the visitor"] == FORGED


def test_a_proxy_that_changes_the_host(stack: ExitStack, database_url: str, tmp_path: Path) -> None:
    found = behind(stack, database_url, tmp_path, Proxy(host="127.0.0.1:1"))
    assert (found.verdict, found.code) == ("warn", "host_rewritten"), found
    found = behind(stack, database_url, tmp_path, Proxy(host="upstream"))
    assert (found.verdict, found.code) == ("fail", "host_rewritten"), found


PAGE = b"<!doctype html><title>Another</title>"


@pytest.mark.parametrize(("answer", "verdict", "code"), [
    (ok(PAGE, "content-type: text/html"), "fail", "another_server"),
    (b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "fail", "another_server"),
    (b"HTTP/1.1 401 No\r\nwww-authenticate: Basic\r\ncontent-length: 0\r\n\r\n", "warn", "public_login"),
    (b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n", "fail", "proxy_upstream_down"),
    (b"HTTP/1.1 301 Moved\r\nlocation: https://b.example.com/doctor/echo/abc\r\ncontent-length: 0\r\n\r\n", "warn",
     "public_redirects"),
    (b"SSH-2.0-x\r\n\r\n", "warn", "public_unreachable")])
def test_whoever_answers_in_our_place_is_named(tmp_path: Path, answer: bytes, verdict: str, code: str) -> None:
    with answering(answer) as server, public_app("sqlite:///x.db", tmp_path,
                                                 PUBLIC_URL=f"http://127.0.0.1:{server.port}") as app:
        found = look_through_public(patient(app))
    assert (found.verdict, found.code) == (verdict, code), found
    assert "/doctor/echo/" not in str(found), "a token is nobody's business"


def test_another_process_with_another_secret_is_named(database_url: str, tmp_path: Path) -> None:
    with public_app(database_url, tmp_path) as other, public_app(
            database_url, tmp_path, SECRET_KEY=SECRET[::-1], PUBLIC_URL=str(other.config["LISTENS_AT"])) as app:
        assert look_through_public(patient(app)).code == "another_server"


def test_a_public_address_that_we_cannot_call_is_no_fault_when_the_browser_came_by_it(tmp_path: Path) -> None:
    with FaultServer(lambda conn, _: None) as gone:
        pass
    host = f"127.0.0.1:{gone.port}"
    with public_app("sqlite:///x.db", tmp_path, PUBLIC_URL=f"http://{host}") as app:
        assert look_through_public(patient(app)).code == "public_unreachable"
        assert look_through_public(patient(app, request=facts(host=host))).verdict == "skip"
