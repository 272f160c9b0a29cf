"""Generated code, and how often it had to be helped: all of it follows from the runs that ran with code.

A run with `run_with: code`, by its own wish or its workflow's, writes a script once it is over. There is one script for
each value of the workflow's cache key; a changed workflow makes a new version. Words in what a run was asked decide the
rest: [heal] and [unhealed] for a code block that broke and was healed or not, [fallback] for code that a model had to
help.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.bodies import json_body, the_world
from skyvern_ui.sandbox.refusals import Refusal, whole_number
from skyvern_ui.sandbox.shapes import moment
from skyvern_ui.sandbox.story import Run
from skyvern_ui.sandbox.workflows import find_versions
from skyvern_ui.sandbox.world import World

blueprint = Blueprint("scripts", __name__)
Group = list[list[Run]]  # the versions of one script, each with its runs, all oldest first


def variants(world: World, wpid: str) -> dict[str, Group]:
    """The scripts of a workflow by the value of its cache key."""
    found: dict[str, Group] = {}
    for run in sorted(world.runs.values(), key=lambda run: (run.created, run.number)):
        if run.workflow_permanent_id != wpid or not _wrote_code(world, run):
            continue
        value = _value(run)
        held = world.scripts.get(f"{wpid} {value}", {})
        if run.created <= max(held.get("deleted", 0.0), world.scripts.get(wpid, {}).get("deleted", 0.0)):
            continue
        versions = found.setdefault(value, [])
        if versions and (held.get("pinned") or _version(versions[-1][0]) == _version(run)):
            versions[-1].append(run)
        else:
            versions.append([run])
    return found


@blueprint.get("/v1/scripts/workflows/<wpid>")
def list_variants(wpid: str) -> ResponseReturnValue:
    _workflow(wpid)
    rows = []
    for value, versions in variants(the_world(), wpid).items():
        runs = [run for version in versions for run in version]
        went = [run for run in runs if run.status(the_world().clock()) == "completed"]
        rows.append({"script_id": script_id(versions), "cache_key": str(_key(wpid)), "cache_key_value": value,
                     "status": "published", "latest_version": len(versions), "version_count": len(versions),
                     "total_runs": len(runs), "success_rate": len(went) / len(runs),
                     "is_pinned": bool(_held(wpid, value).get("pinned")),
                     "created_at": moment(runs[0].created), "modified_at": moment(runs[-1].created)})
    return jsonify({"scripts": sorted(rows, key=lambda row: str(row["modified_at"]), reverse=True)})


@blueprint.get("/v1/scripts/<sid>/versions")
def list_versions(sid: str) -> ResponseReturnValue:
    _, versions = _find(sid)
    return jsonify({"versions": [
        {"version": number, "script_revision_id": f"sr_{version[0].number}", "run_id": version[0].run_id,
         "created_at": moment(version[0].created)} for number, version in list(enumerate(versions, 1))[::-1]]})


@blueprint.get("/v1/scripts/<sid>/versions/<int:number>/detail")
def show_detail(sid: str, number: int) -> ResponseReturnValue:
    value, versions = _find(sid)
    if not 1 <= number <= len(versions):
        raise Refusal(404, "Script version not found")
    first = versions[number - 1][0]
    return jsonify({"script_id": sid, "script_revision_id": f"sr_{first.number}", "version": number,
                    "created_at": moment(first.created), "run_id": first.run_id, **code_of(first, value),
                    "fallback_episode_count": sum("[fallback]" in run.prompt for run in versions[number - 1])})


@blueprint.get("/v1/scripts/<sid>/runs")
def list_runs(sid: str) -> ResponseReturnValue:
    _, versions = _find(sid)
    if not versions:
        raise Refusal(404, "Script not found")
    now, runs = the_world().clock(), [run for version in versions for run in version][::-1]
    counts: dict[str, int] = {}
    for run in runs:
        counts[run.status(now)] = counts.get(run.status(now), 0) + 1
    size = whole_number(("query", "page_size"), request.args.get("page_size"), 1, 100, 50)
    return jsonify({"runs": [{"workflow_run_id": run.run_id, "status": run.status(now), "failure_reason": None,
                              "started_at": moment(run.started(now)), "finished_at": moment(run.finished(now)),
                              "created_at": moment(run.created)} for run in runs[:size]],
                    "total_count": len(runs), "status_counts": counts,
                    "avg_fallbacks_per_run": sum("[fallback]" in run.prompt for run in runs) / len(runs)})


@blueprint.post("/v1/scripts/<wpid>/blocks")
def show_blocks(wpid: str) -> ResponseReturnValue:
    """The code of one run's variant, or of one value; nothing where there is none."""
    _workflow(wpid)
    body = json_body()
    for value, versions in variants(the_world(), wpid).items():
        for number, version in enumerate(versions, 1):
            if body.get("workflow_run_id") in {run.run_id for run in version} or \
                    (not body.get("workflow_run_id") and value == body.get("cache_key_value")):
                return jsonify(code_of(version[0], value) | {"script_id": script_id(versions), "version": number})
    return jsonify({"blocks": {}, "main_script": None, "script_id": None, "version": None})


@blueprint.post("/v1/scripts/<wpid>/pin", endpoint="pin")
@blueprint.post("/v1/scripts/<wpid>/unpin", endpoint="unpin")
def change_pin(wpid: str) -> ResponseReturnValue:
    value, pinned = str(json_body().get("cache_key_value")), request.path.endswith("/pin")
    _workflow(wpid)
    if value not in variants(the_world(), wpid):
        raise Refusal(404, "No script found for the given cache key value")
    the_world().scripts.setdefault(f"{wpid} {value}", {})["pinned"] = pinned
    return jsonify({"workflow_permanent_id": wpid, "cache_key_value": value, "is_pinned": pinned,
                    "pinned_at": moment(the_world().clock()) if pinned else None})


@blueprint.delete("/v1/scripts/<wpid>/value")
def delete_value(wpid: str) -> ResponseReturnValue:
    _workflow(wpid)
    value = request.args.get("cache-key-value", "")
    if value not in variants(the_world(), wpid):
        raise Refusal(404, "Cache key value not found")
    the_world().scripts[f"{wpid} {value}"] = {"deleted": the_world().clock()}
    return jsonify({"message": "Cache key value deleted successfully"})


@blueprint.delete("/v1/scripts/<wpid>/cache")
def clear(wpid: str) -> ResponseReturnValue:
    _workflow(wpid)
    count = len(variants(the_world(), wpid))
    the_world().scripts[wpid] = {"deleted": the_world().clock()}
    return jsonify({"deleted_count": count, "message": f"Successfully cleared {count} database record(s)"})


def script_id(versions: Group) -> str:
    return f"s_{versions[0][0].number}"


def code_of(run: Run, value: str) -> dict[str, Any]:
    """Code as Skyvern writes it: a main script, and one of each block."""
    labels = [str(block.get("label")) for block in run.blocks]
    calls = "".join(f"    await {label}(page)\n" for label in labels)
    blocks = {block["label"]: f"# {block.get('block_type')}\nasync def {block['label']}(page):\n"
                              f"    await page.goto({block.get('url') or ''!r})\n"
                              f"    return {str(block.get('navigation_goal') or '')!r}\n" for block in run.blocks}
    head = f'"""Sandbox - simulated. For {value}."""\n\n\nasync def run(page):\n'
    return {"blocks": blocks, "main_script": head + calls}


def finished_runs(world: World, wpid: str) -> Iterator[Run]:
    """The runs of a workflow that are over, the newest first."""
    return (run for run in world.newest_first()
            if run.workflow_permanent_id == wpid and run.is_over(world.clock()))


def _wrote_code(world: World, run: Run) -> bool:
    wanted = run.request.get("run_with") or (run.workflow or {}).get("run_with")
    return wanted in ("code", "code_v2") and run.is_over(world.clock())


def _version(run: Run) -> Any:
    return (run.workflow or {}).get("workflow_id")


def _value(run: Run) -> str:
    """The cache key with the run's inputs in it."""
    given = run.request.get("parameters") or {}
    key = (run.workflow or {}).get("cache_key") or "default"
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda found: str(given.get(found.group(1), "")), key) or "default"


def _key(wpid: str) -> str:
    return find_versions(wpid)[-1].get("cache_key") or "default"


def _held(wpid: str, value: str) -> dict[str, Any]:
    return the_world().scripts.get(f"{wpid} {value}", {})


def _workflow(wpid: str) -> None:
    try:
        find_versions(wpid)
    except Refusal:
        raise Refusal(404, "Workflow not found") from None


def _find(sid: str) -> tuple[str, Group]:
    for wpid in the_world().workflows:
        for value, versions in variants(the_world(), wpid).items():
            if script_id(versions) == sid:
                return value, versions
    return "", []
