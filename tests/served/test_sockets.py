"""Live views: who may open one, who ends it, and what it does to others (security.md 2.9, X10, X40, X62)."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import requests

from skyvern_ui.relay.leg import Closed
from skyvern_ui.skyvern.errors import SkyvernError

from ..sandbox_server import Sandbox
from ..support.endings import end_of
from ..support.server import Server, Visitor, wait_for


@pytest.fixture(scope="module")
def workers() -> int:
    return 1


def start(visitor: Visitor, prompt: str = "[slow] watch") -> str:
    answer = visitor.post("/api/skyvern/v1/run/tasks", json={"prompt": prompt, "engine": "skyvern-1.0"})
    assert answer.status_code == 200, answer.text
    run_id: str = answer.json()["run_id"]
    return run_id


def first_picture(socket: Any, seconds: float = 15) -> bytes:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        message = socket.receive(0.5)
        if isinstance(message, bytes):
            return message
    raise AssertionError("no picture came")


def closing_code(socket: Any, seconds: float = 5) -> int:
    return end_of(socket, seconds).code


def test_a_viewer_sees_states_and_pictures_until_the_end(served: Server, sandbox: Sandbox) -> None:
    ben = served.visitor("ben@example.com")
    socket = ben.socket(f"/runs/{start(ben, 'quick')}/frames")
    seen: list[Any] = []
    with pytest.raises(Closed) as closed:
        while True:
            seen.append(socket.receive(20))
    assert closed.value.code == 1000
    pictures = [m for m in seen if isinstance(m, bytes)]
    states = [said for m in seen if isinstance(m, str) and "state" in (said := json.loads(m))]
    assert pictures and pictures[0][:2] == b"\xff\xd8"
    assert states[-1]["state"] == "over" and states[-1]["status"] == "completed"
    assert all(s["sentence"] for s in states)
    assert sandbox.key not in str(states)


@pytest.mark.parametrize(("who", "origin", "status"), [
    (None, "", 401), ("ben", "https://evil.test", 403), ("ben", "null", 403), ("ben", None, 403),
    ("ben", "http://127.0.0.1", 403),
])
def test_strangers_get_a_status_and_never_a_socket(served: Server, sandbox: Sandbox, who: str | None,
                                                   origin: str | None, status: int) -> None:
    run_id = start(served.visitor("ada@example.com"))
    visitor = served.visitor(f"{who}@example.com" if who else None)
    sandbox.forget()
    for path in (f"/runs/{run_id}/frames", f"/api/skyvern/api/v1/stream/tasks/{run_id}"):
        with pytest.raises(SkyvernError) as refused:
            visitor.socket(path, origin=origin)
        assert refused.value.upstream_status == status  # type: ignore[attr-defined]
    assert sandbox.requests("/api/v1/stream") == []


def test_a_cross_site_fetch_with_a_good_origin_is_refused(served: Server) -> None:
    ben = served.visitor("ben@example.com")
    with pytest.raises(SkyvernError):
        ben.socket(f"/runs/{start(ben)}/frames", **{"sec-fetch-site": "cross-site"})


@pytest.mark.parametrize(("change", "status"), [
    ({"Sec-WebSocket-Version": "12"}, b"426"), ({"Sec-WebSocket-Key": ""}, b"400"),
    ({"Sec-WebSocket-Key": "c2hvcnQ="}, b"400"), ({"Content-Length": "5"}, b"400"),
])
def test_a_broken_handshake_is_told_so(served: Server, change: dict[str, str], status: bytes) -> None:
    ben = served.visitor("ben@example.com")
    run_id = start(ben)
    headers = {"Host": f"127.0.0.1:{served.port}", "Origin": served.url, "Upgrade": "websocket",
               "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
               "Cookie": "; ".join(f"{c.name}={c.value}" for c in ben.cookies), **change}
    head = f"GET /runs/{run_id}/frames HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n"
    answer = served.raw(head.encode() + (b"hello" if "Content-Length" in change else b""), 3)
    assert answer.startswith(b"HTTP/1.1 " + status), answer[:200]


def test_unknown_and_malformed_runs_have_no_picture(served: Server) -> None:
    ben = served.visitor("ben@example.com")
    for run_id in ("tsk_404404", "nonsense", "tsk_1%2f..", "a" * 300):
        with pytest.raises(SkyvernError) as refused:
            ben.socket(f"/runs/{run_id}/frames")
        assert refused.value.status == 404


def test_a_viewer_who_sends_is_shown_out(served: Server) -> None:
    ben = served.visitor("ben@example.com")
    socket = ben.socket(f"/runs/{start(ben)}/frames")
    first_picture(socket)
    socket.send_text('{"type":"mouse","x":1,"y":1}')
    assert closing_code(socket) == 1008


def test_a_ban_and_a_sign_out_end_open_sockets(served: Server) -> None:
    ada, ben, cleo = (served.visitor(f"{n}@example.com") for n in ("ada", "ben", "cleo"))
    run_id = start(ada)
    view, proxied = ben.socket(f"/runs/{run_id}/frames"), cleo.socket(f"/api/skyvern/api/v1/stream/tasks/{run_id}")
    first_picture(view)
    ada.post("/api/auth/admin/ban-user", json={"userId": "user-ben"})
    begun = time.monotonic()
    assert closing_code(view) == 4401
    cleo.post("/api/auth/sign-out", json={})
    assert closing_code(proxied) == 4401
    assert time.monotonic() - begun < 8


def test_many_viewers_share_one_upstream_socket_and_the_last_one_ends_it(served: Server, sandbox: Sandbox) -> None:
    visitors = [served.visitor(f"{n}@example.com") for n in ("ada", "ben", "cleo")]
    run_id = start(visitors[0])
    sockets = [v.socket(f"/runs/{run_id}/frames") for v in visitors for _ in range(5)]
    for socket in sockets:
        first_picture(socket)
    assert len(sandbox.requests(f"/api/v1/stream/tasks/{run_id}")) == 1
    for socket in sockets:
        socket.free()
    admin = visitors[0]

    def streams() -> float:
        text = admin.get("/metrics").text
        return float(next(line.split()[1] for line in text.splitlines() if line.startswith("open_streams")))

    wait_for(lambda: streams() == 0, 5, "the viewers to be gone")


def test_the_ninth_socket_of_a_session_is_refused(served: Server) -> None:
    ben = served.visitor("ben@example.com")
    run_id = start(ben)
    sockets = [ben.socket(f"/runs/{run_id}/frames") for _ in range(8)]
    with pytest.raises(SkyvernError) as refused:
        ben.socket(f"/runs/{run_id}/frames")
    assert refused.value.status == 429
    assert len(sockets) == 8


def test_a_browser_session_is_steered_through_the_proxy(served: Server) -> None:
    ben = served.visitor("ben@example.com")
    made = ben.post("/api/skyvern/v1/browser_sessions", json={"timeout": 10}).json()
    session_id = made["browser_session_id"]
    frames = ben.socket(f"/api/skyvern/v1/stream/browser_sessions/{session_id}")
    assert "screenshot" in json.loads(frames.receive(15) or "{}")
    control = ben.socket(f"/api/skyvern/v1/stream/cdp_input/browser_session/{session_id}?client_id=abc")
    assert json.loads(control.receive(15) or "{}")["kind"] == "ready"
    control.send_text(json.dumps({"kind": "take-control"}))
    control.send_text(json.dumps({"kind": "navigateEvent", "url": "http://shop.example.com/cart"}))
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        message = json.loads(frames.receive(5) or "{}")
        if "cart" in str(message.get("url")):
            break
    else:
        raise AssertionError("the browser did not go there")
    ada = served.visitor("ada@example.com")
    assert "browser.cdp_input" in ada.get("/settings/audit").text


def test_keys_in_a_socket_address_are_refused(served: Server) -> None:
    ben = served.visitor("ben@example.com")
    run_id = start(ben)
    for query in ("apikey=x", "token=x"):
        with pytest.raises(SkyvernError) as refused:
            ben.socket(f"/api/skyvern/api/v1/stream/tasks/{run_id}?{query}")
        assert refused.value.status == 400


def test_server_sent_events_come_one_by_one(served: Server) -> None:
    ben = served.visitor("ben@example.com")
    body = {"workflow_permanent_id": "wpid_1", "workflow_id": "w_1", "message": "hello", "workflow_yaml": ""}
    with ben.post("/api/skyvern/v1/workflow/copilot/chat-post", json=body, stream=True) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["X-Accel-Buffering"] == "no"
        times = [time.monotonic() for line in answer.iter_lines(chunk_size=1) if line.startswith(b"data:")]
    assert len(times) >= 2 and times[-1] - times[0] > 0.05


def test_a_client_that_leaves_frees_the_upstream_at_once(served: Server, sandbox: Sandbox) -> None:
    ben, ada = served.visitor("ben@example.com"), served.visitor("ada@example.com")
    sandbox.fault("/v1/runs", "hang", seconds=30)
    with pytest.raises(requests.RequestException):
        ben.get("/api/skyvern/v1/runs", timeout=0.5)
    begun = time.monotonic()
    wait_for(lambda: '"status": 499' in served.log, 3, "the call to be given up")
    assert time.monotonic() - begun < 2
    assert ada.get("/healthz").status_code == 200
