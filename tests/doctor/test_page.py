"""The page of the doctor: what it shows before, while and after it looks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui.doctor.check import Check, Patient
from skyvern_ui.doctor.finding import Finding, ok, skip
from skyvern_ui.doctor.history.rules import latest_findings
from skyvern_ui.doctor.pages import PAUSE
from skyvern_ui.doctor.scrub import HIDDEN
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog

from ..sandbox_server import Sandbox
from ..support.people import Browser, Page
from .gate import BROKEN, Gate, fine, of

HTMX = {"HX-Request": "true", "Origin": "http://localhost"}



def pieces(person: Browser, **data: str) -> list[str]:
    """The fragments of a whole examination."""
    text = person.client.post("/doctor/examination", data={"csrf_token": person.token(), **data}, headers=HTMX)
    assert text.status_code == 200
    return [piece for piece in text.get_data(as_text=True).split(PAUSE) if piece.strip()]


def drawn(piece: str) -> Any:
    """A fragment after the checks that each page must pass."""
    from werkzeug.test import TestResponse
    page = Page(TestResponse([piece.encode()], "200 OK", [("Content-Type", "text/html")], None))  # type: ignore[arg-type]
    return page.html.find(id=True)


@pytest.mark.parametrize("path", ["/doctor", "/doctor/report.txt", "/doctor/examination"])
def test_only_admins_see_the_doctor(ada: Browser, ben: Browser, nobody: Browser, path: str) -> None:
    assert ada.get(path).status == 200
    assert ben.get(path).status == 403
    assert nobody.get(path).headers["Location"].startswith("/login")


def test_members_cannot_examine(ben: Browser, nobody: Browser, checks: Callable[..., None], gate: Gate) -> None:
    checks(gate.check(BROKEN))
    assert ben.post("/doctor/examination").status == 403
    assert nobody.post("/doctor/examination").status in (303, 403)
    assert ben.client.post("/doctor/examination", headers={"Origin": "http://localhost"}).status_code == 403
    assert gate.begun == 0


def test_the_navigation_leads_admins_there(ada: Browser, ben: Browser) -> None:
    assert ada.get("/account").all('nav a[href="/doctor"]')
    assert not ben.get("/account").all('nav a[href="/doctor"]')


def test_before_the_first_look_each_row_says_so(ada: Browser, checks: Callable[..., None]) -> None:
    checks(fine("settings"), of(BROKEN), fine("deep", "live", thorough=True))
    page = ada.get("/doctor")
    assert [each["id"] for each in page.all("li[data-check]")] == ["check-settings", "check-key", "check-deep"]
    assert page.one("#doctor-verdict")["data-verdict"] == "none"
    assert page.one("form[data-doctor-now]")["action"] == "/doctor/examination"
    assert "Only a thorough examination looks at this." in page.one("#check-deep").get_text()
    assert "a few hundred tokens" in page.one("dialog#thorough").get_text()
    assert page.one("dialog#thorough").find_parent("form").select('input[name="thorough"][value="1"]')


def test_rows_come_as_they_end_and_the_cause_is_the_first_in_order(ada: Browser, checks: Callable[..., None]) -> None:
    late = threading.Event()

    def slow(_patient: Patient) -> Finding:
        late.wait(1)
        return BROKEN
    echo = Finding("model", "model", "fail", "model_away", "The model is away")
    checks(Check("key", "key", "The key", slow), of(echo))
    got = [drawn(piece) for piece in pieces(ada)]
    rows = [each["id"] for each in got if each["id"].startswith("check-")]
    assert rows[:2] == ["check-model", "check-key"]
    verdicts = [each for each in got if each["id"] == "doctor-verdict"]
    assert [each.select_one("h2").get_text() for each in verdicts] == ["The key is not one of Skyvern's."] * 2
    assert "data-whole" not in verdicts[0].attrs and "data-whole" in verdicts[-1].attrs
    assert got[-1]["id"] == "doctor-verdict" and "1 other thing fails" in verdicts[-1].get_text()
    heads = {each["id"]: each["data-state"] for each in got if each.name == "summary"}
    assert heads == {"layer-key-state": "fail", "layer-model-state": "fail"}


def test_a_mend_a_command_and_the_evidence_are_on_the_page(ada: Browser, checks: Callable[..., None]) -> None:
    warning = Finding("doors", "doors", "warn", "door_open", "A port is open", "Anybody may come.", ("Close it.",),
                      (("Port", "9222"), ("Host", "192.168.0.1")), "/settings")
    checks(of(BROKEN), of(warning))
    page = ada.post("/doctor/examination")
    verdict = page.one("#doctor-verdict")
    assert verdict.select_one("a.btn--primary")["href"] == "/settings"
    assert verdict.select_one(".fix__command code").get_text() == "docker compose exec skyvern cat .env"
    assert verdict.select_one(".fix__command [data-copy]")["data-copy"] == "docker compose exec skyvern cat .env"
    row = page.one("#check-doors")
    assert row.select_one(".fix__step").get_text() == "Close it."
    assert row.select_one("details [data-copy]")["data-copy"] == "Port: 9222\nHost: 192.168.0.1"
    assert [each.get_text() for each in row.select("dd")] == ["9222", "192.168.0.1"]


def test_without_scripts_the_page_is_a_page_like_all(ada: Browser, checks: Callable[..., None]) -> None:
    checks(fine("settings"), of(BROKEN))
    page = ada.post("/doctor/examination")
    assert page.status == 200 and page.one("#doctor-verdict h2").get_text() == "The key is not one of Skyvern's."
    assert "Content-Encoding" not in page.headers


def test_what_was_found_is_remembered(app: Flask, ada: Browser, checks: Callable[..., None]) -> None:
    checks(fine("settings"), of(BROKEN), of(skip("webhooks", "webhooks", "There is none")))
    pieces(ada)
    with app.app_context():
        assert {name: each.verdict for name, each in latest_findings().items()} == {"settings": "ok", "key": "fail"}
    page = ada.get("/doctor")
    assert page.one("#doctor-verdict")["data-verdict"] == "fail" and "First seen" in page.one("#doctor-verdict").text
    assert page.one("#layer-key").has_attr("open") and not page.one("#layer-own").has_attr("open")
    report = ada.get("/doctor/report.txt")
    assert report.headers["Content-Type"].startswith("text/plain")
    assert report.text.index("The cause: The key is not one of Skyvern's.") < report.text.index("Settings is well")
    assert "2. $ docker compose exec" in report.text


def test_all_well_is_one_calm_line_a_layer(ada: Browser, checks: Callable[..., None]) -> None:
    checks(fine("settings"), fine("files"), fine("network", "network"))
    pieces(ada)
    page = ada.get("/doctor")
    assert page.one("#doctor-verdict h2").get_text() == "Nothing is wrong: 3 checks are well."
    assert [each.get_text() for each in page.all(".layer__note")] == ["2 checks, all well", "1 check, all well"]
    assert not page.all("details.layer[open]")


def test_several_findings_of_one_check_share_its_row(ada: Browser, checks: Callable[..., None]) -> None:
    def models(_patient: Patient) -> list[Finding]:
        return [ok("model-a", "model", "A answers"), Finding("model-b", "model", "warn", "slow", "B is slow")]
    checks(fine("model-view", "model"), Check("model", "model", "The models", models),
           Check("none", "webhooks", "Webhooks", lambda _patient: []))
    got = [drawn(piece) for piece in pieces(ada)]
    row = next(each for each in got if each["id"] == "check-model")
    assert [each["data-verdict"] for each in row.select(".finding")] == ["ok", "warn"]
    assert sum(each["id"] == "check-model" for each in got) == 1, "the row comes once and whole"
    assert next(each for each in got if each["id"] == "check-none")["data-state"] == "skip"


def test_hostile_words_stay_words(ada: Browser, checks: Callable[..., None]) -> None:
    nasty = "<script>alert(1)</script>\x1b[31m\x1e<b>"
    checks(of(Finding("key", "key", "fail", "x", nasty, nasty, (nasty, "$ " + nasty), ((nasty, nasty),))))
    page = ada.post("/doctor/examination")
    assert "<script>alert" not in page.text
    pieces(ada)
    assert "\x1b" not in ada.get("/doctor/report.txt").text


def test_the_key_is_nowhere(connected: Flask, ada: Browser, sandbox: Sandbox) -> None:
    def look(patient: Patient) -> Finding:
        assert patient.connection
        said = f"You sent {patient.connection.key}"
        return Finding("key", "key", "fail", "echo", said, said, (f"$ curl -H 'x-api-key: {patient.connection.key}'",),
                       (("It said", said),))
    connected.extensions["checks"] = (Check("key", "key", "The key", look),)
    told = "".join(pieces(ada)) + ada.post("/doctor/examination").text + ada.get("/doctor").text
    told += ada.get("/doctor/report.txt").text
    with connected.app_context():
        told += str(latest_findings())
    assert HIDDEN in told and sandbox.key not in told and sandbox.key[:20] not in told


def test_the_examination_is_recorded(app: Flask, ada: Browser, checks: Callable[..., None]) -> None:
    checks(fine("settings"))
    pieces(ada, thorough="1")
    with app.app_context():
        row = db.session.scalars(select(AuditLog).where(AuditLog.action == "doctor.examine")).one()
        assert row.details == {"thorough": True} and row.user_name == "Ada"


def test_only_a_thorough_one_makes_thorough_checks(ada: Browser, checks: Callable[..., None], gate: Gate) -> None:
    gate.opened.set()
    checks(fine("settings"), gate.check(ok("deep", "live", "Deep"), thorough=True))
    assert not any('id="check-deep"' in piece for piece in pieces(ada)) and gate.begun == 0
    assert any('id="check-deep"' in piece for piece in pieces(ada, thorough="1")) and gate.begun == 1
