"""The official Skyvern SDK with our address and a service key, on the real Skyvern: it runs, is claimed and is paid."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui import create_app
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog, Claim
from skyvern_ui.services.credits.endpoints import RUN_TASK, RUN_WORKFLOW, UPLOAD, WRITE
from tests.conformance.workflows import FINAL, opening, waiting
from tests.real.model import ScriptedModel
from tests.real.site import Site
from tests.real.skyvern import RealSkyvern, install
from tests.support.databases import SqliteTemplate, settings_for
from tests.support.people import add_people
from tests.support.programs import Service, audited, in_app, new_service, priced
from tests.support.server import Server, running_server, wait_for

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(300)]
STEP, HELD, SENT = 1000, 25_000, 500  # thousandths: a step of a run, held for a run, an upload


class Sdk:
    """A program in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def told(self, call: str, **sent: Any) -> dict[str, Any]:
        """`answer`, or `refused` with status and body."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"call": call, "with": sent}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the program has ended"
        found: dict[str, Any] = json.loads(line)
        return found

    def __call__(self, call: str, **sent: Any) -> Any:
        told = self.told(call, **sent)
        assert "answer" in told, told
        return told["answer"]


@contextmanager
def program(url: str, key: str, folder: Path) -> Iterator[Sdk]:
    """The SDK at work with this key, in an empty folder of its own."""
    script = Path(__file__).with_name("skyvern_program.py")
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "SKYVERN_TELEMETRY": "false"}
    process = subprocess.Popen([install(), script, f"{url}/api/skyvern", key], cwd=folder, text=True, env=environ,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield Sdk(process)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def house(real_skyvern: RealSkyvern, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Server]]:
    """The product over SQLite with two workers in front of the real Skyvern, and an application over its database."""
    folder = tmp_path_factory.mktemp("services")
    told = {"SKYVERN_API_URL": real_skyvern.url, "SKYVERN_API_KEY": real_skyvern.key}
    with SqliteTemplate(folder).fresh(folder) as url:
        app = create_app(settings_for(url, folder, **told))
        add_people(app)
        priced(app, (RUN_TASK, "step", STEP, HELD), (RUN_WORKFLOW, "step", STEP, HELD), (UPLOAD, "call", SENT, SENT))
        with running_server(url, folder, workers=2, **told) as server:
            yield app, server
            assert real_skyvern.key not in server.log and "Traceback" not in server.log, server.log[-4000:]
        with app.app_context():
            db.engine.dispose()
        app.extensions["reader"].close()


@pytest.fixture(scope="module")
def service(house: tuple[Flask, Server]) -> Service:
    return new_service(house[0], house[1].url, "brigade-service", 1000)


@pytest.fixture(scope="module")
def sdk(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sdk]:
    with program(service.url, service.key()[1], tmp_path_factory.mktemp("program")) as sdk:
        yield sdk


@pytest.fixture(scope="module")
def stranger(house: tuple[Flask, Server], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sdk]:
    """The program of another service, with every right that the first one has."""
    other = new_service(house[0], house[1].url, "presenton-service", 1000)
    with program(other.url, other.key()[1], tmp_path_factory.mktemp("stranger")) as sdk:
        yield sdk


def ended(sdk: Sdk, run_id: str) -> Any:
    """The run once it is over."""
    def look() -> Any:
        run = sdk("get_run", run_id=run_id)
        return run if run["status"] in FINAL else None

    return wait_for(look, 150, f"{run_id} to end")


def paid(service: Service, run_id: str) -> Any:
    """The charge of a run once it is settled."""
    def look() -> Any:
        return next((c for c in service.charges() if c.run_id == run_id and c.state != "held"), None)

    return wait_for(look, 60, f"{run_id} to be paid")


@pytest.fixture(scope="module")
def task(sdk: Sdk, service: Service, scripted_model: ScriptedModel, site: Site) -> Any:
    """A task that has run to its end."""
    scripted_model.set_mode("work", steps=1)
    begun = sdk("run_task", prompt="Read the price of the Harbour lamp", url=site.moving)
    assert service.balance()[1] == HELD, "held while it runs"
    run = ended(sdk, begun["run_id"])
    scripted_model.set_mode("ok")
    assert run["status"] == "completed", run
    return run


def test_what_has_no_price_is_closed(sdk: Sdk, service: Service) -> None:
    for call, sent in (("create_browser_session", {"timeout": 5}), ("create_workflow", {"json_definition": {
            "title": "x", "workflow_definition": {"parameters": [], "blocks": []}}})):
        refused = sdk.told(call, **sent)["refused"]
        assert refused["status"] == 403 and refused["body"]["code"] == "not_priced", refused
    assert service.charges() == []


def test_a_task_runs_and_is_paid_by_its_steps_when_it_is_over(task: Any, service: Service) -> None:
    charge = paid(service, task["run_id"])
    assert charge.state == "settled" and charge.details["steps"] == task["step_count"] >= 1
    assert charge.actual == STEP * task["step_count"]
    assert audited(service) == charge.actual


def test_it_is_claimed_by_the_service_and_in_the_audit(task: Any, service: Service) -> None:
    def read() -> tuple[Any, Any]:
        claim = db.session.scalar(select(Claim).where(Claim.upstream_id == task["run_id"]))
        row = db.session.scalar(select(AuditLog).where(AuditLog.action == "run.create",
                                                       AuditLog.resource_id == task["run_id"]))
        assert claim is not None and row is not None
        return (claim.actor_kind, claim.actor_id, claim.actor_name), (row.user_name, row.ip_address, row.outcome)

    claim, row = in_app(service.app, read)
    assert claim[1:] == (service.org_id, "brigade-service")
    assert row == ("brigade-service (k)", "127.0.0.1", "done")


def test_its_timeline_artifacts_and_lists_are_read_for_nothing(task: Any, sdk: Sdk, service: Service) -> None:
    before = service.balance()
    assert [each["run_id"] for each in sdk("get_runs_v2")] == [task["run_id"]]
    kinds = {each["artifact_type"] for each in sdk("get_run_artifacts", run_id=task["run_id"])}
    assert "recording" in kinds and any(kind.startswith("screenshot") for kind in kinds), kinds
    assert service.balance() == before


def test_another_service_finds_none_of_it(task: Any, stranger: Sdk) -> None:
    for call in ("get_run", "get_run_artifacts", "get_run_timeline", "cancel_run"):
        refused = stranger.told(call, run_id=task["run_id"])["refused"]
        assert refused["status"] == 404, (call, refused)
    assert stranger("get_runs_v2") == []


def test_a_workflow_runs_and_is_paid(sdk: Sdk, service: Service, site: Site) -> None:
    priced(service.app, (WRITE, "call", 0, 0))
    made = sdk("create_workflow", json_definition={"title": "Look", "workflow_definition": {
        "parameters": [], "blocks": [opening(site.moving), waiting(1)]}})
    begun = sdk("run_workflow", workflow_id=made["workflow_permanent_id"])
    run = ended(sdk, begun["run_id"])
    assert run["status"] == "completed", run
    charge = paid(service, run["run_id"])
    assert charge.state == "settled" and charge.actual == STEP * charge.details.get("steps", HELD // STEP)
    assert service.balance()[1] == 0 and audited(service) > 0


def test_a_run_is_canceled_and_gives_back_what_it_did_not_use(sdk: Sdk, service: Service, site: Site) -> None:
    made = sdk("create_workflow", json_definition={"title": "Wait", "workflow_definition": {
        "parameters": [], "blocks": [opening(site.moving), waiting(120)]}})
    begun = sdk("run_workflow", workflow_id=made["workflow_permanent_id"])
    sdk("cancel_run", run_id=begun["run_id"])
    assert ended(sdk, begun["run_id"])["status"] == "canceled"
    assert paid(service, begun["run_id"]).actual <= STEP
    assert audited(service) > 0


def test_a_file_arrives_as_it_was(sdk: Sdk, service: Service) -> None:
    before = service.balance()[0]
    stored = urlsplit(sdk("upload", name="lamps.csv", content="Harbour,48\n")["s3_uri"])
    assert Path(unquote(stored.path)).read_text() == "Harbour,48\n"
    assert service.balance() == (before - SENT, 0)
    refused = sdk.told("upload_file", file="Harbour,48")["refused"]
    assert refused["status"] == 422, "the SDK's own call is refused by Skyvern"
    assert service.balance() == (before - SENT, 0), "and costs nothing"


def test_its_key_opens_no_page_and_shows_no_key_of_skyvern(sdk: Sdk, service: Service,
                                                           real_skyvern: RealSkyvern) -> None:
    with service.program(service.key()[1]) as visitor:
        for path in ("/dashboard", "/runs", "/settings/services", "/settings/audit", "/account"):
            answer = visitor.get(path)
            assert answer.status_code in (302, 303, 401), path
        for path in ("v1/internal/auth/status", "api/v1/organizations/o_1/apikeys", "v1/credentials"):
            answer = visitor.get(f"/api/skyvern/{path}")
            assert answer.status_code in (200, 403, 404) and real_skyvern.key not in answer.text, path
