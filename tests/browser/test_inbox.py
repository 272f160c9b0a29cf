"""Runs that wait for a human, as people meet them: the inbox, the panel on the run's page, the page of a guest."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.waits import paused_run, status_of

from .house import House
from .window import Window

LOOKS = pytest.mark.parametrize("size", ["desk", "phone"])
LONG = {"positive_descriptor": "Yes, send the invoice to the customer now",
        "negative_descriptor": "No, put it back on the pile", "timeout_seconds": 500}


def asked_for_a_code(house: House) -> str:
    return house.start("Sign in and read the last order [slow]", totp_identifier="till@shop.example")


@LOOKS
def test_the_inbox_and_the_panels_are_well(house: House, window: Callable[..., Window], size: str) -> None:
    run_id, code = paused_run(house.sandbox, **LONG), asked_for_a_code(house)
    opened = window(size=size)
    page = opened.open("/inbox")
    opened.until(lambda: page.locator(f"#inbox-{run_id}").count(), "the run in the inbox")
    opened.check()
    for path in (f"/runs/{run_id}", f"/runs/{code}", f"/runs/{code}/one-time-code", f"/runs/{run_id}/shares"):
        opened.open(path)
        opened.check()
    page.goto(f"{opened.base}/runs/{run_id}")
    page.click(f"[data-dialog-open=approve-{run_id}]")
    opened.check()


def test_an_approval_is_confirmed_and_others_see_it_by_themselves(house: House, window: Callable[..., Window]) -> None:
    run_id = paused_run(house.sandbox, **LONG)
    ada, ben = window(), window("ben")
    page, other = ada.open("/inbox"), ben.open("/inbox")
    page.locator(f"#inbox-{run_id}").get_by_text("I have this").click()
    ben.until(lambda: "Ada has this" in other.inner_text(f"#inbox-{run_id}"), "the name of who has it")
    page.click(f"[data-dialog-open=approve-{run_id}]")
    assert status_of(house.sandbox, run_id) == "paused"
    ada.press(f"#approve-{run_id} [type=submit]")
    assert "sent. The run goes on." in ada.words
    ben.until(lambda: other.locator(f"#inbox-{run_id}").count() == 0, "the run to leave the inbox")


def test_a_half_typed_code_survives_the_polls(house: House, window: Callable[..., Window]) -> None:
    run_id = asked_for_a_code(house)
    opened = window()
    page = opened.open(f"/runs/{run_id}")
    field = f"#content-{run_id}"
    page.fill(field, "7319")
    polls: list[int] = []
    page.on("response", lambda answer: polls.append(answer.status) if "/header" in answer.url else None)
    page.evaluate("document.activeElement.blur()")
    opened.until(lambda: len([status for status in polls if status == 200]) >= 1 and len(polls) >= 2, "two polls")
    assert page.input_value(field) == "7319"


def test_the_number_of_those_who_wait_is_in_the_menu(house: House, window: Callable[..., Window]) -> None:
    paused_run(house.sandbox)
    opened = window()
    page = opened.open("/account")
    opened.until(lambda: page.inner_text("#inbox-count").split()[:1] not in ([], ["0"]), "the count")


@LOOKS
def test_the_page_of_a_guest_is_well(house: House, window: Callable[..., Window], size: str) -> None:
    maker = window("ben", size)
    page = maker.open(f"/runs/{house.runs['completed']}/shares")
    maker.press("main form[action$='/shares'] [type=submit]")
    address = page.inner_text(".copyable--block code").removeprefix(maker.base)
    maker.check()
    guest = window(None, size)
    guest.open(address)
    guest.until(lambda: guest.page.locator(".gallery img").count() > 0, "the pictures")
    guest.check()
    guest.open("/shared/nonsense", 404)
    guest.check()
