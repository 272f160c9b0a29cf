"""The older task routes under /api/v1 and /api/v2."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.artifacts import artifact_document, artifacts_about
from skyvern_ui.sandbox.bodies import json_body, the_world, web_address
from skyvern_ui.sandbox.names import task_part
from skyvern_ui.sandbox.plan import Part, parts_of
from skyvern_ui.sandbox.refusals import Refusal, invalid, not_one_of, whole_number
from skyvern_ui.sandbox.runs import cancel_run, trigger
from skyvern_ui.sandbox.shapes import shape
from skyvern_ui.sandbox.starting import begin_task
from skyvern_ui.sandbox.steps import actions_document, steps_document
from skyvern_ui.sandbox.story import Run
from skyvern_ui.sandbox.task_documents import legacy_task, task_v2_document

blueprint = Blueprint("legacy", __name__)
ENTITIES = ("step", "task", "workflow_run", "workflow_run_block", "thought")


@blueprint.post("/api/v1/tasks")
def create_task() -> ResponseReturnValue:
    body = json_body()
    if "url" not in body:
        raise invalid(("body", "url"), "missing", "Field required", body)
    url = web_address(body["url"])
    prompt = body.get("navigation_goal") or body.get("data_extraction_goal") or ""
    wish = shape("task_request", prompt=prompt, url=url, title=body.get("title"),
                 webhook_url=body.get("webhook_callback_url"), totp_identifier=body.get("totp_identifier"),
                 browser_session_id=body.get("browser_session_id"))
    run = begin_task(the_world(), wish, "task_v1", "tsk", trigger=trigger())
    return jsonify({"task_id": run.run_id})


@blueprint.get("/api/v1/tasks")
def list_tasks() -> ResponseReturnValue:
    world, asked = the_world(), request.args
    page = whole_number(("query", "page"), asked.get("page"), 1, None, 1)
    size = whole_number(("query", "page_size"), asked.get("page_size"), 1, None, 10)
    wanted, now = asked.getlist("task_status"), world.clock()
    found = [run for run in world.newest_first() if run.run_id.startswith("tsk_") and run.kind != "task_v2"
             and (not wanted or run.status(now) in wanted)]
    shown = found[(page - 1) * size:page * size]
    return jsonify([legacy_task(world, run, parts_of(run)[0], row=True) for run in shown])


@blueprint.get("/api/v1/tasks/<task_id>")
def show_task(task_id: str) -> ResponseReturnValue:
    return jsonify(legacy_task(the_world(), *_task(task_id)))


@blueprint.get("/api/v2/tasks/<task_id>")
def show_task_v2(task_id: str) -> ResponseReturnValue:
    world = the_world()
    run = world.runs.get(task_id)
    told = task_v2_document(world, run) if run is not None and run.kind == "task_v2" else None
    if told is None:
        raise Refusal(404, f"Task v2 {task_id} not found")
    return jsonify(told)


@blueprint.post("/api/v2/tasks")
def create_task_v2() -> ResponseReturnValue:
    body = json_body()
    prompt = body.get("user_prompt")
    if not isinstance(prompt, str):
        raise invalid(("body", "user_prompt"), "missing", "Field required", body)
    wish = shape("task_request", prompt=prompt, url=web_address(body.get("url")), engine="skyvern-2.0",
                 webhook_url=body.get("webhook_callback_url"), totp_identifier=body.get("totp_identifier"),
                 browser_session_id=body.get("browser_session_id"))
    run = begin_task(the_world(), wish, "task_v2", "tsk_v2", trigger=trigger())
    return jsonify(task_v2_document(the_world(), run))


@blueprint.post("/api/v1/tasks/<task_id>/cancel")
def cancel_task(task_id: str) -> ResponseReturnValue:
    _task(task_id)
    return cancel_run(task_id)


@blueprint.get("/api/v1/tasks/<task_id>/steps")
def list_steps(task_id: str) -> ResponseReturnValue:
    found = task_part(the_world(), task_id)
    return jsonify(steps_document(the_world(), *found) if found else [])


@blueprint.get("/api/v1/tasks/<task_id>/actions")
def list_actions(task_id: str) -> ResponseReturnValue:
    found = task_part(the_world(), task_id)
    return jsonify(actions_document(the_world(), *found) if found else [])


@blueprint.get("/api/v1/tasks/<task_id>/steps/<step_id>/artifacts")
def list_artifacts_of_step(task_id: str, step_id: str) -> ResponseReturnValue:
    return jsonify([artifact_document(the_world(), a) for a in artifacts_about(the_world(), step_id)])


@blueprint.get("/api/v1/<entity_type>/<entity_id>/artifacts")
def list_artifacts_of(entity_type: str, entity_id: str) -> ResponseReturnValue:
    """Newest first; a thought has left nothing behind."""
    if entity_type not in ENTITIES:
        raise not_one_of(("path", "entity_type"), ENTITIES, entity_type)
    return jsonify([artifact_document(the_world(), a) for a in artifacts_about(the_world(), entity_id)][::-1])


def _task(task_id: str) -> tuple[Run, Part]:
    found = task_part(the_world(), task_id)
    if found is None:
        raise Refusal(404, f"Task {task_id} not found")
    return found
