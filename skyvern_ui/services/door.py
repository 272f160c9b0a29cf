"""The door for programs: a service key instead of a session, and what that key may do here."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

import structlog
from flask import g, request
from sqlalchemy.exc import SQLAlchemyError

from ..audit import Actor
from ..auth.limits import Limit, TooMany, network, spend
from ..extensions import db
from ..guard import session_cookie
from ..request import client_ip, request_id
from .keys.rules import Caller, KeyRefused, recognise, touch
from .keys.scopes import allows

log = structlog.get_logger("services")
BAD_TRIES = Limit("service key address", 10, 60)
WORDS = {
    "missing": ("key_missing", "Send a service key: Authorization: Bearer …"),
    "mistyped": ("key_mistyped", "This key is mistyped: it cannot be one that was given out."),
    "unknown": ("key_unknown", "This key is not known here."),
    "revoked": ("key_revoked", "This key was ended."),
    "expired": ("key_expired", "This key has run out."),
    "suspended": ("service_suspended", "This service is suspended."),
}
IN_ADDRESS = {"key", "api_key", "apikey", "api-key", "token", "access_token"}


class Refused(Exception):
    """A call that goes no further, in words for the program's maker. `more` goes into the error object."""

    def __init__(self, status: int, code: str, sentence: str, kind: str = "invalid_request_error",
                 param: str | None = None, headers: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(sentence)
        self.status, self.code, self.sentence, self.kind, self.param = status, code, sentence, kind, param
        self.headers, self.more = headers or {}, more


def caller(scope: str) -> Caller:
    """Who calls, with a key that may do this from there; an empty scope is open to every key. Raises Refused."""
    key = _sent_key()
    try:
        found = recognise(key)
    except KeyRefused as error:
        _count_bad_try()
        code, sentence = WORDS[error.code]
        raise Refused(401, code, sentence, "authentication_error", None,
                      {"WWW-Authenticate": "Bearer", "x-should-retry": "false"}) from error
    finally:
        db.session.remove()
    g.service_caller = found
    if found.digest:
        _touch(found)
    if found.rights.addresses and not _is_listed(client_ip(), found.rights.addresses):
        raise Refused(403, "address_not_allowed", "This key may not be used from this address.", "permission_error")
    if scope and not allows(found.rights.scopes, scope):
        raise Refused(403, "scope_not_allowed", f"This key may not do this: it lacks the scope {scope}.",
                      "permission_error")
    if found.rights.per_minute is not None:
        _keep_pace(found)
    return found


def actor_of(found: Caller) -> Actor:
    """The service, for the audit log."""
    return Actor("service", found.key_id, f"{found.org_name} ({found.key_name})", client_ip(),
                 request.headers.get("User-Agent"), None, request_id())


def _sent_key() -> str | None:
    bearers = request.headers.getlist("Authorization")
    others = request.headers.getlist("X-Api-Key")
    if len(bearers) > 1 or len(others) > 1:
        raise Refused(400, "key_ambiguous", "The key was sent twice.")
    if any(name.lower() in IN_ADDRESS for name in request.args):
        raise Refused(401, "key_in_address", "A key must never be part of an address: send it as a header.",
                      "authentication_error")
    sent = others[0].strip() if others else None
    if bearers:
        scheme, _, rest = bearers[0].partition(" ")
        if scheme.lower() != "bearer" or not rest or rest != rest.strip():
            raise Refused(401, "key_missing", WORDS["missing"][1], "authentication_error", None,
                          {"WWW-Authenticate": "Bearer"})
        if sent is not None and sent != rest:
            raise Refused(400, "key_ambiguous", "Two different keys were sent.")
        sent = rest
    token, ambiguous = session_cookie()
    if sent is not None and (token or ambiguous):
        raise Refused(400, "key_beside_session", "Send a service key or a session, not both.")
    return sent


def _touch(found: Caller) -> None:
    try:
        touch(found)
    except SQLAlchemyError as error:
        log.warning("the use of a key is not remembered", key=found.key_id, error=type(error).__name__)
    finally:
        db.session.remove()


def _count_bad_try() -> None:
    try:
        spend(BAD_TRIES, network(client_ip()))
    except TooMany as error:
        raise Refused(429, "too_many_bad_keys", "Too many wrong keys from this address. Wait a minute.",
                      "rate_limit_error", None, {"Retry-After": str(error.retry_after)}) from error
    finally:
        db.session.remove()


def _keep_pace(found: Caller) -> None:
    most = found.rights.per_minute or 0
    try:
        left, rest = spend(Limit("service key pace", most, 60), found.key_id)
    except TooMany as error:
        g.pace_headers = _pace(most, 0, error.retry_after)
        raise Refused(429, "too_fast", f"This key may call {most} times a minute.", "rate_limit_error", None,
                      {"Retry-After": str(error.retry_after), **g.pace_headers}) from error
    finally:
        db.session.remove()
    g.pace_headers = _pace(most, left, rest)


def _pace(most: int, left: int, rest: int) -> dict[str, str]:
    """The headers that every answer to a key with a pace carries: the draft's, and those that clients know."""
    return {"RateLimit-Policy": f'"rpm";q={most};w=60', "RateLimit": f'"rpm";r={left};t={rest}',
            "X-RateLimit-Limit": str(most), "X-RateLimit-Remaining": str(left), "X-RateLimit-Reset": str(rest)}


def _is_listed(address: str | None, listed: Sequence[str]) -> bool:
    try:
        here = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    here = getattr(here, "ipv4_mapped", None) or here
    return any(here in ipaddress.ip_network(each, strict=False) for each in listed
               if ipaddress.ip_network(each, strict=False).version == here.version)
