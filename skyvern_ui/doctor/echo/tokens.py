"""Seeing ourselves from outside: one-minute tokens for the echo addresses, and answers that only we can read.

The doctor calls this server through whatever stands in front of it, or has Skyvern call it. A token is good for one
kind of call and sixty seconds; what is answered is sealed for the doctor, so that whoever steals a token learns
nothing, and nobody else's server can answer in our place.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any, Literal

from itsdangerous import BadData, URLSafeTimedSerializer

from ...config import Settings
from ...sealed import CannotOpen, Sealer
from ..check import RequestFacts

Purpose = Literal["look", "drip", "quiet", "size", "hook", "socket"]
SECONDS = 60
LONGEST_TOKEN = 200
LONGEST_QUIET = 130
SALT = "skyvern-ui doctor echo v1"
FORWARDED = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Real-IP", "Forwarded",
             "Via", "CF-Connecting-IP", "True-Client-IP", "X-Client-IP")


def make_token(settings: Settings, purpose: Purpose) -> str:
    """A token for one kind of call, good for SECONDS."""
    return str(_signer(settings).dumps([purpose, secrets.token_urlsafe(9)]))


def echo_path(settings: Settings, purpose: Purpose) -> str:
    """The path of a fresh echo address, without query: append it to PUBLIC_URL or to any other name of ours."""
    tail = "" if purpose == "look" else f"/{purpose}"
    return f"/doctor/echo/{make_token(settings, purpose)}{tail}"


def is_good(settings: Settings, token: str, purpose: Purpose) -> bool:
    """Whether we made this token, for this, within the last SECONDS."""
    if len(token) > LONGEST_TOKEN:
        return False
    try:
        said = _signer(settings).loads(token, max_age=SECONDS)
    except BadData:
        return False
    return isinstance(said, list) and len(said) == 2 and said[0] == purpose


def seal_answer(sealer: Sealer, token: str, answer: Mapping[str, Any]) -> str:
    """What an echo says, as JSON that only this installation can read, bound to the token it was asked with."""
    return json.dumps({"echo": sealer.seal(json.dumps(answer), _place(token))})


def open_answer(sealer: Sealer, path: str, body: str | bytes) -> dict[str, Any] | None:
    """What the echo at `path` (from `echo_path`) said; None when the answer is not ours, or not to this question."""
    try:
        outer = json.loads(body)
        inner = json.loads(sealer.open(outer["echo"], _place(path.split("/")[3])))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, CannotOpen):
        return None
    return inner if isinstance(inner, dict) else None


def facts_of(environ: Mapping[str, Any]) -> RequestFacts:
    """How a request reached us, as the server saw it: nothing here is believed, all of it is evidence."""
    names = [(name, environ.get("HTTP_" + name.upper().replace("-", "_"))) for name in FORWARDED]
    return RequestFacts(
        peer=str(environ.get("REMOTE_ADDR") or ""), scheme=str(environ.get("wsgi.url_scheme") or "http"),
        host=str(environ.get("HTTP_HOST") or "")[:300],
        forwarded=tuple((name, str(value)[:300]) for name, value in names if value))


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    """The first key signs, all of them read; itsdangerous wants the newest last."""
    return URLSafeTimedSerializer(list(reversed(settings.secret_keys)), salt=SALT)


def _place(token: str) -> str:
    return f"echo:answer:{token}"
