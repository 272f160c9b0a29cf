"""With JavaScript off the core path works: sign in, start, look, cancel, filter, add a person, sign out."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.support.people import PASSWORD

from .house import House
from .window import Window


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_core_path_without_scripts(house: House, window: Callable[..., Window], size: str) -> None:
    opened = window(None, size, java_script_enabled=False, locale="en-GB")
    page = opened.page
    opened.open("/runs")
    assert opened.path.startswith("/login")
    page.fill("#email", "ada@example.com")
    page.fill("#password", PASSWORD)
    opened.press("main form [type=submit]")
    assert opened.path == "/runs"

    opened.open("/tasks")
    page.fill("#prompt", f"Count the floor lamps from a {size} [pause]")
    opened.press("#task-form .btn--primary")
    assert re.fullmatch(r"/runs/tsk_\d+", opened.path)
    run_id = opened.path.removeprefix("/runs/")

    def has_picture() -> bool:
        page.click("[data-part=refresh]")
        picture = page.locator(".viewport__picture[src]")
        return bool(picture.count() and picture.first.is_visible())

    opened.until(lambda: house.sandbox.call("GET", f"/v1/runs/{run_id}").json()["status"] == "paused", "a start")
    assert page.is_visible(".viewport__said")
    opened.until(has_picture, "the first still picture", 30)
    assert not page.locator("button:visible").filter(has_text="Pause").count()

    opened.press("#run-header .head__actions .confirm > button")
    assert opened.path == f"/runs/{run_id}"
    assert page.inner_text("#run-header .pill") == "canceled"
    assert house.state(run_id) == "canceled"

    opened.open("/runs")
    page.check("input[name=status][value=canceled]", force=True)
    opened.press("noscript button")
    assert "status=canceled" in opened.path
    assert set(page.locator("#runs-table .pill").all_inner_texts()) == {"canceled"}

    opened.open("/settings/users/new")
    page.fill("#name", "Eve Example")
    page.fill("#email", f"eve-{size}@example.com")
    opened.press("main form [type=submit]")
    assert "/password/" in page.inner_text(".copyable code")

    if size == "phone":
        page.click(".top__menu")
        assert page.is_visible("#nav .nav__item")
        page.keyboard.press("Escape")
    page.click(".top__me")
    opened.press("#me [type=submit]")
    assert opened.path == "/login"
    opened.open("/account")
    assert opened.path.startswith("/login")


def test_the_colours_change_without_scripts(window: Callable[..., Window]) -> None:
    opened = window("cleo", java_script_enabled=False)
    page = opened.open("/account")
    opened.press(".theme__choice[value=dark]")
    assert opened.path == "/account"
    assert page.get_attribute("html", "data-theme") == "dark"
    opened.press(".theme__choice[value=system]")
    assert page.get_attribute("html", "data-theme") == "system"
