"""The other lists of runs, and what is done with many of them."""

from __future__ import annotations

from typing import Any

from ..transport import CREATE_SECONDS, Transport
from ..values import RunRow
from ..values.reading import read_text, read_texts


class ListCalls(Transport):
    """Workflow runs by workflow and by error code, the list of older releases, many runs at once."""

    def list_runs_of_workflows(self, params: list[tuple[str, str]]) -> list[RunRow]:
        """`GET /v1/workflows/runs` (since 1.0.14), newest first: can tell error codes apart (api 3.6)."""
        return [RunRow.from_json(row) for row in self._rows("/v1/workflows/runs", params)]

    def list_runs_of_workflow(self, wpid: str, params: list[tuple[str, str]]) -> list[RunRow]:
        """`GET /v1/workflows/{wpid}/runs` (since 1.0.37), newest first: knows dates and error codes (api 3.6)."""
        return [RunRow.from_json(row) for row in self._rows(f"/v1/workflows/{wpid}/runs", params)]

    def list_runs_legacy(self, params: list[tuple[str, str]]) -> list[RunRow]:
        """`GET /api/v1/runs` (all releases), newest first, ten pages at most (api 2.4)."""
        return [RunRow.from_json(row) for row in self._rows("/api/v1/runs", params)]

    def cancel_runs(self, run_ids: list[str]) -> tuple[str, ...]:
        """`POST /v1/runs/cancel` (since 1.0.37) for at most 100 ids: those it cancelled. Sent once. It also names
        finished workflow runs, which it leaves as they are: ask only for live ones."""
        return read_texts(self._object("POST", "/v1/runs/cancel", {"run_ids": run_ids}, CREATE_SECONDS), "cancelled")

    def get_workflow_title(self, wpid: str) -> str | None:
        """`GET /v1/workflows/{wpid}`: what it is called (api 3.1)."""
        return read_text(self._object("GET", f"/v1/workflows/{wpid}"), "title")

    def get_browser_session_document(self, session_id: str) -> dict[str, Any]:
        """`GET /v1/browser_sessions/{pbs}`: `runnable_id` is the run that holds it (api 4.4)."""
        return self._object("GET", f"/v1/browser_sessions/{session_id}")

    def list_artifacts_of(self, noun: str, thing_id: str) -> list[dict[str, Any]]:
        """`GET /api/v1/{noun}/{id}/artifacts` for a step, workflow_run_block or thought; each row names its run."""
        return self._rows(f"/api/v1/{noun}/{thing_id}/artifacts")

    def get_artifact_document(self, artifact_id: str) -> dict[str, Any]:
        """`GET /v1/artifacts/{id}` as it comes: it names its run, task or workflow run (api 6.1)."""
        return self._object("GET", f"/v1/artifacts/{artifact_id}")
