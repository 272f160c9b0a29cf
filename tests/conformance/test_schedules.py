"""What we say of schedules against the real Skyvern: which it takes, which moments it announces, and, with the very
library its scheduler uses, what it starts around a change of the clocks."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from skyvern_ui.schedules.cron import BadCron, parse
from skyvern_ui.schedules.timing import disagreement, next_fires
from skyvern_ui.skyvern.values.reading import parse_time
from skyvern_ui.skyvern.values.schedule import Schedule
from tests.real.skyvern import RealSkyvern, environment_folder

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(120)]
BLOCK = {"block_type": "wait", "label": "wait", "wait_sec": 1}
TAKEN = ("0 9 * * *", "*/5 * * * *", "0 9 * * 1-5", "30 8,17 * * mon,wed", "0 */6 * * *", "0 8 1,15 * *", "0 0 L * *",
         "0 0 13 * 5", "0 9 * jan,jul *", "0 12 * * 7", "0 9 * * fri-sun", "*/15 9-17 * * 1-5", "5/20 * * * *",
         "0 0 29 2 *", "0,58 0,23 * * 1", "@daily", "@hourly", "@weekly", "@monthly", "@yearly")
REFUSED = ("* * * * *", "*/4 * * * *", "0,58 0,23 * * *", "61 * * * *", "a b c", "0 0 * * xyz", "@never",
           "1,,2 * * * *", "*/0 * * * *", "")
CHANGES = (("Europe/Berlin", "2026-03-28T12:01", "2026-03-31T12:01"),
           ("Europe/Berlin", "2026-10-24T12:01", "2026-10-27T12:01"),
           ("America/New_York", "2026-03-07T12:01", "2026-03-10T12:01"),
           ("America/New_York", "2026-10-31T12:01", "2026-11-03T12:01"))
STEP = timedelta(minutes=5)
TIMES = ("30 2 * * *", "30 1 * * *", "0 9 * * *", "0 9 * * 1-5", "0 3 * * *", "0 * * * *", "*/30 * * * *")
SCHEDULER = """
import json, sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo
from croniter import croniter
told = []
for zone, begin, end, expression in json.load(sys.stdin):
    at, until = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (begin, end))
    start, ran, made = at, set(), []
    while at < until:  # what LocalWorkflowScheduleScheduler does once a minute
        due = croniter(expression, at.astimezone(ZoneInfo(zone))).get_prev(datetime).astimezone(UTC)
        if due >= start and due not in ran and not any(each >= due for each in made):
            ran.add(due)
            made.append(at)
        at += timedelta(minutes=5)
    told.append([each.isoformat() for each in made])
print(json.dumps(told))
"""


class Server:
    """The real server, and one workflow of it."""

    def __init__(self, real: RealSkyvern) -> None:
        self.url, self.session = real.url, requests.Session()
        self.session.trust_env = False
        self.session.headers["x-api-key"] = real.key
        made = self.call("POST", "/v1/workflows", {"json_definition": {
            "title": "Waits", "workflow_definition": {"parameters": [], "blocks": [BLOCK]}}}).json()
        self.path = f"/v1/workflows/{made['workflow_permanent_id']}/schedules"

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        return self.session.request(method, self.url + path, json=body, timeout=20)


@pytest.fixture(scope="module")
def server(real_skyvern: RealSkyvern) -> Iterator[Server]:
    found = Server(real_skyvern)
    yield found
    for each in found.call("GET", found.path).json()["schedules"]:
        found.call("DELETE", f"{found.path}/{each['workflow_schedule_id']}")


def test_it_takes_what_we_take_and_announces_the_same_moments(server: Server) -> None:
    for expression in TAKEN:
        parse(expression)
        answer = server.call("POST", server.path, {"cron_expression": expression, "timezone": "Europe/Berlin",
                                                   "enabled": False})
        assert answer.status_code == 200, f"{expression}: {answer.text}"
        told, now = answer.json(), datetime.now(UTC)
        announced = [moment for each in told["next_runs"] if (moment := parse_time(each))]
        schedule = Schedule.from_json({**told["schedule"], "enabled": True})
        ours = [fire.moment for fire in next_fires(schedule, now, 5)]
        assert ours == announced or "an hour off around a clock change" in disagreement(schedule, announced, now), \
            f"{expression}: {ours} {announced}"


def test_it_refuses_what_we_refuse(server: Server) -> None:
    for expression in REFUSED:
        with pytest.raises(BadCron):
            parse(expression)
        answer = server.call("POST", server.path, {"cron_expression": expression, "timezone": "UTC"})
        assert answer.status_code in (400, 422), f"{expression}: {answer.text}"


def test_the_other_shapes_and_their_refusals(server: Server) -> None:
    for body, status in (({"interval_seconds": 299}, 422), ({"run_at": "2020-01-01T00:00:00+00:00"}, 422),
                         ({"interval_seconds": 300, "cron_expression": "0 9 * * *"}, 422), ({}, 422),
                         ({"cron_expression": "0 9 * * *", "timezone": "Mars"}, 400),
                         ({"cron_expression": "0 9 * * *", "parameters": {"x": 1}}, 400),
                         ({"interval_seconds": 300}, 200), ({"run_at": "2090-01-01T00:00:00+00:00"}, 200)):
        answer = server.call("POST", server.path, {"timezone": "UTC", **body})
        assert answer.status_code == status, f"{body}: {answer.text}"
    once = answer.json()["schedule"]
    assert once["dispatch_status"] == "pending"
    one = f"{server.path}/{once['workflow_schedule_id']}"
    assert server.call("POST", f"{one}/disable").status_code == 422
    assert server.call("POST", f"{one}/cancel").json()["schedule"]["dispatch_status"] == "canceled"
    assert server.call("POST", f"{one}/cancel").status_code == 409


def test_what_its_scheduler_starts_when_the_clocks_change() -> None:
    """All that we say, and nothing more but the run too many that we warn of on a day that loses an hour."""
    cases = [(*change, expression) for change in CHANGES for expression in TIMES]
    done = subprocess.run([environment_folder() / "bin" / "python", "-c", SCHEDULER], input=json.dumps(cases).encode(),
                          capture_output=True, timeout=90, check=True)
    for (zone, begin, end, expression), told in zip(cases, json.loads(done.stdout), strict=True):
        here, since, until = ZoneInfo(zone), *(datetime.fromisoformat(each).replace(tzinfo=UTC)
                                               for each in (begin, end))
        ours = [fire.moment for fire in takewhile(lambda fire, until=until: fire.moment < until - STEP,
                                                  parse(expression).fires(here, since))]
        theirs = [datetime.fromisoformat(each) for each in told]
        what = f"{expression} in {zone}, {begin[:7]}"
        for moment in ours:
            assert any(timedelta() <= start - moment < STEP for start in theirs), f"{what}: {moment}"
        assert len(theirs) - len(ours) <= ("-03-" in begin), what
