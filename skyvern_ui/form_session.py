"""The signed cookie of our forms: it holds the CSRF token of people who fill in pages, and nothing else.

Calls of the proxy carry no forms, so for them it is neither read nor written.
"""

from __future__ import annotations

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

WITHOUT = "/api/skyvern/"


class FormSessions(SecureCookieSessionInterface):
    """Flask's own, except where there are no forms."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """None makes Flask hand out an empty session that cannot be written."""
        return None if request.path.startswith(WITHOUT) else super().open_session(app, request)
