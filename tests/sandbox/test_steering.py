"""What a person does to a page: by input events and by VNC, only with control, all of it on record."""

from __future__ import annotations

import base64
import struct
from typing import Any

import pytest

from skyvern_ui.sandbox.vnc import HEIGHT, NAME, WIDTH, pixels
from tests.real.sockets import Closed, Socket
from tests.sandbox_server import Sandbox
from tests.support.server import wait_for

PRESS = {"kind": "mouseEvent", "eventType": "mousePressed", "x": 10, "y": 20, "button": "left", "clickCount": 1}
KEY = {"kind": "keyEvent", "eventType": "keyDown", "key": "a", "code": "KeyA", "text": "a",
       "windowsVirtualKeyCode": 65}


def watch(sandbox: Sandbox, path: str, viewer: str = "ben") -> Socket:
    return Socket(f"{sandbox.url}{path}?apikey={sandbox.key}&client_id={viewer}")


def open_session(sandbox: Sandbox, url: str = "http://shop.test/") -> str:
    wish = {"timeout": 10, "url": url}
    return str(sandbox.call("POST", "/v1/browser_sessions", json=wish).json()["browser_session_id"])


def hand(sandbox: Sandbox, session: str) -> Socket:
    """An input socket that holds control."""
    socket = watch(sandbox, f"/v1/stream/cdp_input/browser_session/{session}")
    assert socket.receive_json() == {"kind": "ready"}
    socket.send({"kind": "take-control"})
    return socket


def ending(socket: Socket) -> tuple[int, str]:
    with pytest.raises(Closed) as ended:
        while True:
            socket.receive()
    return ended.value.code, ended.value.reason


def test_every_event_that_counts_is_on_record_and_shows(sandbox: Sandbox) -> None:
    session = open_session(sandbox)
    with watch(sandbox, f"/v1/stream/browser_sessions/{session}") as frames, hand(sandbox, session) as ben:
        pictures = [frames.receive_json()["screenshot"]]
        for event in (PRESS, KEY):
            ben.send(event)
            pictures.append(frames.receive_json()["screenshot"])
        ben.send({"kind": "mouseEvent", "eventType": "mouseDanced", "x": 1, "y": 1})
        ben.send({"kind": "keyEvent", "eventType": "keyUp", "text": "a"})
        ben.send("not json")
        ben.send({"kind": "cede-control"})
        ben.send(PRESS)
        ben.send({"kind": "take-control"})
        ben.send({"kind": "reloadEvent"})
        frames.receive_json()
    assert len(set(pictures)) == 3
    done = sandbox.inputs()
    assert [entry["event"] for entry in done] == [PRESS, KEY, {"kind": "reloadEvent"}]
    assert {entry["target"] for entry in done} == {session} and len({entry["socket"] for entry in done}) == 1
    sandbox.forget_inputs()
    assert sandbox.inputs() == []


def test_addresses_and_the_way_back(sandbox: Sandbox) -> None:
    session = open_session(sandbox)
    with watch(sandbox, f"/v1/stream/browser_sessions/{session}") as frames, hand(sandbox, session) as ben:
        seen = [frames.receive_json()["url"]]
        for event in ({"kind": "navigateEvent", "url": "shop.test/lamps"}, {"kind": "goBackEvent"},
                      {"kind": "goForwardEvent"}):
            ben.send(event)
            seen.append(frames.receive_json()["url"])
        assert seen == ["http://shop.test/", "https://shop.test/lamps", "http://shop.test/", "https://shop.test/lamps"]
        for url, reason in (("", "invalid_url"), ("file:///etc/passwd", "invalid_url"),
                            ("javascript:alert(1)", "invalid_url"), ("http://blocked.test/", "blocked"),
                            ("http://unreachable.test/", "failed")):
            ben.send({"kind": "navigateEvent", "url": url})
            assert ben.receive_json() == {"kind": "navigate-error", "reason": reason}


@pytest.mark.parametrize(("url", "name", "content", "answer"), [
    ("http://shop.test/", "a.txt", b"hello", {"kind": "file-upload-complete"}),
    ("http://nofile.test/", "a.txt", b"hello", {"kind": "file-upload-error", "reason": "expected_one_file_input"}),
    ("http://shop.test/", "../a.txt", b"hello", {"kind": "file-upload-error", "reason": "invalid_file"}),
    ("http://shop.test/", "a.txt", None, {"kind": "file-upload-error", "reason": "invalid_file"}),
    ("http://shop.test/", "a.bin", b"x" * (10 * 1024 * 1024 + 1), {"kind": "file-upload-error",
                                                                  "reason": "file_too_large"}),
])
def test_files_are_taken_or_refused(sandbox: Sandbox, url: str, name: str, content: bytes | None,
                                    answer: dict[str, Any]) -> None:
    sent = "%%%" if content is None else base64.b64encode(content).decode()
    with hand(sandbox, open_session(sandbox, url)) as ben:
        ben.send({"kind": "fileUpload", "fileName": name, "mimeType": "text/plain", "content": sent})
        assert ben.receive_json() == answer


def test_a_workflow_run_is_steered_by_its_own_socket(sandbox: Sandbox) -> None:
    wpid = sandbox.workflow({"title": "Wait [slow]", "workflow_definition": {"parameters": [], "blocks": [
        {"block_type": "navigation", "label": "look", "navigation_goal": "Look"}]}})
    run = sandbox.run_workflow(wpid)
    with (watch(sandbox, f"/api/v1/stream/workflow_runs/{run}") as frames,
          watch(sandbox, f"/api/v1/stream/cdp_input/workflow_run/{run}") as ben):
        assert ben.receive_json() == {"kind": "ready"}
        ben.send({"kind": "take-control"})
        ben.send({"kind": "navigateEvent", "url": "http://shop.test/steered"})
        wait_for(lambda: frames.receive_json()["url"] == "http://shop.test/steered", 10, "the page to turn")
        assert [entry["target"] for entry in sandbox.inputs()] == [run]
        sandbox.call("POST", f"/v1/runs/{run}/cancel")
        ben.send(PRESS)
        assert ending(ben) == (4411, "dispatch_failed")
    with watch(sandbox, f"/api/v1/stream/cdp_input/workflow_run/{run}") as late:
        assert ending(late) == (4409, "workflow_run_closing")


def test_what_is_not_there_cannot_be_steered(sandbox: Sandbox) -> None:
    session = open_session(sandbox)
    with hand(sandbox, session) as ben:
        ben.send([1])
        assert ending(ben)[0] == 1006
    sandbox.call("POST", f"/v1/browser_sessions/{session}/close")
    for path, end in ((f"/v1/stream/cdp_input/browser_session/{session}", (4404, "browser_session_finalized")),
                      ("/v1/stream/cdp_input/browser_session/pbs_1", (4404, "browser_session_not_found")),
                      ("/api/v1/stream/cdp_input/workflow_run/wr_1", (4404, "workflow_run_not_found"))):
        with watch(sandbox, path) as socket:
            assert ending(socket) == end


def test_a_session_tells_who_holds_it_and_shows_it(sandbox: Sandbox) -> None:
    session = open_session(sandbox)
    wish = {"prompt": "Order a lamp [slow]", "url": "http://shop.test/order", "browser_session_id": session}
    run = sandbox.call("POST", "/v1/run/tasks", json=wish).json()["run_id"]
    told = sandbox.call("GET", f"/v1/browser_sessions/{session}").json()
    assert (told["runnable_type"], told["runnable_id"], told["stream_transport"]) == ("task", run, "cdp")
    with watch(sandbox, f"/api/v1/stream/tasks/{run}") as frames, hand(sandbox, session) as ben:
        assert frames.receive_json()["url"] == "http://shop.test/order"
        ben.send({"kind": "navigateEvent", "url": "http://shop.test/by-hand"})
        wait_for(lambda: frames.receive_json()["url"] == "http://shop.test/by-hand", 10, "the page to turn")


def take(socket: Socket, size: int) -> bytes:
    held = b""
    while len(held) < size:
        part = socket.receive()
        assert isinstance(part, bytes)
        held += part
    assert len(held) == size
    return held


def test_a_page_by_vnc_is_seen_and_touched_with_control_only(sandbox: Sandbox) -> None:
    session = open_session(sandbox, "http://vnc.test/")
    assert sandbox.call("GET", f"/v1/browser_sessions/{session}").json()["stream_transport"] == "vnc"
    with (watch(sandbox, f"/v1/stream/messages/browser_session/{session}") as words,
          watch(sandbox, f"/v1/stream/vnc/browser_session/{session}") as screen):
        assert take(screen, 12) == b"RFB 003.008\n"
        screen.send(b"RFB 003.008\n")
        assert take(screen, 2) == b"\x01\x01"
        screen.send(b"\x01")
        assert take(screen, 4) == bytes(4)
        screen.send(b"\x01")
        opening = take(screen, 24 + len(NAME))
        assert struct.unpack(">HH", opening[:4]) == (WIDTH, HEIGHT) and opening.endswith(NAME)
        screen.send(struct.pack(">BxHi", 2, 1, 0))
        screen.send(struct.pack(">BBHHHH", 3, 0, 0, 0, WIDTH, HEIGHT))
        update = take(screen, 16 + WIDTH * HEIGHT * 4)
        assert struct.unpack(">BxHHHHHi", update[:16]) == (0, 1, 0, 0, WIDTH, HEIGHT, 0)
        assert update[16:] == pixels(1, (16, 8, 0))
        screen.send(struct.pack(">BBHH", 5, 1, 30, 40) + struct.pack(">BBHHHH", 3, 0, 0, 0, WIDTH, HEIGHT))
        assert take(screen, 16 + WIDTH * HEIGHT * 4) == update  # without control the page stays as it is
        words.send({"kind": "take-control"})
        words.send({"kind": "get-browser-url"})
        assert words.receive_json()["kind"] == "browser-url"
        screen.send(struct.pack(">BBHHHH", 3, 1, 0, 0, WIDTH, HEIGHT) + struct.pack(">BBHH", 5, 1, 50, 60)
                    + struct.pack(">BBxxI", 4, 1, ord("a")) + struct.pack(">BBHH", 5, 4, 1, 1))
        assert take(screen, 16 + WIDTH * HEIGHT * 4)[16:] != update[16:]
        wait_for(lambda: len(sandbox.inputs()) == 2, 10, "both events")
    assert [entry["event"] for entry in sandbox.inputs()] == [
        {"kind": "pointer", "buttons": 1, "x": 50, "y": 60}, {"kind": "key", "down": True, "keysym": 97}]


def test_no_vnc_for_a_page_that_is_shown_otherwise(sandbox: Sandbox) -> None:
    for path, end in ((f"/v1/stream/vnc/browser_session/{open_session(sandbox)}", (1000, "vnc-closed")),
                      ("/api/v1/stream/vnc/task/tsk_1", (1013, ""))):
        with watch(sandbox, path) as socket:
            assert ending(socket) == end
