"""Every way to change schedules and generated code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from ..sandbox_server import Sandbox
from ..support.people import Browser
from ..support.server import wait_for

BLOCK = {"block_type": "goto_url", "label": "open", "url": "https://shop.example/"}
DAILY = {"how": "daily", "times": "09:00", "timezone": "UTC"}
Way = Callable[[Flask, Browser, Sandbox], Any]


def workflow(sandbox: Sandbox, **more: Any) -> str:
    return sandbox.workflow({"title": "Report", "workflow_definition": {"parameters": [], "blocks": [BLOCK]}, **more})


def schedule(sandbox: Sandbox, **more: Any) -> str:
    """The page of a schedule, made behind our back."""
    here = f"/workflows/{workflow(sandbox)}/schedules"
    body = {"timezone": "UTC", **(more or {"cron_expression": "0 9 * * *"})}
    told = sandbox.call("POST", f"/v1{here}", json=body).json()
    return f"{here}/{told['schedule']['workflow_schedule_id']}"


def chosen(page: str) -> str:
    _, _, wpid, _, schedule_id = page.split("/")
    return f"{wpid}/{schedule_id}"


def coded(sandbox: Sandbox) -> str:
    """The code of a workflow that has run."""
    wpid = workflow(sandbox, run_with="code")
    run_id = sandbox.run_workflow(wpid)
    wait_for(lambda: sandbox.call("GET", f"/v1/runs/{run_id}").json()["status"] == "completed", 20, "the run to end")
    return f"/workflows/{wpid}/scripts"


WAYS: dict[str, Way] = {
    "schedules.create_schedule": lambda app, ada, s: ada.post(f"/workflows/{workflow(s)}/schedules", DAILY),
    "schedules.update_schedule": lambda app, ada, s: ada.post(schedule(s), DAILY),
    "schedules.create_pause": lambda app, ada, s: ada.post(f"{schedule(s)}/pause"),
    "schedules.create_resumption": lambda app, ada, s: ada.post(f"{schedule(s)}/resumption"),
    "schedules.create_schedule_cancellation": lambda app, ada, s: ada.post(
        f"{schedule(s, run_at='2090-01-01T00:00:00+00:00')}/cancellation"),
    "schedules.delete_schedule": lambda app, ada, s: ada.post(f"{schedule(s)}/deletion"),
    "schedules.create_changes": lambda app, ada, s: ada.post(
        "/schedules/changes", {"deed": "pause", "schedule": chosen(schedule(s))}),
    "schedules.create_schedule_watch": lambda app, ada, s: ada.post(
        f"{schedule(s)}/watch", {"about": "schedule", "missed": "y", "channel": "browser", "outcomes": "all"}),
    "workflows.create_script_pin": lambda app, ada, s: ada.post(f"{coded(s)}/pins", {"value": "default"}),
    "workflows.delete_script_pin": lambda app, ada, s: ada.post(f"{coded(s)}/pins/removal", {"value": "default"}),
    "workflows.delete_script": lambda app, ada, s: ada.post(f"{coded(s)}/deletion", {"value": "default"}),
    "workflows.delete_scripts": lambda app, ada, s: ada.post(f"{coded(s)}/clearing"),
}
