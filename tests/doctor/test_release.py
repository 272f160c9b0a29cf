"""Which release answers, by what it describes, and what it lacks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask

from skyvern_ui.config import Settings
from skyvern_ui.doctor.check import Patient
from skyvern_ui.doctor.checks import release as checks
from skyvern_ui.doctor.finding import Finding
from skyvern_ui.skyvern.connection import Connection
from skyvern_ui.skyvern.release import FLOORS, LACKS, Release, read_release

from .fake_skyvern import NOT_FOUND, FakeSkyvern, answer, drip, hang, page


def described(*paths: str, schemas: tuple[str, ...] = ()) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for sign in paths:
        method, _, path = sign.rpartition(" ")
        found.setdefault(path, {})[(method or "GET").lower()] = {}
    return {"openapi": "3.1.0", "info": {"version": "1.0.0"}, "paths": found,
            "components": {"schemas": {name: {} for name in schemas}}}


@pytest.fixture
def fake() -> Iterator[FakeSkyvern]:
    with FakeSkyvern() as server:
        yield server


def look(fake: FakeSkyvern, tmp_path: Path) -> Finding:
    settings = Settings.from_env({"INSTANCE_DIR": str(tmp_path)})
    return checks.look_at_release(Patient(cast(Flask, None), settings, Connection(fake.url, "")))


@pytest.mark.parametrize(("release", "sign"), FLOORS)
def test_each_sign_shows_its_release(release: str, sign: str) -> None:
    shown = described(schemas=(sign[1:],)) if sign.startswith("#") else described(sign)
    shown["paths"]["/v1/anything"] = {"get": {}}
    floor = read_release(shown).floor
    assert floor == ((1, 0, 51) if release == ">1.0.50" else tuple(map(int, release.split("."))))


def test_agents_are_workflows_and_names_of_parameters_do_not_matter() -> None:
    assert read_release(described("GET /v1/agents/{workflow_permanent_id}")).floor == (1, 0, 13)
    assert read_release(described("GET /v1/artifacts/{id}/content")).floor == (1, 0, 25)


@pytest.mark.parametrize("described", [None, [], "x", {}, {"paths": []}, {"paths": {}}, {"paths": {"/v1/x": None}},
                                       {"paths": {"/v1/x": {}}, "components": {"schemas": ["a"]}}])
def test_what_describes_nothing_shows_nothing(described: Any) -> None:
    release = read_release(described)
    assert release.floor is None and release.lacks == () and release.is_supported and not release.has_repair
    assert release.name == "unknown"


@pytest.mark.parametrize(("number", "repair"), [("0.2.16", False), ("0.2.17", True), ("1.0.47", True),
                                                ("1.0.48", False), ("1.0.56", False)])
def test_a_new_key_can_be_asked_for_in_some_releases(number: str, repair: bool) -> None:
    assert Release(said=number).has_repair is repair


def test_what_it_lacks_is_said_by_feature() -> None:
    assert "tags on runs" in Release((1, 0, 45), None).lacks and Release((1, 0, 48), None).lacks == ()
    assert len(Release((0, 2, 3), None).lacks) == len(LACKS)


def test_the_newest_is_well(fake: FakeSkyvern, tmp_path: Path) -> None:
    found = look(fake, tmp_path)
    assert (found.verdict, found.title) == ("ok", "Skyvern 1.0.56") and ("Live view", "cdp") in found.evidence


def test_an_old_one_lacks_and_a_very_old_one_fails(fake: FakeSkyvern, tmp_path: Path) -> None:
    fake.paths["/api/v1/version"] = answer(200, {"version": "unknown"})
    fake.paths["/openapi.json"] = answer(200, described("GET /v1/runs", "GET /v1/artifacts/{a}/content"))
    found = look(fake, tmp_path)
    assert (found.verdict, found.code) == ("warn", "release_lacks") and "1.0.29 or a little newer" in found.title
    fake.paths["/openapi.json"] = answer(200, described("/v1/scripts"))
    found = look(fake, tmp_path)
    assert (found.verdict, found.code) == ("fail", "release_too_old") and "screenshots" in found.explain


def test_its_own_warnings_are_passed_on(fake: FakeSkyvern, tmp_path: Path) -> None:
    fake.paths["/api/v1/config/runtime"] = answer(200, {"warnings": ["BROWSER_STREAMING_MODE 'x' is unknown."]})
    assert look(fake, tmp_path).code == "release_warns"


@pytest.mark.parametrize("reply", [NOT_FOUND, page(), hang, drip, answer(200, b"\xff{", ""), answer(200, "[1]"),
                                   answer(200, "[" * 100_000), answer(200, {"version": 5, "warnings": "x",
                                                                            "paths": {"x": 1}})])
def test_nothing_to_be_had_is_no_failure(fake: FakeSkyvern, tmp_path: Path, reply: Any,
                                         monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "SECONDS", 0.4)
    monkeypatch.setattr(checks, "DESCRIPTION_SECONDS", 0.4)
    fake.every(reply)
    begun = time.monotonic()
    assert look(fake, tmp_path).verdict == "ok" and time.monotonic() - begun < 3


def test_the_real_servers_description_shows_the_newest() -> None:
    paths = [f"{method.upper()} {path}" for path, methods in REAL.items() for method in methods]
    assert read_release(described(*paths)).number == (1, 0, 51)


REAL = {"/v1/run/tasks": ["post"], "/v1/agents/{workflow_permanent_id}": ["get"], "/v1/browser_types": ["get"],
        "/v1/browser_sessions/{browser_session_id}/extend": ["post"], "/v1/custom-llms": ["get", "post"],
        "/v1/artifacts/{artifact_id}/content": ["get"], "/v1/runs": ["get"], "/v1/version": ["get"]}
