"""What happened in a run, step by step."""

from __future__ import annotations

from ..transport import Transport
from ..values import Action, Step, TimelineItem, read_timeline


class TimelineCalls(Transport):
    """Timelines of workflow runs and tasks 2.0; steps and actions of tasks."""

    def get_timeline(self, run_id: str) -> tuple[TimelineItem, ...]:
        """`GET /v1/runs/{id}/timeline` (0.2.12), oldest first (api 2.4). Missing for hidden sub-runs, Rejected for
        tasks."""
        return read_timeline(self._rows(f"/v1/runs/{run_id}/timeline"))

    def get_hidden_timeline(self, workflow_id: str, run_id: str) -> tuple[TimelineItem, ...]:
        """`GET /api/v1/workflows/{wpid}/runs/{wr}/timeline` (all releases), also for sub-runs, oldest first."""
        return read_timeline(self._rows(f"/api/v1/workflows/{workflow_id}/runs/{run_id}/timeline"))

    def list_task_actions(self, task_id: str) -> list[Action]:
        """`GET /api/v1/tasks/{id}/actions`: what a task did, oldest first (api 2.5)."""
        rows = sorted(self._rows(f"/api/v1/tasks/{task_id}/actions"), key=lambda a: str(a.get("created_at") or ""))
        return [Action.from_json(a) for a in rows]

    def list_steps(self, task_id: str) -> list[Step]:
        """`GET /api/v1/tasks/{id}/steps`, in their order (api 2.5)."""
        found = [Step.from_json(s) for s in self._rows(f"/api/v1/tasks/{task_id}/steps")]
        return sorted(found, key=lambda s: (s.order, s.retry_index))
