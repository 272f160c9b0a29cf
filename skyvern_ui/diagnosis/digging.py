"""Digging the message and the codes out of a body: OpenAI's envelope, FastAPI's detail, Gemini's list, Zhipu's and
Alibaba's own shapes, JSON inside strings, LiteLLM's wrapping, HTML. Everything has a ceiling."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .excerpt import text_of_html

MOST_LEAVES, DEEPEST, LONGEST_LEAF = 400, 12, 8192
ECHOED = {"input", "ctx", "messages", "prompt", "data"}  # what was sent, not what is said
CODE_KEYS = ("code", "type", "status", "error_code", "reason", "errorcode", "err_code", "error_type")
MESSAGE_KEYS = ("message", "msg", "detail", "error_message", "error_msg", "error", "errormessage", "description")
ID_KEYS = ("request_id", "requestid", "id")


@dataclass(frozen=True, slots=True)
class Dug:
    """What a body holds. `kind` is html, json, text or empty; `leaves` are dotted paths and their values."""

    kind: str
    text: str = ""
    message: str = ""
    codes: tuple[str, ...] = ()
    request_id: str = ""
    leaves: tuple[tuple[str, str], ...] = field(default=())


def dig(body: bytes, content_type: str = "") -> Dug:
    """Raises nothing. Bytes that are no UTF-8 are read with replacements."""
    raw = body.decode("utf-8", "replace").strip("\ufeff \t\r\n\x00")
    if not raw:
        return Dug("empty")
    found = _json(raw)
    if isinstance(found, dict | list):
        return _dug_json(found)
    if _is_html(raw, content_type):
        shown = text_of_html(raw)
        return Dug("html", shown, shown)
    return _dug_text(raw)


def _dug_json(found: Any) -> Dug:
    leaves = tuple(_leaves(found))
    said = [value for _, value in leaves]
    messages = [(path, value) for path, value in leaves if _last(path) in MESSAGE_KEYS]
    ids = (value for path, value in leaves if _last(path) in ID_KEYS and path.count(".") <= 1)
    return Dug("json", "\n".join(said), _nearest(messages) or (said[0] if said else ""), _codes(leaves),
               next(ids, ""), leaves)


def _dug_text(raw: str) -> Dug:
    """Plain words, which may hold JSON: LiteLLM and Skyvern keep the provider's body inside their own sentence."""
    begin, end = raw.find("{"), raw.rfind("}")
    inside = _json(raw[begin:end + 1]) if 0 <= begin < end else None
    if not isinstance(inside, dict):
        return Dug("text", raw, raw)
    dug = _dug_json(inside)
    return Dug("text", f"{raw[:LONGEST_LEAF]}\n{dug.text}", f"{raw[:begin]}{dug.message}{raw[end + 1:]}", dug.codes,
               dug.request_id, dug.leaves)


def _leaves(root: Any) -> Iterator[tuple[str, str]]:
    """Every text and number with its path, the outer ones first. JSON inside a text is opened."""
    level: list[tuple[str, Any]] = [("", root)]
    given = 0
    for _ in range(DEEPEST):
        below: list[tuple[str, Any]] = []
        for path, value in level:
            if given >= MOST_LEAVES:
                return
            if isinstance(value, dict):
                below += [(f"{path}.{key}"[-200:].lstrip("."), each) for key, each in list(value.items())[:100]
                          if str(key).lower() not in ECHOED]
            elif isinstance(value, list):
                below += [(path, each) for each in value[:50]]
            elif isinstance(value, str | int | float) and not isinstance(value, bool):
                given += 1
                yield path, str(value)[:LONGEST_LEAF]
                opened = _json(value) if isinstance(value, str) and value[:1] in "{[" else None
                if isinstance(opened, dict | list):
                    below.append((path, opened))
        level = below[:MOST_LEAVES]
        if not level:
            return


def _codes(leaves: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """The provider's codes, `code` before `type` before the rest."""
    ranked = [(CODE_KEYS.index(_last(path)), value.strip()[:80]) for path, value in leaves if _last(path) in CODE_KEYS]
    return tuple(dict.fromkeys(value for _, value in sorted(ranked, key=lambda each: each[0]) if value))


def _nearest(messages: list[tuple[str, str]]) -> str:
    """The sentence nearest to the cause: the deepest one that is no JSON itself."""
    told = [(path.count("."), value) for path, value in messages if value.strip()[:1] not in ("{", "[", "")]
    return max(told, key=lambda each: each[0])[1] if told else ""


def _last(path: str) -> str:
    return path.rsplit(".", 1)[-1].lower()


def _is_html(raw: str, content_type: str) -> bool:
    head = raw[:1000].lstrip().lower()
    return head.startswith(("<!doctype html", "<html", "<head", "<body")) or (
        head.startswith("<") and ("html" in content_type.lower() or "<html" in head or "<title" in head))


def _json(raw: str) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None
