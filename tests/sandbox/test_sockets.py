"""The sandbox's sockets: frames until the end, input only for who holds control."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest

from tests.real.sockets import Closed, Socket
from tests.sandbox_server import Sandbox


def watch(sandbox: Sandbox, path: str) -> Socket:
    return Socket(f"{sandbox.url}{path}?apikey={sandbox.key}&client_id=ben")


def start(sandbox: Sandbox, prompt: str) -> str:
    wish = {"prompt": prompt, "url": "http://shop.test/"}
    return str(sandbox.call("POST", "/v1/run/tasks", json=wish).json()["run_id"])


def to_the_end(socket: Socket) -> tuple[list[Any], int]:
    """Every message, and how the socket closed."""
    found: list[Any] = []
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            found.append(socket.receive_json())
        except Closed as closed:
            return found, closed.code
    raise AssertionError("the socket did not end")


def test_frames_are_real_pictures_and_the_last_word_is_the_status(sandbox: Sandbox) -> None:
    run = start(sandbox, "Order a lamp")
    with watch(sandbox, f"/api/v1/stream/tasks/{run}") as socket:
        frames, code = to_the_end(socket)
    assert frames[-1] == {"task_id": run, "status": "completed"} and code == 1006
    assert len(frames) > 3
    for frame in frames[:-1]:
        assert base64.b64decode(frame["screenshot"]).startswith(b"\xff\xd8\xff")
        assert (frame["task_id"], frame["status"], frame["format"]) == (run, "running", "jpeg")


def test_a_canceled_run_ends_its_frames(sandbox: Sandbox) -> None:
    run = start(sandbox, "Order a lamp [slow]")
    with watch(sandbox, f"/api/v1/stream/tasks/{run}") as socket:
        socket.receive_json()
        sandbox.call("POST", f"/v1/runs/{run}/cancel")
        assert to_the_end(socket)[0][-1]["status"] == "canceled"


def test_input_is_honoured_only_after_taking_control(sandbox: Sandbox) -> None:
    session = sandbox.call("POST", "/v1/browser_sessions", json={"timeout": 10}).json()["browser_session_id"]
    with (watch(sandbox, f"/v1/stream/browser_sessions/{session}") as frames,
          watch(sandbox, f"/v1/stream/cdp_input/browser_session/{session}") as hand):
        first = frames.receive_json()
        assert hand.receive_json() == {"kind": "ready"}
        hand.send({"kind": "navigateEvent", "url": "http://ignored.test/"})
        hand.send({"kind": "take-control"})
        hand.send({"kind": "navigateEvent", "url": "http://shop.test/lamps"})
        second = frames.receive_json()
        assert (first["url"], second["url"]) == ("about:blank", "http://shop.test/lamps")
        hand.send({"kind": "navigateEvent", "url": "javascript:alert(1)"})
        assert hand.receive_json() == {"kind": "navigate-error", "reason": "invalid_url"}
        sandbox.call("POST", f"/v1/browser_sessions/{session}/close")
        assert to_the_end(frames)[0] == [{"browser_session_id": session, "status": "completed"}]


def test_the_message_channel_tells_the_address(sandbox: Sandbox) -> None:
    session = sandbox.call("POST", "/v1/browser_sessions", json={"url": "http://shop.test/"}).json()
    with watch(sandbox, f"/v1/stream/messages/browser_session/{session['browser_session_id']}") as socket:
        socket.send({"kind": "get-browser-url"})
        assert socket.receive_json() == {"kind": "browser-url", "url": "http://shop.test/"}


def test_nothing_is_sent_to_a_quiet_viewer_of_a_still_page(sandbox: Sandbox) -> None:
    session = sandbox.call("POST", "/v1/browser_sessions", json={"timeout": 10}).json()["browser_session_id"]
    with watch(sandbox, f"/v1/stream/browser_sessions/{session}") as frames:
        frames.receive_json()
        with pytest.raises(TimeoutError):
            frames.receive(within=0.6)
