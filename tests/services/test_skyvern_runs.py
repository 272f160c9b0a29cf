"""What a service starts is its own: it reads, uses and ends that and nothing of others."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui.audit import CLI
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog, Claim
from skyvern_ui.sandbox.examples import ORDER
from skyvern_ui.services.keys.rules import Rights, create_key
from tests.sandbox_server import Sandbox
from tests.support.people import Browser

from .calling import DOOR, TASK, Service, sent


def test_what_the_python_sdk_does(service: Service, sandbox: Sandbox) -> None:
    """Its calls, by the paths of its client 1.0.56 behind the base address …/api/skyvern, with x-api-key."""
    made = service.call("POST", "v1/workflows", {"json_definition": ORDER})
    wpid = made.get_json()["workflow_permanent_id"]
    assert wpid in [row["workflow_permanent_id"] for row in service.call("GET", "v1/workflows").get_json()]
    task = service.call("POST", "v1/run/tasks", {**TASK, "prompt": "[10] x"}).get_json()
    assert (task["run_type"], service.call("GET", f"v1/runs/{task['run_id']}").get_json()["run_id"]) == (
        "task_v1", task["run_id"])
    before = service.pool()
    twin = service.call("POST", "v1/run/agents", {"agent_id": wpid})
    assert twin.status_code == 200 and twin.get_json()["run_id"].startswith("wr_")
    assert sent(sandbox, "/v1/run/agents") == 1 and service.pool() != before, "it costs what the other name costs"
    mine = service.call("POST", "v1/run/workflows", {"agent_id": wpid}).get_json()["run_id"]
    assert service.call("GET", f"v1/runs/{mine}/timeline").status_code == 200
    artifacts = service.call("GET", f"v1/runs/{task['run_id']}/artifacts").get_json()
    content = service.call("GET", f"v1/artifacts/{artifacts[0]['artifact_id']}/content")
    assert content.status_code == 200 and content.data
    upload = service.app.test_client().post(f"{DOOR}/v1/upload_file", headers={"x-api-key": service.key}, data={
        "file": (io.BytesIO(b"a,b\n" * 50_000), "a.csv")}, content_type="multipart/form-data; boundary=xyz")
    assert upload.status_code == 200 and upload.get_json()["file_id"]
    assert sandbox.uploads()[-1]["size"] == 200_000
    assert service.call("POST", f"v1/runs/{mine}/cancel").status_code == 200


def test_a_run_is_the_organisations_and_the_audit_says_which_key(service: Service) -> None:
    run_id = service.run()
    with service.app.app_context():
        claim = db.session.get(Claim, run_id)
        assert claim and (claim.actor_kind, claim.actor_id, claim.actor_name) == (
            "service", service.org_id, "presenton-service")
        row = db.session.scalars(select(AuditLog).where(AuditLog.action == "run.create")).one()
        assert (row.actor_kind, row.user_id, row.user_name, row.outcome, row.status, row.resource_id) == (
            "service", service.key_id, "presenton-service (k)", "done", 200, run_id)
        assert row.details and row.details["organization"] == service.org_id
        _, second = create_key(service.org_id, "second", Rights(("skyvern:read",)), CLI)
        db.session.remove()
    assert service.call("GET", f"v1/runs/{run_id}", x_api_key=second).status_code == 200


@pytest.mark.parametrize("call", [
    ("GET", "v1/runs/{run}"), ("POST", "v1/runs/{run}/cancel"), ("GET", "v1/runs/{run}/timeline"),
    ("GET", "v1/runs/{run}/artifacts"), ("GET", "api/v1/tasks/{run}"), ("GET", "api/v1/tasks/{run}/steps"),
    ("GET", "api/v1/task/{run}/artifacts"), ("POST", "v1/runs/{run}/retry_webhook"),
    ("GET", "v1/artifacts/{artifact}"), ("GET", "v1/artifacts/{artifact}/content"),
    ("GET", "v1/browser_sessions/{session}"), ("POST", "v1/browser_sessions/{session}/close"),
    ("DELETE", "v1/files/{file}"), ("GET", "api/v1/tasks?workflow_run_id={run}"),
    ("GET", "v1/run-tags?workflow_run_ids=wr_1,{run}")])
def test_what_others_made_is_not_there(service: Service, other: Service, sandbox: Sandbox,
                                       call: tuple[str, str]) -> None:
    run_id = other.run("[10] x")
    ids = {"run": run_id, "session": other.call("POST", "v1/browser_sessions", {}).get_json()["browser_session_id"],
           "artifact": other.call("GET", f"v1/runs/{run_id}/artifacts").get_json()[0]["artifact_id"],
           "file": "file_500000000000000001"}
    unknown = {"run": "tsk_1", "session": "pbs_1", "artifact": "a_1", "file": "file_1"}
    method, path = call
    sandbox.forget_calls()
    foreign, missing = (service.call(method, path.format(**each), {} if method == "POST" else None)
                        for each in (ids, unknown))
    assert foreign.status_code == missing.status_code == 404
    assert foreign.get_json()["error"] == missing.get_json()["error"]
    asked = [seen["target"] for seen in sandbox.requests() if not seen["target"].startswith("/v1/artifacts/a_")]
    assert asked == []


@pytest.mark.parametrize("body", [
    {**TASK, "browser_session_id": "{session}"}, {**TASK, "extra": {"deep": [{"x": " {session} "}]}},
    {**TASK, "file_ids": ["file_500000000000000001"]}])
def test_what_a_body_names_must_be_ones_own(service: Service, other: Service, sandbox: Sandbox,
                                            body: dict[str, Any]) -> None:
    session = other.call("POST", "v1/browser_sessions", {}).get_json()["browser_session_id"]
    own = service.call("POST", "v1/browser_sessions", {}).get_json()["browser_session_id"]
    sandbox.forget_calls()
    answer = service.call("POST", "v1/run/tasks", _filled(body, session))
    assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")
    assert sent(sandbox, "/") == 0 and service.pool()[1] == 0
    assert service.call("POST", "v1/run/tasks", {**TASK, "browser_session_id": own}).status_code == 200


def test_many_runs_are_cancelled_only_when_all_are_ones_own(service: Service, other: Service) -> None:
    own, foreign = service.run("[slow] a"), other.run("[slow] b")
    assert service.call("POST", "v1/runs/cancel", {"run_ids": [own, foreign]}).status_code == 404
    assert other.call("GET", f"v1/runs/{foreign}").get_json()["status"] in ("created", "queued", "running")
    assert service.call("POST", "v1/runs/cancel", {"run_ids": [own]}).get_json()["cancelled"] == [own]


@pytest.mark.parametrize("raw", [
    b'{"prompt":"a","prompt":"b"}', b'{"prompt":"a"}{"prompt":"b"}', b'\xff\xfe{\x00', b'{"prompt":NaN}', b"prompt: a"])
def test_a_body_that_two_readers_could_read_differently_goes_nowhere(service: Service, sandbox: Sandbox,
                                                                     raw: bytes) -> None:
    sandbox.forget_calls()
    for kind in ("application/json", "application/yaml"):
        answer = service.app.test_client().post(f"{DOOR}/v1/run/tasks", data=raw, content_type=kind,
                                                headers={"x-api-key": service.key})
        assert answer.status_code == (400 if kind == "application/json" else 415)
    assert sent(sandbox, "/") == 0 and service.charges() == []


def test_lists_show_ones_own_rows_in_pages(service: Service, other: Service, sandbox: Sandbox) -> None:
    mine = [service.run(f"[10] {n}") for n in range(3)]
    theirs = [other.run(f"[10] {n}") for n in range(3)]
    for _ in range(105):
        sandbox.call("POST", "/v1/run/tasks", json={**TASK, "prompt": "[10] people's"})
    mine.append(service.run("[10] last"))
    shown = service.call("GET", "v1/runs?page_size=100").get_json()
    assert {row["run_id"] for row in shown} == set(mine) and "title" in shown[0]
    pages = [[row["run_id"] for row in service.call("GET", f"v1/runs?page={n}&page_size=3").get_json()]
             for n in (1, 2, 3)]
    assert [len(page) for page in pages] == [3, 1, 0] and set(sum(pages, [])) == set(mine)
    assert service.call("GET", "v1/runs?status=running").get_json() == []
    assert {row["task_id"] for row in service.call("GET", "api/v1/tasks?page_size=50").get_json()} == set(mine)
    assert not {row["run_id"] for row in other.call("GET", "v1/runs?page_size=50").get_json()} - set(theirs)
    bad = service.call("GET", "v1/runs?status=nonsense")
    assert bad.status_code == 422 and bad.get_json()["detail"]
    assert service.call("GET", "v1/runs?page=0").status_code == 422
    for n in (service, other):
        n.call("POST", "v1/browser_sessions", {})
    assert len(service.call("GET", "v1/browser_sessions").get_json()) == 1


def test_a_list_with_the_key_in_it_is_withheld(service: Service, sandbox: Sandbox) -> None:
    sandbox.fault("/v1/runs", "echo_key")
    answer = service.call("GET", "v1/runs")
    assert (answer.status_code, answer.get_json()["code"]) == (502, "upstream_leak") and sandbox.key not in answer.text


def test_private_runs_change_nothing_for_services_and_hide_theirs_from_members(service: Service, ada: Browser,
                                                                               ben: Browser, sandbox: Sandbox) -> None:
    run_id = service.run("[10] x")
    people = ben.json("POST", f"{DOOR}/v1/run/tasks", TASK).get_json()["run_id"]
    assert ben.get(f"/runs/{run_id}").status == 200 and "presenton-service" in ben.get(f"/runs/{run_id}").words
    ada.post("/settings/preferences", {"private_runs": "y"})
    assert ben.get(f"/runs/{run_id}").status == 404 and ada.get(f"/runs/{run_id}").status == 200
    assert service.call("GET", f"v1/runs/{run_id}").status_code == 200
    assert service.call("GET", f"v1/runs/{people}").status_code == 404


def test_a_retried_run_is_ones_own_too(service: Service, other: Service, sandbox: Sandbox, connected: Flask) -> None:
    wpid = sandbox.workflow({**ORDER, "title": "[10] x"})
    run_id = service.call("POST", "v1/run/workflows", {"workflow_id": wpid}).get_json()["run_id"]
    again = service.call("POST", f"v1/workflows/runs/{run_id}/retry", {})
    assert again.status_code == 200, again.text
    assert service.call("GET", f"v1/runs/{again.get_json()['run_id']}").status_code == 200
    assert other.call("POST", f"v1/workflows/runs/{run_id}/retry", {}).status_code == 404


def _filled(body: Any, session: str) -> Any:
    if isinstance(body, str):
        return body.replace("{session}", session)
    if isinstance(body, dict):
        return {name: _filled(each, session) for name, each in body.items()}
    return [_filled(each, session) for each in body] if isinstance(body, list) else body
