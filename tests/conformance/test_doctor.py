"""One thing after the other is broken, between here and the model: the doctor must name it first, and be content when
it is mended. The real Skyvern, the real LiteLLM."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.conformance.breaking import claims_of, files_away, one_more_key, only_forwarding, signed, table_away
from tests.conformance.doctor import Doctor, Report
from tests.real.litellm import ALIAS, NOWHERE, PROVIDER_KEY, RealLiteLLM
from tests.real.model import ScriptedModel
from tests.real.process import free_port
from tests.real.site import Site
from tests.real.skyvern import RealSkyvern
from tests.support.server import wait_for

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(300)]
NOBODY_LISTENS = ("refused", "localhost_in_container")  # the latter where this runs in a container


@pytest.fixture(scope="module")
def doctor(real_skyvern: RealSkyvern, real_litellm: RealLiteLLM, scripted_model: ScriptedModel, site: Site,
           tmp_path_factory: pytest.TempPathFactory) -> Doctor:
    """An installation of ours where nothing is wrong, in front of a Skyvern that has finished a run."""
    scripted_model.set_mode("ok")
    finished_run(real_skyvern, site)
    return Doctor(tmp_path_factory.mktemp("doctor"), SKYVERN_API_URL=real_skyvern.url,
                  SKYVERN_API_KEY=real_skyvern.key, LLM_UPSTREAM_URL=real_litellm.url,
                  LLM_UPSTREAM_KEY=real_litellm.key, LLM_UPSTREAM_MODEL=ALIAS)


@pytest.fixture(autouse=True)
def model_in_good_mood(scripted_model: ScriptedModel) -> Iterator[None]:
    yield
    scripted_model.set_mode("ok")


def finished_run(real: RealSkyvern, site: Site) -> str:
    headers = {"x-api-key": real.key}
    started = requests.post(f"{real.url}/v1/run/tasks", headers=headers, timeout=60, json={
        "prompt": "Look at the page", "url": site.url, "engine": "skyvern-1.0"}).json()["run_id"]

    def status() -> str:
        return str(requests.get(f"{real.url}/v1/runs/{started}", headers=headers, timeout=20).json()["status"])
    wait_for(lambda: status() in ("completed", "failed"), 120, "the run to end")
    assert status() == "completed"
    return str(started)


def content(doctor: Doctor, *arguments: str) -> Report:
    """A clean bill, and what it says."""
    report = doctor.examine(*arguments)
    assert report.faults == [], report.gist
    return report


def test_nothing_is_wrong(doctor: Doctor) -> None:
    report = content(doctor, "--thorough")
    assert {"network", "prefixes", "upstream-database", "key", "artifacts", "recording", "model-gateway-reach",
            "model-answer-gateway", "model-thorough-gateway-json",
            "model-thorough-gateway-picture"} <= report.fine, report.gist


@dataclass(frozen=True)
class BadKey:
    code: str
    said: Any  # of the good key

    def of(self, good: str) -> str:
        return str(self.said(good))


KEYS = {
    "garbage": BadKey("key_not_valid_here", lambda good: "correct-horse-battery-staple"),
    "cut short": BadKey("key_not_valid_here", lambda good: good[:-6]),
    "signed with another SECRET_KEY": BadKey("key_not_valid_here", lambda good: signed(claims_of(good), "another")),
    "of another database": BadKey("key_other_database", lambda good: signed(claims_of(good) | {"sub": "o_1"})),
    "not in its table": BadKey("key_unknown", lambda good: signed(
        claims_of(good) | {"exp": claims_of(good)["exp"] + 1})),
    "expired": BadKey("key_expired", lambda good: signed(claims_of(good) | {"exp": 1_700_000_000})),
    "an expired token of its page": BadKey("key_session", lambda good: signed(
        claims_of(good) | {"exp": 1_700_000_000, "token_type": "ui_session"})),
}


@pytest.mark.parametrize("case", KEYS)
def test_a_bad_key(doctor: Doctor, real_skyvern: RealSkyvern, case: str) -> None:
    key = KEYS[case].of(real_skyvern.key)
    report = doctor.examine(SKYVERN_API_KEY=key)
    assert report.cause == KEYS[case].code, report.gist
    assert key not in report.said and real_skyvern.key not in report.said
    if key.count(".") == 2:  # it can be read, without believing it
        assert claims_of(key)["sub"] in str(report.of("key")["evidence"]), report.gist
    assert "key" in content(doctor).fine


def test_a_key_that_was_replaced(doctor: Doctor, real_skyvern: RealSkyvern) -> None:
    old = signed(claims_of(real_skyvern.key) | {"exp": claims_of(real_skyvern.key)["exp"] + 2})
    with one_more_key(real_skyvern, old, valid=True):
        assert "key" in doctor.examine(SKYVERN_API_KEY=old).fine
    newer = signed(claims_of(old) | {"exp": claims_of(old)["exp"] + 2})  # the first one is remembered for a minute
    with one_more_key(real_skyvern, newer, valid=False):
        report = doctor.examine(SKYVERN_API_KEY=newer)
        assert report.cause == "key_replaced", report.gist
    assert "key" in content(doctor).fine


@pytest.mark.parametrize("wrapped", ['"{}"', "Bearer {}", " {} "])
def test_a_key_in_wrapping_paper_is_unwrapped(doctor: Doctor, real_skyvern: RealSkyvern, wrapped: str) -> None:
    assert "key" in doctor.examine(SKYVERN_API_KEY=wrapped.format(real_skyvern.key)).fine


def test_the_wrong_port(doctor: Doctor) -> None:
    report = doctor.examine(SKYVERN_API_URL=f"http://127.0.0.1:{free_port()}")
    assert report.of("network")["verdict"] == "fail" and report.told["cause"]["check"] == "network", report.gist
    assert report.cause in NOBODY_LISTENS, report.gist
    content(doctor)


def test_the_wrong_service(doctor: Doctor, real_litellm: RealLiteLLM) -> None:
    report = doctor.examine(SKYVERN_API_URL=real_litellm.root)
    assert report.told["cause"]["check"] == "network", report.gist
    assert report.cause == "litellm", report.gist


@pytest.mark.parametrize(("passed", "missing", "code"), [("/v1", "/api/v1", "api_not_forwarded"),
                                                         ("/api", "/v1", "prefix_missing")])
def test_one_prefix_only(doctor: Doctor, real_skyvern: RealSkyvern, tmp_path: Path, passed: str, missing: str,
                         code: str) -> None:
    with only_forwarding(passed, real_skyvern, tmp_path / "nginx") as address:
        report = doctor.examine(SKYVERN_API_URL=address)
    assert report.cause == code and missing in report.told["cause"]["title"], report.gist
    assert "prefixes" in content(doctor).fine


def test_its_database_away(doctor: Doctor, real_skyvern: RealSkyvern) -> None:
    with table_away(real_skyvern, "workflows"):
        report = doctor.examine()
        assert report.cause == "upstream_database_down", report.gist
    assert "upstream-database" in content(doctor).fine


def test_files_away(doctor: Doctor, real_skyvern: RealSkyvern) -> None:
    with files_away(real_skyvern):
        report = doctor.examine()
        assert report.cause == "artifact_file_gone", report.gist
    assert {"artifacts", "recording"} <= content(doctor).fine


MOODS = {  # of the provider behind LiteLLM
    "quota": "zhipu_balance", "unknown_model": "zhipu_model", "free_tier": "alibaba_free_tier",
    "method": "wrong_method", "wrong_key": "wrong_key", "balance": "balance", "echo_key": "wrong_key",
    "hang": "timeout",
}


@pytest.mark.parametrize("mood", MOODS)
def test_the_model_refuses(doctor: Doctor, scripted_model: ScriptedModel, real_litellm: RealLiteLLM,
                           mood: str) -> None:
    scripted_model.set_mode(mood)
    report = doctor.examine()
    assert report.cause == MOODS[mood], report.gist
    assert report.told["cause"]["fix"] and report.told["cause"]["layer"] == "model"
    for secret in (PROVIDER_KEY, real_litellm.key):
        assert secret not in report.said
    scripted_model.set_mode("ok")
    assert "model-answer-gateway" in content(doctor).fine


@pytest.mark.parametrize(("mood", "code"), [("text_only", "no_pictures"), ("blind", "picture_not_seen"),
                                            ("garbage", "bad_answer")])
def test_the_model_is_not_good_enough(doctor: Doctor, scripted_model: ScriptedModel, mood: str, code: str) -> None:
    scripted_model.set_mode(mood)
    report = doctor.examine("--thorough")
    assert report.cause == code, report.gist
    scripted_model.set_mode("ok")
    content(doctor, "--thorough")


def test_one_question_costs_one_token(doctor: Doctor, scripted_model: ScriptedModel) -> None:
    before = scripted_model.calls()
    content(doctor)
    assert scripted_model.calls() - before == 1


@pytest.mark.parametrize(("setting", "value", "code"), [
    ("LLM_UPSTREAM_MODEL", "gpt-9", "litellm_model"),
    ("LLM_UPSTREAM_KEY", "sk-of-somebody-else", "litellm_key_not_master"),
    ("LLM_UPSTREAM_MODEL", NOWHERE, "unreachable"),
])
def test_litellm_is_set_up_wrongly(doctor: Doctor, setting: str, value: str, code: str) -> None:
    report = doctor.examine(**{setting: value})
    assert report.cause == code, report.gist
    content(doctor)


def test_litellm_stopped(doctor: Doctor) -> None:
    report = doctor.examine(LLM_UPSTREAM_URL=f"http://127.0.0.1:{free_port()}/v1")
    assert report.cause == "refused" and report.told["cause"]["layer"] == "model", report.gist


def test_whoever_hangs_is_given_up(doctor: Doctor) -> None:
    with hanging() as address:
        report = doctor.examine(SKYVERN_API_URL=address)
    assert report.told["cause"]["check"] == "network", report.gist


def test_skyvern_stopped_and_started(doctor: Doctor, real_skyvern: RealSkyvern) -> None:
    real_skyvern.stop()
    try:
        report = doctor.examine()
        assert report.told["cause"]["check"] == "network" and report.cause in NOBODY_LISTENS, report.gist
        assert f"Nothing listens at {real_skyvern.url.removeprefix('http://')}" in doctor.words()
    finally:
        real_skyvern.start()
    content(doctor)


@contextmanager
def hanging() -> Iterator[str]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
