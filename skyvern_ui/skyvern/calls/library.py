"""Workflows as a library: listed whole, and marked as templates."""

from __future__ import annotations

from typing import Any

from ..transport import Transport
from ..values.library import WorkflowRow


class LibraryCalls(Transport):
    """The list of workflows, and what is true of a workflow whatever its version."""

    def list_library(self, params: list[tuple[str, str]]) -> list[WorkflowRow]:
        """`GET /v1/workflows` as rows: the newest version of each, the one saved last first (api 3.1)."""
        return [WorkflowRow.from_json(row) for row in self._rows("/v1/workflows", params)]

    def list_whole_workflows(self, params: list[tuple[str, str]]) -> list[dict[str, Any]]:
        """`GET /v1/workflows` as plain JSON: an export must not lose what it does not know (api 3.1)."""
        return self._rows("/v1/workflows", params)

    def set_template(self, wpid: str, is_template: bool) -> None:
        """`PUT /v1/workflows/{wpid}/template` (1.0.5): for all its versions. Sent once."""
        self._call("PUT", f"/v1/workflows/{wpid}/template?is_template={'true' if is_template else 'false'}")
