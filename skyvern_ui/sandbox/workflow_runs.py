"""Runs of workflows: start, list, read, cancel, retry, continue; under /v1 and the older /api/v1."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.bodies import json_body, the_world
from skyvern_ui.sandbox.documents import run_document, workflow_run_document, workflow_run_row
from skyvern_ui.sandbox.filters import workflow_runs
from skyvern_ui.sandbox.inputs import check_inputs, check_request
from skyvern_ui.sandbox.refusals import Refusal, invalid, whole_number
from skyvern_ui.sandbox.runs import trigger
from skyvern_ui.sandbox.shapes import shape
from skyvern_ui.sandbox.starting import begin_workflow, go_on
from skyvern_ui.sandbox.story import Run
from skyvern_ui.sandbox.timeline import timeline_document
from skyvern_ui.sandbox.workflows import find_versions

blueprint = Blueprint("workflow_runs", __name__)


@blueprint.post("/v1/run/workflows")
@blueprint.post("/v1/run/agents", endpoint="run_agent")  # what Skyvern's own client calls since 1.0.39
def run_workflow() -> ResponseReturnValue:
    body = json_body()
    wpid = body.get("workflow_id") or body.get("agent_id")
    if not isinstance(wpid, str):
        raise invalid(("body", "workflow_id"), "missing", "Field required", body)
    workflow = find_versions(wpid)[-1]
    check_request(body)
    check_inputs(the_world(), workflow, body.get("parameters"))
    wish = shape("workflow_request", **{k: v for k, v in body.items() if k in shape("workflow_request")})
    wish |= {"workflow_id": wpid, "title": workflow["title"]}
    words = str(body.get("title") or "")  # of the title Skyvern keeps nothing; here it may say how the run goes
    run = begin_workflow(the_world(), workflow, wish, words=words, trigger=trigger())
    return jsonify(run_document(the_world(), run))


@blueprint.post("/api/v1/workflows/<wpid>/run")
def run_workflow_legacy(wpid: str) -> ResponseReturnValue:
    body, versions = json_body(), find_versions(wpid)
    version = whole_number(("query", "version"), request.args.get("version"), -1, None, len(versions))
    workflow = next((each for each in versions if each["version"] == version), None)
    if workflow is None:
        raise Refusal(404, f"Workflow not found. workflow_permanent_id={wpid}, version={version}")
    check_request(body)
    check_inputs(the_world(), workflow, body.get("data"))
    names = {"data": "parameters", "webhook_callback_url": "webhook_url", "totp_verification_url": "totp_url"}
    asked = {names.get(name, name): value for name, value in body.items() if name not in names.values()}
    known = shape("workflow_request")
    wish = shape("workflow_request", **{k: v for k, v in asked.items() if k in known and k != "file_ids"})
    wish |= {"workflow_id": wpid, "title": workflow["title"]}
    run = begin_workflow(the_world(), workflow, wish, trigger=trigger())
    return jsonify({"workflow_id": wpid, "workflow_run_id": run.run_id, "agent_id": wpid, "agent_run_id": run.run_id})


@blueprint.get("/v1/workflows/runs")
@blueprint.get("/api/v1/workflows/runs", endpoint="list_all_runs_legacy")
def list_all_runs() -> ResponseReturnValue:
    return jsonify(_rows(None))


@blueprint.get("/v1/workflows/<wpid>/runs")
def list_runs_of(wpid: str) -> ResponseReturnValue:
    return jsonify(_rows(wpid))


@blueprint.get("/api/v1/workflows/<wpid>/runs")
def list_runs_of_legacy(wpid: str) -> ResponseReturnValue:
    return jsonify(_rows(wpid, children=True))


@blueprint.get("/v1/workflows/runs/<run_id>")
def show_workflow_run(run_id: str) -> ResponseReturnValue:
    return jsonify(workflow_run_document(the_world(), _workflow_run(run_id), with_workflow=True))


@blueprint.get("/api/v1/workflows/runs/<run_id>", endpoint="show_workflow_run_light")
@blueprint.get("/api/v1/workflows/<wpid>/runs/<run_id>")
def show_workflow_run_legacy(run_id: str, wpid: str = "") -> ResponseReturnValue:
    return jsonify(workflow_run_document(the_world(), _workflow_run(run_id), with_workflow=False))


@blueprint.get("/api/v1/workflows/<wpid>/runs/<run_id>/timeline")
def show_timeline_legacy(wpid: str, run_id: str) -> ResponseReturnValue:
    return jsonify(timeline_document(the_world(), _workflow_run(run_id)))


@blueprint.post("/api/v1/workflows/runs/<run_id>/cancel")
def cancel_workflow_run(run_id: str) -> ResponseReturnValue:
    the_world().cancel(_workflow_run(run_id))
    return jsonify(None)


@blueprint.post("/v1/workflows/runs/<run_id>/retry")
def retry_workflow_run(run_id: str) -> ResponseReturnValue:
    run = _workflow_run(run_id)
    if not run.is_over(the_world().clock()):
        raise Refusal(400, "Only terminal workflow runs can be retried")
    again = begin_workflow(the_world(), run.workflow or {}, run.request, tags=list(run.tags), trigger=trigger())
    return jsonify(run_document(the_world(), again))


@blueprint.post("/v1/workflows/runs/<run_id>/continue")
def continue_workflow_run(run_id: str) -> ResponseReturnValue:
    run = the_world().runs.get(run_id)
    if run is None or run.status(the_world().clock()) != "paused":
        raise Refusal(404, f"Workflow run not found {run_id}")
    go_on(the_world(), run)
    return jsonify(None)


def _rows(wpid: str | None, *, children: bool = False) -> list[dict[str, Any]]:
    world = the_world()
    return [workflow_run_row(world, run) for run in workflow_runs(world, request.args, wpid, children=children)]


def _workflow_run(run_id: str) -> Run:
    run = the_world().runs.get(run_id)
    if run is None or run.kind != "workflow_run":
        raise Refusal(404, f"Workflow run not found {run_id}")
    return run
