"""The library of workflows in a browser: found while typing, changed by keyboard, imported from files, on a phone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from .house import House
from .window import Window

TITLES = "#workflows-list .table__title"
BOXES = "[data-pick]"


def put(house: House, title: str, key: str = "lamp") -> str:
    block = {"block_type": "goto_url", "label": "open_shop", "url": "https://shop.example.com"}
    parameter = {"parameter_type": "workflow", "workflow_parameter_type": "string", "key": key}
    return str(house.sandbox.workflow({"title": title, "workflow_definition": {
        "parameters": [parameter], "blocks": [block]}}))


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_library_is_well_with_all_of_it_open(house: House, window: Callable[..., Window], size: str) -> None:
    wpid = put(house, "Order a lamp for a very long and winding garden path", "a_rather_long_name_of_an_input")
    house.sandbox.call("POST", f"/v1/workflows/{wpid}/tags", json={"tags": [
        {"key": "env", "value": "production"}, {"value": "x" * 60}]})
    opened = window(size=size)
    page = opened.open("/workflows")
    page.click("#workflows-labels > summary")
    page.click(f"#inputs-{wpid} > summary")
    page.locator(BOXES).first.check()
    opened.check()
    page.click("#workflows-bulk button:has-text('Label')")
    page.wait_for_selector("#workflows-ask[open] input[name=labels]")
    opened.check()
    for path in ("/workflows/new", "/workflows/folders", "/workflows/labels", "/workflows/import",
                 "/workflows/labels/label?name=env:production"):
        opened.open(path)
        opened.check()


def test_it_is_found_while_typing_and_back_leads_back(house: House, window: Callable[..., Window]) -> None:
    mark = uuid4().hex[:8]
    put(house, f"Order {mark}"), put(house, "Read letters")
    opened = window()
    page = opened.open("/workflows")
    page.locator("#workflows-search").press_sequentially(mark, delay=20)
    opened.until(lambda: page.locator(TITLES).all_inner_texts() == [f"Order {mark}"], "the one that is meant")
    assert page.url.endswith(f"?q={mark}") and page.input_value("#workflows-search") == mark
    assert page.evaluate("document.activeElement.id") == "workflows-search"
    assert page.inner_text(f"{TITLES} mark") == mark
    with page.expect_navigation():
        page.go_back()
    opened.until(lambda: page.locator(TITLES).count() > 1, "all of them again")
    assert page.input_value("#workflows-search") == ""
    assert opened.wrong == []


def test_many_are_labelled_by_keyboard_alone(house: House, window: Callable[..., Window]) -> None:
    mark = f"k{uuid4().hex[:8]}"
    ids = [put(house, f"{mark} {number}") for number in range(2)]
    opened = window()
    page = opened.open(f"/workflows?q={mark}")
    opened.expected = {422}
    page.focus("[data-pick-all]")
    page.keyboard.press("Space")
    page.focus("#workflows-bulk button:has-text('Label')")
    page.keyboard.press("Enter")
    page.wait_for_selector("#workflows-ask[open]")
    opened.until(lambda: page.evaluate("document.activeElement.name") == "labels", "the field to have the focus")
    page.keyboard.type("env:*")
    page.keyboard.press("Enter")
    page.wait_for_selector("#workflows-ask[open] .notice--bad")
    page.fill("#workflows-ask input[name=labels]", f"env:{mark}")
    page.focus("#workflows-ask [name=sure]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#workflows-report:has-text('2 of 2 labelled')")
    opened.until(lambda: page.locator(f"#workflows-list .table__tags .label:has-text('{mark}')").count() == 2, "labels")
    assert not page.locator("#workflows-ask[open]").count() and not page.locator(f"{BOXES}:checked").count()
    for wpid in ids:
        assert house.sandbox.call("GET", f"/v1/workflows/{wpid}/tags").json()["tags"][0]["value"] == mark
    page.click(f"#star-{ids[0]} button")
    page.wait_for_selector(f"#star-{ids[0]} button[aria-pressed=true]")


def test_files_are_chosen_looked_at_and_imported(window: Callable[..., Window], tmp_path: Path) -> None:
    title = f"Imported {uuid4().hex[:8]}"
    files = []
    for number in range(2):
        files.append(tmp_path / f"{number}.json")
        files[-1].write_text(json.dumps({"title": f"{title} {number}", "workflow_definition": {
            "parameters": [], "blocks": [{"block_type": "wait", "label": "wait", "wait_sec": 1}]}}))
    opened = window()
    page = opened.open("/workflows/import")
    page.set_input_files("#files", files)
    opened.press("button:has-text('Look at it')")
    opened.check()
    page.check("input[name=choice-1][value=skip]")
    opened.press("main button:has-text('Import')")
    assert "1 of 2 imported" in page.inner_text("h1")
    opened.press(f"a:has-text('{title} 0')")
    assert page.inner_text("h1") == f"{title} 0"
