"""Before something is started: one sentence if it would not go well, and never a bar."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from flask import Flask

from skyvern_ui.audit import CLI
from skyvern_ui.doctor.preflight import rules as preflight_rules
from skyvern_ui.extensions import db
from skyvern_ui.settings.rules import save_connection

from ..sandbox_server import Sandbox
from ..support.people import Browser, Page
from ..support.postgres import free_port
from .looking import failing, fine, saw


def told(page: Page) -> tuple[str, str]:
    """(kind, words) of what stands beside the button."""
    assert page.status == 200
    box = page.one("#preflight")
    return str(box.get("data-kind", "")), " ".join(box.get_text(" ").split())


def fails(sandbox: Sandbox, fault: str, **more: object) -> None:
    sandbox.fault("/v1/workflows", fault, count=1, **more)


def test_the_forms_ask_after_they_stand(connected: Flask, sandbox: Sandbox, ben: Browser) -> None:
    sandbox.forget_calls()
    form = ben.get("/tasks")
    box = form.one("form #preflight")
    assert (box["hx-get"], box["hx-trigger"], box.get_text(strip=True)) == ("/doctor/preflight", "load", "")
    assert sandbox.requests("/v1/workflows?") == [], "no page waits for Skyvern"
    run_id = sandbox.run_workflow(sandbox.workflow({"title": "W", "workflow_definition": {
        "version": 1, "parameters": [], "blocks": [{"block_type": "wait", "label": "rest", "wait_sec": 1}]}}))
    assert ben.get(f"/runs/{run_id}/again").one("form #preflight")["hx-get"] == "/doctor/preflight"


def test_all_is_well(connected: Flask, sandbox: Sandbox, ben: Browser) -> None:
    answer = ben.get("/doctor/preflight")
    assert told(answer) == ("ok", "Skyvern is ready.")
    assert "hx-get" not in answer.one("#preflight").attrs, "asked once"


@pytest.mark.parametrize(("fault", "more", "words"), [
    ("status", {"status": 403, "body": {"detail": "Could not validate credentials"}}, "does not accept our key"),
    ("status", {"status": 404, "body": {"detail": "Organization not found"}}, "does not accept our key"),
    ("status", {"status": 401, "body": "<html>"}, "does not accept our key"),
    ("status", {"status": 503, "body": {"error": "Database temporarily unavailable"}}, "its database is in trouble"),
    ("status", {"status": 502, "body": "<html>"}, "cannot be reached"),
    ("garbage", {}, "Something other than Skyvern"),
    ("reset", {}, "cannot be reached"),
    ("status", {"status": 302, "headers": {"location": "https://login.example.com/"}}, "Something other than Skyvern"),
])
def test_what_keeps_a_run_from_starting(connected: Flask, sandbox: Sandbox, ada: Browser, ben: Browser, fault: str,
                                        more: dict[str, object], words: str) -> None:
    fails(sandbox, fault, **more)
    kind, said = told(ben.get("/doctor/preflight"))
    assert kind == "bad" and words in said and said.endswith("You can try all the same.")
    kind, said = told(ada.get("/doctor/preflight"))
    assert words in said and said.endswith("Ask the doctor"), "the same answer for all, within its seconds"
    assert ben.post("/tasks", {"prompt": "x", "engine": "skyvern-1.0"}).status == 303, "it never stops anybody"


def test_skyvern_that_is_not_there(app: Flask, sandbox: Sandbox, ben: Browser) -> None:
    with app.app_context():
        save_connection(app.extensions["sealer"], f"http://127.0.0.1:{free_port()}", sandbox.key, CLI)
        db.session.remove()
    kind, said = told(ben.get("/doctor/preflight"))
    assert kind == "bad" and "cannot be reached right now" in said


def test_skyvern_that_is_slow_holds_nobody_up(connected: Flask, sandbox: Sandbox, ben: Browser) -> None:
    fails(sandbox, "delay", seconds=4)
    begun = time.monotonic()
    kind, said = told(ben.get("/doctor/preflight"))
    assert kind == "warn" and "slow to answer" in said
    assert time.monotonic() - begun < 3.5


def test_nobody_has_connected_skyvern_yet(app: Flask, ben: Browser) -> None:
    assert told(ben.get("/doctor/preflight")) == ("", "")


def test_many_pages_ask_once(connected: Flask, sandbox: Sandbox, ada: Browser, ben: Browser) -> None:
    sandbox.forget_calls()
    for _ in range(3):
        told(ada.get("/doctor/preflight"))
        told(ben.get("/doctor/preflight"))
    assert len(sandbox.requests("/v1/workflows?")) == 1


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is shared between two looks."""
    monkeypatch.setattr(preflight_rules, "SHARED_SECONDS", 0.0)
    monkeypatch.setattr(preflight_rules, "BAD_SHARED_SECONDS", 0.0)
    yield


@pytest.mark.usefixtures("forgetful")
def test_a_mend_is_seen(connected: Flask, sandbox: Sandbox, ben: Browser) -> None:
    fails(sandbox, "status", status=403, body={"detail": "Invalid credentials"})
    assert told(ben.get("/doctor/preflight"))[0] == "bad"
    assert told(ben.get("/doctor/preflight"))[0] == "ok"


@pytest.mark.usefixtures("forgetful")
def test_the_model_that_failed_when_it_was_last_asked(connected: Flask, ada: Browser, ben: Browser) -> None:
    saw(connected, 120, failing("model-answer", "balance"))
    kind, said = told(ben.get("/doctor/preflight"))
    assert kind == "bad" and "The model did not answer as it should" in said and "balance" not in said
    assert "balance" in told(ada.get("/doctor/preflight"))[1]
    saw(connected, 10, fine("model-answer"))
    assert told(ben.get("/doctor/preflight")) == ("ok", "Skyvern is ready.")


@pytest.mark.usefixtures("forgetful")
def test_a_model_nobody_has_asked_lately_is_given_the_benefit_of_the_doubt(connected: Flask, ben: Browser) -> None:
    saw(connected, 3600, failing("model-answer"))
    assert told(ben.get("/doctor/preflight"))[0] == "ok"


@pytest.mark.usefixtures("forgetful")
def test_a_busy_skyvern(connected: Flask, sandbox: Sandbox, ben: Browser) -> None:
    rows = [{"run_id": f"wr_{n}", "status": "running"} for n in range(6)]
    for statuses, kind, words in ((["running"] * 5, "ok", "ready"), (["running"] * 6, "warn", "Many runs are under"),
                                  (["queued", "created", "running"], "warn", "Other runs are waiting")):
        listed = [{**row, "status": status} for row, status in zip(rows, statuses, strict=False)]
        sandbox.fault("/v1/runs", "status", status=200, body=listed)
        assert told(ben.get("/doctor/preflight"))[0] == kind
        sandbox.fault("/v1/runs", "status", status=200, body=listed)
        assert words in told(ben.get("/doctor/preflight"))[1]


@pytest.mark.usefixtures("forgetful")
def test_a_release_that_cannot_list_runs_is_not_called_busy(connected: Flask, sandbox: Sandbox, ben: Browser) -> None:
    for fault in ("garbage", "truncate", "reset"):
        sandbox.fault("/v1/runs", fault)
        assert told(ben.get("/doctor/preflight"))[0] == "ok"


def test_it_is_for_people(connected: Flask, nobody: Browser) -> None:
    assert nobody.get("/doctor/preflight").status == 303
