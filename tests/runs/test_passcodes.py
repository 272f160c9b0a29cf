"""One-time codes: handed to Skyvern once, kept nowhere here."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog, PostedCode
from skyvern_ui.models.columns import now

from ..sandbox_server import Sandbox
from ..support.people import Browser
from ..support.waits import begin, status_of, write_workflow

CODE, WHO = "731946", "till@shop.example"
TOOK = {"totp_code_id": "totp_1", "totp_identifier": WHO, "code": CODE, "otp_type": "totp", "content": CODE}
RAW = {"status": "raw_pending"}
POST = "/v1/credentials/totp"


@pytest.fixture(autouse=True)
def with_skyvern(connected: Flask) -> Flask:
    return connected


@pytest.fixture
def run_id(sandbox: Sandbox) -> str:
    body = {"prompt": "Read the last order [slow]", "url": "https://shop.example/", "totp_identifier": WHO}
    return str(sandbox.call("POST", "/v1/run/tasks", json=body).json()["run_id"])


def takes(sandbox: Sandbox, count: int = 1, **more: object) -> None:
    sandbox.fault(POST, "status", count=count, status=200, body={**TOOK, **more})


def sent(sandbox: Sandbox) -> int:
    return len([r for r in sandbox.requests(POST) if r["method"] == "POST"])


def test_a_live_run_with_an_identifier_offers_the_form_and_claims_nothing(ben: Browser, run_id: str) -> None:
    page = ben.get(f"/runs/{run_id}")
    panel = page.one(f"#code-{run_id}")
    assert "If the run asks for a code" in panel.get_text(" ") and WHO in panel.get_text(" ")
    assert panel.select_one('input[name="content"]')["autocomplete"] == "one-time-code"


def test_an_identifier_of_a_block_is_found(ben: Browser, sandbox: Sandbox) -> None:
    block = {"block_type": "navigation", "label": "sign_in", "navigation_goal": "[slow]", "totp_identifier": WHO,
             "url": "https://shop.example/"}
    each = begin(sandbox, write_workflow(sandbox, block))
    assert WHO in ben.get(f"/runs/{each}").one(f"#code-{each}").get_text(" ")


def test_a_run_without_an_identifier_has_a_page_for_codes(ben: Browser, sandbox: Sandbox) -> None:
    body = {"prompt": "[slow]", "url": "https://shop.example/"}
    each = str(sandbox.call("POST", "/v1/run/tasks", json=body).json()["run_id"])
    assert ben.get(f"/runs/{each}").all(f"#code-{each}") == []
    page = ben.get(f"/runs/{each}/one-time-code")
    assert page.status == 200 and page.one('input[name="identifier"]').get("value") in (None, "")


def test_a_code_is_handed_over_and_kept_nowhere(connected: Flask, ben: Browser, sandbox: Sandbox, run_id: str,
                                                capfd: pytest.CaptureFixture[str]) -> None:
    takes(sandbox)
    page = ben.post(f"/runs/{run_id}/code", {"identifier": WHO, "content": f" {CODE} "})
    assert page.status == 303 and CODE not in page.headers["Location"]
    assert sent(sandbox) == 1
    after = ben.get(f"/runs/{run_id}")
    assert "The code is with Skyvern" in after.words and "Ben handed over a code" in after.words
    with connected.app_context():
        rows = db.session.scalars(select(AuditLog).where(AuditLog.action == "code.create")).all()
        assert [(r.user_name, r.outcome, r.resource_id, r.details) for r in rows] == [("Ben", "done", run_id, None)]
        kept = db.session.scalars(select(PostedCode)).one()
        assert CODE not in json.dumps([kept.digest, kept.run_id, kept.user_name])
    said = capfd.readouterr()
    assert CODE not in said.out + said.err + after.text


def test_a_code_posted_twice_is_sent_once(connected: Flask, ben: Browser, cleo: Browser, sandbox: Sandbox,
                                          run_id: str) -> None:
    takes(sandbox, count=3)
    fields = {"identifier": WHO, "content": CODE}
    assert ben.post(f"/runs/{run_id}/code", fields).status == 303
    page = cleo.post(f"/runs/{run_id}/code", {"identifier": WHO.upper(), "content": CODE + " "})
    assert page.status == 409 and "Ben has handed over this very code" in page.words and CODE not in page.text
    assert sent(sandbox) == 1
    with connected.app_context(), writing() as session:
        session.execute(update(PostedCode).values(created_at=now() - timedelta(minutes=11)))
    assert cleo.post(f"/runs/{run_id}/code", fields).status == 303
    assert sent(sandbox) == 2


def test_a_code_posted_by_many_at_once_is_sent_once(connected: Flask, ben: Browser, sandbox: Sandbox,
                                                    run_id: str) -> None:
    takes(sandbox, count=9)
    twins = []
    for _ in range(5):
        twin = Browser(connected, "ben")
        twin.client.set_cookie("skyvern_ui", ben.cookie or "")
        twin.token()
        twins.append(twin)
    start, statuses = threading.Barrier(len(twins)), []

    def press(browser: Browser) -> None:
        start.wait()
        statuses.append(browser.post(f"/runs/{run_id}/code", {"identifier": WHO, "content": CODE}).status)

    threads = [threading.Thread(target=press, args=(twin,)) for twin in twins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [303, 409, 409, 409, 409] and sent(sandbox) == 1


@pytest.mark.parametrize(("content", "identifier"), [("", WHO), ("   ", WHO), ("7" * 65_537, WHO), ("73\x0719", WHO),
                                                     ("73\x0019", WHO), (CODE, ""), (CODE, "x" * 321),
                                                     (CODE, "a\x01b")])
def test_wrong_shapes_are_said_in_words_and_not_sent(ben: Browser, sandbox: Sandbox, run_id: str, content: str,
                                                     identifier: str) -> None:
    page = ben.post(f"/runs/{run_id}/code", {"identifier": identifier, "content": content})
    assert page.status == 422 and page.all(".field__error")
    assert sent(sandbox) == 0
    assert page.one("#content").get("value") == ""


def test_a_text_without_a_code_is_said_in_words(ben: Browser, sandbox: Sandbox, run_id: str) -> None:
    takes(sandbox, code="", otp_type=None, **RAW)
    assert ben.post(f"/runs/{run_id}/code", {"identifier": WHO, "content": "Good morning to you"}).status == 303
    assert "found no code in this text" in ben.get(f"/runs/{run_id}").words


@pytest.mark.parametrize(("status", "detail"), [(502, "OTP extraction is temporarily unavailable."),
                                                (400, "Failed to parse otp login")])
def test_what_skyvern_did_not_take_may_be_sent_again(ben: Browser, sandbox: Sandbox, run_id: str, status: int,
                                                     detail: str) -> None:
    fields = {"identifier": WHO, "content": "Your code is in here somewhere"}
    sandbox.fault(POST, "status", status=status, body={"detail": detail})
    page = ben.post(f"/runs/{run_id}/code", fields)
    assert page.status == status and "was not handed over" in page.words and detail in page.words
    takes(sandbox)
    assert ben.post(f"/runs/{run_id}/code", fields).status == 303


def test_a_code_of_unknown_fate_is_not_sent_again_at_once(ben: Browser, sandbox: Sandbox, run_id: str) -> None:
    sandbox.fault(POST, "reset")
    fields = {"identifier": WHO, "content": CODE}
    page = ben.post(f"/runs/{run_id}/code", fields)
    assert page.status == 502 and "Nobody knows" in page.words
    assert ben.post(f"/runs/{run_id}/code", fields).status == 409
    assert sent(sandbox) == 1


def test_a_run_that_is_over_takes_no_code(ben: Browser, sandbox: Sandbox, run_id: str) -> None:
    sandbox.call("POST", f"/v1/runs/{run_id}/cancel").raise_for_status()
    assert status_of(sandbox, run_id) == "canceled"
    page = ben.post(f"/runs/{run_id}/code", {"identifier": WHO, "content": CODE})
    assert page.status == 409 and "was canceled" in page.words and sent(sandbox) == 0
    assert "is over" in ben.get(f"/runs/{run_id}/one-time-code").words
