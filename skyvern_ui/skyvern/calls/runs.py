"""Runs: start, list, read, cancel."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .. import errors
from ..transport import CREATE_SECONDS, Transport
from ..values import Run, RunRow, run_kind


class RunCalls(Transport):
    """Runs of every kind."""

    def list_runs(self, params: list[tuple[str, str]]) -> list[RunRow]:
        """`GET /v1/runs` (since 1.0.29), newest first (api 2.4)."""
        return [RunRow.from_json(row) for row in self._rows("/v1/runs", params)]

    def get_run(self, run_id: str) -> Run:
        """`GET /v1/runs/{id}`, any kind of run (api 2.4)."""
        return Run.from_json(self._object("GET", f"/v1/runs/{run_id}"))

    def get_hidden_run(self, run_id: str) -> Run:
        """A run that `GET /v1/runs` does not know: a sub-run or a paused run of 0.2.18 to 1.0.47 (`GET
        /v1/workflows/runs/{wr}`), or the task inside a block (`GET /api/v1/tasks/{tsk}`)."""
        path = f"/api/v1/tasks/{run_id}" if run_id.startswith("tsk_") else f"/v1/workflows/runs/{run_id}"
        return Run.from_json(self._object("GET", path))

    def get_workflow_run(self, run_id: str) -> dict[str, Any]:
        """`GET /v1/workflows/runs/{wr}` (0.2.21): cost, parameters, all recordings and the workflow as it ran
        (api 2.7)."""
        return self._object("GET", f"/v1/workflows/runs/{run_id}")

    def with_inner_run(self, run: Run) -> Run:
        """A task v2 with the id of the hidden workflow run that holds its browser (`GET /api/v2/tasks/{id}`, api
        2.6); any other run as it is. Raises nothing: without the id there is no live picture, that is all."""
        if not run.run_id.startswith("tsk_v2_") or run.raw.get("workflow_run_id"):
            return run
        try:
            task = self._object("GET", f"/api/v2/tasks/{run.run_id}")
        except errors.SkyvernError:
            return run
        inner = {key: task.get(key) for key in ("workflow_run_id", "workflow_permanent_id")}
        return replace(run, raw={**run.raw, **inner})

    def with_browser(self, run: Run) -> Run:
        """The run with what is needed to drive its browser: a task's browser session is only in `GET
        /api/v1/tasks/{id}` (1.0.56). Raises nothing: without it the browser cannot be driven, that is all."""
        if run_kind(run.run_id) != "task" or run.browser_session_id:
            return self.with_inner_run(run)
        try:
            return replace(run, browser_session_id=self.get_hidden_run(run.run_id).browser_session_id)
        except errors.SkyvernError:
            return run

    def run_task(self, body: dict[str, Any]) -> Run:
        """`POST /v1/run/tasks` (api 2.3). Sent once."""
        return Run.from_json(self._object("POST", "/v1/run/tasks", body, CREATE_SECONDS))

    def run_workflow(self, body: dict[str, Any]) -> Run:
        """`POST /v1/run/workflows` (api 3.5). Sent once."""
        return Run.from_json(self._object("POST", "/v1/run/workflows", body, CREATE_SECONDS))

    def cancel_run(self, run_id: str) -> None:
        """`POST /v1/runs/{id}/cancel` (api 2.4). Sent once."""
        self._call("POST", f"/v1/runs/{run_id}/cancel", {})
