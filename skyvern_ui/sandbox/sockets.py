"""The sockets of the sandbox: frames, input, messages, VNC; paths and closes as release 1.0.56 has them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

from skyvern_ui.sandbox.artifacts import picture
from skyvern_ui.sandbox.frames import Wire
from skyvern_ui.sandbox.story import FINAL, Run
from skyvern_ui.sandbox.world import Session, World

PULSE = 0.15  # seconds between looks at the clock
PATHS = (
    (re.compile(r"/api/v1/stream/(tasks)/([^/]+)"), "frames"),
    (re.compile(r"/api/v1/stream/(workflow_runs)/([^/]+)"), "frames"),
    (re.compile(r"/v1/stream/(browser_sessions)/([^/]+)"), "frames"),
    (re.compile(r"/v1/stream/cdp_input/(browser_session)/([^/]+)"), "input"),
    (re.compile(r"/api/v1/stream/cdp_input/(workflow_run)/([^/]+)"), "input"),
    (re.compile(r"/v1/stream/messages/(browser_session)/([^/]+)"), "messages"),
    (re.compile(r"/api/v1/stream/messages/(workflow_run)/([^/]+)"), "messages"),
    (re.compile(r"/v1/stream/vnc/(browser_session)/([^/]+)"), "vnc"),
    (re.compile(r"/api/v1/stream/vnc/(task|workflow_run)/([^/]+)"), "vnc"),
)
NAMES = {"tasks": "task_id", "workflow_runs": "workflow_run_id", "browser_sessions": "browser_session_id"}


def refusal(path: str, query: dict[str, str]) -> int | None:
    """The HTTP status that answers the handshake instead of 101, if any."""
    kind = next((what for pattern, what in PATHS if pattern.fullmatch(path)), None)
    if kind is None:
        return 403
    return 500 if kind == "vnc" and "client_id" not in query else None  # as release 1.0.56 does


def serve(world: World, path: str, query: dict[str, str], accept: Callable[[], Wire]) -> None:
    """Answer one socket until it ends. Raises frames.Gone when the viewer leaves first."""
    kind, noun, name = next((what, found[1], found[2]) for pattern, what in PATHS if (found := pattern.fullmatch(path)))
    wire, known = accept(), query.get("apikey") == world.key
    if kind == "frames":
        if known:
            show_frames(world, wire, NAMES[noun], name)
        else:
            wire.send("Invalid credential provided" if "apikey" in query else "No valid credential provided")
        return
    thing = world.sessions.get(name) or world.runs.get(name)
    if not known or "client_id" not in query:
        wire.close(1002)
    elif thing is None or _status(world, thing) in FINAL:
        wire.close(*((4404, f"{noun}_not_found") if kind == "input" else (1013, "")))
    elif kind == "input":
        take_input(world, wire, thing)
    elif kind == "messages":
        take_messages(world, wire, thing)
    else:
        speak_vnc(world, wire, thing)


def show_frames(world: World, wire: Wire, name: str, value: str) -> None:
    """JSON frames as pictures change, then the final status; the connection then drops, as the real one does."""
    thing = world.sessions.get(value) if name == "browser_session_id" else world.runs.get(value)
    if thing is None:
        wire.send(json.dumps({name: value, "status": "not_found"}))
        return
    shown: tuple[int, str] | None = None
    while (status := _status(world, thing)) not in FINAL:
        now_shown = _picture(world, thing)
        if status in ("running", "paused") and now_shown != shown:
            shown = now_shown
            wire.send(json.dumps({name: value, "status": status, "format": "jpeg", "viewport_width": 1280,
                                  "screenshot": base64.b64encode(picture(shown[0], "jpg")).decode(),
                                  "viewport_height": 720, "url": shown[1]}))
        wire.receive(PULSE)
    wire.send(json.dumps({name: value, "status": status}))


def take_input(world: World, wire: Wire, thing: Run | Session) -> None:
    """Ready, then whatever the viewer does; nothing is honoured before take-control."""
    wire.send(json.dumps({"kind": "ready"}))
    holds = False
    while _status(world, thing) not in FINAL:
        sent = _read(wire)
        kind = sent.get("kind") or sent.get("type")
        if kind in ("take-control", "cede-control"):
            holds = kind == "take-control"
        elif kind and holds and isinstance(thing, Session):
            _act(wire, thing, kind, sent)


def take_messages(world: World, wire: Wire, thing: Run | Session) -> None:
    while _status(world, thing) not in FINAL:
        kind = _read(wire).get("kind")
        if kind == "get-browser-url":
            wire.send(json.dumps({"kind": "browser-url", "url": _picture(world, thing)[1]}))
        elif kind == "take-screenshot":
            data = base64.b64encode(picture(_picture(world, thing)[0], "png")).decode()
            wire.send(json.dumps({"kind": "screenshot", "data": data, "mime_type": "image/png"}))


def speak_vnc(world: World, wire: Wire, thing: Run | Session) -> None:
    """The first words of RFB, then every byte comes back as it was sent."""
    wire.send(b"RFB 003.008\n")
    while _status(world, thing) not in FINAL:
        sent = wire.receive(PULSE)
        if isinstance(sent, bytes):
            wire.send(sent)
    wire.close(1000)


def _act(wire: Wire, session: Session, kind: str, sent: dict[str, Any]) -> None:
    if kind == "navigateEvent":
        url = str(sent.get("url") or "")
        if not url.startswith(("http://", "https://")) or len(url) > 2083:
            wire.send(json.dumps({"kind": "navigate-error", "reason": "invalid_url"}))
            return
        session.url, session.picture = url, sum(url.encode()) % 7 + 2
    elif kind == "goBackEvent" or (kind == "mouseEvent" and sent.get("eventType") == "mousePressed"):
        session.picture = (session.picture + (6 if kind == "goBackEvent" else 0)) % 8 + 1
    elif kind == "fileUpload":
        wire.send(json.dumps({"kind": "file-upload-complete"}))


def _read(wire: Wire) -> dict[str, Any]:
    sent = wire.receive(PULSE)
    try:
        read = json.loads(sent) if sent is not None else {}
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _status(world: World, thing: Run | Session) -> str:
    if isinstance(thing, Run):
        return thing.status(world.clock())
    return "completed" if world.session_is_over(thing) else "running"


def _picture(world: World, thing: Run | Session) -> tuple[int, str]:
    if isinstance(thing, Session):
        return thing.picture, thing.url
    return thing.picture(world.clock()), thing.url or "https://shop.example/"
