"""Live browsers."""

from __future__ import annotations

from ..transport import Transport
from ..values import BrowserSession


class BrowserCalls(Transport):
    """Browser sessions."""

    def list_browser_sessions(self) -> list[BrowserSession]:
        """`GET /v1/browser_sessions`: the ones that live (api 4.4)."""
        return [BrowserSession.from_json(s) for s in self._rows("/v1/browser_sessions")]
