"""Schedules as people see them: made, looked at, changed, paused, copied, deleted, and what is said when it fails."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog, Claim

from ..sandbox_server import Sandbox
from ..support.people import Browser

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BLOCK = {"block_type": "goto_url", "label": "open", "url": "https://shop.example/"}
CITY = {"parameter_type": "workflow", "workflow_parameter_type": "string", "key": "city", "default_value": "Rome"}
COUNT = {"parameter_type": "workflow", "workflow_parameter_type": "integer", "key": "count"}
DAILY = {"how": "daily", "times": "09:00", "timezone": "Europe/Berlin", "name": "Morning report", "p-count": "3"}


@pytest.fixture
def wpid(connected: Flask, sandbox: Sandbox) -> str:
    return sandbox.workflow({"title": "Report", "workflow_definition": {"parameters": [CITY, COUNT],
                                                                        "blocks": [BLOCK]}})


def made(browser: Browser, wpid: str, **more: str) -> str:
    """A schedule made by its form; the path of its page."""
    answer = browser.post(f"/workflows/{wpid}/schedules", {**DAILY, **more})
    assert answer.status == 303, answer.words
    return str(answer.headers["Location"])


def kept(sandbox: Sandbox, page: str) -> dict[str, Any]:
    return dict(sandbox.call("GET", f"/v1{page}").json()["schedule"])


def test_a_schedule_is_made_with_its_inputs_and_attributed(connected: Flask, ben: Browser, wpid: str,
                                                          sandbox: Sandbox) -> None:
    form = ben.get(f"/workflows/{wpid}/schedules/new")
    assert form.one('[name="how"][checked]')["value"] == "daily" and len(form.all(".dues__one")) == 10
    here = made(ben, wpid)
    held = kept(sandbox, here)
    assert held["cron_expression"] == "0 9 * * *" and held["timezone"] == "Europe/Berlin" and held["enabled"]
    assert held["parameters"] == {"count": 3}
    page = ben.get(here)
    assert "Every day at 09:00" in page.words and len(page.all(".dues__one")) == 10 and "active" in page.words
    with connected.app_context():
        row = db.session.scalars(select(AuditLog).where(AuditLog.action == "schedule.create")).one()
        assert (row.user_name, row.outcome, row.resource) == ("Ben", "done", "schedule")
        assert "Rome" not in str(row.details) and row.details["cadence"] == "Every day at 09:00"
        assert db.session.get(Claim, held["workflow_schedule_id"]).actor_id == "user-ben"  # type: ignore[union-attr]


@pytest.mark.parametrize(("typed", "words"), [
    ({"times": "25:00"}, "Write times such as"), ({"timezone": "Mars"}, "no time zone called “Mars”"),
    ({"p-count": "many"}, "Enter a whole number"), ({"p-count": ""}, "The workflow needs this"),
    ({"how": "cron", "cron": "* * * * *"}, "That is too often"), ({"name": "x" * 201}, "At most 200 characters"),
    ({"how": "once", "run_at": "2027-03-28T02:30"}, "02:30 does not exist on that day"),
])
def test_what_is_wrong_is_said_and_what_was_typed_stays(ada: Browser, wpid: str, sandbox: Sandbox,
                                                       typed: dict[str, str], words: str) -> None:
    page = ada.post(f"/workflows/{wpid}/schedules", {**DAILY, "description": "Kept", **typed})
    assert page.status == 422 and words in page.words
    assert page.one("#description").get_text(strip=True) == "Kept"
    assert page.one("#name")["value"] == typed.get("name", "Morning report")
    assert sandbox.call("GET", "/v1/schedules").json()["total_count"] == 0


def test_a_change_keeps_what_it_does_not_name(ada: Browser, wpid: str, sandbox: Sandbox) -> None:
    here = made(ada, wpid)
    sandbox.call("POST", f"/v1{here}/disable")
    form = ada.get(f"{here}/edit")
    assert form.one("#times")["value"] == "09:00" and not form.all("#paused")
    assert form.one("#p-count")["value"] == "3"
    assert [each["value"] for each in form.all('[name="how"]')] == [
        "hourly", "daily", "weekly", "monthly", "interval", "cron"]
    assert ada.post(here, {**DAILY, "how": "weekly", "times": "10:15", "days": "1"}).status == 303
    held = kept(sandbox, here)
    assert held["cron_expression"] == "15 10 * * 1" and held["enabled"] is False
    assert "cannot become one that runs once" in ada.post(here, {**DAILY, "how": "once",
                                                                 "run_at": "2027-05-01T09:00"}).words


def test_pausing_resuming_copying_deleting(ada: Browser, wpid: str, sandbox: Sandbox) -> None:
    here = made(ada, wpid)
    assert ada.post(f"{here}/pause").status == 303 and kept(sandbox, here)["enabled"] is False
    assert "paused" in ada.get(here).words
    ada.post(f"{here}/resumption")
    assert kept(sandbox, here)["enabled"] is True
    like = ada.get(f"/workflows/{wpid}/schedules/new?copy={here.rsplit('/', 1)[1]}")
    assert like.one("#name")["value"] == "Copy of Morning report" and like.one("#paused").has_attr("checked")
    ada.post(f"{here}/deletion")
    assert ada.get(here).status == 404 and "No schedules yet" in ada.get(f"/workflows/{wpid}/schedules").words


def test_one_that_runs_once_is_canceled(ada: Browser, wpid: str, sandbox: Sandbox) -> None:
    here = made(ada, wpid, how="once", run_at="2027-05-01T09:00")
    page = ada.get(here)
    assert "Once, Sat 1 May 2027, 09:00" in page.words and page.all(f'form[action="{here}/cancellation"]')
    assert ada.post(f"{here}/pause").status == 303 and "cannot be paused or resumed" in ada.get(here).words
    ada.post(f"{here}/cancellation")
    assert "canceled" in ada.get(here).words and kept(sandbox, here)["dispatch_status"] == "canceled"


def test_many_at_once_with_a_report(connected: Flask, ada: Browser, wpid: str, sandbox: Sandbox) -> None:
    one, other = made(ada, wpid), made(ada, wpid, name="Second", how="once", run_at="2027-05-01T09:00")
    chosen = [f"{wpid}/{each.rsplit('/', 1)[1]}" for each in (one, other)]
    report = ada.post("/schedules/changes", {"deed": "pause", "schedule": [*chosen, f"{wpid}/wfs_9", "nonsense"]})
    assert "1 of 3 paused" in report.words and "It runs once" in report.words and "no such schedule" in report.words
    assert kept(sandbox, one)["enabled"] is False
    copies = ada.post("/schedules/changes", {"deed": "copy", "schedule": chosen[:1]})
    copy = copies.one(".report__item a")["href"]
    assert kept(sandbox, copy)["enabled"] is False and kept(sandbox, copy)["name"] == "Copy of Morning report"
    ask = ada.post("/schedules/changes", {"deed": "delete", "schedule": chosen})
    assert "Delete 2 schedules" in ask.words and kept(sandbox, one)
    assert "2 of 2 deleted" in ada.post("/schedules/changes", {"deed": "delete", "sure": "1",
                                                               "schedule": chosen}).words
    assert ada.post("/schedules/changes", {"deed": "pause"}).status == 422
    with connected.app_context():
        done = [row.action for row in db.session.scalars(select(AuditLog)) if row.resource == "schedule"]
    assert sorted(done) == ["schedule.copy", "schedule.create", "schedule.create", "schedule.delete",
                            "schedule.delete", "schedule.pause"]


def test_the_list_filters_and_pages(ada: Browser, wpid: str, sandbox: Sandbox) -> None:
    for number in range(11):
        sandbox.call("POST", f"/v1/workflows/{wpid}/schedules", json={
            "cron_expression": "0 9 * * *", "timezone": "UTC", "name": f"Job {number:02d}", "enabled": number != 3,
            "parameters": {"count": 1}}).raise_for_status()
    page = ada.get("/schedules")
    assert len(page.all("tbody tr")) == 10 and "Page 1 of 2, 11 schedules" in page.words
    assert len(ada.get("/schedules?size=25").all("tbody tr")) == 11
    assert [row.get_text() for row in ada.get("/schedules?status=paused").all("tbody .table__title")] == ["Job 03"]
    assert len(ada.get("/schedules?q=job+1").all("tbody tr")) == 1
    assert "Nothing fits" in ada.get("/schedules?q=zz").words
    assert len(ada.get("/schedules?page=2").all("tbody tr")) == 1


def test_the_last_run_is_told_to_whom_it_may(connected: Flask, ada: Browser, ben: Browser, cleo: Browser, wpid: str,
                                            sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    here = made(ben, wpid)
    schedule_id = here.rsplit("/", 1)[1]
    rows = [{"workflow_schedule_id": schedule_id, "workflow_run_id": "wr_sched_" + "a" * 32, "status": "failed",
             "created_at": "2026-06-10T09:00:30"}]
    sandbox.fault(f"/v1/workflows/{wpid}/runs", "status", status=200, body=rows, count=20)
    assert ada.get(here).one("#runs-title + *, .table .pill").get_text(strip=True) == "failed"
    assert ada.get("/schedules").one("td .pill").get_text(strip=True) == "failed"
    ada.post("/settings/preferences", {"private_runs": "y"})
    assert "Runs are private here" in cleo.get(here).words and not cleo.get("/schedules").all("td .pill")
    assert ben.get("/schedules").one("td .pill") and not ben.get("/schedules").all('a[href^="/runs/wr_sched"]')
    assert cleo.get(f"{here}/watch").status == 403 and ben.get(f"{here}/watch").status == 200


def test_switched_off_and_out_of_step_are_said_in_words(ada: Browser, wpid: str, sandbox: Sandbox) -> None:
    sandbox.fault("/v1/schedules", "status", status=501, body={"detail": "Workflow schedules are disabled"})
    page = ada.get("/schedules")
    assert page.status == 200 and "they are switched off there" in page.words
    sandbox.fault(f"/v1/workflows/{wpid}/schedules", "status", status=502,
                  body={"detail": "Failed to sync schedule with scheduling service"})
    page = ada.post(f"/workflows/{wpid}/schedules", DAILY)
    assert page.status == 502 and "put everything back as it was" in page.words
    assert page.one("#times")["value"] == "09:00"
    sandbox.fault("/v1/schedules", "status", status=404, body={"detail": "Not Found"})
    assert "no schedules (they came with 1.0.30)" in ada.get("/schedules").words


def test_strangers_ids_and_methods(connected: Flask, ada: Browser, nobody: Browser, wpid: str) -> None:
    assert nobody.get("/schedules").status == 303
    assert ada.get(f"/workflows/{wpid}/schedules/..%2F..").status == 404
    assert ada.get(f"/workflows/{wpid}/schedules/wfs_1").status == 404
    assert ada.get("/workflows/wpid_1/schedules").status == 404
    assert ada.client.get("/schedules/changes").status_code == 405
    assert ada.get("/schedules/new?q=repo").one(".schedules__choices a")["href"] == f"/workflows/{wpid}/schedules/new"


def test_the_preview_follows_what_is_typed(connected: Flask, ada: Browser) -> None:
    page = ada.get("/schedules/preview?how=daily&times=02:30&timezone=Europe/Berlin")
    assert len(page.all(".dues__one")) == 10 and "Every day at 02:30" in page.words
    assert "Write times such as" in ada.get("/schedules/preview?how=daily&times=x").words
    assert "Europe/Berlin" in {each["value"] for each in ada.get("/schedules/zones").all("option")}


def test_without_skyvern_the_pages_stand(app: Flask, ada: Browser) -> None:
    assert "not connected" in ada.get("/schedules").words and ada.get("/schedules/new").status == 200
