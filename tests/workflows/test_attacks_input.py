"""Whatever is sent to any of the new routes, the answer is a sentence and never a 500."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from ..sandbox_server import Sandbox
from ..support.people import Browser, Page
from .batches.tables import draft, started
from .batches.tables import workflow as ordering
from .editor.documents import nested

ROOMS = ("workflows", "schedules", "palette")
SOCKETS = ("workflows.watch_trial_browser", "workflows.drive_trial_browser", "workflows.drive_trial_browser_by_vnc")
HUGE = "9" * 5000
VALUES = ("", "\x00", HUGE, "-1", "’; DROP <script>😀\r\nX: y", "[" * 3000, '{"a": NaN}', "٣", "../../etc/passwd",
          "%00", "99999999999999999999", "null", "[1]", '{"label": 1}', "wpid_1", "label:x")
NAMES = tuple("""
page page_size q search sort status state after version from to left right a b with how view key card label name
what block side branch way at before folder folder_id labels number expression cron cron_expression zone timezone
month position place into next workflow_id text title alone onwards seen file script base row started at_once runs
c-name p-name p-count choice-0 colour group description interval times starts watch channel outcomes block_type kind
type in on action deed sure schedule ids value field settings document yaml json target revision draft do index
direction over prefer newest rest f.url failures missed address secret is_template all as copy parameter_type paused
""".split())  # noqa: SIM905 - one to a line is forty lines


def rules_of(app: Flask) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] in ROOMS and rule.endpoint not in SOCKETS:
            yield rule


def address(app: Flask, rule: Rule, given: dict[str, Any]) -> str:
    with app.test_request_context():
        values = {name: given.get(name, 1 if name == "number" else "x") for name in rule.arguments}
        built = rule.build(values, append_unknown=False)
        assert built is not None
        return str(built[1])


def wrong(page: Page) -> bool:
    return page.status >= 500 or (page.status >= 400 and len(page.words) < 10)


def asked(browser: Browser, method: str, path: str, data: dict[str, str]) -> Page:
    if method == "GET":
        return Page(browser.client.get(path, query_string=data))
    return browser.post(path, data)


@pytest.fixture
def places(connected: Flask, ada: Browser, sandbox: Sandbox) -> list[dict[str, Any]]:
    """What the routes may be about: things that are there, and ids that cannot be."""
    wpid, orders = sandbox.workflow(nested()), ordering(sandbox)
    kept = draft(ada, orders).rsplit("/", 1)[1]
    under_way = started(ada, orders).rsplit("/", 1)[1]
    folder = sandbox.call("POST", "/v1/folders", json={"title": "F"}).json()["folder_id"]
    schedule = sandbox.call("POST", f"/v1/workflows/{wpid}/schedules", json={
        "cron_expression": "0 9 * * *", "timezone": "UTC"}).json()["schedule"]["workflow_schedule_id"]
    common = {"folder_id": folder, "schedule_id": schedule, "kind": "json", "number": 1, "name": "main.py"}
    return [{**common, "wpid": wpid, "batch_id": under_way}, {**common, "wpid": orders, "batch_id": kept},
            {**common, "wpid": orders, "batch_id": under_way, "number": 10 ** 30, "kind": "exe"},
            {"wpid": "draft_1", "number": 10 ** 12}, {"wpid": "wpid_0", "folder_id": "fld_0", "schedule_id": "wfs_0"},
            {"wpid": "a b\x00<'", "batch_id": "\x00", "parcel_id": "\x00", "report_id": "\x00", "folder_id": "fld_\x00",
             "schedule_id": "\x00", "script_id": "s_\x00"}]


def junk(turn: int) -> dict[str, str]:
    """Every field that any form has, each with another value at each turn."""
    return {name: VALUES[(place * 7 + turn * 5) % len(VALUES)] for place, name in enumerate(NAMES)}


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_no_route_breaks_on_what_it_is_asked(connected: Flask, ada: Browser, places: list[dict[str, Any]]) -> None:
    """The stricter database refuses what the other takes."""
    broken = []
    ends = ("removal", "deletion")
    for rule in sorted(rules_of(connected), key=lambda each: ("POST" in (each.methods or ()), each.rule.endswith(ends),
                                                              each.rule)):
        method = "POST" if "POST" in (rule.methods or ()) else "GET"
        asking = [(places[0], [{}, junk(0)])]
        asking += [(places[1], [junk(1)]), *((each, [{}]) for each in places[2:])] if rule.arguments else []
        for given, sent in asking:
            path = address(connected, rule, given)
            for data in sent:
                page = asked(ada, method, path, data)
                if wrong(page):
                    broken.append((method, path, sent.index(data), page.status, page.words[:120]))
    assert broken == [], "\n".join(map(str, broken))
