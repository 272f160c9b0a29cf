"""Every state has a face: empty, under way, Skyvern away, the key refused, nothing there, the database busy."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from .house import House
from .window import Window

LOOKS = pytest.mark.parametrize("size", ["desk", "phone"])
AWAY = {"reset": {}, "garbage": {}, "status": {"status": 500}}


@LOOKS
def test_empty(house: House, window: Callable[..., Window], size: str) -> None:
    house.fault("/v1/runs", "status", status=200, body=[])
    opened = window(size=size)
    page = opened.open("/dashboard")
    assert "Getting started" in opened.words
    opened.check()
    page = opened.open("/runs")
    assert "No runs yet" in opened.words
    assert page.locator("#runs-table a[href='/tasks']").is_visible()
    opened.check()
    opened.open("/runs?status=failed")
    assert "No run matches" in opened.words
    opened.check()


@LOOKS
@pytest.mark.parametrize("kind", AWAY)
def test_skyvern_is_away(house: House, window: Callable[..., Window], size: str, kind: str) -> None:
    opened = window(size=size)
    house.fault("/", kind, **AWAY[kind])
    page = opened.open("/dashboard")
    assert page.locator(".notice--bad[role=alert]").is_visible()
    assert "Nothing is running" not in opened.words and "Nothing failed" not in opened.words
    assert page.locator(".notice--bad a[href='/dashboard']").is_visible()
    opened.check()
    opened.open("/runs?status=failed")
    assert page.locator("#runs-table .notice--bad").is_visible()
    assert page.is_checked("input[name=status][value=failed]")
    assert "No run matches" not in opened.words and "No runs yet" not in opened.words
    opened.check()
    run_page = f"/runs/{house.runs['completed']}?tab=output"
    opened.open(run_page, 502)
    assert page.locator(f"main a[href='{run_page}']").is_visible()
    assert page.locator("nav.nav").count() == 1
    opened.check()
    opened.open("/tasks")
    opened.check()
    house.heal()
    opened.open("/runs?status=failed")
    assert page.locator("#runs-table tbody tr").count() >= 1


def test_retrying_leads_on(house: House, window: Callable[..., Window]) -> None:
    opened = window()
    house.fault("/", "reset")
    for path, status, found in (("/dashboard", 200, "#dashboard-figures"), ("/runs", 200, "#runs-table table"),
                                (f"/runs/{house.runs['failed']}", 502, "#run-header")):
        house.fault("/", "reset")
        page = opened.open(path, status)
        assert not page.locator(found).count()
        house.heal()
        page.locator("main a", has_text="Try again").click()
        page.wait_for_selector(found)


def test_what_was_typed_survives(house: House, window: Callable[..., Window]) -> None:
    opened = window()
    page = opened.open("/tasks")
    page.fill("#prompt", "Read the price of the lamp, and nothing else")
    page.fill("#url", "https://shop.example/lamps")
    page.locator("details.group").first.evaluate("each => { each.open = true; }")
    page.fill("#data_extraction_schema", '{"price": "number"}')
    house.fault("/v1/run/tasks", "reset")
    opened.expected = {502}
    page.click("#task-form .btn--primary")
    page.wait_for_selector("#task-form .notice--bad")
    assert "was not started" in page.inner_text("#task-form .notice--bad")
    assert page.input_value("#prompt") == "Read the price of the lamp, and nothing else"
    assert page.input_value("#url") == "https://shop.example/lamps"
    assert page.input_value("#data_extraction_schema") == '{"price": "number"}'
    assert page.is_visible("#data_extraction_schema")
    opened.check()
    house.heal()
    opened.expected = set()
    page.click("#task-form .btn--primary")
    page.wait_for_url("**/runs/tsk_*")


def test_a_list_that_is_refreshed_keeps_what_it_shows(house: House, window: Callable[..., Window]) -> None:
    house.running()
    opened = window()
    page = opened.open("/dashboard")
    running = page.locator("#dashboard-running .rows__item").count()
    assert running >= 1
    house.fault("/", "status", status=500)
    opened.expected = {502}
    page.evaluate("htmx.trigger('#dashboard-running', 'awake')")
    page.wait_for_selector(".toast[data-kind=bad]")
    assert "out of date" in page.inner_text(".toast[data-kind=bad]")
    assert page.locator("#dashboard-running .rows__item").count() == running
    house.heal()
    opened.expected = set()
    page.evaluate("htmx.trigger('#dashboard-running', 'awake')")
    page.wait_for_selector(".toast[data-kind=ok]")
    opened.check()


def test_a_part_that_cannot_be_had_is_a_notice_in_its_place(house: House, window: Callable[..., Window]) -> None:
    run = house.runs["completed"]
    house.fault(f"/v1/runs/{run}/artifacts", "status", status=500)
    opened = window(size="phone")
    for tab in ("overview", "screenshots", "recording", "files"):
        page = opened.open(f"/runs/{run}?tab={tab}")
        assert page.locator("#run-body .notice--bad, #run-body .timeline__none").first.is_visible(), tab
        assert page.locator("#run-body .notice--bad").is_visible(), tab
        assert "never opened" not in opened.words and "kept no recording" not in opened.words
        assert page.inner_text("#run-header .pill") == "completed"
        opened.check()


@LOOKS
def test_the_key_is_refused(house: House, window: Callable[..., Window], size: str) -> None:
    house.fault("/", "status", status=403, body={"detail": "Invalid credentials"})
    ada, ben = window(size=size), window("ben", size)
    for path, status in (("/dashboard", 200), ("/runs", 200), (f"/runs/{house.runs['failed']}", 502)):
        page = ada.open(path, status)
        assert "does not accept the stored key" in page.inner_text("main")
        assert page.locator(".notice a[href='/doctor'], .error a[href='/doctor']").first.is_visible()
        ada.check()
        page = ben.open(path, status)
        assert "does not accept the stored key" in page.inner_text("main")
        assert not page.locator("main a[href='/doctor']").count()
        ben.check()
    page = ada.open("/tasks")
    page.fill("#prompt", "Read the price")
    ada.expected = {502}
    page.click("#task-form .btn--primary")
    page.wait_for_selector("#task-form .notice--bad a[href='/doctor']")
    ada.check()


def test_a_press_is_busy_and_counts_once(house: House, window: Callable[..., Window]) -> None:
    opened = window()
    page = opened.open("/tasks")
    page.fill("#prompt", "Count the plants, once")
    before = len(house.sandbox.requests("/v1/run/tasks"))
    house.fault("/v1/run/tasks", "delay", seconds=1.0, early=True)
    busy = page.evaluate("""() => {
      const button = document.querySelector("#task-form .btn--primary");
      button.click();
      button.click();
      return button.getAttribute("aria-busy");
    }""")
    assert busy == "true"
    page.wait_for_url("**/runs/tsk_*")
    assert len(house.sandbox.requests("/v1/run/tasks")) == before + 1


def test_the_database_is_busy(house: House, window: Callable[..., Window]) -> None:
    opened = window("cleo")
    page = opened.open("/account")
    page.fill("#name", "Cleo the Patient")
    lock = sqlite3.connect(house.database, isolation_level=None)
    try:
        lock.execute("BEGIN IMMEDIATE")
        opened.expected = {503}
        page.locator("form[action='/account/name'] [type=submit]").click()
        page.wait_for_selector(".error")
        assert "Nothing was changed" in page.inner_text(".error")
        opened.check()
        lock.execute("ROLLBACK")
    finally:
        lock.close()
    opened.expected = set()
    page.get_by_text("Go back").click()
    page.wait_for_url("**/account")
    assert page.input_value("#name") == "Cleo"
