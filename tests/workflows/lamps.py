"""A workflow with a loop and a branch, and versions of it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from skyvern_ui.sandbox.examples import compare_lamps
from skyvern_ui.workflows.definition.document import document_of

from ..sandbox_server import Sandbox

Json = dict[str, Any]


def lamps(sandbox: Sandbox) -> str:
    """The rich example of the sandbox; its id."""
    stock = sandbox.workflow({"title": "Stock", "workflow_definition": {"parameters": [], "blocks": [
        {"block_type": "wait", "label": "rest", "wait_sec": 1}]}})
    return sandbox.workflow(compare_lamps(stock))


def read(sandbox: Sandbox, wpid: str, version: int | None = None) -> Json:
    """The workflow as Skyvern reads it out."""
    asked = f"?version={version}" if version else ""
    return dict(sandbox.call("GET", f"/api/v1/workflows/{wpid}{asked}").json())


def save(sandbox: Sandbox, wpid: str, **changed: Any) -> None:
    """A new version that nobody saved through us: a goal for a block, or a title."""
    document = deepcopy(document_of(read(sandbox, wpid)))
    for block in document["workflow_definition"]["blocks"]:
        if block["label"] in changed:
            block["navigation_goal"] = changed[block["label"]]
    if "title" in changed:
        document["title"] = changed["title"]
    answer = sandbox.call("PUT", f"/api/v1/workflows/{wpid}", json=document)
    assert answer.status_code == 200, answer.text
