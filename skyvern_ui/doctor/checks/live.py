"""The live view: a real handshake, its mode, the first frame, and once through the public address."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from ...relay.ask import ask
from ...skyvern.live import socket_target
from ..check import Check, Patient
from ..finding import Finding, ok, skip
from .live_frame import look_at_frame
from .live_public import look_through_public
from .live_socket import Shaken, shake
from .live_words import handshake_finding

RUNS, SESSIONS = "/api/v1/stream/workflow_runs/wr_0", "/v1/stream/browser_sessions/pbs_0"


def look_at_handshake(patient: Patient) -> Finding:
    """Skyvern's two kinds of frame sockets, asked for something that does not exist: the answer proves the way and the
    key. Under each prefix one, because proxies tend to forget one of them (api 5.1)."""
    connection = patient.connection
    if connection is None:
        return skip("live-handshake", "live", patient.why_none)
    with ThreadPoolExecutor(2) as pool:
        runs, sessions = pool.map(
            lambda path: shake(connection.url, socket_target(connection, path)), (RUNS, SESSIONS))
    evidence = (("Socket of runs", runs.words), ("Socket of browser sessions", sessions.words))
    worst = next((each for each in (runs, sessions) if not is_sound(each)), None)
    if worst is None:
        return ok("live-handshake", "live", "Skyvern's live sockets answer", *evidence)
    return handshake_finding(worst, is_sound(runs), is_sound(sessions), evidence)


def is_sound(shaken: Shaken) -> bool:
    """Whether this is Skyvern's own answer to a good key: JSON with the status of the thing."""
    return isinstance(shaken.said, dict) and "status" in shaken.said


def look_at_mode(patient: Patient) -> Finding:
    """How Skyvern shows its browsers: pictures (cdp) or VNC, and whether that can work (api 1.5, 5.2)."""
    connection = patient.connection
    if connection is None:
        return skip("live-mode", "live", patient.why_none)
    asked = ask("GET", connection.url + "/v1/config/runtime", seconds=4.0)
    config = asked.json()
    if asked.status == 404:
        return skip("live-mode", "live", "This release does not say how it shows its browsers (1.0.37 and later do).")
    if asked.status != 200 or not isinstance(config, dict):
        return Finding("live-mode", "live", "unknown", "mode_unknown", "Skyvern does not say how it shows its browsers",
                       "Its runtime settings did not come.", evidence=(("Status", str(asked.status or asked.detail)),))
    mode = config.get("browser_streaming_mode")
    said = config.get("warnings")
    warnings = [str(each)[:300] for each in said] if isinstance(said, list) else []
    evidence = (("Mode", str(mode)[:40]), *(("Skyvern warns", each) for each in warnings[:3]))
    if mode == "cdp" and not warnings:
        return ok("live-mode", "live", "Skyvern sends pictures of its browsers", *evidence,
                  explain="Any number of people may watch, and one may drive.")
    if warnings:
        return Finding("live-mode", "live", "warn", "mode_doubtful", "Skyvern doubts its own streaming settings",
                       "With a value that it does not know it falls back to VNC.",
                       ("Set BROWSER_STREAMING_MODE=cdp in Skyvern's environment and restart it.",), evidence)
    if mode == "vnc" and _lacks_vnc(patient):
        return Finding("live-mode", "live", "fail", "vnc_impossible",
                       "Skyvern is set to VNC, but its browsers have none",
                       "VNC needs a screen inside Skyvern's container, which these browsers do not have. "
                       "No live picture will come.",
                       ("Set BROWSER_STREAMING_MODE=cdp in Skyvern's environment and restart it.",), evidence)
    return Finding("live-mode", "live", "warn", "mode_vnc", "Skyvern shows its browsers by VNC",
                   "A run's picture then changes every two seconds, browser sessions are shown by VNC only, and "
                   "Skyvern's port 6080 has no password.",
                   ("Set BROWSER_STREAMING_MODE=cdp in Skyvern's environment and restart it, unless VNC is what you "
                    "want.", "Keep port 6080 inside (no `ports:` for it in Compose)."), evidence)


def _lacks_vnc(patient: Patient) -> bool:
    """Whether a browser that is open says that it cannot be shown by VNC."""
    if patient.connection is None:
        return False
    rows = ask("GET", patient.connection.url + "/v1/browser_sessions", [("x-api-key", patient.connection.key)],
               seconds=3.0, most=1_000_000).json()
    return isinstance(rows, list) and any(
        isinstance(row, dict) and row.get("vnc_streaming_supported") is False for row in rows)


CHECKS: tuple[Check, ...] = (
    Check("live-handshake", "live", "Live sockets", look_at_handshake, seconds=10.0, needs=("network", "key")),
    Check("live-mode", "live", "How browsers are shown", look_at_mode, seconds=8.0, needs=("network",)),
    Check("live-frame", "live", "The first picture", look_at_frame, seconds=60.0, needs=("live-handshake",)),
    Check("live-public", "live", "Live sockets through the public address", look_through_public, seconds=10.0),
)
