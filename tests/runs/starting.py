"""Runs to look at: started by somebody here, or by somebody else on Skyvern itself."""

from __future__ import annotations

from typing import Any

from ..sandbox_server import Sandbox
from ..support.people import Browser
from ..support.server import wait_for

UNDER_WAY = ("created", "queued", "running")


def start(browser: Browser, prompt: str) -> str:
    """A task started through the product, and so claimed."""
    page = browser.post("/tasks", {"prompt": prompt, "engine": "skyvern-1.0", "url": "https://shop.example/"})
    assert page.status == 303, page.words
    return str(page.headers["Location"].rsplit("/", 1)[1])


def finished(sandbox: Sandbox, run_id: str, while_in: tuple[str, ...] = UNDER_WAY) -> None:
    """Waits until the run has left these statuses."""
    wait_for(lambda: sandbox.call("GET", f"/v1/runs/{run_id}").json()["status"] not in while_in, 20, "the run to go on")


def workflow(sandbox: Sandbox, title: str) -> str:
    """A workflow of one block; its id."""
    block = {"block_type": "navigation", "label": "order", "navigation_goal": title, "url": "https://shop.example/"}
    body = {"json_definition": {"title": title, "workflow_definition": {"parameters": [], "blocks": [block]}}}
    return str(sandbox.call("POST", "/v1/workflows", json=body).json()["workflow_permanent_id"])


def run_workflow(sandbox: Sandbox, wpid: str, **tags: str) -> str:
    """A run of it that nobody here started."""
    body: dict[str, Any] = {"workflow_id": wpid, "parameters": {}, "run_metadata": tags or None}
    return str(sandbox.call("POST", "/v1/run/workflows", json=body).json()["run_id"])
