"""The sockets of the sandbox: frames, input, messages, VNC; paths and closes as release 1.0.56 has them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable

from skyvern_ui.sandbox.artifacts import picture
from skyvern_ui.sandbox.frames import Wire
from skyvern_ui.sandbox.steering import read, shown, status_of, take_input
from skyvern_ui.sandbox.story import FINAL, Run
from skyvern_ui.sandbox.vnc import speak_vnc
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
    wire, known, viewer = accept(), query.get("apikey") == world.key, query.get("client_id")
    if kind == "frames":
        if known:
            show_frames(world, wire, NAMES[noun], name)
        else:
            wire.send("Invalid credential provided" if "apikey" in query else "No valid credential provided")
        return
    thing = world.sessions.get(name) or world.runs.get(name)
    if not known or viewer is None:
        wire.close(1002)
    elif kind == "input":
        take_input(world, wire, thing, noun)
    elif thing is None or status_of(world, thing) in FINAL:
        wire.close(1013)
    elif kind == "messages":
        take_messages(world, wire, thing, viewer)
    elif isinstance(thing, Session):
        speak_vnc(world, wire, thing, viewer)
    else:
        wire.close(1013)


def show_frames(world: World, wire: Wire, name: str, value: str) -> None:
    """JSON frames as pictures change, then the final status; the connection then drops, as the real one does."""
    thing = world.sessions.get(value) if name == "browser_session_id" else world.runs.get(value)
    if thing is None:
        wire.send(json.dumps({name: value, "status": "not_found"}))
        return
    told: tuple[int, str] | None = None
    while (status := status_of(world, thing)) not in FINAL:
        seen_now = shown(world, thing)
        if status in ("running", "paused") and seen_now != told:
            told = seen_now
            wire.send(json.dumps({name: value, "status": status, "format": "jpeg", "viewport_width": 1280,
                                  "screenshot": base64.b64encode(picture(told[0], "jpg")).decode(),
                                  "viewport_height": 720, "url": told[1]}))
        wire.receive(PULSE)
    wire.send(json.dumps({name: value, "status": status}))


def take_messages(world: World, wire: Wire, thing: Run | Session, viewer: str) -> None:
    """The companion of the VNC socket of the same viewer: control, and what is asked about the page."""
    try:
        while status_of(world, thing) not in FINAL:
            kind = read(wire, PULSE).get("kind")
            if kind == "take-control":
                world.vnc_drivers.add(viewer)
            elif kind == "cede-control":
                world.vnc_drivers.discard(viewer)
            elif kind == "get-browser-url":
                wire.send(json.dumps({"kind": "browser-url", "url": shown(world, thing)[1]}))
            elif kind == "take-screenshot":
                data = base64.b64encode(picture(shown(world, thing)[0], "png")).decode()
                wire.send(json.dumps({"kind": "screenshot", "data": data, "mime_type": "image/png"}))
    finally:
        world.vnc_drivers.discard(viewer)
