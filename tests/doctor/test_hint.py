"""Where Skyvern fails, an admin is led to the doctor and a member to an admin."""

from __future__ import annotations

import pytest
from flask import Flask

from skyvern_ui.doctor.hint import is_for_doctor, tells_of_trouble
from skyvern_ui.skyvern import errors

from ..sandbox_server import Sandbox
from ..support.people import Browser

TELL = "tell your administrator"
RUN, FILE = "/runs/tsk_599350220310895092", "/artifacts/a_599350220310895092?source"


REFUSED = {"status": 403, "body": '{"detail":"Invalid credentials"}'}


@pytest.mark.parametrize(("fault", "more"), [("reset", {}), ("status", {"status": 500}), ("status", REFUSED)])
def test_a_page_that_fails_leads_on(connected: Flask, ada: Browser, ben: Browser, sandbox: Sandbox, fault: str,
                                    more: dict[str, object]) -> None:
    sandbox.fault("/", fault, count=1000, **more)
    for path in (FILE, RUN, "/dashboard", "/runs", "/inbox"):
        place = ".error" if path == FILE else ".notice--bad"
        hers, his = ada.get(path), ben.get(path)
        assert hers.status in (200, 502)
        assert hers.one(f'{place} a[href="/doctor"]').get_text(strip=True) == "Ask the doctor", path
        assert TELL not in hers.one(place).get_text()
        assert not his.all('main a[href="/doctor"]') and TELL in his.one(place).get_text(), path


def test_a_fragment_that_fails_leads_on(connected: Flask, ada: Browser, ben: Browser, sandbox: Sandbox) -> None:
    sandbox.fault("/", "reset", count=1000)
    hers = ada.get("/dashboard/running", headers={"HX-Request": "true"})
    his = ben.get("/dashboard/running", headers={"HX-Request": "true"})
    assert [each["href"] for each in hers.all(".notice__action a")] == ["/dashboard/running", "/doctor"]
    assert [each["href"] for each in his.all(".notice__action a")] == ["/dashboard/running"]
    assert TELL in his.words and TELL not in hers.words


def test_what_is_nobodys_illness_is_not_for_the_doctor(connected: Flask, ada: Browser, ben: Browser) -> None:
    for person in (ada, ben):
        page = person.get(RUN)
        assert page.status == 404 and not page.all('main a[href="/doctor"]') and TELL not in page.words
    assert not ada.get("/doctor/nothing").all('.error a[href="/doctor"]')


def test_without_a_connection_the_shell_leads_to_both(ada: Browser, ben: Browser) -> None:
    assert [each["href"] for each in ada.get("/account").all("main .notice__action a")] == ["/settings", "/doctor"]
    assert not ben.get("/account").all("main .notice__action a")


def test_a_program_is_told_as_before(connected: Flask, ada: Browser, sandbox: Sandbox) -> None:
    sandbox.fault("/", "reset", count=1000)
    answer = ada.json("GET", "/api/skyvern/v1/runs")
    assert answer.status_code == 502 and set(answer.get_json()) == {"error", "code", "request_id"}


def test_which_errors_are_for_the_doctor() -> None:
    ill = {"Unreachable", "TimedOut", "Broken", "Redirected", "Leaked", "Refused", "Failed"}
    every = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.SkyvernError)]
    assert {each.__name__ for each in every if is_for_doctor(each())} == ill
    assert {each.__name__ for each in every if tells_of_trouble(each.words)} == ill
