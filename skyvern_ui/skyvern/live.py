"""Which socket of Skyvern shows what a run's browser shows, and which one drives it (api 5.1 to 5.3)."""

from __future__ import annotations

from urllib.parse import quote

from .connection import Connection
from .values import Run, run_kind


def frame_path(run: Run) -> str | None:
    """The path of the frame socket for this run, or None when there is none to open.

    Task and workflow-run sockets exist only under `/api/v1`. A task v2 has no socket of its own: its hidden
    workflow run has one, and its id is in the run's answer where the release sends it.
    """
    kind = run_kind(run.run_id)
    if kind == "workflow_run":
        return f"/api/v1/stream/workflow_runs/{run.run_id}"
    if kind == "task":
        return f"/api/v1/stream/tasks/{run.run_id}"
    inner = run.raw.get("workflow_run_id")
    if kind == "task_v2" and isinstance(inner, str) and run_kind(inner) == "workflow_run":
        return f"/api/v1/stream/workflow_runs/{inner}"
    if run.browser_session_id:
        return f"/v1/stream/browser_sessions/{run.browser_session_id}"
    return None


def browser_path(socket: str, browser: str) -> str:
    """The path of the `cdp_input`, `vnc` or `messages` socket for a browser, by Skyvern's id of it: a browser session
    or a workflow run. Each exists under one prefix only (api 5.1)."""
    if browser.startswith("pbs_"):
        return f"/v1/stream/{socket}/browser_session/{quote(browser, safe='')}"
    return f"/api/v1/stream/{socket}/workflow_run/{quote(browser, safe='')}"


def socket_target(connection: Connection, path: str, query: str = "") -> str:
    """The request target of a socket, with the key where Skyvern reads it: in the query. Never log it."""
    more = f"&{query}" if query else ""
    return f"{connection.path}{path}?apikey={quote(connection.key, safe='')}{more}"
