"""Mending the real Skyvern from our pages: a key it has in its files, a model that runs use from then on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from skyvern_ui.diagnosis.table import BY_CODE
from tests.conformance.clinic import Clinic
from tests.conformance.person import Person
from tests.real.litellm import PROVIDER_KEY
from tests.real.model import ScriptedModel, running_model
from tests.real.site import Site
from tests.real.skyvern import RealSkyvern
from tests.support.server import wait_for

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(300)]


@pytest.fixture(autouse=True)
def good_mood_again(scripted_model: ScriptedModel) -> Iterator[None]:
    yield
    scripted_model.set_mode("ok")


def test_a_key_in_its_files_is_adopted(clinic: Clinic, mended: str, real_skyvern: RealSkyvern) -> None:
    assert str(real_skyvern.env_file) in mended and real_skyvern.key not in mended
    report = clinic.doctor.examine()
    assert report.faults == [] and {"key", "webhooks", "live-public"} <= report.fine, report.gist
    told = clinic.server.visitor("ada@example.com").get("/settings/audit/export.json")
    assert "connection" in {row["action"].rsplit(".")[-1] for row in told.json()} or "connection" in told.text
    assert real_skyvern.key not in told.text


def test_the_page_tells_the_same_as_the_command(owner: Person, mended: str, scripted_model: ScriptedModel) -> None:
    scripted_model.set_mode("quota")
    owner.open("/doctor")
    owner.page.click("form[action='/doctor/examination'] [type=submit] >> nth=0")
    owner.until(lambda: BY_CODE["zhipu_balance"].title in owner.words, 30, "the model's empty account")
    assert PROVIDER_KEY not in owner.page.content()


@pytest.fixture(scope="module")
def second_model() -> Iterator[ScriptedModel]:
    """A model of its own, so that it is seen who was asked."""
    with running_model() as model:
        yield model


@pytest.fixture(scope="module")
def registered(clinic: Clinic, mended: str, second_model: ScriptedModel) -> str:
    """The second model, registered with Skyvern in the browser; its id there."""
    owner = clinic.ada
    owner.open("/settings/llms/new")
    owner.page.fill("[name=display_name]", "The second model")
    owner.page.fill("[name=api_base]", second_model.url)
    owner.page.fill("[name=model_name]", "second")
    owner.page.fill("[name=api_key]", "key-of-the-second-model")
    owner.page.click("form[action='/settings/llms/review'] [type=submit]")
    owner.until(lambda: "This will be registered" in owner.words, 20, "what will be registered")
    assert "key-of-the-second-model" not in owner.page.content()
    owner.page.click("form[action='/settings/llms'] [type=submit]")
    owner.page.wait_for_url("**/settings/llms/oat_*")
    return owner.path.rsplit("/", 1)[-1]


def test_a_model_registered_here_mends_runs(owner: Person, clinic: Clinic, real_skyvern: RealSkyvern, registered: str,
                                            scripted_model: ScriptedModel, second_model: ScriptedModel,
                                            site: Site) -> None:
    scripted_model.set_mode("quota")  # the one of Skyvern's own settings
    assert clinic.doctor.examine().cause == "zhipu_balance"
    listed = skyvern(real_skyvern, "/v1/custom-llms")["custom_llms"]
    assert [each["id"] for each in listed] == [registered]
    owner.open("/settings/llms")
    for use in ("smart", "fast"):
        owner.page.select_option(f"[name={use}]", label="The second model")
    owner.page.click("form[action='/settings/llms/defaults'] [type=submit]")
    owner.until(lambda: "New runs use" in owner.words, 15, "the new default")
    assert skyvern(real_skyvern, "/api/v1/organizations/me")["default_llm_key"] == f"CUSTOM_LLM_{registered}"
    servers, seconds = scripted_model.calls(), second_model.calls()
    run_id = owner.start_task("Look at the page", site.url)
    wait_for(lambda: skyvern(real_skyvern, f"/v1/runs/{run_id}")["status"] == "completed", 90, "the run")
    assert second_model.calls() > seconds and scripted_model.calls() == servers
    report = clinic.doctor.examine()
    assert report.cause == "" and f"model-answer-custom-{registered.replace('_', '-')}" in report.fine, report.gist


def test_the_registered_model_is_the_cause_when_it_refuses(clinic: Clinic, registered: str,
                                                           second_model: ScriptedModel) -> None:
    second_model.set_mode("quota")
    report = clinic.doctor.examine()
    assert report.cause == "zhipu_balance", report.gist
    assert report.told["cause"]["check"].startswith("model-answer-custom-oat"), report.gist
    assert "key-of-the-second-model" not in report.said
    second_model.set_mode("ok")
    assert clinic.doctor.examine().faults == []


def test_its_deletion_clears_the_default(owner: Person, real_skyvern: RealSkyvern, registered: str) -> None:
    owner.open(f"/settings/llms/{registered}")
    owner.page.click("[data-dialog-open='removal']")
    owner.page.click("#removal [type=submit]")
    owner.page.wait_for_url("**/settings/llms")
    assert skyvern(real_skyvern, "/v1/custom-llms")["custom_llms"] == []
    assert skyvern(real_skyvern, "/api/v1/organizations/me")["default_llm_key"] is None


def skyvern(real: RealSkyvern, path: str) -> Any:
    """What Skyvern itself says."""
    answer = requests.get(real.url + path, headers={"x-api-key": real.key}, timeout=20)
    assert answer.status_code == 200, answer.text
    return answer.json()
