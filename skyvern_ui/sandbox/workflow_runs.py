"""Runs of workflows: start, list, read, cancel, retry, continue; under /v1 and the older /api/v1."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.bodies import json_body, the_world
from skyvern_ui.sandbox.documents import run_document, workflow_run_document, workflow_run_row
from skyvern_ui.sandbox.refusals import Refusal, invalid, whole_number
from skyvern_ui.sandbox.runs import find_run, trigger
from skyvern_ui.sandbox.shapes import shape
from skyvern_ui.sandbox.steps import timeline_document
from skyvern_ui.sandbox.story import Run
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
    tags = {str(key): str(value) for key, value in (body.get("run_metadata") or {}).items()}
    return jsonify(run_document(the_world(), _start(workflow, wish, tags, body.get("browser_session_id"))))


@blueprint.post("/api/v1/workflows/<wpid>/run")
def run_workflow_legacy(wpid: str) -> ResponseReturnValue:
    body, workflow = json_body(), find_versions(wpid)[-1]
    wish = shape("workflow_request", workflow_id=wpid, parameters=body.get("data") or {}, title=workflow["title"])
    run = _start(workflow, wish, {}, body.get("browser_session_id"))
    return jsonify({"workflow_id": wpid, "workflow_run_id": run.run_id, "agent_id": wpid, "agent_run_id": run.run_id})


@blueprint.get("/v1/workflows/runs")
@blueprint.get("/api/v1/workflows/runs", endpoint="list_all_runs_legacy")
def list_all_runs() -> ResponseReturnValue:
    return jsonify(_run_rows(None))


@blueprint.get("/v1/workflows/<wpid>/runs")
@blueprint.get("/api/v1/workflows/<wpid>/runs", endpoint="list_runs_of_legacy")
def list_runs_of(wpid: str) -> ResponseReturnValue:
    return jsonify(_run_rows(wpid))


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
    run, now = _workflow_run(run_id), the_world().clock()
    if not run.is_over(now):
        run.canceled = now
    return jsonify(None)


@blueprint.post("/v1/workflows/runs/<run_id>/retry")
def retry_workflow_run(run_id: str) -> ResponseReturnValue:
    run = _workflow_run(run_id)
    if not run.is_over(the_world().clock()):
        raise Refusal(400, "Only terminal workflow runs can be retried")
    again = _start(run.workflow or {}, run.request, run.tags, None)
    again.retried_from = run_id
    return jsonify(run_document(the_world(), again))


@blueprint.post("/v1/workflows/runs/<run_id>/continue")
def continue_workflow_run(run_id: str) -> ResponseReturnValue:
    run = the_world().runs.get(run_id)
    if run is None or run.status(the_world().clock()) != "paused":
        raise Refusal(404, f"Workflow run not found {run_id}")
    run.continued = the_world().clock()
    return jsonify(None)


def _start(workflow: dict[str, Any], wish: dict[str, Any], tags: dict[str, str], session: str | None) -> Run:
    text = json.dumps([workflow.get("title"), workflow.get("workflow_definition"), wish], ensure_ascii=False)
    if '"human_interaction"' in text:
        text += "[pause]"
    return the_world().start(prefix="wr", kind="workflow_run", request=wish, prompt=text, tags=tags, url=None,
                             title=wish.get("title"), workflow=workflow, trigger=trigger(), session_id=session)


def _run_rows(wpid: str | None) -> list[dict[str, Any]]:
    world, asked = the_world(), request.args
    page = whole_number(("query", "page"), asked.get("page"), 1, None, 1)
    size = whole_number(("query", "page_size"), asked.get("page_size"), 1, None, 10)
    rows = [workflow_run_row(world, run) for run in world.newest_first() if run.kind == "workflow_run"]
    rows = [row for row in rows if (wpid is None or row["workflow_permanent_id"] == wpid)
            and (not asked.getlist("status") or row["status"] in asked.getlist("status"))]
    return rows[(page - 1) * size:page * size]


def _workflow_run(run_id: str) -> Run:
    run = find_run(run_id, "Workflow run not found {}")
    if run.kind != "workflow_run":
        raise Refusal(404, f"Workflow run not found {run_id}")
    return run
