"""Who drives a browser: one at a time, on both databases (DESIGN: one row, one lease)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from skyvern_ui.audit import Actor
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog, Control
from skyvern_ui.models.columns import now
from skyvern_ui.relay.viewport import Viewports
from skyvern_ui.relay.wire import ClientSocket, ServerSocket
from skyvern_ui.runs import control_rules as rules
from skyvern_ui.runs.driving import TAKE
from skyvern_ui.runs.vnc_driving import VncDrive
from skyvern_ui.skyvern.values import Run

from ..relay.socket_people import talking, visit
from ..support.server import wait_for

ADA, BEN, CLEO = (Actor("person", f"user-{key}", key.title(), session_id=f"s-{key}") for key in ("ada", "ben", "cleo"))
KEY = "wr_1"


@pytest.fixture
def inside(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app
        db.session.remove()


def age(seconds: float, column: str = "seen_at") -> None:
    """Makes the lease older than it is."""
    with writing() as session:
        session.execute(update(Control).values(**{column: now() - timedelta(seconds=seconds)}))
    db.session.remove()


def recorded() -> list[tuple[str, str, dict[str, Any] | None]]:
    rows = db.session.scalars(select(AuditLog).where(AuditLog.action.like("control.%")).order_by(AuditLog.created_at))
    found = [(row.action, row.user_name or "", row.details) for row in rows]
    db.session.remove()
    return found


def test_a_free_browser_is_taken_and_nobody_else_gets_it(inside: Flask) -> None:
    taken = rules.take(KEY, BEN, "tab-b")
    assert taken.is_mine and not taken.must_wait and taken.driver == rules.Driver("user-ben", "Ben", "tab-b")
    refused = rules.take(KEY, CLEO, "tab-c")
    assert not refused.is_mine and refused.driver == taken.driver
    assert rules.driver_of([KEY, "wr_2"]) == {KEY: taken.driver}
    assert rules.refresh(KEY, "tab-c") is None and rules.refresh(KEY, "tab-b") == taken.driver
    assert rules.take("wr_2", CLEO, "tab-c").is_mine, "another browser is another lease"
    assert [row[:2] for row in recorded()] == [("control.take", "Ben"), ("control.take", "Cleo")]


def test_of_many_who_grab_at_once_one_gets_it(app: Flask) -> None:
    start, got = threading.Barrier(6), []

    def grab(number: int) -> None:
        with app.app_context():
            start.wait(10)
            if rules.take(KEY, Actor("person", f"user-{number}", f"P{number}"), f"tab-{number}").is_mine:
                got.append(number)
            db.session.remove()

    people = [threading.Thread(target=grab, args=(n,)) for n in range(6)]
    for each in people:
        each.start()
    for each in people:
        each.join(20)
    assert len(got) == 1
    with app.app_context():
        assert rules.driver_of([KEY])[KEY].holder_id == f"user-{got[0]}"
        assert len(recorded()) == 1


def test_a_holder_who_is_not_seen_for_six_seconds_is_gone(inside: Flask) -> None:
    rules.take(KEY, BEN, "tab-b")
    age(5)
    assert not rules.take(KEY, CLEO, "tab-c").is_mine
    age(6.5)
    assert rules.driver_of([KEY]) == {}
    taken = rules.take(KEY, CLEO, "tab-c")
    assert taken.is_mine and not taken.must_wait
    assert rules.refresh(KEY, "tab-b") is None
    assert recorded()[-1][2] is None, "nothing was taken from anybody"


def test_another_tab_of_the_same_person_takes_over_and_waits_for_the_first(inside: Flask) -> None:
    rules.take(KEY, BEN, "one")
    taken = rules.take(KEY, BEN, "two")
    assert taken.is_mine and taken.must_wait
    assert rules.refresh(KEY, "one") is None


def test_force_takes_from_the_living_and_says_from_whom(inside: Flask) -> None:
    rules.take(KEY, BEN, "tab-b")
    taken = rules.take(KEY, ADA, "tab-a", by_force=True)
    assert taken.is_mine and taken.must_wait
    assert recorded()[-1] == ("control.take", "Ada", {"taken_from": "Ben"})
    assert not rules.release(KEY, "tab-b", BEN), "what is not theirs any more cannot be given back"
    assert rules.driver_of([KEY])[KEY].holder_name == "Ada"


def test_giving_back_frees_it_and_losing_says_why(inside: Flask) -> None:
    rules.take(KEY, BEN, "tab-b")
    assert rules.release(KEY, "tab-b", BEN) and rules.driver_of([KEY]) == {}
    rules.take(KEY, BEN, "tab-b")
    rules.release(KEY, "tab-b", BEN, lost="signed out")
    assert recorded()[1][0] == "control.give"
    assert recorded()[3] == ("control.lose", "Ben", {"reason": "signed out"})


def test_asking_giving_and_taking_up(inside: Flask) -> None:
    assert rules.ask(KEY, CLEO) is None, "a free browser is not asked for"
    rules.take(KEY, BEN, "tab-b")
    assert rules.hand_over(KEY, "tab-b", BEN) is None
    asked = rules.ask(KEY, CLEO)
    assert asked is not None and asked.asked_by_name == "Cleo"
    second = rules.ask(KEY, ADA)
    assert second is not None and second.asked_by_name == "Cleo", "one asks at a time"
    mine = rules.ask(KEY, BEN)
    assert mine is not None and mine.asked_by_name == "Cleo", "nobody asks themselves"
    seen = rules.refresh(KEY, "tab-b")
    assert seen is not None and seen.asked_by_id == "user-cleo"
    assert rules.hand_over(KEY, "tab-x", BEN) is None, "only the holder gives"
    assert rules.hand_over(KEY, "tab-b", BEN) == "Cleo"
    kept = rules.driver_of([KEY])[KEY]
    assert kept.is_awaited and kept.holder_name == "Cleo" and kept.asked_by_id is None
    assert not rules.take(KEY, BEN, "tab-b").is_mine and not rules.take(KEY, ADA, "tab-a").is_mine
    taken = rules.take(KEY, CLEO, "tab-c")
    assert taken.is_mine and not taken.must_wait
    assert [row[0] for row in recorded()] == ["control.take", "control.ask", "control.give", "control.take"]


def test_what_is_not_taken_up_is_free_again(inside: Flask) -> None:
    rules.take(KEY, BEN, "tab-b")
    rules.ask(KEY, CLEO)
    rules.hand_over(KEY, "tab-b", BEN)
    age(7)
    assert rules.take(KEY, BEN, "tab-b").is_mine


def test_keeping_clears_the_question_and_an_old_one_lapses(inside: Flask) -> None:
    rules.take(KEY, BEN, "tab-b")
    rules.ask(KEY, CLEO)
    assert rules.keep(KEY, "tab-b", BEN) == "Cleo"
    assert rules.keep(KEY, "tab-b", BEN) is None
    assert recorded()[-1] == ("control.keep", "Ben", {"asked_by": "Cleo"})
    rules.ask(KEY, CLEO)
    age(61, "asked_at")
    seen = rules.refresh(KEY, "tab-b")
    assert seen is not None and seen.asked_by_id is None
    asked = rules.ask(KEY, ADA)
    assert asked is not None and asked.asked_by_name == "Ada"


@pytest.mark.parametrize(("data", "key"), [
    ({"run_id": "wr_1"}, "wr_1"),
    ({"run_id": "wr_1", "browser_session_id": "pbs_2"}, "pbs_2"),
    ({"run_id": "tsk_1"}, None),
    ({"run_id": "tsk_1", "browser_session_id": "pbs_2"}, "pbs_2"),
    ({"run_id": "tsk_v2_1"}, None),
    ({"run_id": "tsk_v2_1", "workflow_run_id": "wr_3"}, "wr_3"),
    ({"run_id": "tsk_v2_1", "workflow_run_id": 7}, None),
])
def test_which_browser_a_run_works_in(data: dict[str, Any], key: str | None) -> None:
    assert rules.browser_key(Run.from_json(data)) == key


def test_a_turn_by_vnc_that_ends_while_it_begins_gives_skyvern_no_control(app: Flask) -> None:
    heard: list[object] = []
    opening, may_open, ended = threading.Event(), threading.Event(), threading.Event()

    def screen(leg: ServerSocket, _target: str) -> None:
        leg.send_bytes(b"RFB 003.008\n")
        while True:
            leg.receive()

    def control(leg: ServerSocket, _target: str) -> None:
        try:
            while True:
                heard.append(leg.receive())
        finally:
            ended.set()

    with talking(screen) as screens, talking(control) as controls:
        def open_slowly(_viewer: str) -> ClientSocket:
            opening.set()
            assert may_open.wait(20)
            return visit(controls.port)

        drive = VncDrive(app=app, key=KEY, actor=BEN, may_force=False, open_messages=open_slowly,
                         open_upstream=lambda _viewer: visit(screens.port),
                         watch=lambda: Viewports(linger=0.1).watch("picture", lambda: visit(screens.port)))
        with talking(lambda leg, _target: drive.run(leg)) as pages:
            page = visit(pages.port)
            page.send_text(TAKE)
            assert opening.wait(10)
            page.send_text('{"kind": "cede-control"}')
            with app.app_context():
                wait_for(lambda: not rules.driver_of([KEY]), 10, "the browser to be free")
            may_open.set()
            assert ended.wait(10), "nothing stays open"
            page.free()
    assert heard == []
