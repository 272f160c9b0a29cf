"""Workflows."""

from __future__ import annotations

from ..transport import Transport
from ..values import Workflow


class WorkflowCalls(Transport):
    """Workflows and what belongs to them."""

    def list_workflows(self, params: list[tuple[str, str]]) -> list[Workflow]:
        """`GET /v1/workflows`, the last changed first (api 3.1)."""
        return [Workflow.from_json(w) for w in self._rows("/v1/workflows", params)]
