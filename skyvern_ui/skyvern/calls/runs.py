"""Runs: start, list, read, cancel."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .. import errors
from ..transport import CREATE_SECONDS, Transport
from ..values import Run, RunRow, TimelineItem


class RunCalls(Transport):
    """Runs of every kind."""

    def list_runs(self, params: list[tuple[str, str]]) -> list[RunRow]:
        """`GET /v1/runs` (since 1.0.29), newest first (api 2.4)."""
        return [RunRow.from_json(row) for row in self._rows("/v1/runs", params)]

    def get_run(self, run_id: str) -> Run:
        """`GET /v1/runs/{id}`, any kind of run (api 2.4)."""
        return Run.from_json(self._object("GET", f"/v1/runs/{run_id}"))

    def with_inner_run(self, run: Run) -> Run:
        """A task v2 with the id of the hidden workflow run that holds its browser (`GET /api/v2/tasks/{id}`, api
        2.6); any other run as it is. Raises nothing: without the id there is no live picture, that is all."""
        if not run.run_id.startswith("tsk_v2_") or run.raw.get("workflow_run_id"):
            return run
        try:
            inner = self._object("GET", f"/api/v2/tasks/{run.run_id}").get("workflow_run_id")
        except errors.SkyvernError:
            return run
        return replace(run, raw={**run.raw, "workflow_run_id": inner})

    def run_task(self, body: dict[str, Any]) -> Run:
        """`POST /v1/run/tasks` (api 2.3). Sent once."""
        return Run.from_json(self._object("POST", "/v1/run/tasks", body, CREATE_SECONDS))

    def run_workflow(self, body: dict[str, Any]) -> Run:
        """`POST /v1/run/workflows` (api 3.5). Sent once."""
        return Run.from_json(self._object("POST", "/v1/run/workflows", body, CREATE_SECONDS))

    def cancel_run(self, run_id: str) -> None:
        """`POST /v1/runs/{id}/cancel` (api 2.4). Sent once."""
        self._call("POST", f"/v1/runs/{run_id}/cancel", {})

    def get_timeline(self, run_id: str) -> list[TimelineItem]:
        """`GET /v1/runs/{id}/timeline` for workflow runs and task v2, oldest first (api 2.4)."""
        return [TimelineItem.from_json(i) for i in reversed(self._rows(f"/v1/runs/{run_id}/timeline"))]

    def list_task_actions(self, task_id: str) -> list[TimelineItem]:
        """`GET /api/v1/tasks/{id}/actions`: what a task v1 did, oldest first (api 2.5)."""
        rows = sorted(self._rows(f"/api/v1/tasks/{task_id}/actions"), key=lambda a: str(a.get("created_at") or ""))
        return [TimelineItem.from_action(a) for a in rows]
