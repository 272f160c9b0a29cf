"""What people read when the real Skyvern's model is broken: the cause, in place of "500" and of a guess."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

import pytest

from skyvern_ui.diagnosis.table import BY_CODE
from tests.conformance.clinic import Clinic
from tests.conformance.person import Person
from tests.real.litellm import PROVIDER_KEY, RealLiteLLM
from tests.real.model import ScriptedModel
from tests.real.site import Site
from tests.real.skyvern import RealSkyvern
from tests.support.databases import SECRET
from tests.support.people import PASSWORD

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(300)]
PROMPT = "Read the price of the Harbour lamp"
MOODS = {"quota": "zhipu_balance", "unknown_model": "zhipu_model", "free_tier": "alibaba_free_tier",
         "method": "wrong_method", "wrong_key": "wrong_key", "balance": "balance"}


@pytest.fixture(autouse=True)
def good_mood_again(scripted_model: ScriptedModel) -> Iterator[None]:
    yield
    scripted_model.set_mode("ok")


def make_a_workflow(owner: Person, url: str) -> None:
    owner.open("/tasks")
    owner.page.fill("[name=prompt]", PROMPT)
    owner.page.fill("[name=url]", url)
    owner.page.click("[formaction='/tasks/workflow']")


@pytest.mark.parametrize("mood", MOODS)
def test_a_prompt_that_makes_no_workflow_says_why(owner: Person, scripted_model: ScriptedModel, site: Site,
                                                  mood: str) -> None:
    scripted_model.set_mode(mood)
    make_a_workflow(owner, site.url)
    owner.until(lambda: BY_CODE[MOODS[mood]].title in owner.words, 30, "the true cause")
    assert owner.page.input_value("[name=prompt]") == PROMPT and owner.page.input_value("[name=url]") == site.url


def test_a_key_that_is_sent_back_is_not_shown(owner: Person, clinic: Clinic, scripted_model: ScriptedModel,
                                              site: Site) -> None:
    scripted_model.set_mode("echo_key")
    make_a_workflow(owner, site.url)
    owner.until(lambda: BY_CODE["wrong_key"].title in owner.words, 30, "the true cause")
    assert "provided: scripted" not in owner.page.content()  # the key that Skyvern itself asks with
    owner.open("/doctor")
    owner.page.click("form[action='/doctor/examination'] [type=submit] >> nth=0")
    owner.until(lambda: BY_CODE["wrong_key"].title in owner.words, 30, "the doctor's verdict")
    assert PROVIDER_KEY not in owner.page.content()
    assert PROVIDER_KEY not in clinic.server.log


def test_when_the_model_is_well_it_is_made_and_runs(owner: Person, site: Site) -> None:
    owner.open("/tasks")
    owner.page.fill("[name=prompt]", PROMPT)
    owner.page.fill("[name=url]", site.url)
    owner.page.check("[name=run_at_once]")
    owner.page.click("[formaction='/tasks/workflow']")
    owner.page.wait_for_url("**/runs/wr_*")
    owner.until(lambda: owner.status == "completed", 90, "the end of the run")


def test_a_failed_run_is_told_by_what_the_model_said(owner: Person, clinic: Clinic, scripted_model: ScriptedModel,
                                                     site: Site) -> None:
    scripted_model.set_mode("quota")
    assert clinic.doctor.examine().cause == "zhipu_balance"
    owner.open("/tasks")
    owner.until(lambda: owner.page.get_attribute("#preflight", "data-kind") in ("warn", "bad"), 20, "the warning")
    assert BY_CODE["zhipu_balance"].title.rstrip(".") in owner.page.inner_text("#preflight")  # and nothing is blocked:
    run_id = owner.start_task(PROMPT, site.url)
    owner.until(lambda: owner.status == "failed", 90, "the run to fail")
    owner.open(f"/runs/{run_id}")
    assert BY_CODE["zhipu_balance"].title.rstrip(".") in owner.words, owner.words[:1500]


def test_nothing_secret_is_in_the_bundle(owner: Person, clinic: Clinic, real_skyvern: RealSkyvern,
                                         real_litellm: RealLiteLLM) -> None:
    """After everything above: the keys of Skyvern, LiteLLM and the provider have each been seen by the doctor."""
    ada = owner.visitor()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', ada.get("/doctor/bundle").text)
    assert token
    packed = ada.post("/doctor/bundle", data={"csrf_token": token[1]})
    assert packed.status_code == 200, packed.text
    with zipfile.ZipFile(io.BytesIO(packed.content)) as bundle:
        told = {name: bundle.read(name).decode() for name in bundle.namelist()}
    whole = "\n".join(told.values())
    assert BY_CODE["zhipu_balance"].title.rstrip(".") in whole, list(told)
    for secret in (real_skyvern.key, clinic.doctor.settings["SKYVERN_API_KEY"], real_litellm.key, PROVIDER_KEY, SECRET,
                   PASSWORD):
        assert secret not in whole
