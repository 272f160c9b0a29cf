"""The first picture of a browser that is open: how long it takes to come, and whether it is one."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ...audit import conclude, intend
from ...recorded import outcome_of
from ...relay.ask import ask
from ...relay.closing import Closed
from ...skyvern.client import Skyvern
from ...skyvern.connection import Connection
from ...skyvern.errors import SkyvernError
from ...skyvern.live import socket_target
from ..check import Patient
from ..finding import Finding, ok, skip
from .live_socket import decoded, open_socket

CHECK, LAYER = "live-frame", "live"
FRAME_SECONDS, NEW_BROWSER_SECONDS, SESSION_MINUTES = 6.0, 40.0, 5
PICTURES = {b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"RIFF": "WebP"}
OVER = ("not_found", "completed", "terminated", "failed", "canceled", "timed_out")
USE_CDP = ("Set BROWSER_STREAMING_MODE=cdp in Skyvern's environment and restart it.",)


@dataclass(frozen=True, slots=True)
class Frame:
    """The first picture, or what came in its place: `end` is a status of Skyvern, a close code, or empty for
    nothing."""

    kind: str = ""
    size: int = 0
    seconds: float = 0.0
    end: str = ""


def look_at_frame(patient: Patient) -> Finding:
    """Watches what is open; if nothing is, a thorough examination opens a browser for it and closes it again.

    A run without a picture proves nothing: it may not use a browser, or not yet."""
    connection = patient.connection
    if connection is None:
        return skip(CHECK, LAYER, patient.why_none)
    for path in open_browsers(connection):
        frame = first_frame(connection, path, FRAME_SECONDS)
        if frame.kind or (frame.end not in OVER and "/browser_sessions/" in path):
            return _finding(frame, path.rsplit("/", 1)[1])
    if not patient.thorough:
        return skip(CHECK, LAYER, "No browser shows itself now. A thorough examination opens one for a moment.")
    if patient.actor is None:
        return skip(CHECK, LAYER, "No browser is open, and nobody asked for one to be opened.")
    try:
        with browser_of_our_own(patient, connection) as session_id:
            frame = first_frame(connection, f"/v1/stream/browser_sessions/{session_id}", NEW_BROWSER_SECONDS)
    except SkyvernError as error:
        return Finding(CHECK, LAYER, "fail", "no_browser", "Skyvern cannot open a browser", error.sentence,
                       ("Look at Skyvern's log: a missing browser, too little memory or too many of them are usual.",))
    return _finding(frame, session_id)


def open_browsers(connection: Connection) -> Iterator[str]:
    """The frame sockets of one browser session and one run that are open now, at most one of each."""
    key = [("x-api-key", connection.key), ("x-user-agent", "skyvern-ui")]
    sessions = ask("GET", connection.url + "/v1/browser_sessions", key, seconds=4.0, most=1_000_000).json()
    for row in sessions if isinstance(sessions, list) else ():
        if isinstance(row, dict) and row.get("started_at") and not row.get("completed_at"):
            yield f"/v1/stream/browser_sessions/{quote(str(row.get('browser_session_id')), safe='')}"
            break
    runs = ask("GET", connection.url + "/api/v1/runs?page=1&page_size=5&status=running", key, seconds=4.0,
               most=1_000_000).json()
    for row in runs if isinstance(runs, list) else ():
        if isinstance(row, dict) and row.get("status") == "running":
            for noun, name in (("workflow_runs", "workflow_run_id"), ("tasks", "task_id")):
                if row.get(name):
                    yield f"/api/v1/stream/{noun}/{quote(str(row[name]), safe='')}"
                    return


def first_frame(connection: Connection, path: str, seconds: float) -> Frame:
    """Watches this socket until its first picture, its end or the deadline. Nothing of the picture is kept."""
    begun = time.monotonic()
    leg, shaken = open_socket(connection.url, socket_target(connection, path))
    if leg is None:
        return Frame(end=shaken.words)
    try:
        while (left := begun + seconds - time.monotonic()) > 0:
            message = leg.receive(left)
            if message is None:
                break
            said = decoded(message)
            if not isinstance(said, dict):
                return Frame(end=str(said)[:80])
            if said.get("screenshot"):
                return _picture(said["screenshot"], time.monotonic() - begun)
            if said.get("status") not in ("running", "paused", "created", "queued", None):
                return Frame(end=str(said["status"])[:40])
    except Closed as closed:
        return Frame(end=str(closed.code))
    finally:
        leg.free()
    return Frame()


@contextmanager
def browser_of_our_own(patient: Patient, connection: Connection) -> Iterator[str]:
    """A browser session for a few minutes, in the audit before it is opened, and closed whatever happens."""
    assert patient.actor is not None
    upstream = Skyvern(connection)
    with patient.app.app_context():
        row = intend(patient.actor, "browser_session.create", "browser_session", None, doctor=True)
    try:
        session_id = upstream.create_browser_session(SESSION_MINUTES).session_id
    except SkyvernError as error:
        with patient.app.app_context():
            conclude(row, outcome_of(error), error.status)
        raise
    with patient.app.app_context():
        conclude(row, "done", 200, session_id)
    try:
        yield session_id
    finally:
        _close(patient, upstream, session_id)


def _close(patient: Patient, upstream: Skyvern, session_id: str) -> None:
    """Skyvern ends it after its minutes anyway, so a failure here is only noted."""
    assert patient.actor is not None
    with patient.app.app_context():
        row = intend(patient.actor, "browser_session.close", "browser_session", session_id, doctor=True)
    outcome, status = "done", 200
    try:
        upstream.close_browser_session(session_id)
    except SkyvernError as error:
        outcome, status = outcome_of(error), error.status
    with patient.app.app_context():
        conclude(row, outcome, status, session_id)


def _picture(encoded: Any, seconds: float) -> Frame:
    try:
        data = base64.b64decode(str(encoded))
    except ValueError:
        data = b""
    kind = next((name for magic, name in PICTURES.items() if data.startswith(magic)), "")
    return Frame(kind, len(data), seconds, "" if kind else "no picture")


def _finding(frame: Frame, browser: str) -> Finding:
    seen = (("Browser", browser), ("Picture", f"{frame.kind}, {frame.size // 1024} KiB" if frame.kind else ""),
            ("Answer", frame.end))
    evidence = tuple(pair for pair in seen if pair[1])
    if frame.kind:
        return ok(CHECK, LAYER, f"The first picture came after {frame.seconds:.1f} s", *evidence)
    if frame.end == "4001":
        return Finding(CHECK, LAYER, "warn", "frame_by_vnc", "This browser is shown by VNC only",
                       "Skyvern sends no pictures of it.", USE_CDP, evidence)
    if frame.end in ("timeout", "session_expired", ""):
        return Finding(CHECK, LAYER, "fail", "no_frame", "A browser is open, but no picture of it comes",
                       "The socket is open and Skyvern sends nothing. In VNC mode it needs a screen that is not there.",
                       (*USE_CDP, "Look at Skyvern's log for “streaming” at this moment."), evidence)
    return Finding(CHECK, LAYER, "fail", "frame_broken", "The live picture ended before it began",
                   "Skyvern ended the socket in place of a picture.", ("Look at Skyvern's log at this moment.",),
                   evidence)
