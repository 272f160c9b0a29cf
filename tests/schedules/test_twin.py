"""The sandbox keeps and starts schedules as Skyvern 1.0.56 does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from skyvern_ui.schedules.judging import scheduled_run_id

from ..sandbox.caller import Caller

START = datetime(2026, 6, 10, 8, tzinfo=UTC).timestamp()
DAILY = {"cron_expression": "0 9 * * *", "timezone": "UTC"}
BLOCK = {"block_type": "goto_url", "label": "open", "url": "https://shop.example/"}
CITY = {"parameter_type": "workflow", "workflow_parameter_type": "string", "key": "city"}


@pytest.fixture
def caller() -> Caller:
    found = Caller()
    found.clock.now = START
    return found


def path(caller: Caller, parameters: list[dict[str, Any]] | None = None) -> str:
    wpid = caller.workflow({"title": "Report", "workflow_definition": {"parameters": parameters or [],
                                                                       "blocks": [BLOCK]}})
    return f"/v1/workflows/{wpid}/schedules"


def test_due_runs_start_once_and_missed_ones_never(caller: Caller) -> None:
    here = path(caller)
    made = caller.post(here, DAILY)["schedule"]["workflow_schedule_id"]
    runs = here.replace("/schedules", "/runs")
    assert caller.get(runs) == []
    caller.clock.now += 3600 + 30
    [run] = caller.get(runs)
    nine = datetime(2026, 6, 10, 9, tzinfo=UTC)
    assert run["workflow_run_id"] == scheduled_run_id(made, nine) and run["trigger_type"] == "scheduled"
    assert run["workflow_schedule_id"] == made
    assert len(caller.get(runs)) == 1
    caller.post(f"{here}/{made}/disable")
    caller.clock.now += 86_400 * 3
    assert len(caller.get(runs)) == 1
    caller.post(f"{here}/{made}/enable")
    assert len(caller.get(runs)) == 1
    caller.clock.now += 86_400
    assert len(caller.get(runs)) == 2


def test_next_runs_and_the_list_of_all(caller: Caller) -> None:
    here = path(caller)
    told = caller.post(here, {**DAILY, "name": "Morning"})
    assert told["next_runs"][:2] == ["2026-06-10T09:00:00Z", "2026-06-11T09:00:00Z"] and len(told["next_runs"]) == 5
    caller.post(here, {"interval_seconds": 300, "timezone": "UTC", "enabled": False})
    assert [row["name"] for row in caller.get("/v1/schedules?status=active")["schedules"]] == ["Morning"]
    found = caller.get("/api/v1/schedules?search=report&page_size=1")
    assert found["total_count"] == 2 and found["schedules"][0]["interval_seconds"] == 300
    assert found["schedules"][0]["workflow_title"] == "Report" and found["schedules"][0]["next_run"] is None


def test_one_that_runs_once(caller: Caller) -> None:
    here = path(caller)
    once = caller.post(here, {"run_at": "2026-06-10T10:00:00+00:00", "timezone": "UTC"})["schedule"]
    one = f"{here}/{once['workflow_schedule_id']}"
    assert once["dispatch_status"] == "pending"
    caller.call("POST", f"{one}/disable", status=422)
    caller.call("PUT", one, DAILY, status=422)
    caller.clock.now += 7300
    told = caller.get(one)
    assert told["schedule"]["dispatch_status"] == "fired" and told["next_runs"] == []
    assert told["schedule"]["workflow_run_id"].startswith("wr_sched_")
    caller.call("POST", f"{one}/cancel", status=409)


@pytest.mark.parametrize(("body", "status", "words"), [
    ({"cron_expression": "* * * * *", "timezone": "UTC"}, 400, "Cron interval must be at least 5 minutes"),
    ({"cron_expression": "x", "timezone": "UTC"}, 400, "Invalid cron expression"),
    ({"cron_expression": "0 9 * * *", "timezone": "Mars"}, 400, "Invalid timezone 'Mars'"),
    ({"timezone": "UTC"}, 422, "Set exactly one of"), ({"cron_expression": "0 9 * * *"}, 422, "Field required"),
    ({"interval_seconds": 60, "timezone": "UTC"}, 422, "greater than or equal to 300"),
    ({"run_at": "2026-06-10T08:00:10+00:00", "timezone": "UTC"}, 422, "at least 60 seconds in the future"),
    ({"run_at": "2026-06-10T09:00:00", "timezone": "UTC"}, 422, "should have timezone info"),
    ({**DAILY, "parameters": {"town": "x"}}, 400, "Unknown schedule parameters"),
    (DAILY, 400, "Missing schedule parameters"),
])
def test_what_skyvern_refuses(caller: Caller, body: dict[str, Any], status: int, words: str) -> None:
    assert words in str(caller.call("POST", path(caller, [CITY]), body, status))


def test_what_is_not_there(caller: Caller) -> None:
    here = path(caller)
    assert caller.get(f"{here}/wfs_1", 404)["detail"] == "Schedule wfs_1 not found"
    assert "not found" in caller.get("/v1/workflows/wpid_1/schedules", 404)["detail"]
    made = caller.post(here, DAILY)["schedule"]["workflow_schedule_id"]
    assert caller.call("DELETE", f"{here}/{made}") == {"ok": True}
    caller.get(f"{here}/{made}", 404)
