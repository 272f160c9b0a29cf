"""Runs of workflows: start, list, read, cancel, retry, continue; under /v1 and the older /api/v1."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.bodies import json_body, the_world
from skyvern_ui.sandbox.documents import run_document, workflow_run_document, workflow_run_row
from skyvern_ui.sandbox.filters import workflow_runs
from skyvern_ui.sandbox.refusals import Refusal, invalid
from skyvern_ui.sandbox.runs import trigger
from skyvern_ui.sandbox.shapes import shape
from skyvern_ui.sandbox.starting import begin_workflow, go_on
from skyvern_ui.sandbox.story import Run
from skyvern_ui.sandbox.timeline import timeline_document
from skyvern_ui.sandbox.workflows import find_versions

blueprint = Blueprint("workflow_runs", __name__)


@blueprint.post("/v1/run/workflows")
def run_workflow() -> ResponseReturnValue:
    body = json_body()
    wpid = body.get("workflow_id") or body.get("agent_id")
    if not isinstance(wpid, str):
        raise invalid(("body", "workflow_id"), "missing", "Field required", body)
    workflow = find_versions(wpid)[-1]
    wish = shape("workflow_request", **{k: v for k, v in body.items() if k in shape("workflow_request")})
    wish |= {"workflow_id": wpid, "title": body.get("title") or workflow["title"]}
    return jsonify(run_document(the_world(), begin_workflow(the_world(), workflow, wish, trigger=trigger())))


@blueprint.post("/api/v1/workflows/<wpid>/run")
def run_workflow_legacy(wpid: str) -> ResponseReturnValue:
    body, workflow = json_body(), find_versions(wpid)[-1]
    wish = shape("workflow_request", workflow_id=wpid, parameters=body.get("data") or {}, title=workflow["title"],
                 browser_session_id=body.get("browser_session_id"), run_metadata=body.get("run_metadata"),
                 webhook_url=body.get("webhook_callback_url"), totp_identifier=body.get("totp_identifier"))
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
