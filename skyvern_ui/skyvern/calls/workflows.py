"""Workflows."""

from __future__ import annotations

from typing import Any

from ..transport import Transport
from ..values import Workflow

PROMPT_SECONDS = 150.0  # one or two calls of the model, however slow it is


class WorkflowCalls(Transport):
    """Workflows and what belongs to them."""

    def list_workflows(self, params: list[tuple[str, str]]) -> list[Workflow]:
        """`GET /v1/workflows`, the last changed first (api 3.1)."""
        return [Workflow.from_json(w) for w in self._rows("/v1/workflows", params)]

    def create_workflow_from_prompt(self, body: dict[str, Any]) -> Workflow:
        """`POST /v1/workflows/create-from-prompt` (api 3.7). Sent once. It only creates; the server asks its own model
        meanwhile, so it may take 150 s. What the model did wrong is a `Failed` with its words in the sentence."""
        return Workflow.from_json(self._object("POST", "/v1/workflows/create-from-prompt", body, PROMPT_SECONDS))
