"""Versions compared and brought back, and blocks tried beside their live picture, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from skyvern_ui.sandbox.examples import compare_lamps

from ..workflows.lamps import save
from .house import House
from .test_live_view import PRINT
from .window import Window

LIVE = PRINT.replace("#run-viewport", "#trial-view")


@pytest.fixture
def wpid(house: House) -> str:
    made = house.sandbox.workflow(compare_lamps("wpid_0"))
    save(house.sandbox, made, look_at_large="Show the large lamps, the newest first, and close the cookie banner")
    return made


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_versions_are_chosen_compared_and_brought_back(window: Callable[..., Window], wpid: str, size: str) -> None:
    opened = window(size=size)
    page = opened.open(f"/workflows/{wpid}")
    opened.check()
    opened.press(".tabs a:has-text('Versions')")
    opened.check()
    page.check("input[name=from][value='1']")
    page.check("input[name=to][value='2']")
    opened.press("#workflow-versions button[type=submit]")
    assert opened.path == f"/workflows/{wpid}/versions/compare?to=2&from=1"
    assert page.inner_text(".changes__text ins").strip().startswith(", the newest first")
    opened.check()
    opened.press(".chip:has-text('As text')")
    before, after = (page.locator(f".lines [data-kind=changed] .lines__text--{side}").bounding_box()
                     for side in ("before", "after"))
    assert before and after
    beside = abs(before["y"] - after["y"]) < 2
    assert beside == (size == "desk") and after["width"] > 150
    opened.check()
    opened.press("a:has-text('Bring back version 1')")
    opened.check()
    opened.press("button:has-text('Bring it back')")
    assert "Version 1 is back, as version 3." in opened.words
    assert "Brought back version 1." in page.inner_text(".versions tbody tr:first-child")


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_block_is_tried_beside_its_live_picture(window: Callable[..., Window], wpid: str, size: str) -> None:
    opened = window(size=size)
    page = opened.open(f"/workflows/{wpid}/try?block=look_at_small")
    opened.check()
    opened.press("[data-chosen] button[name=alone]")
    opened.until(lambda: page.evaluate(LIVE), "the picture of the browser")
    opened.until(lambda: page.locator("#trial-state .pill[data-status=completed]").count(), "the end of the try")
    assert "look_at_small_output" in page.inner_text("#trial-outputs ~ *, #trial-state")
    assert page.get_attribute("#trial-view", "data-state") == "live", "the browser stays open"
    opened.check()
    here = page.url
    page.click("button[name=onwards][value=save_sheets]")
    opened.until(lambda: "Then: compare" in page.inner_text("#trial-state"), "the next try, without a new page")
    opened.until(lambda: "compare_output" in page.inner_text("#trial-state"), "the block after it, by itself", 30)
    assert page.url == here and page.evaluate(LIVE)
    opened.press("button:has-text('Close it')")
    assert "No browser is open" in opened.words
