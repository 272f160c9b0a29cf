"""The list of runs in a browser: choosing, cancelling many, filtering without losing one's place, the failures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .house import House
from .window import Window

LOOKS = pytest.mark.parametrize("size", ["desk", "phone"])
BOXES = "[data-pick]"


def chosen(window: Window) -> int:
    return int(window.page.locator(f"{BOXES}:checked").count())


@LOOKS
def test_the_list_is_well_with_all_of_it_open(house: House, window: Callable[..., Window], size: str) -> None:
    opened = window(size=size)
    page = opened.open("/runs?status=failed&status=completed&person=me&since=2026-01-01")
    page.click("summary.filters__toggle")
    opened.check()
    page = opened.open("/runs")
    page.locator(BOXES).first.check()
    opened.until(lambda: page.inner_text(".bulk__count") == "1 run chosen", "the count")
    opened.check()
    page.click("[data-dialog-open=bulk-tag]")
    opened.check()


@LOOKS
@pytest.mark.parametrize("path", ["", "?by=model_error", "?by=site&only=shop.example", "?days=1&by=error_code"])
def test_the_failures_are_well(window: Callable[..., Window], size: str, path: str) -> None:
    opened = window(size=size)
    opened.open(f"/runs/failures{path}")
    opened.check()


def test_choosing_with_shift_all_and_escape_survives_a_poll(house: House, window: Callable[..., Window]) -> None:
    house.running()
    opened = window()
    page = opened.open("/runs")
    page.locator(BOXES).nth(0).click()
    page.locator(BOXES).nth(2).click(modifiers=["Shift"])
    assert chosen(opened) == 3 and page.inner_text(".bulk__count") == "3 runs chosen"
    assert page.evaluate("document.querySelector('[data-pick-all]').indeterminate")
    with page.expect_response(lambda answer: "/runs/table" in answer.url, timeout=15_000):
        pass
    opened.until(lambda: not page.locator(".htmx-request, .htmx-settling").count(), "the rows to be put in")
    assert chosen(opened) == 3
    page.keyboard.press("Escape")
    assert chosen(opened) == 0 and not page.is_visible(".bulk")
    page.click("[data-pick-all]")
    assert chosen(opened) == page.locator(BOXES).count() > 3


def test_many_are_cancelled_from_the_list(house: House, window: Callable[..., Window]) -> None:
    runs = [house.start(f"Compare lamp {n} [slow]") for n in range(2)]
    done = house.runs["completed"]
    opened = window()
    page = opened.open("/runs?page_size=100")
    for run_id in (*runs, done):
        page.check(f'{BOXES}[value="{run_id}"]')
    page.click("[data-dialog-open=bulk-cancel]")
    assert page.inner_text("#bulk-cancel-title") == "Cancel 3 runs?"
    page.keyboard.press("Escape")
    assert chosen(opened) == 3 and house.state(runs[0]) != "canceled"
    page.click("[data-dialog-open=bulk-cancel]")
    page.click("#bulk-cancel .btn--danger")
    page.wait_for_selector("#runs-report .notice--ok")
    assert [house.state(run_id) for run_id in runs] == ["canceled", "canceled"]
    opened.until(lambda: page.inner_text(f"#run-{runs[0]} .pill") == "canceled", "the new status in the list")
    assert chosen(opened) == 0 and not page.is_visible("#bulk-cancel")


def test_what_failed_stays_chosen_and_enter_sends_the_tag(house: House, window: Callable[..., Window]) -> None:
    opened = window()
    page = opened.open("/runs?type=task_v1&page_size=100")
    page.check(f'{BOXES}[value="{house.runs["completed"]}"]')
    page.click("[data-dialog-open=bulk-tag]")
    page.fill("#bulk-tag input[name=tag]", "env:prod")
    page.keyboard.press("Enter")
    page.wait_for_selector("#runs-report .notice--bad")
    assert "workflow runs only" in page.inner_text("#runs-report") and chosen(opened) == 1
    opened.check()


def test_filters_change_the_address_and_back_works(window: Callable[..., Window]) -> None:
    opened = window()
    page = opened.open("/runs")
    page.click("label.chip:has(input[value=failed])")
    page.wait_for_url("**/runs?status=failed")
    opened.until(lambda: set(page.locator("#runs-table .pill").all_inner_texts()) == {"failed"}, "the failed ones")
    page.click("summary.filters__toggle")
    page.click("label.chip:has(input[value=workflow_run])")
    page.wait_for_url("**/runs?status=failed&type=workflow_run")
    assert page.locator(".chosen").count() == 2 and page.is_visible(".filters__panel")
    opened.leaving = True
    page.go_back()
    page.wait_for_url("**/runs?status=failed")
    opened.until(lambda: page.locator(".chosen").count() == 1, "one filter less")
    assert page.is_checked("input[name=status][value=failed]")
    page.click(".chosen")
    page.wait_for_url("**/runs")
    opened.until(lambda: not page.locator(".chosen").count(), "no filter")
    opened.leaving = False


def test_a_workflow_is_found_while_typing(window: Callable[..., Window]) -> None:
    opened = window()
    page = opened.open("/runs")
    page.click("summary.filters__toggle")
    page.type("input[name=find]", "invoices", delay=30)
    opened.until(lambda: page.locator("#runs-workflow-choices label").count() == 1, "one workflow")
    assert opened.path == "/runs"
    page.check("#runs-workflow-choices input")
    page.wait_for_url("**/runs?workflow=wpid_*")
    opened.until(lambda: page.locator(".chosen").count() == 1, "the chip")
    assert "find=" not in page.url


def test_a_view_is_saved_from_the_list(window: Callable[..., Window]) -> None:
    opened = window("cleo")
    page = opened.open("/runs?status=failed")
    page.click("summary:has-text('Save view')")
    page.fill("details[open] input[name=name]", "Broken")
    opened.press("details[open] button:has-text('Save')")
    assert page.inner_text(".views__view[aria-current]") == "Broken"
    opened.check()


def test_without_scripts_a_run_is_chosen_asked_about_and_cancelled(house: House, window: Callable[..., Window]) -> None:
    run_id = house.start("Compare every lamp twice [slow]")
    opened = window("ben", java_script_enabled=False)
    page = opened.open("/runs")
    assert not page.is_visible(".bulk__bar")
    page.check(f'{BOXES}[value="{run_id}"]')
    opened.press(".bulk__bar .btn--bad")
    assert page.inner_text("h1") == "Cancel 1 run"
    opened.press("main button[name=sure]")
    assert page.inner_text("h1") == "1 of 1 canceled" and house.state(run_id) == "canceled"
    opened.press("main a:has-text('Back to the list')")
    page.fill("input[name=q]", "lamp twice")
    opened.press("noscript button")
    assert opened.path == "/runs?q=lamp+twice"
