"""Driving a browser through the running product: one driver over all workers, and an end within two seconds."""

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

TAKE = {"kind": "take-control"}


def browser_run(visitor: Visitor, **wish: Any) -> tuple[str, str]:
    """A long run in a browser session of its own, and the session."""
    made = visitor.post("/api/skyvern/v1/browser_sessions", json={"timeout": 10, **wish})
    assert made.status_code == 200, made.text
    session_id = str(made.json()["browser_session_id"])
    body = {"prompt": "[slow] drive me", "engine": "skyvern-1.0", "browser_session_id": session_id}
    answer = visitor.post("/api/skyvern/v1/run/tasks", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["run_id"]), session_id


def say(socket: Any, **message: Any) -> None:
    socket.send_text(json.dumps(message))


def hear(socket: Any, kind: str, seconds: float = 8) -> dict[str, Any]:
    """The next message of this kind; what comes before is skipped. Raises Closed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        message = socket.receive(0.2)
        if isinstance(message, str) and (said := json.loads(message)).get("kind") == kind:
            return dict(said)
    raise AssertionError(f"no {kind} came")


def note(socket: Any, wanted: Any, seconds: float = 5) -> dict[str, Any]:
    """The next note about the driver for which `wanted` is true, on a frame socket."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        message = socket.receive(0.2)
        if isinstance(message, str) and "driver" in (said := json.loads(message)) and wanted(said):
            return dict(said)
    raise AssertionError("no such note came")


def drive(visitor: Visitor, run_id: str, **more: Any) -> Any:
    socket = visitor.socket(f"/runs/{run_id}/control")
    say(socket, **TAKE, **more)
    return socket


def driving(visitor: Visitor, run_id: str, **more: Any) -> Any:
    socket = drive(visitor, run_id, **more)
    hear(socket, "driving")
    return socket


def audited(ada: Visitor, action: str) -> bool:
    return action in ada.get(f"/settings/audit?action={action}").text.split("<tbody", 1)[-1].split("</tbody", 1)[0]


def goes_to(visitor: Visitor, session_id: str, url: str, seconds: float = 6) -> bool:
    """Whether the browser of this session comes to show that page."""
    socket = visitor.socket(f"/api/skyvern/v1/stream/browser_sessions/{session_id}")
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            message = socket.receive(0.2)
            if isinstance(message, str) and json.loads(message).get("url") == url:
                return True
    finally:
        socket.free()
    return False


def test_only_well_formed_input_reaches_the_browser(served: Server) -> None:
    ben = served.visitor("ben@example.com")
    run_id, session_id = browser_run(ben)
    socket = driving(ben, run_id)
    say(socket, kind="navigateEvent", url="http://shop.example.com/cart")
    assert goes_to(ben, session_id, "http://shop.example.com/cart")
    for bad, sentence in (("not json", "not understood"), ('["navigateEvent"]', "not understood"),
                          ('{"kind":"navigateEvent","url":"javascript:alert(1)"}', "http"),
                          ('{"kind":"navigateEvent","url":"file:///etc/passwd"}', "http"),
                          ('{"kind":"debugEvent"}', "not understood")):
        socket.send_text(bad)
        assert sentence in hear(socket, "not-passed-on")["sentence"], bad
    say(socket, kind="fileUpload", fileName="a.txt", mimeType="text/plain", content="aGVsbG8=")
    assert hear(socket, "file-upload-complete")["sentence"] == "The file is in the page's field."
    assert goes_to(ben, session_id, "http://shop.example.com/cart"), "nothing else led anywhere"
    say(socket, kind="cede-control")
    assert end_of(socket).code == 1000


def test_one_drives_and_the_others_see_who(served: Server) -> None:
    ben, cleo, ada = (served.visitor(f"{name}@example.com") for name in ("ben", "cleo", "ada"))
    run_id, _ = browser_run(ben)
    watching = cleo.socket(f"/runs/{run_id}/frames")
    note(watching, lambda said: said["driver"] is None)
    wheel = driving(ben, run_id)
    assert note(watching, lambda said: said["driver"])["driver"] == {"name": "Ben", "is_you": False,
                                                                      "is_awaited": False}
    for _ in range(6):  # whichever worker answers
        refused = end_of(drive(cleo, run_id, take=True))
        assert refused.code == 4423 and "Ben drives now" in refused.reason
    say(wheel, kind="cede-control")
    end_of(wheel)
    note(watching, lambda said: said["driver"] is None)
    wait_for(lambda: audited(ada, "control.take") and audited(ada, "control.give"), 10, "the log")


def test_asking_and_giving(served: Server) -> None:
    ben, cleo = served.visitor("ben@example.com"), served.visitor("cleo@example.com")
    run_id, _ = browser_run(ben)
    wheel, view = driving(ben, run_id), cleo.socket(f"/runs/{run_id}/frames")
    mine = ben.socket(f"/runs/{run_id}/frames")
    token = cleo.get(f"/runs/{run_id}").text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    asked = cleo.post(f"/runs/{run_id}/control/request", data={"csrf_token": token}, headers={"HX-Request": "true"})
    assert asked.status_code == 204 and "Ben was asked." in asked.headers["HX-Trigger"]
    assert note(mine, lambda said: said["asked"])["asked"] == {"name": "Cleo", "is_you": False}
    say(wheel, kind="keep-control")
    note(mine, lambda said: said["asked"] is None)
    cleo.post(f"/runs/{run_id}/control/request", data={"csrf_token": token})
    note(mine, lambda said: said["asked"])
    say(wheel, kind="give-control")
    end_of(wheel)
    kept = note(view, lambda said: said["driver"] and said["driver"]["name"] == "Cleo")["driver"]
    assert kept == {"name": "Cleo", "is_you": True, "is_awaited": True}
    assert end_of(drive(ben, run_id)).code == 4423
    driving(cleo, run_id).free()


def test_an_admin_takes_it_and_the_former_driver_is_told(served: Server) -> None:
    ben, ada = served.visitor("ben@example.com"), served.visitor("ada@example.com")
    run_id, session_id = browser_run(ben)
    former = driving(ben, run_id)
    assert end_of(drive(ada, run_id)).code == 4423, "an admin must say that it is to be taken"
    begun = time.monotonic()
    now = drive(ada, run_id, take=True)
    ended = end_of(former)
    assert (ended.code, ended.reason) == (4423, "Ada drives now.") and time.monotonic() - begun < 2
    hear(now, "driving")
    assert time.monotonic() - begun >= 1.9, "the new driver waits until the former has surely stopped"
    say(now, kind="navigateEvent", url="http://shop.example.com/ada")
    assert goes_to(ada, session_id, "http://shop.example.com/ada")
    wait_for(lambda: "taken_from" in ada.get("/settings/audit?action=control.take").text
             or "Ben" in ada.get("/settings/audit?action=control.take").text, 10, "the log")


@pytest.mark.parametrize("change", ["ban", "role", "sign-out"])
def test_losing_the_session_or_the_role_ends_it_within_two_seconds(served: Server, change: str) -> None:
    ada, ben, cleo = (served.visitor(f"{name}@example.com") for name in ("ada", "ben", "cleo"))
    run_id, _ = browser_run(ben)
    others = [ben.socket(f"/runs/{run_id}/frames") for _ in range(5)]
    wheel = driving(ben, run_id)
    begun = time.monotonic()
    if change == "ban":
        ada.post("/api/auth/admin/ban-user", json={"userId": "user-ben"})
    elif change == "role":
        ada.post("/api/auth/admin/set-role", json={"userId": "user-ben", "role": "admin"})
    else:
        ben.post("/api/auth/sign-out", json={})
    assert end_of(wheel).code == 4401
    assert time.monotonic() - begun < 2
    wait_for(lambda: audited(ada, "control.lose"), 10, "the log")
    driving(cleo, run_id).free()
    assert others


def test_the_end_of_the_run_ends_the_drive(served: Server) -> None:
    ben = served.visitor("ben@example.com")
    run_id, _ = browser_run(ben)
    wheel = driving(ben, run_id)
    begun = time.monotonic()
    assert ben.post(f"/api/skyvern/v1/runs/{run_id}/cancel", json={}).status_code == 200
    ended = end_of(wheel)
    assert (ended.code, ended.reason) == (4404, "The run is over.") and time.monotonic() - begun < 2
    with pytest.raises(SkyvernError) as refused:
        drive(ben, run_id)
    assert refused.value.upstream_status == 409  # type: ignore[attr-defined]


def test_a_driver_who_vanishes_frees_it(served: Server) -> None:
    ben, cleo = served.visitor("ben@example.com"), served.visitor("cleo@example.com")
    run_id, _ = browser_run(ben)
    driving(ben, run_id).free()
    driving(cleo, run_id).free()


def test_what_cannot_be_driven_says_so(served: Server) -> None:
    ben = served.visitor("ben@example.com")
    plain = ben.post("/api/skyvern/v1/run/tasks", json={"prompt": "[slow]", "engine": "skyvern-1.0"}).json()["run_id"]
    for run_id in (plain, "tsk_404404", "nonsense"):
        with pytest.raises(SkyvernError) as refused:
            drive(ben, run_id)
        assert refused.value.status == 404
    with pytest.raises(SkyvernError):
        ben.socket(f"/runs/{browser_run(ben)[0]}/control", origin="https://evil.test")
    nobody = served.visitor()
    with pytest.raises(SkyvernError) as refused:
        nobody.socket(f"/runs/{plain}/control")
    assert refused.value.upstream_status == 401  # type: ignore[attr-defined]


def test_a_first_word_that_is_not_take_control_ends_it(served: Server, sandbox: Sandbox) -> None:
    ben = served.visitor("ben@example.com")
    run_id, session_id = browser_run(ben)
    socket = ben.socket(f"/runs/{run_id}/control")
    say(socket, kind="navigateEvent", url="http://shop.example.com/cart")
    assert end_of(socket).code == 1008
    assert sandbox.requests(f"/v1/stream/cdp_input/browser_session/{session_id}") == []


def test_by_vnc_the_bytes_of_rfb_pass_for_the_driver_only(served: Server, sandbox: Sandbox) -> None:
    ben, cleo = served.visitor("ben@example.com"), served.visitor("cleo@example.com")
    run_id, session_id = browser_run(ben, url="https://shop.example/[vnc]")
    assert note(ben.socket(f"/runs/{run_id}/frames"), lambda said: said["is_by_vnc"])["is_drivable"]
    screen = ben.socket(f"/runs/{run_id}/vnc")
    say(screen, **TAKE)
    for heard, answer in ((b"RFB 003.008\n", b"RFB 003.008\n"), (b"\x01\x01", b"\x01"), (b"\0\0\0\0", b"\x01")):
        assert screen.receive(8) == heard
        screen.send_bytes(answer)
    assert bytes(screen.receive(8))[24:].endswith(b"simulated")
    other = cleo.socket(f"/runs/{run_id}/vnc")
    say(other, **TAKE)
    assert end_of(other).code == 4423

    def clicks() -> list[Any]:
        told = requests.get(f"{sandbox.url}/__inputs", timeout=10).json()
        return [one["event"] for one in told if one["target"] == session_id]

    screen.send_bytes(b"\x05\x01\x00\x0a\x00\x14")
    assert wait_for(clicks, 5, "the click") == [{"kind": "pointer", "buttons": 1, "x": 10, "y": 20}]
    say(screen, kind="cede-control")
    assert end_of(screen).code == 1000
    assert len(sandbox.requests(f"/v1/stream/vnc/browser_session/{session_id}")) == 1
    assert len(sandbox.requests(f"/v1/stream/messages/browser_session/{session_id}")) == 1


def test_the_proxy_keeps_to_the_same_rule(served: Server) -> None:
    ben, cleo = served.visitor("ben@example.com"), served.visitor("cleo@example.com")
    run_id, session_id = browser_run(ben)
    path = f"/api/skyvern/v1/stream/cdp_input/browser_session/{session_id}?client_id=abc"
    wheel = driving(ben, run_id)
    program = cleo.socket(path)
    hear(program, "ready")
    say(program, **TAKE)
    ended = end_of(program)
    assert ended.code == 4423 and "Ben drives now" in ended.reason
    say(wheel, kind="cede-control")
    end_of(wheel)
    program = cleo.socket(path)
    hear(program, "ready")
    say(program, kind="navigateEvent", url="http://shop.example.com/early")
    say(program, **TAKE)
    say(program, kind="navigateEvent", url="http://shop.example.com/program")
    assert goes_to(ben, session_id, "http://shop.example.com/program")
    assert end_of(drive(ben, run_id)).code == 4423
    say(program, kind="cede-control")
    wait_for(lambda: _drives(ben, run_id), 5, "the browser to be free")


def _drives(visitor: Visitor, run_id: str) -> bool:
    socket = drive(visitor, run_id)
    try:
        return bool(hear(socket, "driving"))
    except Closed:
        return False
    finally:
        socket.free()
