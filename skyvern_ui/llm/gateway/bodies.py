"""A service's request, read strictly and written anew: its own bytes are never passed on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import fastjsonschema

from ...services.credits import endpoints
from ...services.credits.endpoints import BY_PATH
from ...strict_json import NotJson, read_json
from .schemas import CHAT, EMBEDDING, IMAGE, MOST_IN_ALL, Schema

MOST_BYTES, LARGEST_SIDE = 10 * 1024 * 1024, 4096
ANSWERED = frozenset({"annotations", "provider_specific_fields", "thinking_blocks", "images"})
LIMITED = ("max_tokens", "max_completion_tokens")


class BadBody(Exception):
    """A request that will not do. `code` and `param` as OpenAI's clients expect them, `status` 400 or 413."""

    def __init__(self, sentence: str, code: str, param: str | None = None, status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence, self.code, self.param, self.status = sentence, code, param, status


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of call: what it may say, and where it goes below the upstream's base."""

    name: str
    path: str
    endpoint: str
    scope: str
    check: Callable[[Any], Any]


def _kind(name: str, path: str, endpoint: str, schema: Schema) -> Kind:
    return Kind(name, path, endpoint, BY_PATH[endpoint].scope, fastjsonschema.compile(schema, use_default=False))


CHAT_KIND = _kind("chat", "/chat/completions", endpoints.CHAT, CHAT)
IMAGE_KIND = _kind("image", "/images/generations", endpoints.IMAGES, IMAGE)
EMBEDDING_KIND = _kind("embedding", "/embeddings", endpoints.EMBEDDINGS, EMBEDDING)


def read_body(kind: Kind, raw: bytes, most_tokens: int = 10_000_000) -> dict[str, Any]:
    """The fields of the request, every one of them known and of its shape; at most `most_tokens` may be asked for.
    Raises BadBody."""
    try:
        data = read_json(raw, MOST_BYTES)
    except NotJson as error:
        raise BadBody(str(error), "too_large" if error.status == 413 else "invalid_json", None,
                      error.status) from error
    if not isinstance(data, dict):
        raise BadBody("The body must be a JSON object.", "invalid_json")
    data = _tidied(data)
    if _parts_of(data.get("messages")) > MOST_IN_ALL:
        raise BadBody(f"messages may hold at most {MOST_IN_ALL} parts and calls in all.", "invalid_value", "messages")
    try:
        kind.check(data)
    except fastjsonschema.JsonSchemaValueException as error:
        raise _told(error) from error
    for name in LIMITED:
        if data.get(name, 0) > most_tokens:
            raise BadBody(f"{name} must be at most {most_tokens}.", "invalid_value", name)
    if any(int(side) > LARGEST_SIDE for side in str(data.get("size", "")).split("x") if side.isdigit()):
        raise BadBody(f"size: a picture has at most {LARGEST_SIDE} pixels on each side.", "invalid_value", "size")
    return data


def _tidied(data: dict[str, Any]) -> dict[str, Any]:
    """Without what says nothing: a field that is null is one that was left away, and an answer that is sent back as
    part of a conversation holds fields that only answers have."""
    data = {name: value for name, value in data.items() if value is not None}
    messages = data.get("messages")
    if isinstance(messages, list):
        data["messages"] = [_without(each, ANSWERED) if isinstance(each, dict) and each.get("role") == "assistant"
                            else each for each in messages]
    return data


def _parts_of(messages: Any) -> int:
    rows = [each for each in messages if isinstance(each, dict)] if isinstance(messages, list) else []
    return sum(len(found) for row in rows for found in (row.get("content"), row.get("tool_calls"))
               if isinstance(found, list))


def _without(message: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    kept = {name: value for name, value in message.items()
            if name not in names and (value is not None or name == "content")}
    calls = kept.get("tool_calls")
    if isinstance(calls, list):
        kept["tool_calls"] = [{name: value for name, value in each.items() if name != "index"}
                              if isinstance(each, dict) else each for each in calls]
    return kept


def write_body(data: dict[str, Any]) -> bytes:
    """The request as it goes to the model: our own writing of what was understood. Raises BadBody for a text that is
    none (half of a surrogate pair) and for a number that no JSON can hold."""
    try:
        return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:
        raise BadBody("The body holds half a character.", "invalid_json") from error
    except ValueError as error:
        raise BadBody("The body holds a number that is too large.", "invalid_json") from error


def _told(error: fastjsonschema.JsonSchemaValueException) -> BadBody:
    param = ".".join(str(part) for part in error.path[1:])[:200] or None
    where = param or "The body"
    rule, definition = error.rule, error.rule_definition
    if rule == "additionalProperties" and isinstance(error.value, dict) and isinstance(error.definition, dict):
        extra = next((name for name in error.value if name not in error.definition.get("properties", {})), "")
        full = f"{param}.{extra}" if param else extra
        return BadBody(f"{full[:100]!r} is not a field that may be sent here.", "field_not_allowed", full[:200])
    if rule == "required" and isinstance(error.value, dict):
        missing = next((name for name in definition if name not in error.value), "")
        return BadBody(f"{missing!r} is required{f' in {param}' if param else ''}.", "missing_required_parameter",
                       f"{param}.{missing}" if param else missing)
    if _has_address(error.value):
        return BadBody(f"{where}: send pictures as data:image/…;base64,… No address is fetched for you.",
                       "url_not_allowed", param)
    said = {"enum": f"must be one of {definition}", "type": f"must be {definition}",
            "maxItems": f"may hold at most {definition} items", "minItems": f"must hold at least {definition}",
            "maxLength": f"may hold at most {definition} characters", "minLength": "must not be empty",
            "minimum": f"must be at least {definition}", "maximum": f"must be at most {definition}",
            "pattern": "is not written as it should be"}.get(rule or "", "has a shape that is not understood")
    return BadBody(f"{where} {said}.", "invalid_value", param)


def _has_address(value: Any) -> bool:
    """True for messages, parts or a part with a picture that is to be fetched from somewhere."""
    parts = [value]
    for _ in range(4):
        for part in parts:
            picture = part.get("image_url") if isinstance(part, dict) else None
            url = picture.get("url") if isinstance(picture, dict) else picture
            if isinstance(url, str) and not url.startswith("data:"):
                return True
        parts = [each for part in parts for each in (
            part if isinstance(part, list) else [part.get("content")] if isinstance(part, dict) else [])]
    return isinstance(value, str) and value.lower().startswith(("http:", "https:", "file:", "ftp:", "//"))
