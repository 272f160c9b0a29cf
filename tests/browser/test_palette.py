"""The palette by keyboard, by thumb and with a slow server: it opens at once, follows the letters, gives the focus
back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .house import House
from .window import Window

ACTIVE = """() => {
  const active = document.querySelector("[role=combobox]").getAttribute("aria-activedescendant");
  return document.getElementById(active)?.querySelector(".palette__title").innerText;
}"""
BOX = "e => { const b = e.getBoundingClientRect(); return [b.x, b.y, b.width, b.height]; }"


def found(opened: Window, text: str) -> None:
    """Waits until the server has answered for this text."""
    opened.until(lambda: opened.page.get_attribute("#palette-results", "data-asked") == text, f"what fits {text!r}")


def test_keys_alone(house: House, window: Callable[..., Window]) -> None:
    opened = window("ada")
    page, keys = opened.page, opened.page.keyboard
    opened.open("/runs/failures")
    page.focus("main a")
    before = page.evaluate("document.activeElement.getAttribute('href')")
    keys.press("Control+k")
    assert page.evaluate("document.activeElement.id") == "palette-q"
    found(opened, "")
    assert page.evaluate(ACTIVE) == "New task"
    opened.check()
    keys.press("End")
    assert page.evaluate(ACTIVE) == "Notices"
    keys.press("ArrowDown")
    assert page.evaluate(ACTIVE) == "New task"
    keys.press("ArrowUp")
    keys.press("Home")
    assert page.evaluate(ACTIVE) == "New task"
    keys.type("aud")
    assert page.evaluate(ACTIVE) == "Audit", "sifted before the server has answered"
    found(opened, "aud")
    assert page.inner_text("[aria-selected=true] mark") == "Aud"
    keys.press("Escape")
    assert page.evaluate("document.activeElement.getAttribute('href')") == before
    keys.press("Control+k")
    assert page.evaluate("getSelection().toString()") == "aud"
    found(opened, "aud")
    opened.leaving = True
    keys.press("Enter")
    page.wait_for_url("**/settings/audit")
    opened.leaving = False


def test_what_is_typed_before_it_has_loaded_is_kept(house: House, window: Callable[..., Window]) -> None:
    opened = window("ada")
    page, keys, waiting = opened.page, opened.page.keyboard, list[Any]()
    page.route("**/islands/palette.js*", lambda route: waiting.append(route))
    opened.open("/dashboard")
    keys.press("Control+k")
    keys.type("au")
    opened.until(lambda: waiting, "the palette to be asked for")
    waiting[0].continue_()
    opened.until(lambda: page.get_attribute("#palette-results", "data-asked") in ("", "au"), "the palette to be there")
    keys.type("dit")
    assert page.input_value("#palette-q") == "audit"
    found(opened, "audit")
    assert page.evaluate(ACTIVE) == "Audit"


def test_a_thing_is_found_and_a_slow_server_holds_up_no_page(house: House, window: Callable[..., Window]) -> None:
    opened = window("ben")
    page, keys = opened.page, opened.page.keyboard
    opened.open("/dashboard")
    page.click("[data-palette]")
    found(opened, "")
    keys.type("invoices")
    found(opened, "invoices")
    assert "Collect the month's invoices" in page.inner_text("#palette-results")
    assert page.query_selector_all("[role=option][aria-selected=true]").__len__() == 1
    page.fill("#palette-q", house.runs["failed"])
    found(opened, house.runs["failed"])
    assert page.evaluate(ACTIVE) == "Open this run"
    house.fault("/v1/workflows", "hang", count=1, seconds=3)
    page.fill("#palette-q", "run")
    found(opened, "run")
    assert "No answer in time" in page.inner_text("#palette-results") and page.evaluate(ACTIVE) is not None
    house.heal()
    page.fill("#palette-q", "zzz")
    found(opened, "zzz")
    assert "Nothing is called" in page.inner_text("#palette-results") and page.evaluate(ACTIVE) is None
    keys.press("Enter")
    assert page.is_visible("#palette")
    opened.check()


def test_on_a_phone_it_fills_the_window(house: House, window: Callable[..., Window]) -> None:
    opened = window("cleo", "phone")
    page = opened.page
    opened.open("/dashboard")
    page.click("[data-palette]")
    found(opened, "")
    box = page.eval_on_selector("#palette", BOX)
    assert box[:3] == [0, 0, 390] and box[3] > 800
    assert "Audit" not in page.inner_text("#palette-results")
    opened.check()
    page.click("#palette [data-dialog-close]")
    assert page.evaluate("document.activeElement.matches('[data-palette]')")


def test_nothing_of_it_is_loaded_before_it_is_wanted(house: House, window: Callable[..., Window]) -> None:
    opened = window("ben")
    asked: list[str] = []
    opened.page.on("request", lambda request: asked.append(request.url))
    opened.open("/dashboard")
    opened.page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "palette" in url]
    opened.page.keyboard.press("Control+k")
    found(opened, "")
    assert len([url for url in asked if "palette" in url]) == 2
