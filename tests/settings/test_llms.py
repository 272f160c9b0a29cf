"""Models are registered with Skyvern from a page: shown before, recorded, verified after; their keys never shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui.extensions import db
from skyvern_ui.llm.known_rules import known_upstreams, place_of
from skyvern_ui.models import AuditLog, LlmKey

from ..llm.model_server import KEY, Model, http, models, running_model, says, seeing
from ..sandbox_server import Sandbox
from ..support.audit import audited
from ..support.people import Browser, Page

OTHER = "sk-other-9b1c22e0aa417d63"


@pytest.fixture
def model() -> Iterator[Model]:
    with running_model(needs_key=False) as model:
        yield model


def filled(model: Model, **more: str) -> dict[str, str]:
    return {"display_name": "House model", "provider": "openai_compatible", "model_name": "glm46v",
            "api_base": model.base, "api_key": KEY, "supports_vision": "y", **more}


def draft_of(page: Page) -> str:
    assert page.status == 200, page.words
    return str(page.all('input[name="draft"]')[0]["value"])


def register(ada: Browser, model: Model, **more: str) -> str:
    """The page of a model that was just registered."""
    page = ada.post("/settings/llms/review", filled(model, **more))
    page = ada.post("/settings/llms", {"draft": draft_of(page)})
    assert page.status == 303, page.words
    return str(page.headers["Location"])


def shown(ada: Browser, where: str) -> dict[str, str]:
    """The fields of a form as a browser would send them back."""
    form = ada.get(where).one('form[action="/settings/llms/review"]')
    fields = {tag["name"]: tag.get("value", "") for tag in form.select("input[name]")
              if tag.get("type") != "checkbox" or tag.has_attr("checked")}
    fields["provider"] = form.select_one("select[name=provider] option[selected]")["value"]
    fields["extra_parameters"] = form.select_one("textarea[name=extra_parameters]").get_text().strip()
    return fields


def change(ada: Browser, where: str, **more: str) -> Page:
    return ada.post("/settings/llms/review", {**shown(ada, where), **more})


def at_skyvern(sandbox: Sandbox) -> list[dict[str, Any]]:
    return list(sandbox.call("GET", "/v1/custom-llms").json()["custom_llms"])


@pytest.fixture
def nothing_leaks(connected: Flask) -> Iterator[None]:
    """After the test: neither key is in the audit, and the sealed copies are sealed."""
    yield
    with connected.app_context():
        for row in db.session.scalars(select(AuditLog)):
            assert KEY not in str(row.details) and OTHER not in str(row.details)
        for row in db.session.scalars(select(LlmKey)):
            assert KEY not in row.sealed_key and row.sealed_key.startswith("v1:")


def test_it_is_for_admins(connected: Flask, ben: Browser, nobody: Browser) -> None:
    for path in ("/settings/llms", "/settings/llms/new", "/settings/llms/oat_1"):
        assert ben.get(path).status == 403 and nobody.get(path).status == 303
    for path in ("review", "form", "oat_1", "oat_1/removal", "oat_1/test", "defaults", ""):
        assert ben.post(f"/settings/llms/{path}".rstrip("/"), {}).status == 403


def test_empty_it_says_what_will_be_here(connected: Flask, ada: Browser) -> None:
    page = ada.get("/settings/llms")
    assert "No model is registered" in page.words and page.one(".empty a[href='/settings/llms/new']")
    assert "Skyvern's own settings name SANDBOX" in page.words
    assert ada.get("/settings/llms/oat_404").status == 404


@pytest.mark.usefixtures("nothing_leaks")
def test_a_model_is_shown_before_registered_once_and_verified(connected: Flask, ada: Browser, sandbox: Sandbox,
                                                              model: Model) -> None:
    review = ada.post("/settings/llms/review", filled(model))
    assert "This will be registered" in review.words and model.base in review.words and "given, fingerprint" in \
        review.words
    assert "can be reached" in review.words and "lists glm46v" in review.words
    assert KEY not in review.text and at_skyvern(sandbox) == [] and not model.bodies()
    where = ada.post("/settings/llms", {"draft": draft_of(review)}).headers["Location"]
    (made,) = at_skyvern(sandbox)
    assert where == f"/settings/llms/{made['id']}"
    assert made["config"] | {"api_key": KEY} == made["config"] | {
        "display_name": "House model", "provider": "openai_compatible", "model_name": "glm46v", "api_base": model.base,
        "api_key": KEY, "supports_vision": True, "add_assistant_prefix": False, "max_completion_tokens": None,
        "temperature": None, "reasoning_effort": None, "extra_parameters": {}, "api_version": None}
    assert KEY not in ada.get(where).text and KEY not in ada.get("/settings/llms").text
    (row,) = audited(connected, "custom_llm.create")
    assert (row.outcome, row.resource_id, row.resource) == ("done", made["id"], "custom_llm")
    with connected.app_context():
        kept = db.session.get(LlmKey, made["id"])
        assert kept and connected.extensions["sealer"].open(kept.sealed_key, place_of(made["id"])) == KEY
        assert [(each.name, each.base, each.model, each.key) for each in known_upstreams(
            connected.config["SETTINGS"], connected.extensions["sealer"])] == [
                (f"custom-{made['id']}", model.base, "glm46v", KEY)]
    again = ada.post("/settings/llms", {"draft": draft_of(review)})
    assert again.status == 409 and "registered already" in again.words and len(at_skyvern(sandbox)) == 1


@pytest.mark.parametrize(("more", "field", "words"), [
    ({"display_name": ""}, "display_name", "Give it a name"), ({"model_name": " "}, "model_name", "as its server"),
    ({"api_base": ""}, "api_base", "Enter the address"), ({"api_key": ""}, "api_key", "Enter the key"),
    ({"api_base": "ftp://h/v1"}, "api_base", "must look like"),
    ({"api_base": "http://169.254.169.254/v1"}, "api_base", "own cloud"),
    ({"api_base": "http://h/v1/chat/completions"}, "api_base", "Leave /chat/completions away"),
    ({"temperature": "3"}, "temperature", "between 0 and 2"), ({"max_completion_tokens": "0"}, "max_completion_tokens",
                                                               "between 1"),
    ({"extra_parameters": "[1]"}, "extra_parameters", "JSON object"),
    ({"extra_parameters": '{"stream": true}'}, "extra_parameters", "Skyvern sets it itself"),
    ({"extra_parameters": '{"x": NaN}'}, "extra_parameters", "JSON object"),
    ({"provider": "acme"}, "provider", "valid choice"), ({"display_name": "x" * 121}, "display_name", "120"),
])
def test_bad_input_is_a_sentence_at_its_field(connected: Flask, ada: Browser, sandbox: Sandbox, model: Model,
                                              more: dict[str, str], field: str, words: str) -> None:
    page = ada.post("/settings/llms/review", filled(model, **more))
    assert page.status == 422 and words in page.words
    assert page.one(f'[data-invalid] [name="{field}"]')
    assert KEY not in page.text and sandbox.requests("/v1/custom-llms") == []


@pytest.mark.usefixtures("nothing_leaks")
def test_a_key_that_was_entered_is_not_lost_with_a_bad_field(connected: Flask, ada: Browser, sandbox: Sandbox,
                                                             model: Model) -> None:
    page = ada.post("/settings/llms/review", filled(model, temperature="9"))
    kept = page.one('input[name="kept"]')["value"]
    assert page.status == 422 and kept and KEY not in page.text
    again = ada.post("/settings/llms/review", filled(model, api_key="", kept=kept))
    assert again.status == 200
    ada.post("/settings/llms", {"draft": draft_of(again)})
    with connected.app_context():
        row = db.session.scalars(select(LlmKey)).one()
        assert connected.extensions["sealer"].open(row.sealed_key, place_of(row.id)) == KEY
    elsewhere = filled(model, api_key="", kept=kept, api_base="http://127.0.0.1:9/v1")
    assert "Enter the key" in ada.post("/settings/llms/review", elsewhere).words


def test_from_the_review_back_to_the_form_nothing_is_lost(connected: Flask, ada: Browser, model: Model) -> None:
    review = ada.post("/settings/llms/review", filled(model, extra_parameters='{"service_tier": "flex"}',
                                                      temperature="0.5"))
    page = ada.post("/settings/llms/form", {"draft": draft_of(review)})
    assert page.one('[name="display_name"]')["value"] == "House model" and page.one('[name="kept"]')["value"]
    assert page.one('[name="temperature"]')["value"] == "0.5" and "flex" in page.text and KEY not in page.text


def test_a_draft_is_only_for_whom_it_was_made(connected: Flask, ada: Browser, sandbox: Sandbox, model: Model) -> None:
    for draft in ("", "x", "v1:00000000:AAAA"):
        assert ada.post("/settings/llms", {"draft": draft}).status == 409
    sealed = connected.extensions["sealer"].seal(json.dumps([0, "", "", {}]), "llm_draft:sealed:user-ben")
    assert ada.post("/settings/llms", {"draft": sealed}).status == 409
    assert at_skyvern(sandbox) == []


@pytest.mark.usefixtures("nothing_leaks")
def test_a_change_shows_before_and_after_and_keeps_the_key(connected: Flask, ada: Browser, sandbox: Sandbox,
                                                           model: Model) -> None:
    where = register(ada, model)
    page = change(ada, where, display_name="Better name", temperature="0.2")
    cells = [[cell.get_text() for cell in line.select("td")] for line in page.all("tbody tr")]
    assert ["Name", "House model", "Better name"] in cells and ["Temperature", "–", "0.2"] in cells and len(cells) == 2
    done = ada.post(where, {"draft": draft_of(page)})
    assert done.status == 303
    (now,) = at_skyvern(sandbox)
    assert (now["config"]["display_name"], now["config"]["temperature"]) == ("Better name", 0.2)
    (row,) = audited(connected, "custom_llm.update")
    assert row.details and row.details["changed"] == "display_name, temperature" and row.outcome == "done"
    with connected.app_context():
        kept = db.session.scalars(select(LlmKey)).one()
        assert kept.label == "Better name"
        assert connected.extensions["sealer"].open(kept.sealed_key, place_of(kept.id)) == KEY
    replaced = change(ada, where, api_key=OTHER)
    assert "given, fingerprint" in replaced.words and OTHER not in replaced.text
    assert ada.post(where, {"draft": draft_of(replaced)}).status == 303
    with connected.app_context():
        kept = db.session.scalars(select(LlmKey)).one()
        assert connected.extensions["sealer"].open(kept.sealed_key, place_of(kept.id)) == OTHER


def test_a_stored_key_goes_to_no_other_address(connected: Flask, ada: Browser, sandbox: Sandbox, model: Model) -> None:
    where = register(ada, model)
    with running_model() as canary:
        for more in ({"api_base": canary.base}, {"provider": "openrouter", "api_base": canary.base}):
            page = change(ada, where, **more)
            assert page.status == 422 and "never sent to another address" in page.words
        assert canary.asked == []
    assert at_skyvern(sandbox)[0]["config"]["api_base"] == model.base


def test_nothing_changed_offers_nothing(connected: Flask, ada: Browser, model: Model) -> None:
    page = change(ada, register(ada, model))
    assert "Nothing differs" in page.words and not page.all("button.btn--primary")


def test_two_admins_at_once(connected: Flask, ada: Browser, sandbox: Sandbox, model: Model) -> None:
    where = register(ada, model)
    before, review = shown(ada, where), change(ada, where, display_name="By Ada")
    other = at_skyvern(sandbox)[0]
    config = other["config"] | {"display_name": "By somebody else"}
    sandbox.call("PUT", f"/v1/custom-llms/{other['id']}", json={"config": config})
    sandbox.forget_calls()
    page = ada.post(where, {"draft": draft_of(review)})
    assert page.status == 409 and "changed or deleted meanwhile" in page.words
    assert page.one('[name="display_name"]')["value"] == "By somebody else"
    late = ada.post("/settings/llms/review", {**before, "display_name": "Later"})
    assert late.status == 409 and "changed meanwhile" in late.words
    assert [each for each in sandbox.requests("/v1/custom-llms") if each["method"] == "PUT"] == []


def test_skyvern_refuses_and_nothing_is_lost(connected: Flask, ada: Browser, sandbox: Sandbox, model: Model) -> None:
    draft = draft_of(ada.post("/settings/llms/review", filled(model)))
    body = {"detail": [{"loc": ["body", "config"], "msg": "Value error, api_base host is blocked",
                        "input": {"api_key": KEY}}]}
    sandbox.fault("/v1/custom-llms", "delay", seconds=0)
    sandbox.fault("/v1/custom-llms", "status", status=422, body=body)
    page = ada.post("/settings/llms", {"draft": draft})
    assert page.status == 422 and "api_base host is blocked" in page.words and KEY not in page.text
    (row,) = audited(connected, "custom_llm.create")
    assert row.outcome == "refused" and KEY not in str(row.details)
    assert ada.post("/settings/llms", {"draft": draft_of_any(page)}).status == 303


def draft_of_any(page: Page) -> str:
    return str(page.all('input[name="draft"]')[0]["value"])


def test_when_the_answer_is_lost_it_is_not_sent_again(connected: Flask, ada: Browser, sandbox: Sandbox,
                                                      model: Model) -> None:
    draft = draft_of(ada.post("/settings/llms/review", filled(model)))
    sandbox.fault("/v1/custom-llms", "delay", seconds=0)
    sandbox.fault("/v1/custom-llms", "reset")
    page = ada.post("/settings/llms", {"draft": draft})
    assert page.status == 502 and "look at the list" in page.words
    assert audited(connected, "custom_llm.create")[0].outcome == "unknown"
    assert len([each for each in sandbox.requests("/v1/custom-llms") if each["method"] == "POST"]) == 1


@pytest.mark.usefixtures("nothing_leaks")
def test_a_test_asks_the_model_and_remembers(connected: Flask, ada: Browser, model: Model) -> None:
    where = register(ada, model)
    page = ada.post(where + "/test")
    assert page.status == 200 and "House model answers" in page.words and len(model.bodies()) == 1
    assert "House model sees pictures" in ada.post(where + "/test", {"thorough": "1"}).words
    (first, second) = audited(connected, "custom_llm.test")
    assert (first.details or {})["verdict"] == "ok" and (second.details or {})["thorough"] is True
    assert ada.get("/settings/llms").one('.mark-of[data-state="ok"]')


def test_a_test_that_fails_shows_the_cause(connected: Flask, ada: Browser, sandbox: Sandbox) -> None:
    def script(method: str, path: str, body: Any) -> bytes:
        return models("glm46v") if method == "GET" else http(
            429, {"error": {"code": "1113", "message": f"余额不足或无可用资源包,请充值 {KEY}"}})

    with running_model(script) as model:
        where = register(ada, model)
        page = ada.post(where + "/test")
        assert page.one('.finding[data-verdict="fail"]') and "Status 429" in page.words and KEY not in page.text
    assert ada.get("/settings/llms").one('.mark-of[data-state="warn"]'), "nobody's runs use it, so nobody is alarmed"
    assert ada.get(where).status == 200


def test_without_our_copy_of_the_key_it_is_not_asked(connected: Flask, ada: Browser, sandbox: Sandbox,
                                                     model: Model) -> None:
    made = sandbox.call("POST", "/v1/custom-llms", json={"config": filled(model) | {
        "supports_vision": True}}).json()["custom_llm"]
    where = f"/settings/llms/{made['id']}"
    assert "cannot be asked from here" in ada.get(where).words and "not kept here" in ada.get("/settings/llms").words
    assert ada.post(where + "/test").status == 409 and model.asked == []
    page = change(ada, where, display_name="Known now")
    assert page.status == 200 and "It was not asked" in page.words
    assert ada.post(where, {"draft": draft_of(page)}).status == 303
    with connected.app_context():
        assert db.session.scalars(select(LlmKey)).all() == []


def test_a_key_is_not_sent_where_somebody_else_moved_the_model(connected: Flask, ada: Browser, sandbox: Sandbox,
                                                               model: Model) -> None:
    where = register(ada, model)
    made = at_skyvern(sandbox)[0]
    with running_model() as canary:
        config = made["config"] | {"api_base": canary.base}
        sandbox.call("PUT", f"/v1/custom-llms/{made['id']}", json={"config": config})
        assert ada.post(where + "/test").status == 409 and canary.asked == []


def test_defaults_are_set_verified_and_recorded(connected: Flask, ada: Browser, sandbox: Sandbox, model: Model) -> None:
    where = register(ada, model)
    key = "CUSTOM_LLM_" + where.rsplit("/", 1)[1]
    seen = ada.get("/settings/llms").one('[name="seen"]')["value"]
    assert ada.post("/settings/llms/defaults", {"smart": key, "fast": "", "seen": seen}).status == 303
    held = sandbox.call("GET", "/api/v1/organizations/me").json()
    assert (held["default_llm_key"], held["default_secondary_llm_key"]) == (key, None)
    assert [row.outcome for row in audited(connected, "organization.update")] == ["done"]
    assert "default, smart" in ada.get(where).words
    late = ada.post("/settings/llms/defaults", {"smart": "", "fast": key, "seen": seen})
    assert late.status == 409 and "Somebody else changed the defaults" in late.words
    assert ada.post("/settings/llms/defaults", {"smart": "CUSTOM_LLM_x", "fast": "", "seen": seen}).status == 422
    assert sandbox.call("GET", "/api/v1/organizations/me").json()["default_llm_key"] == key


def test_a_default_is_cleared_before_it_is_deleted(connected: Flask, ada: Browser, sandbox: Sandbox,
                                                   model: Model) -> None:
    where = register(ada, model)
    key = "CUSTOM_LLM_" + where.rsplit("/", 1)[1]
    sandbox.call("PUT", "/api/v1/organizations", json={"default_llm_key": key, "default_secondary_llm_key": key})
    assert "that is cleared first" in ada.get(where).words
    sandbox.forget_calls()
    assert ada.post(where + "/removal").status == 303
    writes = [each["method"] for each in sandbox.requests() if each["method"] in ("PUT", "DELETE")]
    assert writes == ["PUT", "DELETE"] and at_skyvern(sandbox) == []
    held = sandbox.call("GET", "/api/v1/organizations/me").json()
    assert (held["default_llm_key"], held["default_secondary_llm_key"]) == (None, None)
    with connected.app_context():
        assert db.session.scalars(select(LlmKey)).all() == []
    assert ada.get(where).status == 404 and ada.post(where + "/removal").status == 404


def test_a_default_that_is_gone_is_told(connected: Flask, ada: Browser, sandbox: Sandbox, model: Model) -> None:
    where = register(ada, model)
    name = where.rsplit("/", 1)[1]
    sandbox.call("PUT", "/api/v1/organizations", json={"default_llm_key": f"CUSTOM_LLM_{name}"})
    sandbox.call("DELETE", f"/v1/custom-llms/{name}")
    page = ada.get("/settings/llms")
    assert "not registered any more" in page.words
    seen = page.one('[name="seen"]')["value"]
    assert ada.post("/settings/llms/defaults", {"smart": "", "fast": "", "seen": seen}).status == 303
    assert "not registered any more" not in ada.get("/settings/llms").words


def test_an_older_release_says_what_to_set_instead(connected: Flask, ada: Browser, sandbox: Sandbox) -> None:
    sandbox.fault("/v1/custom-llms", "status", status=404, body={"detail": "Not Found"})
    page = ada.get("/settings/llms")
    assert page.status == 200 and "came with 1.0.45" in page.words and "OPENAI_COMPATIBLE_API_BASE" in page.words


def test_with_skyvern_away_the_page_says_so(connected: Flask, ada: Browser, sandbox: Sandbox) -> None:
    sandbox.fault("/v1/custom-llms", "garbage")
    assert ada.get("/settings/llms").status == 502


def test_ollama_needs_no_key_and_is_asked_below_v1(connected: Flask, ada: Browser, sandbox: Sandbox) -> None:
    with running_model(needs_key=False) as model:
        root = model.base.removesuffix("/v1")
        where = register(ada, model, provider="ollama", api_base=root, api_key="", model_name="ollama/glm46v")
        assert at_skyvern(sandbox)[0]["config"]["api_key"] is None
        assert "answers" in ada.post(where + "/test").words
        assert model.bodies()[0]["model"] == "glm46v"


class TestOwn:
    """The preset: this server's own model."""

    model: Model

    @pytest.fixture
    def app_settings(self) -> Iterator[dict[str, str]]:
        with running_model(lambda *question: seeing(*question)) as model:
            TestOwn.model = model
            yield {"LLM_UPSTREAM_URL": model.base, "LLM_UPSTREAM_KEY": KEY, "LLM_UPSTREAM_MODEL": "glm46v"}

    def test_it_is_one_press_to_look_and_one_to_register(self, connected: Flask, ada: Browser,
                                                         sandbox: Sandbox) -> None:
        page = ada.get("/settings/llms")
        form = page.one('form[action="/settings/llms/review"]')
        sent = {tag["name"]: tag["value"] for tag in form.select("input[name]")}
        assert KEY not in page.text and sent["api_base"] == self.model.base
        review = ada.post("/settings/llms/review", sent)
        assert KEY not in review.text and "takes the key" in review.words
        assert ada.post("/settings/llms", {"draft": draft_of(review)}).status == 303
        assert at_skyvern(sandbox)[0]["config"]["api_base"] == self.model.base
        assert "Use this server's own model" not in ada.get("/settings/llms").words
        with connected.app_context():
            assert [each.name for each in known_upstreams(connected.config["SETTINGS"],
                                                          connected.extensions["sealer"])] == ["gateway"]

    def test_its_key_goes_to_no_other_address(self, connected: Flask, ada: Browser) -> None:
        with running_model() as canary:
            page = ada.post("/settings/llms/review", filled(canary, own="1", api_key=""))
            assert page.status == 422 and "Enter the key" in page.words and canary.asked == []

    def test_its_form_can_be_opened(self, connected: Flask, ada: Browser) -> None:
        page = ada.get("/settings/llms/new?own=1")
        assert page.one('[name="api_base"]')["value"] == self.model.base and KEY not in page.text


def test_words_of_a_reply_are_not_html(connected: Flask, ada: Browser) -> None:
    with running_model(lambda *_: says("<b>x</b>"), needs_key=False) as model:
        page = ada.post("/settings/llms/review", filled(model, display_name="<script>alert(1)</script>"))
        assert "<script>alert" not in page.text
