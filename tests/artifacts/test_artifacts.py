"""Bytes that runs left behind: shown only as what a browser does not run (security.md 2.7, 2.8)."""

from __future__ import annotations

import time

import pytest
from flask import Flask

from ..sandbox_server import Sandbox
from ..support.people import Browser

SAFETY = {"Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
          "X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600",
          "Cross-Origin-Resource-Policy": "same-origin"}


@pytest.fixture
def artifacts(connected: Flask, sandbox: Sandbox) -> dict[str, str]:
    """Artifact ids of a finished run, one of each kind."""
    run_id = sandbox.call("POST", "/v1/run/tasks", json={"prompt": "x", "engine": "skyvern-1.0"}).json()["run_id"]
    deadline = time.monotonic() + 20
    while sandbox.call("GET", f"/v1/runs/{run_id}").json()["status"] != "completed":
        assert time.monotonic() < deadline
    found = sandbox.call("GET", f"/v1/runs/{run_id}/artifacts").json()
    sandbox.forget_calls()
    return {a["artifact_type"]: a["artifact_id"] for a in found}


def test_pictures_and_films_are_shown(ben: Browser, artifacts: dict[str, str]) -> None:
    picture = ben.client.get(f"/artifacts/{artifacts['screenshot_final']}")
    assert picture.status_code == 200 and picture.mimetype.startswith("image/")
    assert picture.headers["Content-Disposition"].startswith("inline")
    for name, value in SAFETY.items():
        assert picture.headers[name] == value
    film = ben.client.get(f"/artifacts/{artifacts['recording']}", headers={"Range": "bytes=10-19"})
    assert film.status_code == 206 and len(film.data) == 10 and film.mimetype.startswith("video/")
    assert film.headers["Content-Range"].startswith("bytes 10-19/")
    beyond = ben.client.get(f"/artifacts/{artifacts['recording']}", headers={"Range": "bytes=99999999-"})
    assert beyond.status_code == 416


def test_scraped_pages_are_never_pages_of_ours(ben: Browser, artifacts: dict[str, str]) -> None:
    page = ben.client.get(f"/artifacts/{artifacts['html_scrape']}")
    assert page.mimetype == "application/octet-stream"
    assert page.headers["Content-Disposition"].startswith("attachment")
    source = ben.client.get(f"/artifacts/{artifacts['html_scrape']}?source=1")
    assert source.mimetype == "text/plain" and source.headers["X-Content-Type-Options"] == "nosniff"
    proxied = ben.client.get(f"/api/skyvern/v1/artifacts/{artifacts['html_scrape']}/content")
    assert proxied.mimetype == "application/octet-stream"
    assert proxied.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("purpose", ["script", "style", "worker", "serviceworker", "object", "embed", "frame",
                                     "iframe", "manifest", "xslt"])
def test_bytes_are_not_code(ben: Browser, artifacts: dict[str, str], sandbox: Sandbox, purpose: str) -> None:
    for path in (f"/artifacts/{artifacts['screenshot_final']}", "/api/artifact-proxy?url=https://b.s3.amazonaws.com/x"):
        assert ben.client.get(path, headers={"Sec-Fetch-Dest": purpose}).status_code == 403
    assert sandbox.requests() == []


@pytest.mark.parametrize("artifact_id", ["a_", "a_x", "x", "a_1/../2", "a_%31", "A_1", "a_1;", "a_" + "1" * 40])
def test_what_is_no_artifact_id_asks_nobody(ben: Browser, connected: Flask, sandbox: Sandbox,
                                            artifact_id: str) -> None:
    answer = ben.client.get(f"/artifacts/{artifact_id}")
    assert answer.status_code in (404, 200) and (answer.status_code == 404 or artifact_id == "a_%31")
    assert not [r for r in sandbox.requests("/v1/artifacts") if "a_1" not in r["target"]]


def test_nobody_gets_nothing(nobody: Browser, artifacts: dict[str, str], sandbox: Sandbox) -> None:
    assert nobody.client.get(f"/artifacts/{artifacts['recording']}").status_code == 303
    assert nobody.client.get("/api/artifact-proxy?url=x").status_code == 401
    assert sandbox.requests() == []


@pytest.mark.parametrize("url", [
    "http://169.254.169.254/latest/", "file:///etc/passwd", "https://evil.test/x", "https://bkt.s3.amazonaws.com@x/",
    "http://127.0.0.1\\@bkt.s3.amazonaws.com/x", "https://ec2-1-2-3-4.compute-1.amazonaws.com/", "//x", "",
    "http://localhost:9090/artifact/text?path=/etc/passwd", "https://bkt.s3.amazonaws.com:22/", "javascript:alert(1)",
])
def test_addresses_that_are_not_storage_are_refused(ben: Browser, connected: Flask, url: str) -> None:
    answer = ben.client.get("/api/artifact-proxy", query_string={"url": url})
    assert answer.status_code in (400, 403)
    assert answer.get_json()["code"]


def test_an_address_that_names_an_artifact_goes_by_its_id(ben: Browser, artifacts: dict[str, str]) -> None:
    number = artifacts["screenshot_final"]
    for url in (f"https://api.skyvern.com/v1/artifacts/{number}/content?expiry=1&kid=x&sig=y",
                f"file:///data/artifacts/o_1/tsk_1/01_0_stp/2026_{number}_screenshot_final.png"):
        answer = ben.client.get("/api/artifact-proxy", query_string={"url": url})
        assert answer.status_code == 200 and answer.mimetype.startswith("image/")


def test_private_runs_keep_their_pictures(ada: Browser, ben: Browser, artifacts: dict[str, str]) -> None:
    ada.post("/settings/preferences", {"private_runs": "y"})
    assert ben.client.get(f"/artifacts/{artifacts['recording']}").status_code == 404
    assert ada.client.get(f"/artifacts/{artifacts['recording']}").status_code == 200
