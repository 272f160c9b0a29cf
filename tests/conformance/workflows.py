"""Workflows that need no model, made and run through the product as a program does it."""

from __future__ import annotations

from typing import Any

from tests.support.server import Visitor, wait_for

DOOR = "/api/skyvern"
FINAL = ("completed", "failed", "terminated", "canceled", "timed_out")


def opening(url: str) -> dict[str, Any]:
    return {"block_type": "goto_url", "label": "open_page", "url": url}


def waiting(seconds: int) -> dict[str, Any]:
    return {"block_type": "wait", "label": "look_at_it", "wait_sec": seconds}


def computing(code: str, label: str = "compute") -> dict[str, Any]:
    return {"block_type": "code", "label": label, "code": code, "parameter_keys": []}


def asking(seconds: int = 300) -> dict[str, Any]:
    """A block that asks Ben, with words of its own on the buttons."""
    return {"block_type": "human_interaction", "label": "ask", "recipients": ["ben@example.com"],
            "instructions": "Look at the Harbour lamp and decide.", "positive_descriptor": "Ship it",
            "negative_descriptor": "Send it back", "timeout_seconds": seconds, "subject": "Please decide",
            "body": "A run waits for you."}


def made(visitor: Visitor, title: str, *blocks: dict[str, Any], **defaults: str) -> str:
    """A new workflow with text parameters and their `defaults`; its permanent id."""
    parameters = [{"parameter_type": "workflow", "key": key, "workflow_parameter_type": "string",
                   "default_value": value} for key, value in defaults.items()]
    answer = visitor.post(f"{DOOR}/v1/workflows", json={"json_definition": {
        "title": title, "workflow_definition": {"parameters": parameters, "blocks": list(blocks)}}})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["workflow_permanent_id"])


def started(visitor: Visitor, workflow_id: str, **parameters: str) -> str:
    answer = visitor.post(f"{DOOR}/v1/run/workflows", json={"workflow_id": workflow_id, "parameters": parameters})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["run_id"])


def ended(visitor: Visitor, run_id: str) -> Any:
    """The run once it is over."""
    return reached(visitor, run_id, *FINAL)


def reached(visitor: Visitor, run_id: str, *states: str) -> Any:
    """The run once it is in one of these states."""
    def look() -> Any:
        run = visitor.get(f"{DOOR}/v1/runs/{run_id}").json()
        return run if run["status"] in states else None

    return wait_for(look, 120, f"{run_id} to be {' or '.join(states)}")
