"""Two people steer one real browser in turn: one at a time, each hand-over seen and audited."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from skyvern_ui.relay.leg import Closed
from tests.conformance.person import Person
from tests.conformance.workflows import DOOR
from tests.real.model import ScriptedModel
from tests.real.site import Site
from tests.support.endings import end_of
from tests.support.server import Visitor, wait_for

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(300)]


@dataclass
class Browsing:
    """A task that waits for its model, in a browser session that can be steered."""

    run_id: str
    session_id: str


@pytest.fixture
def browsing(ada: Person, site: Site, scripted_model: ScriptedModel) -> Iterator[Browsing]:
    visitor = ada.visitor()
    opened = visitor.post(f"{DOOR}/v1/browser_sessions", json={"timeout": 10}, timeout=60)
    session_id = str(opened.json()["browser_session_id"])
    scripted_model.set_mode("hang")
    wish = {"prompt": "Wait for a hand", "url": site.moving, "engine": "skyvern-1.0", "browser_session_id": session_id}
    run_id = str(visitor.post(f"{DOOR}/v1/run/tasks", json=wish).json()["run_id"])
    wait_for(lambda: address(visitor, session_id) == site.moving, 60, "the page of the task")
    yield Browsing(run_id, session_id)
    visitor.post(f"{DOOR}/v1/runs/{run_id}/cancel", json={})
    scripted_model.set_mode("ok")
    visitor.post(f"{DOOR}/v1/browser_sessions/{session_id}/close", json={}, timeout=60)


def test_two_people_steer_in_turn(ada: Person, ben: Person, browsing: Browsing, site: Site) -> None:
    mine, his = ada.visitor(), ben.visitor()
    wheel = driving(mine, browsing.run_id)
    say(wheel, kind="navigateEvent", url=site.form)
    wait_for(lambda: address(mine, browsing.session_id) == site.form, 20, "the page that Ada opened")
    with pytest.raises(Closed) as refused:
        driving(his, browsing.run_id)
    assert refused.value.code == 4423 and "Ada Example drives now" in refused.value.reason
    say(wheel, kind="goBackEvent")
    wait_for(lambda: address(mine, browsing.session_id) == site.moving, 20, "the page before")
    say(wheel, kind="cede-control")
    assert end_of(wheel, 10).code == 1000
    wheel = driving(his, browsing.run_id)
    say(wheel, kind="navigateEvent", url=site.form)
    wait_for(lambda: address(his, browsing.session_id) == site.form, 20, "the page that Ben opened")
    taken = time.monotonic()
    now = driving(mine, browsing.run_id, take=True)
    assert end_of(wheel, 10).code == 4423 and time.monotonic() - taken < 10
    say(now, kind="navigateEvent", url=site.moving)
    wait_for(lambda: address(mine, browsing.session_id) == site.moving, 20, "the page that Ada opened again")
    say(now, kind="cede-control")
    end_of(now, 10)
    rows = mine.get("/settings/audit/export.json").json()
    told = [(row["action"], row["user_name"]) for row in rows if row["action"].startswith("control.")
            and row["resource_id"] == browsing.session_id]
    assert {("control.take", ada.name), ("control.give", ada.name), ("control.take", ben.name)} <= set(told), told


def test_typing_arrives_in_the_page(ada: Person, browsing: Browsing, site: Site) -> None:
    visitor = ada.visitor()
    wheel = driving(visitor, browsing.run_id)
    say(wheel, kind="navigateEvent", url=site.form)
    wait_for(lambda: address(visitor, browsing.session_id) == site.form, 20, "the form")
    for _ in range(7):  # four links, name, size, the button
        press(wheel, "Tab", 9)
    press(wheel, " ", 32, text=" ")
    wait_for(lambda: site.orders, 10, "the order that the space bar has sent")
    say(wheel, kind="cede-control")
    end_of(wheel, 10)


def press(wheel: Any, key: str, number: int, **more: str) -> None:
    named = {"kind": "keyEvent", "key": key, "code": key.strip() or "Space", "windowsVirtualKeyCode": number}
    say(wheel, **named, eventType="keyDown" if more else "rawKeyDown", **more)
    say(wheel, **named, eventType="keyUp")


def driving(visitor: Visitor, run_id: str, **more: Any) -> Any:
    """A socket that drives. Raises Closed when somebody else does."""
    socket = visitor.socket(f"/runs/{run_id}/control")
    say(socket, kind="take-control", **more)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        message = socket.receive(1)
        if isinstance(message, str) and json.loads(message).get("kind") == "driving":
            return socket
    raise AssertionError("nobody said that we drive")


def say(socket: Any, **message: Any) -> None:
    socket.send_text(json.dumps(message))


def address(visitor: Visitor, session_id: str) -> str:
    """What the browser of this session shows."""
    socket = visitor.socket(f"{DOOR}/v1/stream/browser_sessions/{session_id}")
    try:
        return str(json.loads(socket.receive(30) or "{}").get("url"))
    finally:
        socket.free()
