"""Starting, listing, reading and cancelling runs, under /v1."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.artifacts import artifact_document, artifacts_about
from skyvern_ui.sandbox.bodies import json_body, the_world, web_address
from skyvern_ui.sandbox.documents import row_document, run_document
from skyvern_ui.sandbox.filters import runs_of_all_kinds
from skyvern_ui.sandbox.refusals import Refusal, invalid, not_one_of
from skyvern_ui.sandbox.shapes import shape
from skyvern_ui.sandbox.starting import begin_task
from skyvern_ui.sandbox.story import Run
from skyvern_ui.sandbox.timeline import timeline_document

blueprint = Blueprint("runs", __name__)
ENGINES = ("skyvern-1.0", "skyvern-2.0", "skyvern-3.0", "openai-cua", "anthropic-cua", "ui-tars",
           "yutori-navigator")
KINDS = {"skyvern-1.0": ("tsk", "task_v1"), "skyvern-2.0": ("tsk_v2", "task_v2"), "skyvern-3.0": ("tsk", "task_v3"),
         "openai-cua": ("tsk", "openai_cua"), "anthropic-cua": ("tsk", "anthropic_cua"),
         "ui-tars": ("tsk", "ui_tars"), "yutori-navigator": ("tsk", "yutori_navigator")}

MOST_CANCELED = 100


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
    run = begin_task(the_world(), wish | {"url": url}, kind, prefix, trigger=trigger())
    return jsonify(run_document(the_world(), run))


@blueprint.get("/v1/runs")
def list_runs() -> ResponseReturnValue:
    world = the_world()
    return jsonify([row_document(world, run) for run in runs_of_all_kinds(world, request.args)])


@blueprint.get("/v1/runs/<run_id>")
def show_run(run_id: str) -> ResponseReturnValue:
    return jsonify(run_document(the_world(), find_run(run_id)))


@blueprint.post("/v1/runs/<run_id>/cancel")
def cancel_run(run_id: str) -> ResponseReturnValue:
    run, now = find_run(run_id, "Run not found {}"), the_world().clock()
    if run.is_over(now) and run.kind != "workflow_run":
        raise Refusal(400, f"Invalid task status transition from {run.status(now)} to canceled for {run_id}")
    the_world().cancel(run)
    return jsonify(None)


@blueprint.post("/v1/runs/cancel")
def cancel_runs() -> ResponseReturnValue:
    """A finished workflow run is told among the cancelled, though it stays as it is: as release 1.0.56 does."""
    world, wanted = the_world(), json_body().get("run_ids")
    if not isinstance(wanted, list):
        raise invalid(("body", "run_ids"), "missing", "Field required", wanted)
    if len(wanted) > MOST_CANCELED:
        words = f"List should have at most {MOST_CANCELED} items after validation, not {len(wanted)}"
        raise invalid(("body", "run_ids"), "too_long", words, wanted, field_type="List", max_length=MOST_CANCELED,
                      actual_length=len(wanted))
    done, failed = [], []
    for name in dict.fromkeys(map(str, wanted)):
        run = world.runs.get(name)
        taken = run is not None and (run.kind == "workflow_run" or not run.is_over(world.clock()))
        (done if taken else failed).append(name)
        if run is not None:
            world.cancel(run)
    return jsonify({"cancelled": done, "failed": failed})


@blueprint.get("/v1/runs/<run_id>/timeline")
def show_timeline(run_id: str) -> ResponseReturnValue:
    run = the_world().runs.get(run_id)
    if run is None or run.parent is not None:
        raise Refusal(404, f"Run not found {run_id}")
    if run.kind not in ("workflow_run", "task_v2"):
        raise Refusal(400, f"Timeline not available for run type {run.kind}")
    return jsonify(timeline_document(the_world(), run))


@blueprint.get("/v1/runs/<run_id>/artifacts")
def list_artifacts(run_id: str) -> ResponseReturnValue:
    wanted = request.args.getlist("artifact_type")
    found = artifacts_about(the_world(), run_id)
    return jsonify([artifact_document(the_world(), a) for a in found if not wanted or a.kind in wanted])


def find_run(run_id: str, words: str = "Task run not found {}") -> Run:
    """The run; what a task of engine 2.0 hides leads to the task, what a block started is not found."""
    run = the_world().runs.get(run_id)
    if run is None or run.parent is not None:
        raise Refusal(404, words.format(run_id))
    return the_world().runs[run.shown_as] if run.shown_as else run


def trigger() -> str:
    return "manual" if request.headers.get("x-user-agent") == "skyvern-ui" else "api"

