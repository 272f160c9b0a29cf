"""Runs that wait for a human, made in the sandbox as Skyvern's own callers would make them."""

from __future__ import annotations

from typing import Any

from flask import Flask

from skyvern_ui.audit import Actor
from skyvern_ui.claims import claim

from ..sandbox_server import Sandbox
from .server import wait_for

ASK = {"block_type": "human_interaction", "label": "approve", "instructions": "May this order be paid?",
       "positive_descriptor": "Pay it", "negative_descriptor": "Leave it", "timeout_seconds": 7200,
       "recipients": ["till@shop.example"], "sender": "hello@shop.example", "subject": "An order",
       "body": "Please look."}


def write_workflow(sandbox: Sandbox, *blocks: dict[str, Any], **more: Any) -> str:
    """A workflow of these blocks; its id."""
    body = {"json_definition": {"title": "Order with a question", "workflow_definition": {
        "version": 1, "parameters": [], "blocks": list(blocks)}, **more}}
    answer = sandbox.call("POST", "/v1/workflows", json=body)
    assert answer.status_code < 300, answer.text
    return str(answer.json()["workflow_permanent_id"])


def begin(sandbox: Sandbox, workflow_id: str, **more: Any) -> str:
    answer = sandbox.call("POST", "/v1/run/workflows", json={"workflow_id": workflow_id, **more})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["run_id"])


def paused_run(sandbox: Sandbox, **more: Any) -> str:
    """A run that has stopped at its human_interaction block."""
    run_id = begin(sandbox, write_workflow(sandbox, {**ASK, **more}))
    wait_for(lambda: status_of(sandbox, run_id) == "paused", 20, "the run to pause")
    return run_id


def status_of(sandbox: Sandbox, run_id: str) -> str:
    return str(sandbox.call("GET", f"/v1/runs/{run_id}").json()["status"])


def owned_by(app: Flask, key: str, run_id: str) -> None:
    """As if this person had started it here."""
    with app.app_context():
        claim(run_id, "run", Actor("person", f"user-{key}", key.capitalize()))
