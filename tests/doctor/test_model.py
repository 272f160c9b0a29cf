"""The model's checks: Skyvern's view of it, and each known model asked as cheaply as the question allows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from skyvern_ui.database import writing
from skyvern_ui.doctor.check import Patient
from skyvern_ui.doctor.checks import model as model_checks
from skyvern_ui.doctor.checks.model import CHECKS
from skyvern_ui.doctor.checks.model_use import names_in_use
from skyvern_ui.doctor.checks.model_view import judge_view
from skyvern_ui.doctor.examination import examine
from skyvern_ui.doctor.finding import ORDER, Finding
from skyvern_ui.doctor.patient import read_patient, scrub_for
from skyvern_ui.extensions import db
from skyvern_ui.llm.known_rules import known_upstreams, place_of
from skyvern_ui.llm.upstream import Upstream
from skyvern_ui.models import LlmKey
from skyvern_ui.skyvern.connection import Connection
from skyvern_ui.skyvern.values.llm import CustomLlm, DefaultLlms, LlmStatus

from ..llm.model_server import KEY, Model, http, models, running_model, seeing
from ..sandbox_server import Sandbox
from .fake_skyvern import FakeSkyvern, hang

OTHER = "sk-other-9b1c22e0aa417d63"
BY_NAME = {check.name: check for check in CHECKS}


def patient_of(app: Flask, *, thorough: bool = False) -> Patient:
    with app.app_context():
        return read_patient(app, thorough=thorough)


def looked_at(app: Flask, *names: str) -> list[Finding]:
    patient = patient_of(app, thorough=True)
    checks = [BY_NAME[name] for name in names or BY_NAME]
    return list(examine(patient, checks, scrub_for(patient)))


def custom(sandbox: Sandbox, base: str, **more: Any) -> str:
    config = {"display_name": "Mine", "provider": "openai_compatible", "model_name": "glm46v", "api_base": base,
              "api_key": OTHER, **more}
    return str(sandbox.call("POST", "/v1/custom-llms", json={"config": config}).json()["custom_llm"]["id"])


def keep(app: Flask, llm_id: str, base: str, key: str = OTHER) -> None:
    with app.app_context():
        with writing() as session:
            session.add(LlmKey(id=llm_id, label="Mine", model_name="glm46v", api_base=base, created_by_name="Ada",
                               sealed_key=app.extensions["sealer"].seal(key, place_of(llm_id))))
        db.session.remove()


def test_what_is_free_and_what_is_not() -> None:
    assert {name: (check.free, check.thorough) for name, check in BY_NAME.items()} == {
        "model-view": (True, False), "model": (True, False), "model-answer": (False, False),
        "model-thorough": (False, True)}
    assert BY_NAME["model-view"].needs == ("key",)


def test_without_a_known_model_it_says_how_to_make_one_known(connected: Flask) -> None:
    for found in looked_at(connected, "model", "model-answer", "model-thorough"):
        assert found.verdict == "skip" and "LLM_UPSTREAM_URL" in found.title and "Settings, Models" in found.title


class TestWithAModel:
    model: Model

    @pytest.fixture
    def app_settings(self, tmp_path: Path) -> Iterator[dict[str, str]]:
        with running_model(lambda *question: seeing(*question)) as model:
            TestWithAModel.model = model
            yield {"LLM_UPSTREAM_URL": model.base, "LLM_UPSTREAM_KEY": KEY, "LLM_UPSTREAM_MODEL": "glm46v"}

    def test_all_is_well(self, connected: Flask) -> None:
        found = looked_at(connected)
        assert {each.verdict for each in found} == {"ok"}, found
        assert {each.check for each in found} == {
            "model-view", "model-gateway-reach", "model-gateway-key", "model-gateway-listed", "model-answer-gateway",
            "model-thorough-gateway-json", "model-thorough-gateway-picture"}

    def test_the_background_spends_nothing(self, connected: Flask) -> None:
        looked_at(connected, *(name for name, check in BY_NAME.items() if check.free))
        assert self.model.asked and {each.split()[0] for each in self.model.asked} == {"GET"}

    def test_a_registered_one_is_asked_beside_it_and_a_lost_one_not(self, connected: Flask, sandbox: Sandbox) -> None:
        with running_model(lambda *_: models("glm46v"), needs_key=False) as second:
            llm_id = custom(sandbox, second.base)
            keep(connected, llm_id, second.base)
            keep(connected, "oat_gone", "http://127.0.0.1:9/v1")
            found = looked_at(connected, "model")
            name = f"model-custom-{llm_id.replace('_', '-')}"
            assert {each.check for each in found} == {f"{start}-{step}" for start in ("model-gateway", name)
                                                      for step in ("reach", "key", "listed")}

    def test_a_registered_one_alarms_only_when_it_is_a_default(self, connected: Flask, sandbox: Sandbox) -> None:
        llm_id = custom(sandbox, "http://127.0.0.1:9/v1")
        keep(connected, llm_id, "http://127.0.0.1:9/v1")

        def verdict() -> str:
            return next(each.verdict for each in looked_at(connected, "model") if "custom" in each.check)

        assert verdict() == "warn"
        sandbox.call("PUT", "/api/v1/organizations", json={"default_secondary_llm_key": f"CUSTOM_LLM_{llm_id}"})
        assert verdict() == "fail"

    def test_the_own_one_alarms_only_when_it_may_be_in_use(self, connected: Flask, sandbox: Sandbox) -> None:
        def verdict(key: str | None) -> str:
            sandbox.fault("/v1/internal/llms/status", "status", status=200 if key else 403,
                          body={"status": "ok", "default_llm_key": key} if key else {"detail": "no"})
            with running_model(lambda *_: http(401, {"error": "no"}), needs_key=False) as broken:
                patient = patient_of(connected)
                (own,) = patient.upstreams
                checks = [BY_NAME["model"]]
                found = list(examine(replace(patient, upstreams=(replace(own, base=broken.base),)), checks,
                                     scrub_for(patient)))
            return min(found, key=lambda each: ORDER[each.verdict]).verdict

        assert verdict("OPENAI_GPT4O") == "warn" and verdict("OPENAI_COMPATIBLE") == "fail" and verdict(None) == "fail"

    def test_unasked_one_token_is_spent_and_asked_thoroughly_each_answers(self, connected: Flask,
                                                                         sandbox: Sandbox) -> None:
        with running_model(lambda *question: seeing(*question), needs_key=False) as second:
            llm_id = custom(sandbox, second.base)
            keep(connected, llm_id, second.base)
            sandbox.call("PUT", "/api/v1/organizations", json={"default_llm_key": f"CUSTOM_LLM_{llm_id}"})
            for thorough, spent in ((False, [[], [1]]), (True, [[1], [1, 1]])):
                patient = patient_of(connected, thorough=thorough)
                found = list(examine(patient, [BY_NAME["model-answer"]], scrub_for(patient)))
                assert [[each["max_tokens"] for each in model.bodies()] for model in (self.model, second)] == spent
                assert [each.verdict for each in found] == (["ok", "ok"] if thorough else ["ok", "skip"])

    def test_while_skyvern_hangs_the_model_is_asked_all_the_same(self, connected: Flask,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(model_checks, "SKYVERN_SECONDS", 0.5)
        with FakeSkyvern() as fake:
            fake.every(hang)
            patient = replace(patient_of(connected), connection=Connection(fake.url, "a-key-of-skyvern"))
            found = list(examine(patient, [BY_NAME["model"], BY_NAME["model-answer"]], scrub_for(patient)))
        assert {each.verdict for each in found} == {"ok"} and len(found) == 4, found

    def test_the_same_model_twice_is_asked_once(self, connected: Flask, sandbox: Sandbox) -> None:
        keep(connected, custom(sandbox, self.model.base), self.model.base, KEY)
        assert [each.name for each in patient_of(connected).upstreams] == ["gateway"]

    def test_no_key_shows_in_what_is_found(self, connected: Flask, sandbox: Sandbox) -> None:
        with running_model(lambda *_: http(401, {"error": f"no {OTHER} and no {KEY}"}), needs_key=False) as second:
            keep(connected, custom(sandbox, second.base), second.base)
            found = looked_at(connected)
            assert any("401" in str(each.evidence) for each in found)
            assert KEY not in json.dumps([each.to_json() for each in found])
            assert OTHER not in json.dumps([each.to_json() for each in found])


def test_a_key_sealed_with_another_secret_is_left_out(connected: Flask) -> None:
    with connected.app_context():
        with writing() as session:
            session.add(LlmKey(id="oat_1", label="Mine", model_name="m", api_base="http://h/v1", created_by_name="Ada",
                               sealed_key=connected.extensions["sealer"].seal("k", place_of("oat_2"))))
        assert known_upstreams(connected.config["SETTINGS"], connected.extensions["sealer"]) == ()


class TestSkyvernsOwnFile:
    @pytest.fixture
    def app_settings(self, tmp_path: Path) -> dict[str, str]:
        folder = tmp_path / "skyvern"
        folder.mkdir()
        (folder / ".env").write_text(
            "# OPENAI_COMPATIBLE_API_BASE=http://old/v1\nexport OPENAI_COMPATIBLE_API_BASE='http://127.0.0.1:9/v1'\n"
            f'OPENAI_COMPATIBLE_API_KEY="{OTHER}"\nOPENAI_COMPATIBLE_MODEL_NAME=openai/glm46v\n')
        return {"SKYVERN_KEY_PATHS": f"{folder},{tmp_path / 'nothing-there'}"}

    def test_the_model_in_it_is_known(self, connected: Flask) -> None:
        (found,) = patient_of(connected).upstreams
        assert (found.name, found.base, found.key, found.model) == ("env", "http://127.0.0.1:9/v1", OTHER, "glm46v")
        assert OTHER not in repr(found)
        (reach,) = looked_at(connected, "model")
        assert (reach.verdict, reach.code) == ("warn", "refused"), "the sandbox says that it uses another one"
        assert "OPENAI_COMPATIBLE_API_BASE" in str(reach.evidence)


def llm(name: str = "oat_1") -> CustomLlm:
    return CustomLlm.from_json({"id": name, "config": {"display_name": "Mine", "provider": "ollama"}})


def status(**more: Any) -> LlmStatus:
    return LlmStatus.from_json({"status": "ok", "default_llm_key": "OPENAI_COMPATIBLE", **more})


def at(name: str, base: str, model: str = "m") -> Upstream:
    return Upstream(name, name, base, "k", model)


@pytest.mark.parametrize(("upstreams", "default", "own", "used"), [
    ([at("gateway", "http://a/v1")], None, None, {"gateway"}),
    ([at("gateway", "http://a/v1")], None, "OPENAI_COMPATIBLE", {"gateway"}),
    ([at("gateway", "http://a/v1")], None, "OPENAI_GPT4O", set()),
    ([at("gateway", "http://a/v1"), at("env", "http://b/v1")], None, None, {"env"}),
    ([at("gateway", "http://b/v1/", "x"), at("env", "http://b/v1")], None, None, {"env", "gateway"}),
    ([at("gateway", "http://a/v1"), at("custom-oat_1", "http://localhost:11434/v1")], "CUSTOM_LLM_oat_1", "OLLAMA",
     {"custom-oat_1"}),
    ([at("gateway", "http://localhost:11434/v1", "m")], "CUSTOM_LLM_oat_1", "OLLAMA", {"gateway"}),
    ([at("gateway", "http://a/v1")], "CUSTOM_LLM_gone", None, {"gateway"}),
])
def test_which_models_are_used(upstreams: list[Upstream], default: str | None, own: str | None,
                               used: set[str]) -> None:
    said = status(default_llm_key=own) if own else None
    named = CustomLlm.from_json({"id": "oat_1", "config": {"provider": "ollama", "model_name": "ollama/m"}})
    assert names_in_use(upstreams, [named], DefaultLlms(default, default), said) == used


@pytest.mark.parametrize(("defaults", "registered", "said", "verdict", "title"), [
    (DefaultLlms(None, None), [], status(), "ok", "Skyvern's own model, OPENAI_COMPATIBLE"),
    (DefaultLlms("CUSTOM_LLM_oat_1", None), [llm()], status(), "ok", "Runs use Mine"),
    (DefaultLlms("CUSTOM_LLM_oat_9", None), [llm()], status(), "warn", "not registered any more"),
    (DefaultLlms(None, "CUSTOM_LLM_oat_9"), [llm()], None, "warn", "not registered any more"),
    (DefaultLlms(None, None), None, None, "ok", "Skyvern's own settings"),
    (DefaultLlms(None, None), [], None, "ok", "Skyvern's own settings"),
    (DefaultLlms(None, None), [], status(status="setup_required", default_llm_key=None,
                                         issues=[{"missing_env_vars": ["LLM_KEY"]}]), "fail", "no model"),
])
def test_what_skyvern_says_is_read(defaults: DefaultLlms, registered: list[CustomLlm] | None, said: LlmStatus | None,
                                   verdict: str, title: str) -> None:
    found = judge_view(defaults, registered, said)
    assert found.verdict == verdict and title in found.title
    assert verdict == "ok" or found.mend == "/settings/llms"


def test_a_403_on_its_own_view_is_no_evidence(connected: Flask, sandbox: Sandbox) -> None:
    for answer in (403, 404):
        sandbox.fault("/v1/internal/llms/status", "status", status=answer,
                      body={"detail": "Endpoint requires localhost access"})
        (found,) = looked_at(connected, "model-view")
        assert found.verdict == "ok" and ("Of its own settings", "not told") in found.evidence


def test_an_older_release_has_no_registered_models(connected: Flask, sandbox: Sandbox) -> None:
    sandbox.fault("/v1/custom-llms", "status", status=404, body={"detail": "Not Found"})
    (found,) = looked_at(connected, "model-view")
    assert found.verdict == "ok" and ("Registered", "not possible in this release") in found.evidence


def test_with_skyvern_away_its_view_is_not_known(connected: Flask, sandbox: Sandbox) -> None:
    sandbox.fault("/api/v1/organizations/me", "garbage")
    (found,) = looked_at(connected, "model-view")
    assert found.verdict == "unknown"


@pytest.mark.parametrize("answer", [{}, {"config": None}, {"config": {"extra_parameters": 3}},
                                    {"missing_env_vars": 1, "issues": [None, {"missing_env_vars": "x"}]}])
def test_any_json_can_be_read(answer: dict[str, Any]) -> None:
    assert CustomLlm.from_json(answer).id == "" and LlmStatus.from_json(answer).missing == ()
    assert DefaultLlms.from_json(answer) == DefaultLlms(None, None)
