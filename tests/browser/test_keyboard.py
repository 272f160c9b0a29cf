"""A new person gets through with the keyboard alone, and always sees where they are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.people import PASSWORD

from .house import House
from .window import Window

FOCUS = """() => {
  const e = document.activeElement;
  const s = getComputedStyle(e);
  const drawn = e.matches("[type=checkbox], [type=radio]") && e.closest("label") || e;
  const around = getComputedStyle(drawn);
  const box = drawn.getBoundingClientRect();
  return {tag: e.tagName, id: e.id, name: e.getAttribute("aria-label") || e.innerText || e.name || "",
          href: e.getAttribute("href"), value: e.value || "",
          ring: [s, around].some((x) => x.outlineStyle !== "none" && parseFloat(x.outlineWidth) >= 1.5),
          onScreen: box.bottom > 0 && box.top < innerHeight && box.width > 0 && box.height > 0};
}"""
MOST = 80


def tab_to(window: Window, is_it: Callable[[dict[str, object]], bool], what: str) -> None:
    """Presses Tab until there; each stop on the way must be visible, with a ring around it."""
    for _ in range(MOST):
        window.page.keyboard.press("Tab")
        at = window.page.evaluate(FOCUS)
        if at["tag"] == "BODY":
            continue
        assert at["ring"], f"no ring around {at}"
        assert at["onScreen"], f"the focus is out of sight: {at}"
        if is_it(at):
            return
    pytest.fail(f"{MOST} times Tab did not lead to {what}")


def test_signing_in_starting_watching_cancelling_with_keys_only(house: House, window: Callable[..., Window]) -> None:
    opened = window(None, locale="en-GB")
    page, keys = opened.page, opened.page.keyboard
    opened.open("/login")
    assert page.evaluate("document.activeElement.id") == "email"
    keys.type("ben@example.com")
    tab_to(opened, lambda at: at["id"] == "password", "the password")
    keys.type(PASSWORD)
    keys.press("Enter")
    page.wait_for_url("**/dashboard")

    keys.press("Tab")
    assert page.evaluate(FOCUS)["name"] == "Skip to the content"
    keys.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.reload()
    tab_to(opened, lambda at: at["href"] == "/tasks", "a new task")
    keys.press("Enter")
    page.wait_for_url("**/tasks")

    tab_to(opened, lambda at: at["id"] == "prompt", "the prompt")
    keys.type("Count the lamps in the shop [slow]")
    tab_to(opened, lambda at: at["tag"] == "SUMMARY", "the first group")
    keys.press("Space")
    assert page.locator("details.group").first.get_attribute("open") is not None
    tab_to(opened, lambda at: "Start the task" in str(at["name"]), "the start button")
    keys.press("Enter")
    page.wait_for_url("**/runs/tsk_*")
    run_id = opened.path.removeprefix("/runs/")

    tab_to(opened, lambda at: at["name"] == "Dark", "the dark colours")
    keys.press("Space")
    opened.until(lambda: page.get_attribute("html", "data-theme") == "dark", "dark colours")
    tab_to(opened, lambda at: str(at["name"]).strip() == "Cancel", "the cancel button")
    keys.press("Enter")
    assert page.is_visible("#cancel-run")
    assert page.evaluate(FOCUS)["name"] == "Let it go on"
    keys.press("Escape")
    assert not page.is_visible("#cancel-run")
    assert house.state(run_id) in ("created", "queued", "running")
    assert page.evaluate(FOCUS)["name"].strip() == "Cancel"
    keys.press("Enter")
    tab_to(opened, lambda at: at["name"] == "Cancel the run", "yes")
    opened.leaving = True
    keys.press("Enter")
    opened.until(lambda: page.inner_text("#run-header .pill") == "canceled", "the end of the run")
    assert house.state(run_id) == "canceled"
    assert page.get_attribute("html", "data-theme") == "dark"


def test_the_menus_open_and_close_with_keys(window: Callable[..., Window]) -> None:
    opened = window("ben", "phone")
    page, keys = opened.open("/runs"), opened.page.keyboard
    tab_to(opened, lambda at: at["name"] == "Open the menu", "the menu")
    keys.press("Enter")
    opened.until(lambda: page.is_visible("#nav .nav__item"), "the drawer")
    keys.press("Escape")
    opened.until(lambda: not page.is_visible("#nav .nav__item"), "the drawer gone")
    assert page.evaluate(FOCUS)["name"] == "Open the menu"
    tab_to(opened, lambda at: at["name"] == "Account of Ben", "the account menu")
    keys.press("Enter")
    tab_to(opened, lambda at: at["href"] == "/account", "the account")
    keys.press("Enter")
    page.wait_for_url("**/account")


def test_the_pictures_of_a_run_are_walked_with_arrows(house: House, window: Callable[..., Window]) -> None:
    opened = window()
    page, keys = opened.open(f"/runs/{house.runs['completed']}?tab=screenshots"), opened.page.keyboard
    tab_to(opened, lambda at: str(at["href"]).startswith("/artifacts/"), "the first picture")
    keys.press("Enter")
    assert page.is_visible("#run-pictures")
    first = page.inner_text("#run-pictures [data-part=caption]")
    keys.press("ArrowRight")
    assert page.inner_text("#run-pictures [data-part=caption]") != first
    opened.until(lambda: page.evaluate("document.querySelector('#run-pictures img').naturalWidth"), "the picture")
    keys.press("Escape")
    assert not page.is_visible("#run-pictures")
    assert page.evaluate(FOCUS)["tag"] == "A"
