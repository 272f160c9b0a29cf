"""The tags of runs over HTTP, under /v1 and the older /api/v1. Only workflow runs have tags."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.bodies import json_body, the_world
from skyvern_ui.sandbox.refusals import Refusal
from skyvern_ui.sandbox.story import Run
from skyvern_ui.sandbox.tags import Tag, check_key, read_changes, tags_of

blueprint = Blueprint("tags", __name__)
MOST_RUNS = 200


@blueprint.get("/v1/runs/<run_id>/tags")
@blueprint.get("/api/v1/runs/<run_id>/tags", endpoint="list_tags_legacy")
def list_tags(run_id: str) -> ResponseReturnValue:
    return jsonify(_document(_find(run_id)))


@blueprint.post("/v1/runs/<run_id>/tags")
@blueprint.post("/api/v1/runs/<run_id>/tags", endpoint="change_tags_legacy")
def change_tags(run_id: str) -> ResponseReturnValue:
    """A tag that is both set and taken away stays: as in Skyvern, setting wins."""
    wanted, gone = read_changes(json_body())
    run, world = _find(run_id), the_world()
    replaced = {(key, None) if key else (None, value) for key, value in [*wanted, *gone]}
    kept = [tag for tag in run.tags if ((tag.key, None) if tag.key else (None, tag.value)) not in replaced]
    fresh = {(key or value): Tag(key, value or "", world.clock(), world.person) for key, value in wanted}
    run.tags = [*kept, *fresh.values()]
    return jsonify(_document(run))


@blueprint.delete("/v1/runs/<run_id>/tags/<key>")
@blueprint.delete("/api/v1/runs/<run_id>/tags/<key>", endpoint="delete_tag_legacy")
def delete_tag(run_id: str, key: str) -> ResponseReturnValue:
    try:
        check_key(key, ("path", "key"))
    except Refusal as refusal:
        raise Refusal(400, refusal.detail[0]["msg"].removeprefix("Value error, ")) from None
    run = _find(run_id)
    run.tags = [tag for tag in run.tags if tag.key != key]
    return jsonify(_document(run))


@blueprint.get("/v1/run-tags")
@blueprint.get("/api/v1/run-tags", endpoint="list_tags_of_runs_legacy")
def list_tags_of_runs() -> ResponseReturnValue:
    return jsonify(_batch(request.args.get("workflow_run_ids", "").split(",")))


@blueprint.post("/v1/run-tags")
@blueprint.post("/api/v1/run-tags", endpoint="ask_tags_of_runs_legacy")
def ask_tags_of_runs() -> ResponseReturnValue:
    return jsonify(_batch(json_body().get("workflow_run_ids") or []))


@blueprint.get("/v1/run-tag-suggestions")
@blueprint.get("/api/v1/run-tag-suggestions", endpoint="suggest_tags_legacy")
def suggest_tags() -> ResponseReturnValue:
    world = the_world()
    now = world.clock()
    held = sorted({(tag.key or "", tag.value) for run in world.newest_first() if run.kind == "workflow_run"
                   for tag in tags_of(run, now)})
    values: dict[str, list[str]] = {}
    for key, value in held:
        if key:
            values.setdefault(key, []).append(value)
    return jsonify({"keys": list(values), "values_by_key": values, "labels": [v for key, v in held if not key]})


def _batch(given: list[Any]) -> dict[str, Any]:
    asked = [name.strip() for name in given if isinstance(name, str) and name.strip()]
    if len(asked) > MOST_RUNS:
        raise Refusal(400, f"At most {MOST_RUNS} workflow run IDs may be requested at once")
    world, found = the_world(), {}
    for name in asked:
        run = world.runs.get(name)
        held = tags_of(run, world.clock()) if run is not None and run.kind == "workflow_run" else []
        found[name] = [{"key": tag.key, "value": tag.value} for tag in held]
    return {"run_tags": found}


def _document(run: Run) -> dict[str, Any]:
    return {"workflow_run_id": run.run_id, "tags": [tag.document() for tag in tags_of(run, the_world().clock())]}


def _find(run_id: str) -> Run:
    run = the_world().runs.get(run_id)
    if run is None or run.kind != "workflow_run":
        raise Refusal(404, f"Workflow run {run_id} not found")
    return run
