"""The inbox: every run that waits for a human, answered right there."""

from __future__ import annotations

import pytest
from flask import Flask

from skyvern_ui.audit import CLI
from skyvern_ui.inbox import rules
from skyvern_ui.settings.rules import save_preferences

from ..sandbox_server import Sandbox
from ..support.people import Browser
from ..support.server import wait_for
from ..support.waits import owned_by, paused_run, status_of


@pytest.fixture(autouse=True)
def with_skyvern(connected: Flask) -> Flask:
    rules._counted.clear()
    rules._codeless.clear()
    return connected


def counted(browser: Browser) -> str:
    return browser.get("/inbox/count").one("#inbox-count").get_text().replace("waiting", "").strip()


def test_an_empty_inbox_says_so(ben: Browser) -> None:
    assert "Nobody is needed" in ben.get("/inbox").words
    assert counted(ben) == ""


def test_what_waits_is_there_with_all_that_is_needed_to_answer(ben: Browser, sandbox: Sandbox) -> None:
    later, sooner = paused_run(sandbox), paused_run(sandbox, timeout_seconds=600, instructions="Quick, please")
    body = {"prompt": "Sign in [slow]", "url": "https://shop.example/", "totp_identifier": "till@shop.example"}
    code = str(sandbox.call("POST", "/v1/run/tasks", json=body).json()["run_id"])
    page = ben.get("/inbox")
    assert [item["id"] for item in page.all("article")] == [f"inbox-{r}" for r in (sooner, later)] + \
        ([f"inbox-{code}"] if status_of(sandbox, code) == "running" and f"inbox-{code}" in page.text else [])
    words = " ".join(page.one(f"#inbox-{sooner}").get_text(" ").split())
    assert "Quick, please" in words and "9 m" in words and "Order with a question" in words
    assert counted(ben) == "2"
    assert page.one(".nav__item[href='/inbox']")["aria-current"] == "page"


def test_a_code_that_may_be_asked_for_is_in_the_inbox(ben: Browser, sandbox: Sandbox) -> None:
    from ..support.server import wait_for

    body = {"prompt": "Sign in [slow]", "url": "https://shop.example/", "totp_identifier": "till@shop.example"}
    run_id = str(sandbox.call("POST", "/v1/run/tasks", json=body).json()["run_id"])
    wait_for(lambda: status_of(sandbox, run_id) == "running", 20, "the run to begin")
    panel = ben.get("/inbox").one(f"#code-{run_id}")
    assert "If the run asks" in panel.get_text(" ")
    assert counted(ben) == ""


def test_it_is_answered_from_the_inbox_and_leads_back_there(ben: Browser, sandbox: Sandbox) -> None:
    run_id = paused_run(sandbox)
    form = ben.get("/inbox").one(f'form[action="/runs/{run_id}/approval"]')
    fields = {each["name"]: each["value"] for each in form.select("input[name]") if each["name"] != "csrf_token"}
    page = ben.post(f"/runs/{run_id}/approval", fields)
    assert (page.status, page.headers["Location"]) == (303, "/inbox")
    assert status_of(sandbox, run_id) != "paused"
    assert ben.get("/inbox/list").all(f"#inbox-{run_id}") == []


def test_an_unchanged_list_costs_a_304(ben: Browser, cleo: Browser, sandbox: Sandbox) -> None:
    run_id = paused_run(sandbox)
    first = ben.get("/inbox/list")
    tag = {"If-None-Match": first.headers["ETag"]}
    assert first.status == 200 and "private" in first.headers["Cache-Control"]
    assert ben.client.get("/inbox/list", headers=tag).status_code == 304
    block = first.one(f'form[action="/runs/{run_id}/claim"] input[name="block"]')["value"]
    assert cleo.post(f"/runs/{run_id}/claim", {"block": block}).status == 303
    assert "Cleo has this" in ben.get("/inbox/list", headers=tag).words


def test_the_count_asks_skyvern_once_for_many_pages(ben: Browser, cleo: Browser, sandbox: Sandbox) -> None:
    paused_run(sandbox)
    sandbox.forget_calls()
    assert [counted(b) for b in (ben, cleo, ben, cleo)] == ["1"] * 4
    assert len(sandbox.requests("/v1/runs")) == 1
    for path in ("/account", "/tasks"):
        ben.get(path)
    assert len(sandbox.requests("/v1/runs")) == 1


def test_a_run_without_a_hint_is_not_asked_for_by_every_look(ben: Browser, cleo: Browser, sandbox: Sandbox) -> None:
    body = {"prompt": "Compare all lamps [slow]", "url": "https://shop.example/"}
    run_id = str(sandbox.call("POST", "/v1/run/tasks", json=body).json()["run_id"])
    wait_for(lambda: status_of(sandbox, run_id) == "running", 20, "the run to run")
    sandbox.forget_calls()
    for browser in (ben, cleo, ben):
        assert browser.get("/inbox/list").status == 200
    assert len(sandbox.requests(f"/v1/runs/{run_id}")) == 1


def test_private_runs_are_in_the_inbox_of_their_owner_and_of_admins(connected: Flask, ada: Browser, ben: Browser,
                                                                    cleo: Browser, sandbox: Sandbox) -> None:
    run_id = paused_run(sandbox)
    owned_by(connected, "ben", run_id)
    with connected.app_context():
        save_preferences({"private_runs": True}, CLI)
    assert [bool(b.get("/inbox").all(f"#inbox-{run_id}")) for b in (ada, ben, cleo)] == [True, True, False]
    assert [counted(b) for b in (ada, ben, cleo)] == ["1", "1", ""]


@pytest.mark.parametrize("fault", ["reset", "garbage", "truncate"])
def test_with_skyvern_away_the_page_stands_and_says_so(ben: Browser, sandbox: Sandbox, fault: str) -> None:
    sandbox.fault("/v1/runs", fault, count=50)
    for path in ("/inbox", "/inbox/list"):
        page = ben.get(path)
        assert page.status == 200 and page.all(".notice--bad") and "127.0.0.1" not in page.words
    assert counted(ben) == ""


def test_a_release_without_a_list_is_told_so(ben: Browser, sandbox: Sandbox) -> None:
    sandbox.fault("/v1/runs", "status", status=404, body={"detail": "Not Found"}, count=9)
    assert "no list of all runs" in ben.get("/inbox").words


def test_nobody_is_sent_to_the_door(nobody: Browser) -> None:
    assert nobody.get("/inbox").headers["Location"].startswith("/login")
    page = nobody.get("/inbox/count", headers={"HX-Request": "true"})
    assert page.status == 401
