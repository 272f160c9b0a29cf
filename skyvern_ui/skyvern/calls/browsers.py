"""Live browsers."""

from __future__ import annotations

from urllib.parse import quote

from .. import errors
from ..transport import Transport
from ..values import BrowserSession


class BrowserCalls(Transport):
    """Browser sessions."""

    def list_browser_sessions(self) -> list[BrowserSession]:
        """`GET /v1/browser_sessions`: the ones that live (api 4.4)."""
        return [BrowserSession.from_json(s) for s in self._rows("/v1/browser_sessions")]

    def is_shown_by_vnc(self, browser: str) -> bool:
        """Whether this browser, a session or a workflow run, is shown and driven by VNC: by `stream_transport` of `GET
        /v1/browser_sessions/{pbs}`, else by `GET /v1/config/runtime` (since 1.0.37). Raises nothing; false when the
        server does not say."""
        try:
            if browser.startswith("pbs_"):
                session = BrowserSession.from_json(self._object("GET", f"/v1/browser_sessions/{quote(browser)}"))
                if session.transport is not None:
                    return session.transport == "vnc"
            return self._object("GET", "/v1/config/runtime").get("browser_streaming_mode") == "vnc"
        except errors.SkyvernError:
            return False

    def create_browser_session(self, minutes: int) -> BrowserSession:
        """`POST /v1/browser_sessions`: a browser that ends after so many minutes, five at least (api 4.4)."""
        return BrowserSession.from_json(self._object("POST", "/v1/browser_sessions", {"timeout": minutes}))

    def close_browser_session(self, session_id: str) -> None:
        """`POST /v1/browser_sessions/{pbs}/close`: ends it; a second time changes nothing (api 4.4)."""
        self._call("POST", f"/v1/browser_sessions/{quote(session_id, safe='')}/close")
