"""Timelines and runs to put into Skyvern's mouth, in its own shapes (recorded from 1.0.56)."""

from __future__ import annotations

import json
from typing import Any

from ..sandbox_server import Sandbox

WHEN = "2026-11-21T07:01:{:02d}.000000"


def block(number: int, label: str, kind: str = "navigation", children: list[dict[str, Any]] | None = None,
          **more: Any) -> dict[str, Any]:
    """One item of a timeline; `children` oldest first, as they are told here, newest first, as Skyvern sends them."""
    when = WHEN.format(number % 60)
    told = {"workflow_run_block_id": f"wrb_{number}", "label": label, "block_type": kind, "status": "completed",
            "output": None, "actions": [], "duration": 1.5, "created_at": when, "modified_at": when, **more}
    return {"type": "block", "attempt": 1, "block": told, "thought": None, "children": (children or [])[::-1],
            "created_at": when, "modified_at": when}


def thought(number: int, **said: Any) -> dict[str, Any]:
    """One thought of a task 2.0."""
    return {"type": "thought", "block": None, "children": [], "created_at": WHEN.format(number),
            "thought": {"thought_id": f"thg_{number}", "thought_type": "plan", **said}}


def action(number: int, **more: Any) -> dict[str, Any]:
    """One action."""
    return {"action_id": f"act_{number}", "action_type": "click", "status": "completed", "step_id": "stp_1",
            "step_order": 0, "action_order": number, "reasoning": f"Reason {number}", "confidence_float": 0.9,
            "screenshot_artifact_id": f"a_{number}", "created_at": WHEN.format(number % 60), **more}


def run(run_id: str, **more: Any) -> dict[str, Any]:
    """What `GET /v1/runs/{id}` says of a finished run."""
    return {"run_id": run_id, "run_type": "workflow_run", "status": "completed", "created_at": WHEN.format(0),
            "started_at": WHEN.format(1), "finished_at": WHEN.format(30), "output": None, "errors": [],
            "downloaded_files": [], "attempt": 1, "run_request": {"workflow_id": "wpid_1", "parameters": {}}, **more}


def tell(sandbox: Sandbox, path: str, body: Any, count: int = 50, status: int = 200) -> None:
    """Skyvern's answer under this path, from now on. Tell longer paths first: the first that fits is taken."""
    sandbox.fault(path, "status", count=count, status=status, body=json.dumps(body))


def tell_run(sandbox: Sandbox, run_id: str, timeline: list[dict[str, Any]] | None = None,
             artifacts: list[dict[str, Any]] | None = None, **more: Any) -> None:
    """A run with its story (oldest first here) and what it left."""
    tell(sandbox, f"/v1/runs/{run_id}/timeline", (timeline or [])[::-1])
    tell(sandbox, f"/v1/runs/{run_id}/artifacts", artifacts or [])
    tell(sandbox, f"/v1/runs/{run_id}", run(run_id, **more))
