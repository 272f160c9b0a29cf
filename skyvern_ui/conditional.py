"""Fragments that are polled: one that has not changed costs a 304 and no rendering (RFC 9110 13.1.2).

The tag is made of what the fragment is told, of who reads it and of the templates themselves. Not of the rendered
text: the form token and "3 min ago" differ each time and mean no change. What a value does not compare by is left out
(addresses that Skyvern signs anew for each answer). static/js/behaviours/unchanged.js sends the
tag back, so that the answer reaches HTMX as a 304, which swaps nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Response, current_app, render_template, request

from .assets import load
from .request import me

TEMPLATES = Path(__file__).resolve().parent / "templates"
CACHING = "private, no-cache"


def conditional(template: str, values: Mapping[str, Any], told: Any = None, *,
                headers: Mapping[str, str] | None = None,
                render: Callable[[], str] | None = None) -> Response:
    """The fragment with its tag, or 304 when the browser has this very one.

    `told` is all that the fragment depends on: data, not forms; without it that is `values`. `headers` go with both
    answers. Whoever asks anew after signing in again gets it whole, because the form token is another.
    """
    tag = fingerprint(template, values if told is None else told)
    if request.if_none_match.contains_weak(tag):
        answer = Response(status=304)
    else:
        answer = Response(render() if render else render_template(template, **values))
    answer.headers.update(dict(headers or {}))
    answer.set_etag(tag, weak=True)
    answer.headers["Cache-Control"] = CACHING
    return answer


def fingerprint(template: str, told: Any) -> str:
    """The tag of this fragment for this person. Raises TypeError for what is no data, instead of a tag that would
    never be the same twice."""
    person = me()
    reader = (person.session_id, person.role) if person else None
    text = json.dumps([template, reader, told], default=_plain, sort_keys=True, ensure_ascii=False)
    drawn = _drawn(current_app.debug and str(_newest()) or "")
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass") + drawn, digest_size=12).hexdigest()


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value) if field.compare}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, AbstractSet):
        return sorted(value, key=repr)
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "__dict__"):  # a row of our own tables
        return {name: each for name, each in vars(value).items() if not name.startswith("_")}
    raise TypeError(f"{type(value).__name__} is no data that a tag can be made of")


@lru_cache(maxsize=2)
def _drawn(_when: str) -> bytes:
    """How this release draws: its templates, and the addresses of its icons."""
    sum_ = hashlib.blake2b(load("icons.svg").fingerprint.encode(), digest_size=12)
    for path in sorted(TEMPLATES.rglob("*.html")):
        sum_.update(path.read_bytes())
    return sum_.digest()


def _newest() -> float:
    return max(path.stat().st_mtime for path in TEMPLATES.rglob("*.html"))
