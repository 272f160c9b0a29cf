"""What comes after a run: cancelling, retrying, running again, its webhook."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog, Claim
from skyvern_ui.models.run_record import RunOrigin
from skyvern_ui.runs.again_rules import BadValue, Parameter, read_value

from ..sandbox_server import Sandbox
from ..support.people import Browser
from ..support.receiver import Receiver, running_receiver
from ..support.server import wait_for
from ..workflows import orders

PARAMETERS = [each for each in orders.PARAMETERS if each["key"] != "papers"]
GIVEN = {"name": "Ada", "count": 3, "price": 2.5, "really": True, "extra": {"b": [1, 2]}}


@pytest.fixture(autouse=True)
def with_skyvern(connected: Flask) -> Flask:
    return connected


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        yield receiver


def task(browser: Browser, prompt: str = "Find the lamp", **more: str) -> str:
    page = browser.post("/tasks", {"prompt": prompt, "engine": "skyvern-1.0", **more})
    assert page.status == 303, page.words
    return run_of(page)


def run_of(page: Any) -> str:
    assert page.status == 303, page.words
    return str(page.headers["Location"]).rsplit("/", 1)[1]


def workflow(sandbox: Sandbox, parameters: list[dict[str, Any]] = PARAMETERS, goal: str = "x") -> str:
    return orders.workflow(sandbox, parameters, "Order", goal)


def workflow_run(sandbox: Sandbox, wpid: str, **more: Any) -> str:
    body = {"workflow_id": wpid, "parameters": GIVEN, "webhook_url": "https://hook.example.com/x", **more}
    return str(sandbox.call("POST", "/v1/run/workflows", json=body).json()["run_id"])


def over(sandbox: Sandbox, run_id: str) -> None:
    wait_for(lambda: sandbox.call("GET", f"/v1/runs/{run_id}").json()["status"] not in
             ("created", "queued", "running"), 20, "the run to end")


def sent_bodies(sandbox: Sandbox, path: str) -> list[dict[str, Any]]:
    return [entry for entry in sandbox.requests(path) if entry["method"] == "POST"]


def origins(app: Flask) -> dict[str, tuple[str, str]]:
    with app.app_context():
        found = {o.run_id: (o.origin_id, o.how) for o in db.session.scalars(select(RunOrigin))}
        db.session.remove()
        return found


# Cancelling


def test_whatever_is_not_over_can_be_cancelled(ben: Browser, sandbox: Sandbox) -> None:
    pausing = workflow(sandbox, [], "[pause]")
    waiting = workflow_run(sandbox, pausing, parameters={})
    wait_for(lambda: sandbox.call("GET", f"/v1/runs/{waiting}").json()["status"] == "paused", 20, "the pause")
    planned = ben.post("/tasks", {"prompt": "[slow]", "engine": "skyvern-2.0"})
    for run_id in (waiting, task(ben, "[slow]"), run_of(planned)):
        assert "Cancel the run" in ben.get(f"/runs/{run_id}").words
        assert ben.post(f"/runs/{run_id}/cancellation").status == 303
        assert sandbox.call("GET", f"/v1/runs/{run_id}").json()["status"] == "canceled"


def test_a_run_that_ended_meanwhile_is_told_so_and_nothing_is_sent(ben: Browser, sandbox: Sandbox) -> None:
    run_id = task(ben)
    over(sandbox, run_id)
    assert ben.post(f"/runs/{run_id}/cancellation").status == 303
    assert sandbox.requests(f"/v1/runs/{run_id}/cancel") == []
    assert "was over already (completed), so nothing was sent" in ben.get(f"/runs/{run_id}").words


def test_a_run_that_ends_while_it_is_cancelled(ben: Browser, sandbox: Sandbox) -> None:
    run_id = task(ben)
    live = sandbox.call("GET", f"/v1/runs/{run_id}").json() | {"status": "running"}
    over(sandbox, run_id)
    sandbox.fault(f"/v1/runs/{run_id}", "status", status=200, body=live)
    page = ben.post(f"/runs/{run_id}/cancellation")
    assert page.status == 303
    assert "was over already" in ben.get(f"/runs/{run_id}").words


# Retrying


def test_a_workflow_run_is_retried_by_skyvern_and_the_chain_is_shown(app: Flask, ben: Browser, sandbox: Sandbox
                                                                     ) -> None:
    first = workflow_run(sandbox, workflow(sandbox))
    over(sandbox, first)
    assert ben.get(f"/runs/{first}").one("#run-more form[action$='/retry']")
    second = run_of(ben.post(f"/runs/{first}/retry"))
    assert second != first and len(sent_bodies(sandbox, f"/v1/workflows/runs/{first}/retry")) == 1
    over(sandbox, second)
    third = run_of(ben.post(f"/runs/{second}/retry"))
    assert origins(app) == {second: (first, "retry"), third: (second, "retry")}
    for run_id, place in ((first, "1 of 3"), (second, "2 of 3"), (third, "3 of 3")):
        page = ben.get(f"/runs/{run_id}")
        assert place in page.one("#run-lineage").get_text(" ")
        assert [a["href"] for a in page.all(".lineage__link")] == [f"/runs/{r}" for r in (first, second, third)]
        assert page.one(".lineage__link[aria-current]")["href"] == f"/runs/{run_id}"
    with app.app_context():
        assert db.session.scalar(select(Claim.actor_id).where(Claim.upstream_id == second)) == "user-ben"
        rows = db.session.scalars(select(AuditLog).where(AuditLog.action == "run.retry")).all()
        assert {(r.resource_id, r.outcome) for r in rows} == {(second, "done"), (third, "done")}
        db.session.remove()


def test_a_task_is_retried_by_asking_the_same_again(app: Flask, ben: Browser, sandbox: Sandbox) -> None:
    first = task(ben, "Find the lamp [fail]", webhook_url="https://hook.example.com/t")
    over(sandbox, first)
    second = run_of(ben.post(f"/runs/{first}/retry"))
    assert origins(app) == {second: (first, "retry")}
    told = sandbox.call("GET", f"/v1/runs/{second}").json()["run_request"]
    assert told["prompt"] == "Find the lamp [fail]" and told["webhook_url"] == "https://hook.example.com/t"


def test_a_chain_does_not_name_runs_one_may_not_see(ada: Browser, ben: Browser, cleo: Browser,
                                                    sandbox: Sandbox) -> None:
    first = task(ben, "Find the lamp")
    over(sandbox, first)
    second = run_of(cleo.post(f"/runs/{first}/retry"))
    assert f"/runs/{first}" in str(cleo.get(f"/runs/{second}").one("#run-lineage"))
    ada.post("/settings/preferences", {"private_runs": "y"})
    page = cleo.get(f"/runs/{second}")
    assert "2 of 2" in page.one("#run-lineage").get_text(" ") and "Somebody else's" in page.words
    assert first not in page.text


def test_a_live_run_is_not_retried(ben: Browser, sandbox: Sandbox) -> None:
    run_id = task(ben, "[slow]")
    assert "Retry" not in ben.get(f"/runs/{run_id}").one("#run-more").get_text()
    page = ben.post(f"/runs/{run_id}/retry")
    assert page.status == 409 and "over" in page.words
    assert len(sent_bodies(sandbox, "/v1/run/tasks")) == 1


def test_a_release_without_retry_says_so_and_offers_to_run_again(app: Flask, ben: Browser, sandbox: Sandbox) -> None:
    run_id = workflow_run(sandbox, workflow(sandbox))
    over(sandbox, run_id)
    sandbox.fault(f"/v1/workflows/runs/{run_id}/retry", "status", status=404, body={"detail": "Not Found"})
    assert ben.post(f"/runs/{run_id}/retry").headers["Location"] == f"/runs/{run_id}"
    page = ben.get(f"/runs/{run_id}")
    assert "cannot retry" in page.words and page.one("form[action$='/repetition']")
    assert origins(app) == {}


def test_two_presses_at_once_retry_it_once(app: Flask, ben: Browser, cleo: Browser, sandbox: Sandbox) -> None:
    run_id = workflow_run(sandbox, workflow(sandbox))
    over(sandbox, run_id)
    sandbox.fault(f"/v1/workflows/runs/{run_id}/retry", "delay", seconds=1.0)
    gate, pages = threading.Barrier(2), []
    for browser in (ben, cleo):
        browser.token()

    def press(browser: Browser) -> None:
        gate.wait(10)
        pages.append(browser.post(f"/runs/{run_id}/retry", {"seen": "0"}))

    threads = [threading.Thread(target=press, args=(browser,)) for browser in (ben, cleo)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(page.status for page in pages) in ([303, 303], [303, 409])
    assert len(sent_bodies(sandbox, f"/v1/workflows/runs/{run_id}/retry")) == 1
    newest, = origins(app)
    assert run_of(ben.post(f"/runs/{run_id}/retry", {"seen": "0"})) == newest, "it leads to the newest instead"


def test_a_retry_nobody_knows_the_end_of_is_not_sent_again(app: Flask, ben: Browser, sandbox: Sandbox) -> None:
    run_id = workflow_run(sandbox, workflow(sandbox))
    over(sandbox, run_id)
    sandbox.fault(f"/v1/workflows/runs/{run_id}/retry", "reset")
    assert ben.post(f"/runs/{run_id}/retry").status in (502, 504)
    assert len(sent_bodies(sandbox, f"/v1/workflows/runs/{run_id}/retry")) == 1
    with app.app_context():
        assert db.session.scalar(select(AuditLog.outcome).where(AuditLog.action == "run.retry")) == "unknown"
        db.session.remove()


# Running again


def test_running_again_keeps_every_option(app: Flask, ben: Browser, sandbox: Sandbox) -> None:
    """A.16, 18: proxy, webhook, session and headers were dropped."""
    session = sandbox.call("POST", "/v1/browser_sessions", json={}).json()["browser_session_id"]
    run_id = workflow_run(sandbox, workflow(sandbox), proxy_location="RESIDENTIAL_DE", totp_identifier="a@example.com",
                          run_with="code")
    over(sandbox, run_id)
    full = sandbox.call("GET", f"/v1/workflows/runs/{run_id}").json()
    full |= {"extra_http_headers": {"X-Purpose": "watch"}, "browser_session_id": session, "run_with": "code"}
    sandbox.fault(f"/v1/workflows/runs/{run_id}", "status", status=200, body=full)
    again = run_of(ben.post(f"/runs/{run_id}/repetition"))
    told = sandbox.call("GET", f"/v1/runs/{again}").json()["run_request"]
    assert told["proxy_location"] == "RESIDENTIAL_DE" and told["webhook_url"] == "https://hook.example.com/x"
    assert told["parameters"] == GIVEN and told["totp_identifier"] == "a@example.com"
    assert told["extra_http_headers"] == {"X-Purpose": "watch"} and told["browser_session_id"] == session
    assert told["run_with"] == "code"
    assert origins(app) == {again: (run_id, "again")}


def test_a_closed_browser_is_left_out_and_said(ben: Browser, sandbox: Sandbox) -> None:
    run_id = workflow_run(sandbox, workflow(sandbox))
    over(sandbox, run_id)
    run = sandbox.call("GET", f"/v1/runs/{run_id}").json()
    run["run_request"]["browser_session_id"] = "pbs_404"
    sandbox.fault(f"/v1/runs/{run_id}", "status", status=200, body=run)
    again = run_of(ben.post(f"/runs/{run_id}/repetition"))
    assert sandbox.call("GET", f"/v1/runs/{again}").json()["run_request"]["browser_session_id"] is None
    assert "browser of its own" in ben.get(f"/runs/{again}").words


def test_headers_that_skyvern_keeps_are_said_before_anything_starts(app: Flask, ben: Browser, sandbox: Sandbox) -> None:
    run_id = workflow_run(sandbox, workflow(sandbox))
    over(sandbox, run_id)
    full = sandbox.call("GET", f"/v1/workflows/runs/{run_id}").json() | {"extra_http_headers": {"X-Secret": "***"}}
    sandbox.forget_calls()
    sandbox.fault(f"/v1/workflows/runs/{run_id}", "status", status=200, body=full, count=2)
    assert ben.post(f"/runs/{run_id}/repetition").headers["Location"] == f"/runs/{run_id}/again"
    page = ben.get(f"/runs/{run_id}/again")
    assert "typed again: X-Secret" in page.words and page.one("#extra_http_headers").get_text(strip=True) == ""
    assert sent_bodies(sandbox, "/v1/run/workflows") == [] and origins(app) == {}
    lamp = task(ben)
    over(sandbox, lamp)
    asked = sandbox.call("GET", f"/api/v1/tasks/{lamp}").json()
    asked["request"]["cdp_connect_headers"] = {"X-Door": "***"}
    sandbox.fault(f"/api/v1/tasks/{lamp}", "status", status=200, body=asked, count=2)
    assert ben.post(f"/runs/{lamp}/repetition").headers["Location"] == f"/runs/{lamp}/again"
    assert ben.get(f"/runs/{lamp}/again").headers["Location"] == f"/tasks?from={lamp}"
    assert "X-Door" in ben.get(f"/tasks?from={lamp}").words


# Changing and running


def test_the_form_is_filled_in_and_typed_by_the_definition(app: Flask, ben: Browser, sandbox: Sandbox) -> None:
    run_id = workflow_run(sandbox, workflow(sandbox), proxy_location="RESIDENTIAL_DE")
    page = ben.get(f"/runs/{run_id}/again")
    assert page.one("#p-name").get_text(strip=True) == "Ada" and page.one("#p-count")["value"] == "3"
    assert page.one("#p-price")["value"] == "2.5" and "Who" in page.words
    assert page.one("input[name='p-really'][value=true]").has_attr("checked")
    assert json.loads(page.one("#p-extra").get_text()) == {"b": [1, 2]}
    assert page.one("#proxy_location option[selected]")["value"] == "RESIDENTIAL_DE"
    assert page.one("#webhook_url")["value"] == "https://hook.example.com/x"
    new = run_of(ben.post(f"/runs/{run_id}/again", {
        "p-name": "Ben", "p-count": "4", "p-price": "", "p-really": "false", "p-extra": "[1]", "p-login": "",
        "webhook_url": "hook.example.com", "max_elapsed_time_minutes": "30",
        "extra_http_headers": '{"X-A": "b"}', "run_with": "agent"}))
    told = sandbox.call("GET", f"/v1/runs/{new}").json()["run_request"]
    assert told["parameters"] == {"name": "Ben", "count": 4, "really": False, "extra": [1]}
    assert told["webhook_url"] == "https://hook.example.com" and told["max_elapsed_time_minutes"] == 30
    assert told["extra_http_headers"] == {"X-A": "b"}
    assert origins(app) == {new: (run_id, "changed")}


@pytest.mark.parametrize(("key", "value", "said"), [
    ("p-count", "three", "whole number"), ("p-count", "", "needs this"), ("p-count", "1.5", "whole number"),
    ("p-price", "cheap", "a number"), ("p-price", "nan", "a number"), ("p-extra", "{", "not valid JSON"),
    ("p-extra", "3", "object or list"), ("p-really", "perhaps", ""), ("p-login", "cred 1", "no spaces"),
    ("webhook_url", "http://", "address like"), ("browser_session_id", "x", "begins with pbs_"),
    ("max_elapsed_time_minutes", "481", "1 to 480"), ("extra_http_headers", '{"a": 1}', "text in quotes"),
])
def test_what_is_wrong_is_said_beside_it_and_nothing_typed_is_lost(ben: Browser, sandbox: Sandbox, key: str,
                                                                   value: str, said: str) -> None:
    run_id = workflow_run(sandbox, workflow(sandbox))
    sandbox.forget_calls()
    typed = {"p-name": "kept as typed", "p-count": "3", "p-really": "true", key: value}
    page = ben.post(f"/runs/{run_id}/again", typed)
    assert page.status == 422
    wrong = page.one(".field[data-invalid]")
    assert said in wrong.get_text(" ")
    assert "kept as typed" in page.one("#p-name").get_text()
    if said:
        control = wrong.select_one("[aria-invalid]")
        assert (control.get("value") or control.get_text().lstrip("\r\n")) == value
    assert sent_bodies(sandbox, "/v1/run/workflows") == []


def test_what_skyvern_refuses_is_its_own_sentence(ben: Browser, sandbox: Sandbox) -> None:
    run_id = workflow_run(sandbox, workflow(sandbox))
    sandbox.fault("/v1/run/workflows", "status", status=400, body={"detail": "Invalid credential id: cred_1"})
    page = ben.post(f"/runs/{run_id}/again", {"p-count": "3", "p-really": "true", "p-login": "cred_1"})
    assert page.status == 422 and "Invalid credential id: cred_1" in page.words
    assert page.one("#p-login")["value"] == "cred_1"


def test_a_deleted_workflow_cannot_be_run_again(ben: Browser, sandbox: Sandbox) -> None:
    wpid = workflow(sandbox)
    run_id = workflow_run(sandbox, wpid)
    sandbox.call("DELETE", f"/api/v1/workflows/{wpid}")
    for page in (ben.get(f"/runs/{run_id}/again"), ben.post(f"/runs/{run_id}/again", {"p-count": "1"})):
        assert page.status == 409 and "deleted" in page.words


def test_a_task_is_changed_on_its_own_form_and_remembers_where_it_came_from(app: Flask, ben: Browser, sandbox: Sandbox
                                                                            ) -> None:
    run_id = task(ben, totp_identifier="a@example.com")
    page = ben.get(f"/tasks?from={run_id}")
    assert page.one("input[name=from]")["value"] == run_id
    assert page.one("#totp_identifier")["value"] == "a@example.com"
    wrong = ben.post("/tasks", {"prompt": "", "engine": "skyvern-1.0", "from": run_id})
    assert wrong.status == 422 and wrong.one("input[name=from]")["value"] == run_id
    new = task(ben, "Find another lamp", **{"from": run_id})
    assert origins(app) == {new: (run_id, "changed")}
    assert ben.post("/tasks", {"prompt": "x", "engine": "skyvern-1.0", "from": "nonsense"}).status == 404
    wr = workflow_run(sandbox, workflow(sandbox))
    assert ben.get(f"/tasks?from={wr}").headers["Location"] == f"/runs/{wr}/again"


@pytest.mark.parametrize(("kind", "text", "value"), [
    ("string", "  kept ", "  kept "), ("string", "", ""), ("integer", " -12 ", -12), ("float", "1e3", 1000.0),
    ("boolean", "false", False), ("json", '{"a": null}', {"a": None}), ("file_url", " x ", "x"),
    ("credential_id", "", None), ("of_a_later_release", "x", "x"),
])
def test_reading_a_value(kind: str, text: str, value: object) -> None:
    assert read_value(Parameter("p", kind, "", None), text) == value


@pytest.mark.parametrize("text", ["٣", "1" * 30, "--1", "0x1", "1 2"])
def test_senseless_numbers(text: str) -> None:
    with pytest.raises(BadValue):
        read_value(Parameter("p", "integer", "", None), text)


# Its webhook


def test_the_message_is_shown_tested_and_sent_once_more(app: Flask, ben: Browser, sandbox: Sandbox, receiver: Receiver
                                                        ) -> None:
    run_id = task(ben, webhook_url=receiver.url.replace("127.0.0.1", "localhost"))
    over(sandbox, run_id)
    page = ben.get(f"/runs/{run_id}/webhook")
    assert run_id in page.one("#webhook-payload").get_text() and "x-skyvern-signature" in page.words
    assert sandbox.key not in page.text
    tested = ben.post(f"/runs/{run_id}/webhook/test", {"test_url": receiver.url})
    assert tested.status == 200 and "The example arrived" in tested.words
    assert "200" in tested.one("#webhook-delivery").get_text()
    replayed = ben.post(f"/runs/{run_id}/webhook/replay", {"url": ""})
    assert "The message arrived" in replayed.words and len(receiver.got) == 2
    assert receiver.messages[1]["run_id"] == run_id
    receiver.answers.append(503)
    failed = ben.post(f"/runs/{run_id}/webhook/replay", {"url": receiver.url})
    assert "The message did not arrive" in failed.words and "503" in failed.one("#webhook-delivery").get_text()
    with app.app_context():
        rows = db.session.scalars(select(AuditLog).where(AuditLog.action.like("webhook.%"))
                                .order_by(AuditLog.created_at)).all()
        assert [r.action for r in rows] == ["webhook.test", "webhook.replay", "webhook.replay"]
        assert all("/hook" not in str(r.details) for r in rows), "the path of a receiver may be a secret"
        db.session.remove()


@pytest.mark.parametrize("field", ["test", "replay"])
@pytest.mark.parametrize("url", ["http://", "ftp://x", "http://a b", "x" * 3000])
def test_senseless_receivers(ben: Browser, sandbox: Sandbox, field: str, url: str) -> None:
    run_id = task(ben)
    over(sandbox, run_id)
    sandbox.forget_calls()
    name = "test_url" if field == "test" else "url"
    page = ben.post(f"/runs/{run_id}/webhook/{field}", {name: url})
    assert page.status == 422 and page.one(".field__error")
    assert sent_bodies(sandbox, "/v1/") == []


def test_a_live_run_has_no_message_yet(ben: Browser, sandbox: Sandbox) -> None:
    run_id = task(ben, "[slow]")
    page = ben.get(f"/runs/{run_id}/webhook")
    assert page.status == 200 and "cannot be shown" in page.words
    assert ben.post(f"/runs/{run_id}/webhook/replay", {"url": ""}).status == 409
    assert sent_bodies(sandbox, f"/v1/runs/{run_id}/retry_webhook") == []


def test_a_release_without_webhook_routes_says_so(ben: Browser, sandbox: Sandbox) -> None:
    run_id = task(ben)
    over(sandbox, run_id)
    sandbox.fault("/v1/internal", "status", status=404, body={"detail": "Not Found"}, count=3)
    assert "came with 0.2.18" in ben.get(f"/runs/{run_id}/webhook").words
    page = ben.post(f"/runs/{run_id}/webhook/test", {"test_url": "https://example.com"})
    assert page.status == 409 and "Nothing was sent" in page.words


def test_a_run_without_an_address_says_what_to_do(ben: Browser, sandbox: Sandbox) -> None:
    run_id = task(ben)
    over(sandbox, run_id)
    page = ben.post(f"/runs/{run_id}/webhook/replay", {"url": ""})
    assert page.status == 400 and "No webhook URL configured" in page.words


@pytest.mark.parametrize("run_id", ["tsk_404404", "wr_404404", "nonsense", "tsk_"])
def test_strangers_and_nonsense(ben: Browser, run_id: str) -> None:
    for path in ("again", "webhook"):
        assert ben.get(f"/runs/{run_id}/{path}").status == 404
    for path in ("retry", "again", "webhook/test", "webhook/replay", "repetition", "cancellation"):
        assert ben.post(f"/runs/{run_id}/{path}").status == 404
