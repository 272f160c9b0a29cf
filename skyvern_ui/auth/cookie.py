"""The session cookie: `__Host-` and Secure on https, HttpOnly and SameSite=Lax always."""

from __future__ import annotations

from flask import Response
from werkzeug.wrappers import Response as WerkzeugResponse

from ..request import cookie_name, settings


def set_session_cookie(response: WerkzeugResponse | Response, token: str) -> None:
    response.set_cookie(cookie_name(), token, max_age=settings().session_seconds, secure=settings().secure_cookies,
                        httponly=True, samesite="Lax", path="/")


def clear_session_cookie(response: WerkzeugResponse | Response) -> None:
    response.delete_cookie(cookie_name(), secure=settings().secure_cookies, httponly=True, samesite="Lax", path="/")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
