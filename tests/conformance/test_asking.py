"""A real run asks a person: approved on its page it goes on, rejected from the inbox by a colleague it is canceled."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.conformance.conftest import FirstVisit
from tests.conformance.person import Person
from tests.conformance.workflows import DOOR, asking, computing, ended, made, reached, started, waiting
from tests.real.mail import Mail
from tests.support.server import wait_for

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(300)]
QUESTION = str(asking()["instructions"])


@pytest.fixture(scope="module")
def question(newcomer: Person, first_visit: FirstVisit) -> str:
    """A workflow that asks whether to go on, and then computes."""
    return made(newcomer.visitor(), "Ask about the lamp", asking(), computing("total = 6 * 7"))


def test_a_run_waits_for_a_person_and_goes_on(ada: Person, question: str, skyvern_mail: Mail) -> None:
    visitor = ada.visitor()
    run_id = started(visitor, question)
    reached(visitor, run_id, "paused")
    ada.open(f"/runs/{run_id}")
    ada.until(lambda: ada.status == "paused" and QUESTION in ada.words, 30, "the question")
    assert "Ship it" in ada.words and "Send it back" in ada.words
    wait_for(lambda: any(run_id in str(letter["subject"]) for letter in skyvern_mail.letters), 20, "Skyvern's letter")
    ada.page.click(f"[data-dialog-open='approve-{run_id}']")
    ada.page.click(f"#approve-{run_id} [type=submit]")
    ada.until(lambda: ada.status == "completed", 60, "the run to go on to its end")
    assert ended(visitor, run_id)["output"]["compute_output"] == {"total": 42}
    assert told(ada, "run.approve", run_id) == [(ada.name, "done")]


def test_a_colleague_finds_it_in_the_inbox_and_rejects_it(ada: Person, ben: Person, question: str) -> None:
    visitor = ada.visitor()
    run_id = started(visitor, question)
    reached(visitor, run_id, "paused")
    ben.open("/inbox")
    ben.until(lambda: QUESTION in ben.words, 30, "the question in the inbox")
    ben.page.click(f"[data-dialog-open='reject-{run_id}']")
    ben.page.click(f"#reject-{run_id} [type=submit]")
    ben.until(lambda: f"waiting-{run_id}" not in ben.page.content(), 30, "the inbox without it")
    ben.open(f"/runs/{run_id}")
    ben.until(lambda: ben.status == "canceled", 60, "the run to be canceled")
    assert told(ada, "run.reject", run_id) == [(ben.name, "done")]
    late = answer(ben, run_id, "approval", {"csrf_token": token_of(ben)})
    assert late.status == 409 and "canceled" in late.text()
    assert ended(visitor, run_id)["status"] == "canceled"


def test_two_who_answer_at_once_are_one_answer(ada: Person, ben: Person, question: str) -> None:
    visitor = ada.visitor()
    run_id = started(visitor, question)
    reached(visitor, run_id, "paused")
    forms = []
    for person in (ada, ben):
        person.open(f"/runs/{run_id}")
        person.until(lambda person=person: person.page.locator("form[action$='/approval']").count(), 30, "the form")
        forms.append(person.page.eval_on_selector(
            "form[action$='/approval']", "form => Object.fromEntries(new FormData(form))"))
    first, second = (answer(person, run_id, "approval", form)
                     for person, form in zip((ada, ben), forms, strict=True))
    assert first.status in (302, 303) and second.status == 409, (first.status, second.text())
    assert "Ada Example" in second.text()
    assert ended(visitor, run_id)["status"] == "completed"
    assert told(ada, "run.approve", run_id) == [(ada.name, "done")]


def test_a_code_for_a_run_reaches_skyvern(ada: Person) -> None:
    """1.0.56 tells nobody that it waits for a code; what is handed over lies ready for the run."""
    visitor = ada.visitor()
    workflow = made(visitor, "Wait a little", waiting(30))
    run_id = str(visitor.post(f"{DOOR}/v1/run/workflows", json={
        "workflow_id": workflow, "totp_identifier": "ada@example.com"}).json()["run_id"])
    ada.open(f"/runs/{run_id}")
    ada.page.fill(f"#code-{run_id} [name=content]", "735291")
    ada.page.click(f"#code-{run_id} [type=submit]")
    ada.until(lambda: "The code is with Skyvern." in ada.words, 20, "the receipt")
    rows = visitor.get(f"{DOOR}/v1/credentials/totp?totp_identifier=ada@example.com").json()
    assert [(row["code"], row["workflow_run_id"]) for row in rows] == [("735291", run_id)]
    ada.page.fill(f"#code-{run_id} [name=content]", "735291")
    ada.page.click(f"#code-{run_id} [type=submit]")
    ada.until(lambda: "It was not sent again" in ada.words, 20, "the refusal of the second")
    assert len(visitor.get(f"{DOOR}/v1/credentials/totp?totp_identifier=ada@example.com").json()) == 1
    assert "735291" not in visitor.get("/settings/audit/export.json").text
    visitor.post(f"{DOOR}/v1/runs/{run_id}/cancel", json={})
    ada.broken.clear()  # the browser tells of the 409


def answer(person: Person, run_id: str, what: str, form: dict[str, Any]) -> Any:
    """Sends the form as the person's own browser would."""
    return person.page.request.post(f"{person.server.url}/runs/{run_id}/{what}", form=form, max_redirects=0,
                                    headers={"Origin": person.server.url})


def token_of(person: Person) -> str:
    found = re.search(r'name="csrf_token" [^>]*value="([^"]+)"', person.page.content())
    assert found, "no form on this page"
    return found[1]


def told(admin: Person, action: str, run_id: str) -> list[tuple[str, str]]:
    """Who did this to the run, and how it went, by the audit log."""
    rows = admin.visitor().get("/settings/audit/export.json").json()
    return [(row["user_name"], row["outcome"]) for row in rows
            if row["action"] == action and row["resource_id"] == run_id]
