"""A service as an admin meets it: made, its key copied, rotated and ended; credits given; with scripts, with keys
alone, and without scripts."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from .house import House
from .test_keyboard import tab_to
from .window import Window

LONG = "the service of the department that writes the quarterly reports of all the others"
COPYING = ["clipboard-read", "clipboard-write"]


def begin(opened: Window, name: str) -> str:
    """Makes a service; where its page is. The window shows its key."""
    page = opened.open("/settings/services/new")
    page.fill("#name", name)
    page.check("[name=scopes][value='skyvern:*']")
    opened.press("form[action='/settings/services'] .btn--primary")
    return str(page.get_attribute(".head__actions a", "href"))


def spend(house: House, org_id: str) -> None:
    """A call that cost 0.4 credits, as the ledger tells it."""
    with closing(sqlite3.connect(house.database, timeout=10)) as base, base:
        for kind, available, held in (("hold", -1000, 1000), ("settle", 600, -1000)):
            base.execute(
                "INSERT INTO ledger (org_id, charge_id, kind, d_available, d_held, available_after, held_after,"
                " actor_name, created_at)"
                " VALUES (?, lower(hex(randomblob(4))), ?, ?, ?, 0, 0, 'service', datetime('now'))",
                (org_id, kind, available, held))


def fresh(name: str) -> str:
    return f"{name} {secrets.token_hex(3)}"


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_from_the_first_key_to_its_end(house: House, window: Callable[..., Window], size: str) -> None:
    opened = window(size=size)
    opened.context.grant_permissions(COPYING)
    page = opened.open("/settings/services/new")
    page.click("summary:has-text('existing key')")
    opened.check()
    here = begin(opened, fresh(LONG))
    opened.check()
    key = page.inner_text("#the-key")
    page.click("[data-copy-from=the-key]")
    page.wait_for_selector(".toasts :text('Copied')")
    assert page.evaluate("navigator.clipboard.readText()") == key
    page.click("[data-copy-from=example-run-python]")
    opened.until(lambda: f'base_url="{house.server.url}/api/skyvern"' in page.evaluate(
        "navigator.clipboard.readText()"), "the copied example")
    opened.press(".head__actions a")
    assert opened.path == here and key not in page.content()
    page.locator("details.group").evaluate_all("all => all.forEach((each) => { each.open = true; })")
    opened.check()

    opened.press("#keys .table__title")
    page.check("[name=overlap][value='3600']")
    opened.press(".rotation .btn")
    opened.check()
    renewed = page.inner_text("#the-key")
    assert renewed != key and "works until" in opened.words
    opened.press(".head__actions a")
    opened.press("#keys .table__title")
    opened.check()
    opened.press("#secrets form .btn")
    assert "The old secret is ended" in opened.words
    page.click("[data-dialog-open=ending]")
    opened.check()
    opened.press("#ending .btn--danger")
    assert opened.path.startswith(here) and page.inner_text("#keys .tag >> nth=-1") == "ended"
    opened.press("#keys .table__title")
    opened.check()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_credits_are_given_and_mistakes_are_met(house: House, window: Callable[..., Window], size: str) -> None:
    opened = window(size=size)
    here = begin(opened, fresh(LONG))
    page = opened.open(here)
    page.click(".head__actions a[href='#grant']")
    page.fill("#grant-amount", "2,500.125")
    page.locator("#grant form").evaluate("form => { form.noValidate = true; }")
    opened.expected = {422}
    opened.press("#grant .btn--primary")
    assert page.evaluate("document.activeElement.matches('[data-focus]')")
    assert page.input_value("#grant-amount") == "2,500.125" and page.is_visible("#grant-reason-error")
    opened.check()
    page.fill("#grant-reason", "For the campaign")
    opened.press("#grant .btn--primary")
    assert page.inner_text(".pool__number") == "12,500.125"
    page.click("summary:has-text('Refill')")
    page.check("#refill [value=set]")
    page.fill("#refill-amount", "20000")
    opened.press("#refill .btn")
    opened.check()
    spend(house, here.rsplit("/", 1)[1])
    opened.press("#ledger .card__head a")
    assert "Call cost 0.4" in opened.words and "For the campaign" in opened.words
    opened.check()
    opened.press("a:has-text('Given, taken')")
    opened.check()
    opened.open(here)
    page.click("[data-dialog-open=suspension]")
    opened.check()
    opened.press("#suspension .btn--danger")
    opened.check()
    opened.press(".head__actions .btn--primary")
    assert page.locator(".head__title .tag").count() == 0


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_new_key_and_its_mistakes_are_well(window: Callable[..., Window], size: str) -> None:
    opened = window(size=size)
    here = begin(opened, fresh("keys"))
    page = opened.open(f"{here}/keys/new")
    opened.check()
    page.fill("#name", "x" * 80)
    page.fill("#addresses", "nowhere")
    page.fill("#per_minute", "fast")
    opened.expected = {422}
    opened.press("form[action$='/keys'] .btn--primary")
    assert page.input_value("#per_minute") == "fast"
    opened.check()
    page.fill("#addresses", "10.0.0.0/8")
    page.fill("#per_minute", "60")
    opened.press("form[action$='/keys'] .btn--primary")
    opened.check()
    opened.open(here)
    opened.check()


def test_a_service_is_made_and_its_key_rotated_with_keys_only(window: Callable[..., Window]) -> None:
    opened = window()
    opened.context.grant_permissions(COPYING)
    page, keys = opened.open("/settings/services/new"), opened.page.keyboard
    assert page.evaluate("document.activeElement.id") == "name"
    keys.type(fresh("typed"))
    tab_to(opened, lambda at: at["value"] == "skyvern:*", "all of Skyvern")
    keys.press("Space")
    tab_to(opened, lambda at: "Make the service" in str(at["name"]), "the button")
    go(opened, "Enter")
    tab_to(opened, lambda at: at["id"] == "the-key", "the key")
    tab_to(opened, lambda at: at["name"] == "Copy the key", "the button that copies")
    keys.press("Enter")
    opened.until(lambda: page.evaluate("navigator.clipboard.readText()") == page.inner_text("#the-key"), "the key")
    opened.press(".head__actions a")
    tab_to(opened, lambda at: "first key" in str(at["name"]), "the key's page")
    go(opened, "Enter")
    tab_to(opened, lambda at: str(at["id"]).startswith("overlap"), "the overlap")
    keys.press("ArrowDown")
    tab_to(opened, lambda at: str(at["name"]).strip() == "Rotate", "the button that rotates")
    go(opened, "Enter")
    assert "has a new secret" in opened.words


def test_the_core_path_without_scripts(window: Callable[..., Window]) -> None:
    opened = window(java_script_enabled=False)
    here = begin(opened, fresh("plain"))
    page = opened.page
    key = page.inner_text("#the-key")
    assert key.startswith("skui_live_") and not page.is_visible("[data-copy-from=the-key]")
    opened.open(here)
    page.click("summary:has-text('Give or take')")
    page.fill("#grant-amount", "5")
    page.fill("#grant-reason", "Without scripts")
    opened.press("#grant .btn--primary")
    assert page.inner_text(".pool__number") == "10,005"
    opened.press("#keys .table__title")
    opened.press(".rotation .btn")
    assert page.inner_text("#the-key") != key
    opened.press(".head__actions a")
    opened.press("#keys .table__title")
    opened.press(".head__actions .confirm > button")
    assert page.inner_text("#keys .tag >> nth=-1") == "ended"


def go(opened: Window, key: str) -> Any:
    """Presses what leads to another page."""
    opened.leaving = True
    with opened.page.expect_navigation():
        opened.page.keyboard.press(key)
    opened.leaving = False
