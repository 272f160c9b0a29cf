"""What comes after a run, as people do it: the menu, the chain, the forms, being told on the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .house import House
from .window import Window

LOOKS = pytest.mark.parametrize("size", ["desk", "phone"])


@pytest.fixture
def order(house: House) -> Iterator[str]:
    """A finished run of a workflow with inputs of several types."""
    parameters = [{"parameter_type": "workflow", "key": key, "workflow_parameter_type": kind}
                  for key, kind in (("name", "string"), ("count", "integer"), ("really", "boolean"), ("more", "json"))]
    blocks = [{"block_type": "navigation", "label": "go", "navigation_goal": "x", "url": "https://shop.example.com"}]
    made = house.sandbox.call("POST", "/v1/workflows", json={"json_definition": {
        "title": "Order lamps", "workflow_definition": {"version": 1, "parameters": parameters, "blocks": blocks}}})
    given = {"name": "Ada", "count": 3, "really": True, "more": {"gift": True}}
    body = {"workflow_id": made.json()["workflow_permanent_id"], "parameters": given}
    yield str(house.sandbox.call("POST", "/v1/run/workflows", json=body).json()["run_id"])


def ended(house: House, opened: Window, run_id: str) -> None:
    opened.until(lambda: house.state(run_id) == "completed", "the run to end")


@LOOKS
def test_retrying_from_the_menu_shows_the_chain(house: House, window: Callable[..., Window], order: str, size: str
                                                ) -> None:
    opened = window(size=size)
    ended(house, opened, order)
    page = opened.open(f"/runs/{order}")
    page.locator("#run-more > summary").click()
    width = page.viewport_size["width"]
    boxes = [item.bounding_box() for item in page.locator("#run-more .popover__item").all()]
    assert len(boxes) == 6
    assert all(box and box["height"] >= 24 and box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
    page.locator("h1").click()
    assert not page.locator("#run-more").get_attribute("open"), "a press elsewhere closes it"
    page.locator("#run-more > summary").press("Enter")
    opened.press("#run-more form[action$='/retry'] button")
    page.wait_for_selector(".lineage__link[aria-current]")
    assert page.locator(".lineage__link").count() == 2 and "2 of 2" in page.locator("#run-lineage").inner_text()


@LOOKS
def test_changing_and_running(house: House, window: Callable[..., Window], order: str, size: str) -> None:
    opened = window(size=size)
    ended(house, opened, order)
    page = opened.open(f"/runs/{order}/again")
    opened.check()
    page.fill("#p-count", "many")
    opened.expected = {422}
    opened.press("#again-form button[type=submit]")
    assert page.locator("#p-count[aria-invalid]").input_value() == "many"
    opened.check()
    page.fill("#p-count", "4")
    opened.press("#again-form button[type=submit]")
    told = house.sandbox.call("GET", f"/v1/runs/{page.url.rsplit('/', 1)[1]}").json()["run_request"]["parameters"]
    assert told == {"name": "Ada", "count": 4, "really": True, "more": {"gift": True}}


@LOOKS
def test_being_told_on_the_page(house: House, window: Callable[..., Window], size: str) -> None:
    opened = window("cleo", size=size)
    run_id = house.start(f"Watch the lamp, {size} [slow]")
    page = opened.open(f"/notices/new?run={run_id}")
    assert page.locator("#address").is_hidden()
    page.check("input[name=channel][value=webhook]")
    assert page.locator("#address").is_visible()
    opened.check()
    page.check("input[name=channel][value=browser]")
    opened.press("form.watch button[type=submit]")
    assert "You are told here" in opened.words
    opened.check()
    opened.open("/runs")
    house.sandbox.call("POST", f"/v1/runs/{run_id}/cancel").raise_for_status()
    page.wait_for_selector(f".toast a[href='/runs/{run_id}']", timeout=45_000)
    opened.open("/notices")
    assert "was canceled" in opened.words and "shown" in opened.words
    opened.check()


@LOOKS
def test_the_webhook_page(house: House, window: Callable[..., Window], size: str) -> None:
    opened = window(size=size)
    page = opened.open(f"/runs/{house.runs['completed']}/webhook")
    assert house.runs["completed"] in page.locator("#webhook-payload").inner_text()
    opened.check()
    page.fill("#test_url", "http://127.0.0.1:9/nobody")
    opened.press("form[action$='/webhook/test'] button[type=submit]")
    assert "did not arrive" in page.locator("#webhook-delivery").inner_text()
    opened.check()


def test_without_scripts_the_menu_and_the_forms_work(house: House, window: Callable[..., Window], order: str) -> None:
    opened: Any = window(size="desk", java_script_enabled=False)
    opened.until(lambda: house.state(order) == "completed", "the run to end")
    page = opened.open(f"/runs/{order}")
    page.locator("#run-more > summary").click()
    opened.press("#run-more a[href$='/again']")
    page.fill("#p-name", "Ben")
    opened.press("#again-form button[type=submit]")
    told = house.sandbox.call("GET", f"/v1/runs/{page.url.rsplit('/', 1)[1]}").json()["run_request"]["parameters"]
    assert told["name"] == "Ben"
