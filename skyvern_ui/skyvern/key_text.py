"""A key as text: what commonly sticks to it when it is pasted, and what it says of itself.

Skyvern's keys are JWTs signed with HS256 by its SECRET_KEY (api 1.1). We do not know that secret and verify nothing:
what is read here is a claim, good for telling a person which key this is.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

LONGEST_CLAIMS = 8192
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_NAME = re.compile(r"(?:export[ \t]+)?(?:[A-Z][A-Z0-9_]*API_KEY|api[_-]?key|x-api-key)[ \t]*[=:][ \t]*", re.I)
_LOGIN = re.compile(r"(?:authorization[ \t]*:[ \t]*)?bearer[ \t]+", re.I)
_QUOTES = "\"'`\u201c\u201d\u2018\u2019\u00ab\u00bb"
_SHAPE = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """A key and, in words, what was taken off it."""

    key: str
    removed: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Unwrapped({self.removed})"


@dataclass(frozen=True, slots=True)
class KeyFace:
    """What a key says of itself, unproven. `organization` is `sub`; `expires_at` is aware and None where it names no
    moment; `kind` is `token_type` ("ui_session" for the hour-long tokens of Skyvern's own front end)."""

    is_token: bool = False
    organization: str = ""
    expires_at: datetime | None = None
    kind: str = ""
    algorithm: str = ""

    @property
    def is_session(self) -> bool:
        """True for a token of the front end's own, which ends within the hour."""
        return self.kind == "ui_session"

    def is_over(self, moment: datetime | None = None) -> bool:
        """True when the key's own end has passed."""
        return self.expires_at is not None and self.expires_at <= (moment or datetime.now(UTC))


def unwrap(text: str) -> Unwrapped:
    """The key without quotes, spaces, line breaks, `Bearer `, the name of its variable and invisible characters."""
    removed: list[str] = []

    def taken(word: str, before: str, after: str) -> str:
        if before != after and word not in removed:
            removed.append(word)
        return after

    text = taken("invisible characters", text, text.translate(_INVISIBLE))
    text = taken("spaces or line breaks", text, text.strip())
    for _ in range(8):
        before = text
        text = taken("the name of the variable", text, _NAME.sub("", text, count=1) if _NAME.match(text) else text)
        text = taken("quotes", text, text.strip(_QUOTES))
        text = taken("“Bearer”", text, _LOGIN.sub("", text, count=1) if _LOGIN.match(text) else text)
        text = taken("spaces or line breaks", text, text.strip(" \t\r\n;,"))
        if text == before:
            break
    return Unwrapped(taken("spaces or line breaks", text, re.sub(r"\s+", "", text)), tuple(removed))


def is_sendable(key: str) -> bool:
    """Whether a header can carry it: visible ASCII, not empty."""
    return bool(key) and all("!" <= c <= "~" for c in key)


def read_key(key: str) -> KeyFace:
    """What the key says of itself. Never raises, whatever it is."""
    if len(key) > LONGEST_CLAIMS or not _SHAPE.fullmatch(key):
        return KeyFace()
    head, claims = (_decode(part) for part in key.split(".")[:2])
    if not isinstance(claims, dict):
        return KeyFace()
    return KeyFace(True, _word(claims.get("sub")), _moment(claims.get("exp")), _word(claims.get("token_type")),
                   _word(head.get("alg")) if isinstance(head, dict) else "")


def short_face(key: str) -> str:
    """What may be shown of a key so that its owner knows it again: of a long one the first six characters and the last
    four, of a short one its length only."""
    return f"{key[:6]}…{key[-4:]}" if len(key) >= 40 and is_sendable(key) else f"{len(key)} characters"


def _decode(part: str) -> Any:
    try:
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return None


def _word(value: Any) -> str:
    """A short plain word of a claim: it comes from outside and is shown."""
    return value if isinstance(value, str) and re.fullmatch(r"[\w.:@-]{1,80}", value, re.ASCII) else ""


def _moment(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
