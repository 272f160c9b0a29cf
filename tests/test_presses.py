"""Pressed twice at the same moment, or sent again later, a form makes one thing and leads to it."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from skyvern_ui import parcels, presses

from .runs.starting import finished
from .sandbox_server import Sandbox
from .support.people import Browser, Page
from .workflows.editor.documents import small
from .workflows.editor.pages import Desk
from .workflows.library.shelf import put

LISTS = {"workflows": "/v1/workflows?page_size=100", "folders": "/v1/folders", "schedules": "/v1/schedules",
         "labels": "/v1/tag-values", "runs": "/v1/runs?page_size=100"}


def count(sandbox: Sandbox, what: str) -> int:
    found = sandbox.call("GET", LISTS[what]).json()
    return len(found if isinstance(found, list) else next(each for each in found.values() if isinstance(each, list)))


def filled(page: Page, action: str) -> dict[str, Any]:
    """What the form sends as the page gives it."""
    form = page.one(f'form[action="{action}"], form:has([formaction="{action}"])')
    return {each["name"]: each.get("value", "") for each in form.select('input[type="hidden"]')}


def clicks(app: Flask, person: Browser, path: str, data: dict[str, Any], times: int = 3) -> list[Any]:
    """The same form, at the same moment, from windows of the same person."""
    def click(_: int) -> Any:
        client = app.test_client()
        for name in ("skyvern_ui", "skyvern_ui_form"):
            client.set_cookie(name, str(getattr(person.client.get_cookie(name), "value", "")))
        return client.post(path, data=data, headers={"Origin": "http://localhost"})

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(click, range(times)))


CASES = {  # the page with the form, where it is sent, what is typed, what there is more of
    "schedule": ("/workflows/{wpid}/schedules/new", "/workflows/{wpid}/schedules",
                 {"how": "daily", "times": "09:00", "timezone": "Europe/Berlin", "name": "Morning"}, "schedules"),
    "copy": ("/workflows/{wpid}", "/workflows/{wpid}/copies", {}, "workflows"),
    "copy in the list": ("/workflows", "/workflows/{wpid}/copies", {}, "workflows"),
    "template": ("/workflows/new", "/workflows/{wpid}/copies", {}, "workflows"),
    "label": ("/workflows/labels", "/workflows/labels", {"name": "env:prod", "colour": "blue"}, "labels"),
    "task": ("/tasks", "/tasks", {"prompt": "Find the lamp", "engine": "skyvern-1.0"}, "runs"),
    "task's workflow": ("/tasks", "/tasks/workflow", {"prompt": "Find the lamp", "url": "https://lamps.example",
                                                      "run_at_once": "y"}, "runs"),
    "run": ("/workflows/{wpid}/run", "/workflows/{wpid}/run", {}, "runs"),
    "run again": ("/runs/{run}", "/runs/{run}/repetition", {}, "runs"),
    "changed run": ("/runs/{run}/again", "/runs/{run}/again", {}, "runs"),
    "folder": ("/workflows/folders", "/workflows/folders", {"title": "Shop"}, "folders"),
}
ON_ONE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize(("case", "database_url"), [(case, "sqlite") for case in CASES] + [("schedule", "postgres")],
                         indirect=["database_url"])
def test_three_presses_make_one(connected: Flask, ben: Browser, sandbox: Sandbox, case: str) -> None:
    wpid = put(sandbox, "Order")
    sandbox.call("PUT", f"/v1/workflows/{wpid}/template?is_template=true")
    run = ""
    if "{run}" in CASES[case][0]:
        finished(sandbox, run := sandbox.run_workflow(wpid))
    shown, action, typed, what = (each.format(wpid=wpid, run=run) if isinstance(each, str) else each
                                  for each in CASES[case])
    data, before = filled(ben.get(shown), action) | typed, count(sandbox, what)
    sandbox.fault("/v1/", "delay", seconds=0.4, count=3)
    told = clicks(connected, ben, action, data)
    assert [each.status_code for each in told] == [303] * 3
    assert len({each.headers["Location"] for each in told}) == 1 and count(sandbox, what) == before + 1
    late = ben.post(action, data)
    assert late.headers["Location"] == told[0].headers["Location"] and count(sandbox, what) == before + 1
    assert "carried out once" in ben.get(late.headers["Location"]).words


@ON_ONE
def test_bulk_copies_are_made_once(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    wpid = put(sandbox, "Order")
    asked = ben.post("/workflows/copies", {"workflow_id": wpid}, htmx=True)
    data = filled(asked, "/workflows/copies") | {"workflow_id": wpid, "sure": "1"}
    assert "1 of 1 duplicated" in ben.post("/workflows/copies", data, htmx=True).words
    assert ben.post("/workflows/copies", data, htmx=True).headers["HX-Redirect"] == "/workflows"
    assert count(sandbox, "workflows") == 2
    again = filled(ben.post("/workflows/copies", {"workflow_id": wpid}, htmx=True), "/workflows/copies")
    ben.post("/workflows/copies", again | {"workflow_id": wpid, "sure": "1"}, htmx=True)
    assert count(sandbox, "workflows") == 3, "a form that was asked for anew is another wish"


@ON_ONE
def test_bulk_copies_of_schedules_are_made_once(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    wpid = put(sandbox, "Order")
    where = f"/workflows/{wpid}/schedules"
    made = ben.post(where, CASES["schedule"][2]).headers["Location"].rsplit("/", 1)[1]
    data = filled(ben.get("/schedules"), "/schedules/changes") | {"deed": "copy", "schedule": f"{wpid}/{made}"}
    told = clicks(connected, ben, "/schedules/changes", data)
    assert sorted(each.status_code for each in told) == [200, 303, 303] and count(sandbox, "schedules") == 2
    pause = data | {"deed": "pause"}
    assert [ben.post("/schedules/changes", pause).status for _ in range(2)] == [200, 200]


@ON_ONE
@pytest.mark.parametrize("path", ["save", "copies"])
def test_what_the_editor_makes_is_where_the_second_press_leads(connected: Flask, ben: Browser, sandbox: Sandbox,
                                                               path: str) -> None:
    desk = Desk(ben, sandbox.workflow(small()))
    desk.type("order", navigation_goal="Order two")
    mine = filled(desk.get("/save"), f"{desk.base}/save")
    sandbox.fault("/api/v1/workflows", "delay", seconds=0.3, count=9)
    told = clicks(connected, ben, f"{desk.base}/{path}", mine)
    assert [each.status_code for each in told] == [303] * 3 and len({each.headers["Location"] for each in told}) == 1
    assert count(sandbox, "workflows") == (2 if path == "copies" else 1)


def test_two_windows_make_one_copy_of_a_draft(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    desk = Desk(ben, sandbox.workflow(small()))
    desk.type("order", navigation_goal="Order two")
    sandbox.fault("/api/v1/workflows", "delay", seconds=0.3, count=9)
    own = filled(desk.get("/save"), f"{desk.base}/save")
    told = clicks(connected, ben, f"{desk.base}/copies", {"csrf_token": own["csrf_token"]})
    assert [each.status_code for each in told] == [303] * 3 and count(sandbox, "workflows") == 2


@ON_ONE
def test_what_was_refused_can_be_sent_again_and_what_nobody_knows_cannot(connected: Flask, ben: Browser,
                                                                         sandbox: Sandbox) -> None:
    wpid = put(sandbox, "Order")
    action = f"/workflows/{wpid}/copies"
    data = filled(ben.get(f"/workflows/{wpid}"), action)
    sandbox.fault("/api/v1/workflows", "status", method="POST", status=503, body='{"detail": "Not now"}')
    assert ben.post(action, data).status == 502 and count(sandbox, "workflows") == 1
    assert ben.post(action, data).status == 303 and count(sandbox, "workflows") == 2
    data = filled(ben.get(f"/workflows/{wpid}"), action)
    sandbox.fault("/api/v1/workflows", "lose", method="POST")
    assert ben.post(action, data).status == 504 and count(sandbox, "workflows") == 3, "made, but the answer was lost"
    late = ben.post(action, data)
    assert late.status == 409 and "nobody knows" in late.words and count(sandbox, "workflows") == 3


@ON_ONE
def test_a_folder_and_a_stranger(connected: Flask, ben: Browser, cleo: Browser, sandbox: Sandbox) -> None:
    """A name that is there already is said at the field; what somebody else's form has as its key is nobody's key."""
    data = filled(ben.get("/workflows/folders"), "/workflows/folders") | {"title": "Shop"}
    assert ben.post("/workflows/folders", data).status == 303
    own = filled(cleo.get("/workflows/folders"), "/workflows/folders") | {"title": "shop ", "press": data["press"]}
    answer = cleo.post("/workflows/folders", own)
    assert answer.status == 422 and "There is a folder Shop already" in answer.words and count(sandbox, "folders") == 1
    other = ben.post("/workflows/folders", data | {"title": "Other"})
    assert other.status == 303 and count(sandbox, "folders") == 2


def test_two_windows_make_one_folder_of_a_name(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    token = filled(ben.get("/workflows/folders"), "/workflows/folders")["csrf_token"]
    sandbox.fault("/v1/folders", "delay", seconds=0.3, count=4)
    told = clicks(connected, ben, "/workflows/folders", {"csrf_token": token, "title": "Shop"})
    assert sorted(each.status_code for each in told) == [303, 422, 422] and count(sandbox, "folders") == 1


@ON_ONE
def test_a_start_that_was_refused_is_sent_again_and_one_that_nobody_knows_of_only_from_a_new_form(
        connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    data = filled(ben.get("/tasks"), "/tasks") | {"prompt": "Find the lamp", "engine": "skyvern-1.0"}
    sandbox.fault("/v1/run/tasks", "status", status=503, body='{"detail": "Not now"}')
    assert ben.post("/tasks", data).status == 502 and ben.post("/tasks", data).status == 303
    assert ben.post("/tasks", {**data, "prompt": ""}).status == 422 and count(sandbox, "runs") == 1
    data = filled(ben.get("/tasks"), "/tasks") | {"prompt": "Find the lamp", "engine": "skyvern-1.0"}
    sandbox.fault("/v1/run/tasks", "lose")
    told = ben.post("/tasks", data)
    assert told.status >= 500 and told.one("#prompt").get_text(strip=True) == "Find the lamp"
    late = ben.post("/tasks", data)
    assert late.status == 409 and "nobody knows" in late.words and count(sandbox, "runs") == 2
    anew = filled(told, "/tasks") | {"prompt": "Find the lamp", "engine": "skyvern-1.0"}
    assert anew["press"] != data["press"] and ben.post("/tasks", anew).status == 303 and count(sandbox, "runs") == 3


@ON_ONE
def test_another_file_is_another_wish(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    wpid = put(sandbox, "Order", {"key": "list", "workflow_parameter_type": "file_url"})
    action = f"/workflows/{wpid}/run"
    data = filled(ben.get(action), action)

    def send(content: bytes) -> Any:
        sent = data | {"file-list": (io.BytesIO(content), "list.csv")}
        return ben.client.post(action, data=sent, headers={"Origin": "http://localhost"})

    first = send(b"lamp").headers["Location"]
    assert send(b"lamp").headers["Location"] == first and count(sandbox, "runs") == 1
    assert send(b"lump").headers["Location"] != first and count(sandbox, "runs") == 2
    assert [each["size"] for each in sandbox.uploads()] == [4, 4]


@ON_ONE
def test_a_table_sent_twice_is_one_batch(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    wpid = put(sandbox, "Order", {"key": "name"})
    action = f"/workflows/{wpid}/batches"
    data = filled(ben.get(f"{action}/new"), action)

    def send(content: bytes) -> str:
        sent = data | {"file": (io.BytesIO(content), "rows.csv")}
        return str(ben.client.post(action, data=sent, headers={"Origin": "http://localhost"}).headers["Location"])

    first = send(b"name\nAda\n")
    assert send(b"name\nAda\n") == first != send(b"name\nBen\n")
    assert len(ben.get(action).all(".table tbody tr")) == 2


@ON_ONE
@pytest.mark.parametrize(("lost", "status", "runs"), [(timedelta(minutes=15), 409, 1), (timedelta(0), 303, 2)])
def test_whom_a_killed_worker_was_serving_may_press_again_later(
        connected: Flask, ben: Browser, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, lost: timedelta, status: int,
        runs: int) -> None:
    monkeypatch.setattr(presses, "LOST", lost)
    monkeypatch.setattr(presses, "WAITS", 0.0)
    data = filled(ben.get("/tasks"), "/tasks") | {"prompt": "Find the lamp", "engine": "skyvern-1.0"}
    with monkeypatch.context() as killed:
        killed.setattr(parcels, "conclude", lambda *_: None)
        assert ben.post("/tasks", data).status == 303
    assert ben.post("/tasks", data).status == status and count(sandbox, "runs") == runs
    if status == 303:
        again = ben.post("/tasks", data).headers["Location"]
        assert "carried out once" in ben.get(again).words, "what is over is remembered for longer"
        assert count(sandbox, "runs") == runs
