"""The request as rules may know it: who acts, from where, by which session cookie."""

from __future__ import annotations

import ipaddress
from typing import cast

from flask import Request, current_app, g, request

from .audit import Actor
from .config import Settings
from .models.reader import SignedIn


def asked() -> Request:
    """The request itself, for the hot path: each touch of Flask's stand-in looks it up again."""
    return cast(Request, request._get_current_object())  # type: ignore[attr-defined]


def settings() -> Settings:
    return cast(Settings, current_app.config["SETTINGS"])


def cookie_name() -> str:
    return "__Host-skyvern_ui" if settings().secure_cookies else "skyvern_ui"


def me() -> SignedIn | None:
    """The person of this request, or None."""
    return cast("SignedIn | None", g.get("me"))


def signed_in() -> SignedIn:
    """The person of this request; the guard has made sure there is one."""
    person = me()
    assert person is not None, "a route that needs a person must not be public"
    return person


def actor() -> Actor:
    """Who acts, for the audit log."""
    person = me()
    agent = request.headers.get("User-Agent")
    if person is None:
        return Actor("nobody", None, "nobody", client_ip(), agent, None, request_id())
    return Actor("person", person.id, person.name, client_ip(), agent, person.session_id, request_id())


def request_id() -> str:
    return cast(str, g.get("request_id", "-"))


def client_ip() -> str | None:
    """The client's address: the peer's, or, when the peer is a trusted proxy, the last address in X-Forwarded-For
    that is not one."""
    peer: str | None = request.environ.get("REMOTE_ADDR") or None
    trusted = settings().trusted_proxies
    if peer is None or not trusted:
        return peer
    hops = [peer, *(h.strip() for h in reversed(request.headers.get("X-Forwarded-For", "").split(",")) if h.strip())]
    for hop in hops:
        try:
            address = ipaddress.ip_address(hop)
        except ValueError:
            return peer
        if not any(address in network for network in trusted):
            return str(address)
    return hops[-1]


def is_api() -> bool:
    """True for callers that want JSON, never a page."""
    return request.path.startswith(("/api/", "/metrics"))


def is_htmx() -> bool:
    return request.headers.get("HX-Request") == "true"
