"""Browser sessions, profiles, recordings and debug sessions.

One row a route: method, template, prefixes, who may, audit name, deadline class.
The contract is Skyvern 1.0.56 and 1.0.50, as recorded from their routers.
"""

from __future__ import annotations

ROUTES: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("GET", "browser_types", "v1 api", "member", "browser_type.list", "read"),
    ("POST", "browser_profiles", "v1", "member", "browser_profile.create", "read"),
    ("GET", "browser_profiles", "v1", "member", "browser_profile.list", "read"),
    ("GET", "browser_profiles/{profile_id}", "v1", "member", "browser_profile.read", "read"),
    ("GET", "browser_profiles/{profile_id}/usage", "v1", "member", "browser_profile.read_usage", "read"),
    ("PATCH", "browser_profiles/{profile_id}", "v1", "member", "browser_profile.update", "read"),
    ("DELETE", "browser_profiles/{profile_id}", "v1", "member", "browser_profile.delete", "read"),
    ("GET", "browser_sessions/history", "v1", "member", "browser_session.list", "read"),
    ("GET", "browser_sessions/{session_id}/metadata", "v1", "member", "browser_session.read_metadata", "read"),
    ("POST", "browser_sessions", "v1", "member", "browser_session.create", "create"),
    ("POST", "browser_sessions/external", "v1", "member", "browser_session.register", "create"),
    ("POST", "browser_sessions/{session_id}/close", "v1", "member", "browser_session.close", "read"),
    ("POST", "browser_sessions/{session_id}/extend", "v1", "member", "browser_session.extend", "read"),
    ("PATCH", "browser_sessions/{session_id}", "v1", "member", "browser_session.update", "read"),
    ("GET", "browser_sessions/{session_id}", "v1", "member", "browser_session.read", "read"),
    ("GET", "browser_sessions/{session_id}/workflow_runs", "v1", "member", "run.list", "read"),
    ("GET", "browser_sessions", "v1", "member", "browser_session.list", "read"),
    ("POST", "browser_sessions/{session_id}/action_logs", "v1", "member", "browser_session.record_actions", "upload"),
    ("GET", "browser_sessions/{session_id}/action_logs", "v1", "member", "browser_session.read_action_logs", "read"),
    (
        "POST",
        "browser_sessions/{session_id}/process_recording",
        "v1",
        "member",
        "browser_session.process_recording",
        "upload",
    ),
    ("DELETE", "browser_recordings/{recording_id}", "v1", "member", "browser_recording.delete", "read"),
    ("POST", "debug-session/prewarm", "v1", "member", "debug_session.prewarm", "create"),
    ("GET", "debug-session/{workflow_id}/viewer-state", "v1", "member", "debug_session.read_viewer_state", "read"),
    ("GET", "debug-session/{workflow_id}", "v1", "member", "debug_session.read", "read"),
    ("POST", "debug-session/{workflow_id}/new", "v1", "member", "debug_session.create", "create"),
    ("GET", "debug-session/{workflow_id}/block-outputs", "v1", "member", "debug_session.read_block_outputs", "read"),
    (
        "GET",
        "debug-session/{workflow_id}/login-block-compatibility",
        "v1",
        "member",
        "debug_session.read_compatibility",
        "read",
    ),
    ("GET", "debug-session/{debug_session_id}/runs", "v1", "member", "run.list", "read"),
)
