"""Models as an admin meets them: empty, added, looked at before, tested, made the default, deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.llm.model_server import KEY, Model, http, models, running_model, seeing

from .house import House
from .window import Window

LONG = "The model of the house with a name that is rather longer than most people would choose"


def failing(method: str, _path: str, _body: Any) -> bytes:
    return models("glm46v") if method == "GET" else http(
        429, {"error": {"code": "1113", "message": "余额不足或无可用资源包,请充值"}})


@pytest.fixture
def model() -> Iterator[Model]:
    with running_model(lambda *question: seeing(*question)) as model:
        yield model


@pytest.fixture(autouse=True)
def no_models(house: House) -> Iterator[None]:
    yield
    house.sandbox.call("PUT", "/api/v1/organizations",
                       json={"clear_default_llm_key": True, "clear_default_secondary_llm_key": True})
    for each in house.sandbox.call("GET", "/v1/custom-llms").json()["custom_llms"]:
        house.sandbox.call("DELETE", f"/v1/custom-llms/{each['id']}")


def fill(opened: Window, base: str, name: str = "House model") -> None:
    page = opened.open("/settings/llms/new")
    page.fill("[name=display_name]", name)
    page.fill("[name=api_base]", base)
    page.fill("[name=model_name]", "glm46v")
    page.fill("[name=api_key]", KEY)


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_every_page_of_a_model_is_well(house: House, window: Callable[..., Window], model: Model, size: str) -> None:
    opened = window(size=size)
    page = opened.open("/settings/llms")
    opened.check()
    fill(opened, model.base, LONG)
    page.click("details.group > summary")
    opened.check()
    opened.press("form[action='/settings/llms/review'] .btn--primary")
    opened.check()
    opened.press("form[action='/settings/llms'] .btn--primary")
    opened.press("form[action$='/test'] button[name=thorough]")
    page.wait_for_selector("#llm-findings")
    page.locator("details.evidence > summary").last.click()
    opened.check()
    page.fill("[name=display_name]", "Renamed")
    page.click("details.group > summary")
    page.fill("[name=temperature]", "0.3")
    opened.press("form[action='/settings/llms/review'] .btn--primary")
    opened.check()
    opened.press("form[action^='/settings/llms/oat_'] .btn--primary")
    page.click("[data-dialog-open=removal]")
    opened.check()
    opened.open("/settings/llms")
    opened.check()


def test_a_failing_model_says_why_in_the_list_too(house: House, window: Callable[..., Window]) -> None:
    with running_model(failing) as model:
        for size in ("desk", "phone"):
            opened = window(size=size)
            fill(opened, model.base, f"Poor {size}")
            opened.press("form[action='/settings/llms/review'] .btn--primary")
            opened.press("form[action='/settings/llms'] .btn--primary")
            opened.press("form[action$='/test'] .btn:has-text('Test it')")
            opened.page.wait_for_selector(".finding[data-verdict=fail]")
            opened.check()
            opened.open("/settings/llms")
            assert "no balance" in opened.words
            opened.check()


def test_without_scripts_a_model_is_added_made_default_and_deleted(house: House, window: Callable[..., Window],
                                                                   model: Model) -> None:
    opened = window(java_script_enabled=False)
    fill(opened, model.base)
    page = opened.page
    opened.press("form[action='/settings/llms/review'] .btn--primary")
    opened.press("form[action='/settings/llms'] .btn--primary")
    registered = page.url.rsplit("/", 1)[1]
    opened.open("/settings/llms")
    page.select_option("[name=smart]", f"CUSTOM_LLM_{registered}")
    opened.press("form[action='/settings/llms/defaults'] [type=submit]")
    assert house.sandbox.call("GET", "/api/v1/organizations/me").json()["default_llm_key"].endswith(registered)
    opened.open(f"/settings/llms/{registered}")
    page.click("form[action$='/removal'] [type=submit] >> nth=0")
    assert house.sandbox.call("GET", "/v1/custom-llms").json()["custom_llms"] == []
    assert house.sandbox.call("GET", "/api/v1/organizations/me").json()["default_llm_key"] is None
