"""Trying parts of a workflow in a browser that stays open, and the browser profile that a workflow keeps."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from ..transport import CREATE_SECONDS, Transport
from ..values import BrowserSession, Run


class TryingCalls(Transport):
    """Single blocks of a workflow."""

    def run_blocks(self, body: dict[str, Any]) -> Run:
        """`POST /v1/run/workflows/blocks` (0.2.4): the named blocks of the newest version, one after another, as a run
        of its own (api 3.5). It takes no other client than the one that calls itself skyvern-ui. Sent once."""
        return Run.from_json(self._object("POST", "/v1/run/workflows/blocks", body, CREATE_SECONDS))

    def extend_browser_session(self, session_id: str, minutes: int) -> BrowserSession:
        """`POST /v1/browser_sessions/{pbs}/extend` (after 1.0.50): so many minutes more; 409 when it has ended or is
        as old as a session gets (api 4.4). Sent once."""
        path = f"/v1/browser_sessions/{quote(session_id, safe='')}/extend"
        return BrowserSession.from_json(self._object("POST", path, {"additional_minutes": minutes}))

    def reset_browser_profile(self, wpid: str) -> None:
        """`POST /v1/workflows/{wpid}/browser_session/reset_profile` (1.0.32): forgets the cookies and sign-ins that the
        browser of this workflow has kept (api 3.1). Sent once."""
        self._call("POST", f"/v1/workflows/{wpid}/browser_session/reset_profile")

    def get_browser_session(self, session_id: str) -> BrowserSession:
        """`GET /v1/browser_sessions/{pbs}` (api 4.4)."""
        return BrowserSession.from_json(self._object("GET", f"/v1/browser_sessions/{quote(session_id, safe='')}"))
