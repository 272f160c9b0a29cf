"""WebSockets; their method is written WS.

One row a route: method, template, prefixes, who may, audit name, deadline class.
The contract is Skyvern 1.0.56 and 1.0.50, as recorded from their routers.
"""

from __future__ import annotations

ROUTES: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("WS", "stream/cdp_input/browser_session/{session_id}", "v1", "member", "browser_session.control", "socket"),
    ("WS", "stream/cdp_input/workflow_run/{workflow_run_id}", "api", "member", "run.control", "socket"),
    ("WS", "stream/messages/browser_session/{session_id}", "v1", "member", "browser_session.message", "socket"),
    ("WS", "stream/messages/workflow_run/{workflow_run_id}", "api", "member", "run.message", "socket"),
    ("WS", "stream/browser_sessions/{session_id}", "v1", "member", "browser_session.watch", "socket"),
    ("WS", "stream/tasks/{task_id}", "api", "member", "run.watch", "socket"),
    ("WS", "stream/workflow_runs/{workflow_run_id}", "api", "member", "run.watch", "socket"),
    ("WS", "stream/vnc/browser_session/{session_id}", "v1", "member", "browser_session.watch_vnc", "socket"),
    ("WS", "stream/vnc/task/{task_id}", "api", "member", "run.watch_vnc", "socket"),
    ("WS", "stream/vnc/workflow_run/{workflow_run_id}", "api", "member", "run.watch_vnc", "socket"),
)
