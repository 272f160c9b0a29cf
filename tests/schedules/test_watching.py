"""Whoever asked is told once when a schedule does not start or its runs fail, and once when it goes well again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from skyvern_ui.audit import CLI
from skyvern_ui.extensions import db
from skyvern_ui.models import Notice, ScheduleWatch, Watch
from skyvern_ui.notices.letters import headline, json_of, text_of
from skyvern_ui.schedules import watching
from skyvern_ui.settings.rules import save_connection

from ..sandbox.caller import Caller
from ..support.people import Browser

LONGER = "a-key-that-no-answer-holds-by-chance-"
EIGHT = datetime(2026, 6, 10, 8, 0)
BLOCK = {"block_type": "goto_url", "label": "open", "url": "https://shop.example/"}
DAILY = {"cron_expression": "0 9 * * *", "timezone": "UTC", "name": "Morning report"}


class Day:
    """A day on which the clock of us and of the sandbox is moved by hand."""

    def __init__(self, app: Flask, caller: Caller) -> None:
        self.app, self.caller, self.starts = app, caller, True

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.caller.clock.now, UTC).replace(tzinfo=None)

    def at(self, hour: int, minute: int, day: int = 10) -> int:
        """Goes on to this time and looks. How many were told something."""
        there = EIGHT.replace(day=day, hour=hour, minute=minute, tzinfo=UTC)
        if not self.starts:  # Skyvern's scheduler stands still: what is due now will never start
            for held in self.caller.world.schedules.values():
                self.caller.world.dispatched[held["workflow_schedule_id"]] = there
        self.caller.clock.now = there.timestamp()
        return watching.look(self.app)

    def headlines(self) -> list[str]:
        with self.app.app_context():
            rows = db.session.scalars(select(Notice).order_by(Notice.created_at)).all()
            told = [headline(row.occasion, row.content) for row in rows]
            db.session.remove()
        return told


@pytest.fixture
def day(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Day]:
    caller = Caller()
    caller.clock.now = EIGHT.replace(tzinfo=UTC).timestamp()
    sandbox: Any = caller.client.application
    server = make_server("127.0.0.1", 0, lambda environ, start: sandbox(
        {**environ, "HTTP_X_API_KEY": environ["HTTP_X_API_KEY"].removeprefix(LONGER)}, start), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with app.app_context():
        save_connection(app.extensions["sealer"], f"http://127.0.0.1:{server.server_port}", LONGER + "key", CLI)
        db.session.remove()
    found = Day(app, caller)
    for module in ("watching", "watch_rules"):
        monkeypatch.setattr(f"skyvern_ui.schedules.{module}.now", lambda: found.now)
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def watched(day: Day, ada: Browser) -> Callable[..., str]:
    """Makes a schedule and has it watched by Ada; the path of its page."""

    def watch(body: dict[str, Any] = DAILY, title: str = "Report", **wish: str) -> str:
        wpid = day.caller.workflow({"title": title, "workflow_definition": {"parameters": [], "blocks": [BLOCK]}})
        made = day.caller.post(f"/v1/workflows/{wpid}/schedules", body)["schedule"]["workflow_schedule_id"]
        here = f"/workflows/{wpid}/schedules/{made}"
        asked = {"about": "schedule", "missed": "y", "failures": "2", "outcomes": "all", "channel": "browser", **wish}
        answer = ada.post(f"{here}/watch", asked)
        assert answer.status == 303, answer.words
        return here

    return watch


def test_a_start_that_did_not_come_is_told_once_and_again_only_after_one_came(day: Day,
                                                                             watched: Callable[..., str]) -> None:
    watched()
    assert day.at(9, 5) == 0
    assert day.at(9, 15) == 0 and len(day.caller.world.runs) == 1
    day.starts = False
    assert day.at(9, 5, 11) == 0 and day.at(9, 15, 11) == 1 and day.at(9, 16, 11) == 0
    assert day.at(9, 15, 12) == 0, "still missed: nothing new"
    day.starts = True
    assert day.at(9, 15, 13) == 1
    assert day.headlines() == ["Morning report did not start when it should have", "Morning report runs well again"]
    day.starts = False
    assert day.at(9, 15, 14) == 1 and len(day.headlines()) == 3


def test_it_survives_a_restart_between_the_time_and_the_alarm(day: Day, watched: Callable[..., str]) -> None:
    watched()
    day.starts = False
    assert day.at(8, 55) == 0
    assert day.at(12, 30) == 1, "nobody looked for three hours"
    with day.app.app_context():
        row = db.session.scalars(select(ScheduleWatch)).one()
        assert (row.state, row.judged_until) == ("missed", EIGHT.replace(hour=12, minute=20))
        db.session.remove()


def test_a_paused_or_changed_schedule_is_no_miss(day: Day, watched: Callable[..., str]) -> None:
    here = watched()
    day.starts = False
    day.caller.post(f"/v1{here}/disable")
    assert day.at(9, 30) == 0
    day.caller.post(f"/v1{here}/enable")
    assert day.at(10, 30) == 0, "what was due while it was paused is not missed"
    day.caller.call("PUT", f"/v1{here}", {**DAILY, "timezone": "America/New_York"})
    assert day.at(12, 55) == 0, "nine in New York is later"
    assert day.at(13, 15) == 1
    assert "did not start" in day.headlines()[0]


def test_so_many_failures_in_a_row_are_told_once(day: Day, watched: Callable[..., str]) -> None:
    watched(title="Report [fail]", missed="")
    told = [day.at(9, 30, number) for number in (10, 11, 12, 13)]
    assert told == [0, 1, 0, 0]
    assert day.headlines() == ["Morning report failed 2 times in a row"]
    for versions in day.caller.world.workflows.values():
        versions[-1]["title"] = "Report"
    assert day.at(9, 30, 14) == 1 and day.headlines()[1] == "Morning report runs well again"


def test_only_trouble_when_only_trouble_is_asked_for(day: Day, watched: Callable[..., str]) -> None:
    watched(outcomes="trouble")
    day.starts = False
    assert day.at(9, 15) == 1
    day.starts = True
    day.at(9, 15, 11)
    assert day.headlines() == ["Morning report did not start when it should have"]


def test_a_run_that_the_list_did_not_show_is_no_miss(day: Day, watched: Callable[..., str]) -> None:
    """The workflow ran so often by other means that the scheduled run is not among the last hundred."""
    here = watched()
    assert day.at(9, 1) == 0
    for _ in range(100):
        day.caller.run_workflow(here.split("/")[2])
    assert day.at(9, 15) == 0 and day.headlines() == []


def test_a_deleted_schedule_is_told_and_watched_no_more(day: Day, watched: Callable[..., str]) -> None:
    here = watched()
    day.caller.call("DELETE", f"/v1{here}")
    assert day.at(8, 30) == 1 and day.at(8, 31) == 0
    assert day.headlines() == ["Morning report was deleted"]
    with day.app.app_context():
        assert db.session.scalars(select(Watch)).one().ended_at is not None
        db.session.remove()


def test_skyvern_is_asked_twice_a_workflow_and_not_at_all_when_nothing_is_watched(
        day: Day, watched: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(watching.Skyvern, "_call", _counted(watching.Skyvern._call, asked))
    assert day.at(8, 1) == 0 and asked == []
    watched()
    asked.clear()
    day.at(8, 2)
    assert len(asked) == 2
    day.caller.world.workflows.clear()


def test_where_somebody_is_shut_out_nobody_is_told(day: Day, ada: Browser, watched: Callable[..., str]) -> None:
    watched()
    with day.app.app_context():
        from skyvern_ui.database import writing
        from skyvern_ui.models import User
        with writing() as session:
            session.get_one(User, "user-ada").banned = True
    day.starts = False
    assert day.at(9, 15) == 0 and day.headlines() == []


def test_the_page_the_form_and_the_list_of_watches(day: Day, ada: Browser, watched: Callable[..., str]) -> None:
    here = watched()
    assert "When it does not start, and when 2 runs in a row fail" in ada.get(here).words
    listed = ada.get("/notices")
    assert listed.one(f'a.table__title[href="{here}"]').get_text() == "Morning report"
    page = ada.post(f"{here}/watch", {"about": "schedule", "failures": "", "channel": "browser", "outcomes": "all"})
    assert page.status == 422 and "Choose at least one" in page.words
    assert ada.post(f"{here}/watch", {"about": "schedule", "failures": "99", "missed": "y", "channel": "browser",
                                      "outcomes": "all"}).status == 422
    day.starts = False
    day.at(9, 15)
    assert f'href="{here}"' in ada.post("/notices/news").text
    ending = ada.get(here).one('form[action$="/ending"]')["action"]
    ada.post(ending)
    assert "Nobody tells you" in ada.get(here).words


def test_how_it_reads(day: Day, watched: Callable[..., str]) -> None:
    here = watched()
    day.starts = False
    day.at(9, 15)
    with day.app.app_context():
        row = db.session.scalars(select(Notice)).one()
        text = text_of(row.run_id, row.occasion, row.content, "https://ui.example")
        body = json_of(row.id, row.run_id, row.occasion, row.content, "https://ui.example")
        db.session.remove()
    assert "Expected: Wed 10 Jun 2026, 09:00 (UTC)" in text and f"https://ui.example{here}" in text
    assert "Next:     Thu 11 Jun 2026, 09:00" in text
    assert b'"event": "schedule.missed"' in body and b'"expected": "2026-06-10T09:00:00+00:00"' in body


def _counted(call: Callable[..., Any], asked: list[str]) -> Callable[..., Any]:
    def counting(self: Any, method: str, path: str, *args: Any, **more: Any) -> Any:
        asked.append(path)
        return call(self, method, path, *args, **more)
    return counting
