"""The doctor in a real browser: it begins by itself, tells as it goes, and needs neither a mouse nor a script."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .house import House
from .test_keyboard import FOCUS, tab_to
from .window import Window

LOOKS = pytest.mark.parametrize("size", ["desk", "phone"])
ENDED = """document.querySelector("#doctor-verdict[data-whole]") && document.querySelector("#doctor-progress").hidden"""


def looked(opened: Window) -> None:
    """Waits until the examination that the page began is over."""
    said = opened.page.locator("[data-part=said]")
    opened.until(lambda: said.inner_text() not in ("", "Looking.") and opened.page.evaluate(ENDED), "the end", 40)


@LOOKS
def test_a_sound_house_is_calm(window: Callable[..., Window], size: str) -> None:
    opened = window(size=size)
    page = opened.open("/doctor")
    looked(opened)
    assert page.get_attribute("#doctor-verdict", "data-verdict") in ("ok", "warn")
    assert page.inner_text("[data-part=said]") == page.inner_text("#doctor-verdict h2")
    assert not page.locator("[data-check][aria-busy]").count()
    assert page.locator("form[data-doctor] [type=submit]:enabled").count() >= 2
    opened.check()
    page.locator("details.layer").evaluate_all("all => all.forEach((each) => { each.open = true; })")
    page.locator("details.evidence").evaluate_all("all => all.forEach((each) => { each.open = true; })")
    opened.check()


@LOOKS
def test_a_skyvern_that_is_away_is_the_cause(house: House, window: Callable[..., Window], size: str) -> None:
    house.fault("/", "reset")
    opened = window(size=size)
    page = opened.open("/doctor")
    looked(opened)
    assert page.get_attribute("#doctor-verdict", "data-verdict") == "fail"
    assert "The cause" in page.inner_text("#doctor-verdict") and "not looked at" in page.inner_text("#doctor-verdict")
    assert page.get_attribute("#layer-network", "open") is not None, "what fails is open"
    assert page.get_attribute("#layer-own", "open") is None
    assert page.locator("#check-network .finding__explain").first.inner_text().startswith("This is the cause.")
    opened.check()
    house.heal()
    page.click("text=Examine now")
    opened.until(lambda: page.get_attribute("#doctor-verdict", "data-verdict") in ("ok", "warn"), "health", 40)
    looked(opened)


def test_with_keys_alone_on_a_phone(house: House, window: Callable[..., Window]) -> None:
    opened = window(size="phone")
    page, keys = opened.open("/doctor"), opened.page.keyboard
    looked(opened)
    tab_to(opened, lambda at: at["name"] == "Examine thoroughly", "the thorough one")
    keys.press("Enter")
    assert page.is_visible("dialog#thorough") and "tokens" in page.inner_text("dialog#thorough")
    assert page.evaluate(FOCUS)["name"] == "Not now"
    opened.check()
    keys.press("Escape")
    assert not page.is_visible("dialog#thorough")
    tab_to(opened, lambda at: "This server" in str(at["name"]), "a layer")
    keys.press("Enter")
    assert page.get_attribute("#layer-own", "open") is not None
    keys.press("Tab")
    keys.press("Enter")
    assert page.locator("#layer-own details.evidence[open]").count() == 1
    page.evaluate("document.querySelector('#doctor-head form[data-doctor-now] button').focus()")
    keys.press("Enter")
    opened.until(lambda: page.locator("[data-check][aria-busy]").count() or page.is_visible("#doctor-progress"), "work")
    looked(opened)
    assert page.get_attribute("#layer-own", "open") is not None, "what the reader opened stays open"
    assert page.locator("#layer-own details.evidence[open]").count() == 1


def test_the_report_is_copied(window: Callable[..., Window]) -> None:
    opened = window()
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = opened.open("/doctor")
    looked(opened)
    page.click("text=Copy the report")
    opened.until(lambda: "the doctor" in page.evaluate("navigator.clipboard.readText()"), "the report")
    assert "This server" in page.evaluate("navigator.clipboard.readText()")
    page.wait_for_selector(".toast[data-kind=ok]")


def test_an_examination_that_breaks_off_says_so(house: House, window: Callable[..., Window]) -> None:
    house.fault("/openapi.json", "hang", seconds=5)
    opened = window()
    page = opened.open("/doctor")
    page.wait_for_selector("#check-own-settings:not([aria-busy])", state="attached")
    opened.leaving = True
    opened.page.evaluate("window.stop()")
    page.wait_for_selector("[data-part=broken]")
    assert "broke off" in page.inner_text("[data-part=said]")
    assert page.locator("form[data-doctor] [type=submit]:enabled").count() >= 2
    house.heal()


@LOOKS
def test_without_scripts_the_page_tells_all_the_same(house: House, window: Callable[..., Window], size: str) -> None:
    opened = window(None, size, java_script_enabled=False, locale="en-GB")
    page = opened.page
    opened.open("/login")
    page.fill("#email", "ada@example.com")
    page.fill("#password", "correct horse battery staple")
    opened.press("main form [type=submit]")
    opened.open("/doctor")
    assert page.is_visible("#doctor-head noscript p") and not page.is_visible("text=Copy the report")
    house.fault("/", "reset")
    with page.expect_navigation(wait_until="load", timeout=40_000):
        page.locator("form:not(:has(dialog))[data-doctor] button").click()
    verdict, rows = page.locator("#doctor-verdict").bounding_box(), page.locator("#check-own-settings").bounding_box()
    assert verdict and rows and verdict["y"] < rows["y"], "the verdict is written last and stands first"
    assert page.get_attribute("#doctor-verdict", "data-verdict") == "fail"
    assert not page.is_visible(".doctor__looking")
    house.heal()
