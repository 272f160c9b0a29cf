"""The older task routes under /api/v1 and /api/v2."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.artifacts import artifact_document, artifacts_of, block_id, step_id
from skyvern_ui.sandbox.bodies import json_body, the_world, web_address
from skyvern_ui.sandbox.documents import legacy_task, run_document
from skyvern_ui.sandbox.refusals import Refusal, invalid, not_one_of, whole_number
from skyvern_ui.sandbox.runs import cancel_run, trigger
from skyvern_ui.sandbox.shapes import shape
from skyvern_ui.sandbox.steps import actions_document, steps_document
from skyvern_ui.sandbox.story import Run

blueprint = Blueprint("legacy", __name__)
ENTITIES = ("step", "task", "workflow_run", "workflow_run_block", "thought")


@blueprint.post("/api/v1/tasks")
def create_task() -> ResponseReturnValue:
    body = json_body()
    if "url" not in body:
        raise invalid(("body", "url"), "missing", "Field required", body)
    url = web_address(body["url"])
    prompt = body.get("navigation_goal") or body.get("data_extraction_goal") or ""
    wish = shape("task_request", prompt=prompt, url=url, title=body.get("title"))
    run = the_world().start(prefix="tsk", kind="task_v1", request=wish, prompt=prompt, url=url,
                            title=body.get("title"), trigger=trigger())
    return jsonify({"task_id": run.run_id})


@blueprint.get("/api/v1/tasks")
def list_tasks() -> ResponseReturnValue:
    world, asked = the_world(), request.args
    page = whole_number(("query", "page"), asked.get("page"), 1, None, 1)
    size = whole_number(("query", "page_size"), asked.get("page_size"), 1, None, 10)
    rows = [legacy_task(world, run, row=True) for run in world.newest_first() if run.run_id.startswith("tsk_")]
    wanted = asked.getlist("task_status")
    rows = [row for row in rows if not wanted or row["status"] in wanted]
    return jsonify(rows[(page - 1) * size:page * size])


@blueprint.get("/api/v1/tasks/<task_id>")
def show_task(task_id: str) -> ResponseReturnValue:
    return jsonify(legacy_task(the_world(), _task(task_id)))


@blueprint.get("/api/v2/tasks/<task_id>")
def show_task_v2(task_id: str) -> ResponseReturnValue:
    run = run_document(the_world(), _task(task_id))
    told = {key: run[key] for key in ("status", "output", "created_at", "modified_at", "started_at", "finished_at")}
    return jsonify(told | {"task_id": task_id, "organization_id": the_world().organization_id,
                           "prompt": run["run_request"]["prompt"], "url": run["run_request"]["url"],
                           "summary": None, "workflow_run_id": None, "workflow_permanent_id": None})


@blueprint.post("/api/v1/tasks/<task_id>/cancel")
def cancel_task(task_id: str) -> ResponseReturnValue:
    _task(task_id)
    return cancel_run(task_id)


@blueprint.get("/api/v1/tasks/<task_id>/steps")
def list_steps(task_id: str) -> ResponseReturnValue:
    return jsonify(steps_document(the_world(), _task(task_id)))


@blueprint.get("/api/v1/tasks/<task_id>/actions")
def list_actions(task_id: str) -> ResponseReturnValue:
    return jsonify(actions_document(the_world(), _task(task_id)))


@blueprint.get("/api/v1/<entity_type>/<entity_id>/artifacts")
def list_artifacts_of(entity_type: str, entity_id: str) -> ResponseReturnValue:
    if entity_type not in ENTITIES:
        raise not_one_of(("path", "entity_type"), ENTITIES, entity_type)
    world = the_world()
    return jsonify([artifact_document(world, a) for run in world.runs.values()
                    for a in artifacts_of(run, world.clock())
                    if entity_id in (run.run_id, step_id(run, a.step), block_id(run, a.step))])


def _task(task_id: str) -> Run:
    run = the_world().runs.get(task_id)
    if run is None or not task_id.startswith("tsk_"):
        raise Refusal(404, f"Task {task_id} not found")
    return run
