"""Schedules of workflows (api 3.9)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..transport import Transport
from ..values.reading import parse_time, read_int, read_list
from ..values.schedule import Schedule

Told = tuple[Schedule, tuple[datetime, ...]]


class ScheduleCalls(Transport):
    """What starts by itself. A server without schedules answers each of these with 501."""

    def list_schedules(self, params: list[tuple[str, str]]) -> tuple[list[Schedule], int]:
        """`GET /v1/schedules` (1.0.30), the newest first: a page, and how many there are in all."""
        found = self._call("GET", "/v1/schedules", params=params)
        found = found if isinstance(found, dict) else {}
        rows = [Schedule.from_json(row) for row in read_list(found, "schedules") if isinstance(row, dict)]
        return rows, read_int(found, "total_count") or len(rows)

    def list_schedules_of(self, wpid: str) -> list[Schedule]:
        """`GET /v1/workflows/{wpid}/schedules` (1.0.30): all of one workflow, the oldest first."""
        found = self._object("GET", f"/v1/workflows/{wpid}/schedules")
        return [Schedule.from_json(row) for row in read_list(found, "schedules") if isinstance(row, dict)]

    def get_schedule(self, wpid: str, schedule_id: str) -> Told:
        """`GET /v1/workflows/{wpid}/schedules/{id}` (1.0.30), and the next five moments that Skyvern announces."""
        return _told(self._object("GET", f"/v1/workflows/{wpid}/schedules/{schedule_id}"))

    def create_schedule(self, wpid: str, body: dict[str, Any]) -> Told:
        """`POST /v1/workflows/{wpid}/schedules` (1.0.30). Sent once."""
        return _told(self._object("POST", f"/v1/workflows/{wpid}/schedules", body))

    def update_schedule(self, wpid: str, schedule_id: str, body: dict[str, Any]) -> Told:
        """`PUT /v1/workflows/{wpid}/schedules/{id}` (1.0.30): all of it anew; without `enabled` that stays. Sent
        once."""
        return _told(self._object("PUT", f"/v1/workflows/{wpid}/schedules/{schedule_id}", body))

    def enable_schedule(self, wpid: str, schedule_id: str) -> Told:
        """`POST /v1/workflows/{wpid}/schedules/{id}/enable` (1.0.30). Sent once."""
        return _told(self._object("POST", f"/v1/workflows/{wpid}/schedules/{schedule_id}/enable"))

    def disable_schedule(self, wpid: str, schedule_id: str) -> Told:
        """`POST /v1/workflows/{wpid}/schedules/{id}/disable` (1.0.30). Sent once."""
        return _told(self._object("POST", f"/v1/workflows/{wpid}/schedules/{schedule_id}/disable"))

    def cancel_schedule(self, wpid: str, schedule_id: str) -> Told:
        """`POST /v1/workflows/{wpid}/schedules/{id}/cancel` (after 1.0.50): one that runs once. Sent once."""
        return _told(self._object("POST", f"/v1/workflows/{wpid}/schedules/{schedule_id}/cancel"))

    def delete_schedule(self, wpid: str, schedule_id: str) -> None:
        """`DELETE /v1/workflows/{wpid}/schedules/{id}` (1.0.30). Sent once."""
        self._call("DELETE", f"/v1/workflows/{wpid}/schedules/{schedule_id}")

    def list_run_rows_of_workflow(self, wpid: str, size: int) -> list[dict[str, Any]]:
        """`GET /v1/workflows/{wpid}/runs` (1.0.37), the newest first, as it comes: `workflow_schedule_id` says which
        schedule started a run (api 2.7)."""
        return self._rows(f"/v1/workflows/{wpid}/runs", [("page", "1"), ("page_size", str(size))])


def _told(answer: dict[str, Any]) -> Told:
    schedule = answer.get("schedule")
    moments = [parse_time(each) for each in read_list(answer, "next_runs")]
    return (Schedule.from_json(schedule if isinstance(schedule, dict) else {}),
            tuple(each for each in moments if each is not None))
