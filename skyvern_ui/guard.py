"""Who may come in. Everything is refused unless it is said here or written at the route.

Order: the request's shape, the proof that it comes from our own pages, the session, the person, the role. A route
is open to everybody only with @public (counted by tests/test_house.py), to admins only with @admin_only, and to
programs with a key of their own only with @takes_keys.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import structlog
from flask import Flask, Response, abort, current_app, g, jsonify, request
from sqlalchemy.exc import SQLAlchemyError

from .auth.rules import token_hash, touch
from .extensions import login
from .form_session import FormSessions
from .htmx import go_to_path
from .models.columns import now
from .models.reader import Reader, SignedIn
from .openai_error import error_body, is_for_programs, kind_of
from .request import asked, cookie_name, is_api, is_htmx, settings

F = TypeVar("F", bound=Callable[..., Any])
log = structlog.get_logger("guard")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
TOUCH_AFTER = timedelta(seconds=60)


def public(view: F) -> F:
    """Anybody may call this. Say why where it is used."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def admin_only(view: F) -> F:
    """Only people of role admin may call this."""
    view.is_admin_only = True  # type: ignore[attr-defined]
    return view


def takes_keys(view: F) -> F:
    """A program may call this with a service key instead of a session. With no session the view itself must let in
    (services/door.py) or refuse. Counted by a test."""
    view.takes_keys = True  # type: ignore[attr-defined]
    return view


def register(app: Flask) -> None:
    """Puts the guard before every request of the app."""
    app.extensions["reader"] = Reader(app.config["SETTINGS"])
    app.before_request(stand_guard)
    login.init_app(app)
    login.request_loader(lambda _request: g.get("me"))
    login.session_protection = None
    # Flask-Login would look for its "remember me" cookie after every request. There is none, and looking alone makes
    # every answer vary by cookie, static files too.
    app.after_request_funcs[None].remove(login._update_remember_cookie)
    app.session_interface = FormSessions()
    # No view here is a coroutine; Flask would ask so of every hook at every request.
    app.ensure_sync = lambda func: func  # type: ignore[method-assign]


def reader() -> Reader:
    """This process's reader of sessions."""
    found: Reader = current_app.extensions["reader"]
    return found


def stand_guard() -> Any:
    """Lets the request through (None) or answers it."""
    here, this = g._get_current_object(), asked()
    here.request_id = secrets.token_hex(8)
    here.me = None
    if this.endpoint == "static":
        return None
    view = current_app.view_functions.get(this.endpoint or "")
    is_public = view is None or getattr(view, "is_public", False)
    token, ambiguous = session_cookie()
    keyed = getattr(view, "takes_keys", False) and has_key()
    if not (keyed and not token and not ambiguous) and not came_from_our_pages(bool(token) or ambiguous):
        return refuse(403, "cross_origin", "This request did not come from our own pages.")
    if is_public and view is not None and getattr(view, "needs_nobody", False):
        return None
    if token and not ambiguous:
        here.me = recognise(token)
    if here.me is None and not is_public and not keyed:
        return refuse(401, "not_signed_in", "Sign in first.")
    if here.me is not None and getattr(view, "is_admin_only", False) and not here.me.is_admin:
        return refuse(403, "admins_only", "Only an admin may do this.")
    return None


def anonymous(view: F) -> F:
    """@public, and not even who is asking is looked up: no database is touched."""
    view.needs_nobody = True  # type: ignore[attr-defined]
    return public(view)


def has_key() -> bool:
    """Whether the request carries a header that keys come in. No browser adds one by itself, so it needs no proof of
    where it comes from."""
    return "Authorization" in asked().headers or "X-Api-Key" in asked().headers


def session_cookie() -> tuple[str | None, bool]:
    """(the token, whether the browser sent two cookies of that name, which nobody honest does)."""
    name = cookie_name()
    pairs = (part.partition("=") for part in request.environ.get("HTTP_COOKIE", "").split(";"))
    values = [value.strip() for key, _, value in pairs if key.strip() == name]
    if len(values) != 1:
        return None, len(values) > 1
    return (values[0] if 20 <= len(values[0]) <= 100 else None), False


def recognise(token: str) -> SignedIn | None:
    """The person this token belongs to, if they may still come in. Raises Unavailable with the database away."""
    person = reader().find(token_hash(token))
    if person is None or person.banned:
        return None
    idle = now() - person.updated_at
    if idle > timedelta(seconds=settings().session_idle_seconds):
        return None
    if idle > TOUCH_AFTER:
        try:
            touch(person.session_id)
        except SQLAlchemyError as error:
            log.warning("last use not noted", error=type(error).__name__)
    return person


def came_from_our_pages(has_cookie: bool) -> bool:
    """The proof against forged requests: Sec-Fetch-Site, else Origin. A cookie without either proves nothing."""
    this = asked()
    upgrade = this.environ.get("HTTP_UPGRADE", "").lower() == "websocket"
    if this.method in SAFE_METHODS and not upgrade:
        return True
    origins = this.headers.getlist("Origin")
    if len(origins) > 1:
        return False
    origin = origins[0] if origins else None
    site = this.headers.get("Sec-Fetch-Site")
    if upgrade:
        return origin is not None and is_our_origin(origin) and site in (None, "same-origin", "none")
    if origin is not None and not is_our_origin(origin):
        return False
    if site is not None:
        return site in ("same-origin", "none")
    return origin is not None or not has_cookie


def is_our_origin(origin: str) -> bool:
    """True for exactly the origin people reach us under."""
    ours = settings().public_url or f"{request.scheme}://{request.host}"
    return origin.lower() == "{0.scheme}://{0.netloc}".format(urlsplit(ours)).lower()


def refuse(status: int, code: str, sentence: str) -> Response | Any:
    """The refusal in the caller's language: JSON, HX-Redirect, the sign-in page or an error page."""
    if request.headers.get("Upgrade", "").lower() == "websocket":
        return Response(sentence + "\n", status, mimetype="text/plain")
    if request.path.startswith("/api/auth/"):
        names = {"not_signed_in": "UNAUTHORIZED", "cross_origin": "INVALID_ORIGIN", "admins_only": "FORBIDDEN"}
        return jsonify(code=names.get(code, code.upper()), message=sentence), status
    if is_for_programs():
        return jsonify(error_body(code, sentence, kind_of(status))), status
    if is_api():
        return jsonify(error=sentence, code=code, request_id=g.request_id), status
    if status != 401:
        abort(status, sentence)
    here = request.full_path.rstrip("?") if request.method == "GET" and not is_htmx() else None
    target = "/login" + (f"?next={quote(here, safe='')}" if here and here != "/" else "")
    if is_htmx():
        return Response(status=401, headers={"HX-Redirect": target})
    return go_to_path(target)
