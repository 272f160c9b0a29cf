"""The input socket: what a person does to a page, in the words and with the refusals of release 1.0.56."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from skyvern_ui.sandbox.frames import Gone, Wire
from skyvern_ui.sandbox.story import FINAL, Run
from skyvern_ui.sandbox.world import Session, World

PULSE = 0.15  # seconds between looks at the clock
WAITS_FOR = 120.0  # seconds for a run to begin
LARGEST_FILE, LONGEST_NAME, LONGEST_URL = 10 * 1024 * 1024, 255, 2083
POINTER = {"mousePressed", "mouseReleased", "mouseMoved"}
TELLING = {("reloadEvent", None), ("wheelEvent", None), ("mouseEvent", "mousePressed"), ("keyEvent", "keyDown"),
           ("keyEvent", "rawKeyDown")}  # after these the page looks different
KEYS = {"keyDown", "keyUp", "rawKeyDown"}
LONGEST_KEY = 32
SHOP = "https://shop.example/"


def take_input(world: World, wire: Wire, thing: Run | Session | None, noun: str) -> None:
    """Ready, then whatever the viewer does. Nothing counts before take-control; the end shows at the next input."""
    if thing is None:
        wire.close(4404, f"{noun}_not_found")
        return
    if status_of(world, thing) in FINAL:
        wire.close(*((4409, "workflow_run_closing") if isinstance(thing, Run) else (4404, f"{noun}_finalized")))
        return
    until = world.clock() + WAITS_FOR
    while status_of(world, thing) in ("created", "queued"):
        if world.clock() > until:
            wire.close(4408, "wait_timeout")
            return
        wire.receive(PULSE)
    wire.send(json.dumps({"kind": "ready"}))
    socket, holds = world.number(), False
    while True:
        sent = read(wire, PULSE)
        kind = sent.get("kind") or sent.get("type")
        if kind in ("take-control", "cede-control"):
            holds = kind == "take-control"
            if isinstance(thing, Session):
                thing.picture, thing.url = shown(world, thing)
                thing.driven = holds
            else:
                thing.page = (thing.page or _page_of(world, thing)) if holds else None
        elif kind and holds:
            if status_of(world, thing) in FINAL:
                wire.close(4411, "dispatch_failed")
                return
            if not well_formed(str(kind), sent):
                continue
            answer = act(thing if isinstance(thing, Session) else thing.page, str(kind), sent)
            if answer is not None:
                wire.send(json.dumps(answer))
            if answer is None or answer["kind"] == "file-upload-complete":
                target = thing.session_id if isinstance(thing, Session) else thing.run_id
                world.inputs.append({"socket": socket, "target": target, "event": sent})


def well_formed(kind: str, sent: dict[str, Any]) -> bool:
    """Whether Skyvern would honour it; the rest it drops without a word."""
    what, text = sent.get("eventType"), sent.get("text")
    if kind == "mouseEvent":
        return what in POINTER and _numbers(sent, "x", "y")
    if kind == "wheelEvent":
        return _numbers(sent, "x", "y", "deltaX", "deltaY")
    if kind == "keyEvent":
        return what in KEYS and len(str(sent.get("key", ""))) <= LONGEST_KEY and (
            text in (None, "") or what == "keyDown" and isinstance(text, str) and len(text) == 1)
    return kind in ("navigateEvent", "goBackEvent", "goForwardEvent", "reloadEvent", "fileUpload")


def act(page: Session, kind: str, sent: dict[str, Any]) -> dict[str, Any] | None:
    """Change the page by one event; the answer, for those that have one."""
    what = sent.get("eventType")
    if kind == "navigateEvent":
        return _navigate(page, str(sent.get("url") or ""))
    if kind == "fileUpload":
        return _upload(page, sent)
    if kind in ("goBackEvent", "goForwardEvent"):
        _turn_back(page, -1 if kind == "goBackEvent" else 1)
    elif (kind, what) in TELLING:
        page.picture = page.picture % 8 + 1
    return None


def shown(world: World, thing: Run | Session) -> tuple[int, str]:
    """The number of the picture and the address that a viewer sees."""
    if isinstance(thing, Session):
        at_work = thing.runner is not None and not thing.driven and thing.runner.status(world.clock()) not in FINAL
        return shown(world, thing.runner) if thing.runner and at_work else (thing.picture, thing.url)
    page = thing.page or world.sessions.get(str(thing.session_id))
    if page is not None and (page is thing.page or page.driven):
        return page.picture, page.url
    return thing.picture(world.clock()), thing.url or SHOP


def status_of(world: World, thing: Run | Session) -> str:
    if isinstance(thing, Run):
        return thing.status(world.clock())
    return "completed" if world.session_is_over(thing) else "running"


def read(wire: Wire, within: float) -> dict[str, Any]:
    """The next message; empty for none and for what is no JSON. What is no object ends the socket, as upstream."""
    sent = wire.receive(within)
    try:
        told = json.loads(sent) if sent is not None else {}
    except ValueError:
        return {}
    if not isinstance(told, dict):
        raise Gone
    return told


def _numbers(sent: dict[str, Any], *names: str) -> bool:
    return all(isinstance(sent.get(name), (int, float)) and not isinstance(sent[name], bool) for name in names)


def _navigate(page: Session, url: str) -> dict[str, Any] | None:
    address = url if "://" in url or ":" in url.split("/")[0].split(".")[0] else f"https://{url}"
    if not url or not address.startswith(("http://", "https://")) or len(address) > LONGEST_URL:
        return {"kind": "navigate-error", "reason": "invalid_url"}
    if "blocked" in address:
        return {"kind": "navigate-error", "reason": "blocked"}
    if "unreachable" in address:
        page.url = "about:blank"
        return {"kind": "navigate-error", "reason": "failed"}
    page.visited = [*(page.visited or [page.url])[:page.place + 1 if page.place >= 0 else None], address]
    page.place = len(page.visited) - 1
    page.url, page.picture = address, sum(address.encode()) % 7 + 2
    return None


def _turn_back(page: Session, by: int) -> None:
    if 0 <= page.place + by < len(page.visited):
        page.place += by
        page.url = page.visited[page.place]
        page.picture = sum(page.url.encode()) % 7 + 2


def _upload(page: Session, sent: dict[str, Any]) -> dict[str, Any]:
    """A page whose address says `nofile` has no place for a file; every other has one."""
    name, content = sent.get("fileName"), sent.get("content")
    reason = None
    named = isinstance(name, str) and 0 < len(name) <= LONGEST_NAME and not {"/", "\\"} & set(name)
    try:
        size = len(base64.b64decode(str(content), validate=True))
    except binascii.Error:
        size = -1
    if not named or size < 0 or not isinstance(content, str) or not isinstance(sent.get("mimeType"), str):
        reason = "invalid_file"
    elif size > LARGEST_FILE:
        reason = "file_too_large"
    elif "nofile" in page.url:
        reason = "expected_one_file_input"
    if reason is not None:
        return {"kind": "file-upload-error", "reason": reason}
    page.picture = page.picture % 8 + 1
    return {"kind": "file-upload-complete"}


def _page_of(world: World, run: Run) -> Session:
    """The page of a run from the moment somebody drives it."""
    number, url = shown(world, run)
    return Session(run.run_id, 0, world.clock(), url=url, picture=number)
