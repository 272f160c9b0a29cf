"""Starting, listing, reading and cancelling runs, under /v1."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.artifacts import artifact_document, artifacts_of
from skyvern_ui.sandbox.bodies import json_body, the_world, web_address
from skyvern_ui.sandbox.documents import row_document, run_document
from skyvern_ui.sandbox.refusals import Refusal, invalid, not_one_of, whole_number
from skyvern_ui.sandbox.shapes import shape
from skyvern_ui.sandbox.steps import timeline_document
from skyvern_ui.sandbox.story import Run

blueprint = Blueprint("runs", __name__)
ENGINES = ("skyvern-1.0", "skyvern-2.0", "skyvern-3.0", "openai-cua", "anthropic-cua", "ui-tars",
           "yutori-navigator")
STATUSES = ("created", "queued", "running", "paused", "timed_out", "failed", "terminated", "completed", "canceled")
KINDS = {"skyvern-1.0": ("tsk", "task_v1"), "skyvern-2.0": ("tsk_v2", "task_v2"), "skyvern-3.0": ("tsk", "task_v3"),
         "openai-cua": ("tsk", "openai_cua"), "anthropic-cua": ("tsk", "anthropic_cua"),
         "ui-tars": ("tsk", "ui_tars"), "yutori-navigator": ("tsk", "yutori_navigator")}


@blueprint.post("/v1/run/tasks")
def run_task() -> ResponseReturnValue:
    body = json_body()
    prompt = body.get("prompt")
    if "prompt" not in body:
        raise invalid(("body", "prompt"), "missing", "Field required", body)
    if not isinstance(prompt, str):
        raise invalid(("body", "prompt"), "string_type", "Input should be a valid string", prompt)
    engine = body.get("engine", "skyvern-1.0")
    if engine not in KINDS:
        raise not_one_of(("body", "engine"), ENGINES, engine)
    url = web_address(body.get("url"))
    wish = shape("task_request", **{k: v for k, v in body.items() if k in shape("task_request")})
    prefix, kind = KINDS[engine]
    run = the_world().start(prefix=prefix, kind=kind, request=wish, prompt=prompt, url=url, title=body.get("title"),
                            trigger=trigger(), session_id=body.get("browser_session_id"))
    return jsonify(run_document(the_world(), run))


@blueprint.get("/v1/runs")
def list_runs() -> ResponseReturnValue:
    world, asked = the_world(), request.args
    page = whole_number(("query", "page"), asked.get("page"), 1, 100, 1)
    size = whole_number(("query", "page_size"), asked.get("page_size"), 1, 100, 10)
    for place, status in enumerate(asked.getlist("status")):
        if status not in STATUSES:
            raise not_one_of(("query", "status", place), STATUSES, status)
    words = asked.get("search_key")
    if words is not None and len(words) < 3:
        raise invalid(("query", "search_key"), "string_too_short", "String should have at least 3 characters", words,
                      min_length=3)
    rows = [row_document(world, run) for run in world.newest_first() if _tagged(run, asked.getlist("tags"))]
    for name, key in (("status", "status"), ("run_type", "task_run_type"),
                      ("workflow_permanent_id", "workflow_permanent_id")):
        if asked.getlist(name):
            rows = [row for row in rows if row[key] in asked.getlist(name)]
    if words:
        rows = [row for row in rows if words.lower() in f"{row['title']} {row['run_id']}".lower()]
    return jsonify(rows[(page - 1) * size:page * size])


@blueprint.get("/v1/runs/<run_id>")
def show_run(run_id: str) -> ResponseReturnValue:
    return jsonify(run_document(the_world(), find_run(run_id)))


@blueprint.post("/v1/runs/<run_id>/cancel")
def cancel_run(run_id: str) -> ResponseReturnValue:
    run, now = find_run(run_id, "Run not found {}"), the_world().clock()
    if run.is_over(now) and run.kind != "workflow_run":
        raise Refusal(400, f"Invalid task status transition from {run.status(now)} to canceled for {run_id}")
    if not run.is_over(now):
        run.canceled = now
    return jsonify(None)


@blueprint.post("/v1/runs/cancel")
def cancel_runs() -> ResponseReturnValue:
    world, body = the_world(), json_body()
    wanted = body.get("run_ids")
    if not isinstance(wanted, list):
        raise invalid(("body", "run_ids"), "missing", "Field required", body)
    live = [name for name in wanted if name in world.runs and not world.runs[name].is_over(world.clock())]
    for name in live:
        world.runs[name].canceled = world.clock()
    return jsonify({"cancelled": live, "failed": [name for name in wanted if name not in live]})


@blueprint.get("/v1/runs/<run_id>/timeline")
def show_timeline(run_id: str) -> ResponseReturnValue:
    run = find_run(run_id)
    if run.kind not in ("workflow_run", "task_v2"):
        raise Refusal(400, f"Timeline not available for run type {run.kind}")
    return jsonify(timeline_document(the_world(), run))


@blueprint.get("/v1/runs/<run_id>/artifacts")
def list_artifacts(run_id: str) -> ResponseReturnValue:
    world, wanted = the_world(), request.args.getlist("artifact_type")
    run = world.runs.get(run_id)
    found = artifacts_of(run, world.clock()) if run else []
    return jsonify([artifact_document(world, a) for a in found if not wanted or a.kind in wanted])


@blueprint.get("/v1/runs/<run_id>/tags")
def list_tags(run_id: str) -> ResponseReturnValue:
    run = find_run(run_id)
    tags = [{"key": key, "value": value, "source": "manual", "set_by": the_world().person, "set_at": None}
            for key, value in sorted(run.tags.items())]
    return jsonify({"workflow_run_id": run_id, "tags": tags})


def find_run(run_id: str, words: str = "Task run not found {}") -> Run:
    run = the_world().runs.get(run_id)
    if run is None:
        raise Refusal(404, words.format(run_id))
    return run


def trigger() -> str:
    return "manual" if request.headers.get("x-user-agent") == "skyvern-ui" else "api"


def _tagged(run: Run, wanted: list[str]) -> bool:
    held: Any = {f"{key}:{value}" for key, value in run.tags.items()} | set(run.tags)
    return all(tag in held for tag in wanted)
