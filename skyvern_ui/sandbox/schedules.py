"""Schedules, and the scheduler that starts their runs: it looks at each request, on the sandbox's clock."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.bodies import json_body, the_world
from skyvern_ui.sandbox.refusals import Refusal, invalid, whole_number
from skyvern_ui.sandbox.schedule_bodies import at, cadence_of, check, inputs_of
from skyvern_ui.sandbox.shapes import moment, shape
from skyvern_ui.sandbox.starting import begin_workflow
from skyvern_ui.sandbox.workflows import find_versions
from skyvern_ui.sandbox.world import World
from skyvern_ui.schedules.cron import parse

blueprint = Blueprint("schedules", __name__)
NEXT_RUNS = 5
KEYS = ("cron_expression", "interval_seconds", "first_fire_at", "run_at", "timezone", "parameters", "name",
        "description")


def both(method: str, path: str) -> Any:
    """A route under /v1 and under the older /api/v1."""
    def bind(view: Any) -> Any:
        for prefix in ("/v1", "/api/v1"):
            blueprint.add_url_rule(prefix + path, f"{view.__name__}{prefix.replace('/', '_')}", view, methods=[method])
        return view
    return bind


@both("GET", "/schedules")
def list_all() -> ResponseReturnValue:
    world, asked = the_world(), request.args
    page = whole_number(("query", "page"), asked.get("page"), 1, None, 1)
    size = whole_number(("query", "page_size"), asked.get("page_size"), 1, 100, 10)
    status, words = asked.get("status"), (asked.get("search") or "").lower()
    if status not in (None, "active", "paused"):
        words = "'active' or 'paused'"
        raise invalid(("query", "status"), "literal_error", f"Input should be {words}", status, expected=words)
    rows = []
    for held in reversed(world.schedules.values()):
        title = world.workflows.get(held["workflow_permanent_id"], [{}])[-1].get("title") or "Untitled Workflow"
        over = held["run_at"] and held["dispatch_status"] != "pending"
        if status and (over or held["enabled"] is not (status == "active")):
            continue
        if words in title.lower() or words in (held["name"] or "").lower():
            due = next(iter(next_runs(world, held)), None) if held["enabled"] else None
            row = {key: value for key, value in held.items() if key not in ("temporal_schedule_id", "deleted_at")}
            rows.append(row | {"workflow_title": title, "next_run": due})
    return jsonify({"schedules": rows[(page - 1) * size:page * size], "total_count": len(rows), "page": page,
                    "page_size": size})


@both("GET", "/workflows/<wpid>/schedules")
def list_of(wpid: str) -> ResponseReturnValue:
    _workflow(wpid)
    return jsonify({"schedules": [each for each in the_world().schedules.values()
                                  if each["workflow_permanent_id"] == wpid]})


@both("POST", "/workflows/<wpid>/schedules")
def create(wpid: str) -> ResponseReturnValue:
    world, body = the_world(), json_body()
    check(body, world.clock(), None)
    workflow, now = _workflow(wpid), stamp(world)
    held = {"workflow_schedule_id": world.new_id("wfs"), "organization_id": world.organization_id,
            "workflow_permanent_id": wpid, "dispatch_status": "pending" if body.get("run_at") else None,
            "workflow_run_id": None, "enabled": body.get("enabled") is not False, "created_at": now,
            "modified_at": now, "deleted_at": None, **_written(body, world, workflow, None)}
    held["temporal_schedule_id"] = f"local-{held['workflow_schedule_id']}"
    world.schedules[held["workflow_schedule_id"]] = held
    return _told(held)


@both("GET", "/workflows/<wpid>/schedules/<schedule_id>")
def show(wpid: str, schedule_id: str) -> ResponseReturnValue:
    return _told(_find(wpid, schedule_id))


@both("PUT", "/workflows/<wpid>/schedules/<schedule_id>")
def update(wpid: str, schedule_id: str) -> ResponseReturnValue:
    world, body, held = the_world(), json_body(), _find(wpid, schedule_id)
    cadence_of(body)
    if bool(held["run_at"]) != bool(body.get("run_at")):
        raise Refusal(422, "A schedule cannot switch between one-time and recurring; create a new schedule instead")
    _still_pending(held)
    check(body, world.clock(), held)
    held |= _written(body, world, _workflow(wpid), held) | {"modified_at": stamp(world)}
    if body.get("enabled") is not None:
        held["enabled"] = body["enabled"]
    return _told(held)


@both("DELETE", "/workflows/<wpid>/schedules/<schedule_id>")
def delete(wpid: str, schedule_id: str) -> ResponseReturnValue:
    del the_world().schedules[_find(wpid, schedule_id)["workflow_schedule_id"]]
    return jsonify({"ok": True})


@both("POST", "/workflows/<wpid>/schedules/<schedule_id>/enable")
def enable(wpid: str, schedule_id: str) -> ResponseReturnValue:
    return _set_enabled(wpid, schedule_id, True)


@both("POST", "/workflows/<wpid>/schedules/<schedule_id>/disable")
def disable(wpid: str, schedule_id: str) -> ResponseReturnValue:
    return _set_enabled(wpid, schedule_id, False)


@both("POST", "/workflows/<wpid>/schedules/<schedule_id>/cancel")
def cancel(wpid: str, schedule_id: str) -> ResponseReturnValue:
    held = _find(wpid, schedule_id)
    if not held["run_at"]:
        raise Refusal(422, "Only a one-time schedule can be canceled; disable or delete a recurring schedule instead")
    _still_pending(held)
    held |= {"dispatch_status": "canceled", "modified_at": stamp(the_world())}
    return jsonify({"schedule": held, "next_runs": []})


def dispatch() -> None:
    """Starts what is due, each moment once; what was missed before an edit never is."""
    world = the_world()
    now = datetime.fromtimestamp(world.clock(), UTC)
    for held in list(world.schedules.values()):
        since = max(at(held["modified_at"]), now - timedelta(days=400))
        since = max(since, world.dispatched.get(held["workflow_schedule_id"], since))
        due = list(takewhile(lambda each: each <= now, _moments(held, since))) if _may_fire(held) else []
        if due and held["workflow_permanent_id"] in world.workflows:
            world.dispatched[held["workflow_schedule_id"]] = due[-1]
            _start(world, held, due[-1])


def next_runs(world: World, held: dict[str, Any]) -> list[str]:
    """The next five moments."""
    if held["run_at"]:
        return [held["run_at"]] if held["dispatch_status"] == "pending" else []
    found, now = [], datetime.fromtimestamp(world.clock(), UTC)
    for each in _moments(held, now):
        found.append(zulu(each))
        if len(found) == NEXT_RUNS:
            break
    return found


def stamp(world: World) -> str:
    return str(moment(world.clock()))


def zulu(when: datetime) -> str:
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _moments(held: dict[str, Any], after: datetime) -> Any:
    if held["run_at"]:
        if at(held["run_at"]) >= after or held["dispatch_status"] == "pending":
            yield at(held["run_at"])
    elif held["interval_seconds"]:
        step = timedelta(seconds=held["interval_seconds"])
        when = at(held["first_fire_at"])
        when += max(0, (after - when) // step + 1) * step if after >= when else timedelta()
        while True:
            yield when
            when += step
    else:
        for fire in parse(held["cron_expression"]).fires(ZoneInfo(held["timezone"]), after):
            yield fire.moment


def _may_fire(held: dict[str, Any]) -> bool:
    return bool(held["dispatch_status"] == "pending" if held["run_at"] else held["enabled"])


def _start(world: World, held: dict[str, Any], due: datetime) -> None:
    digest = hashlib.sha256(f"{held['workflow_schedule_id']}:{due.isoformat()}".encode()).hexdigest()[:32]
    workflow = world.workflows[held["workflow_permanent_id"]][-1]
    wish = shape("workflow_request", workflow_id=held["workflow_permanent_id"], title=workflow["title"],
                 parameters=held["parameters"] or {})
    run = begin_workflow(world, workflow, wish, trigger="scheduled", created=due.timestamp())
    del world.runs[run.run_id]
    run.run_id, run.schedule_id = f"wr_sched_{digest}", held["workflow_schedule_id"]
    world.runs[run.run_id] = run
    if held["run_at"]:
        held |= {"dispatch_status": "fired", "workflow_run_id": run.run_id}


def _written(body: dict[str, Any], world: World, workflow: dict[str, Any],
             before: dict[str, Any] | None) -> dict[str, Any]:
    kept = {key: body.get(key) for key in KEYS} | {"parameters": inputs_of(body, workflow)}
    for key in ("first_fire_at", "run_at"):
        kept[key] = zulu(at(kept[key]).replace(microsecond=0)) if kept[key] else None
    if kept["interval_seconds"] and not kept["first_fire_at"]:
        first = datetime.fromtimestamp(int(world.clock()) + kept["interval_seconds"], UTC)
        kept["first_fire_at"] = (before or {}).get("first_fire_at") or zulu(first)
    return kept


def _set_enabled(wpid: str, schedule_id: str, enabled: bool) -> ResponseReturnValue:
    held = _find(wpid, schedule_id)
    if held["run_at"]:
        raise Refusal(422, "A one-time schedule cannot be paused or resumed; cancel it, or update run_at to move it")
    held |= {"enabled": enabled, "modified_at": stamp(the_world())}
    return _told(held)


def _still_pending(held: dict[str, Any]) -> None:
    if held["run_at"] and held["dispatch_status"] != "pending":
        raise Refusal(409, f"Schedule {held['workflow_schedule_id']} already fired or was canceled, "
                           "so it can no longer change")


def _workflow(wpid: str) -> dict[str, Any]:
    try:
        return find_versions(wpid)[-1]
    except Refusal:
        raise Refusal(404, f"Workflow {wpid} not found") from None


def _find(wpid: str, schedule_id: str) -> dict[str, Any]:
    _workflow(wpid)
    held = the_world().schedules.get(schedule_id)
    if held is None or held["workflow_permanent_id"] != wpid:
        raise Refusal(404, f"Schedule {schedule_id} not found")
    return held


def _told(held: dict[str, Any]) -> ResponseReturnValue:
    return jsonify({"schedule": held, "next_runs": next_runs(the_world(), held)})
