"""A JSON object as a client sent it, read strictly: one sentence for each field that will not do."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from types import SimpleNamespace
from typing import Any, NoReturn

from flask import abort, request
from wtforms.validators import ValidationError

from .auth.forms import UNPRINTABLE

MAX_DEPTH = 64


class JsonBody:
    """The fields of one object. Wrong shapes are 400 or 415 at once; wrong fields collect in `errors`."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.errors: dict[str, str] = {}

    @classmethod
    def read(cls, allowed: Collection[str]) -> JsonBody:
        """The request's body. Aborts with 415 for another type, 400 for anything but an object of these fields."""
        if request.mimetype != "application/json":
            abort(415, "Send a JSON object with Content-Type: application/json.")
        data = parse(request.get_data(cache=False))
        if not isinstance(data, dict):
            abort(400, "The body must be a JSON object.")
        if unknown := set(data) - set(allowed):
            abort(400, f"Unknown field: {sorted(unknown)[0][:60]!r}.")
        return cls(data)

    def text(self, name: str) -> str:
        """A field's text, stripped unless it is a password; empty when it is absent or null."""
        value = self.data.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.errors.setdefault(name, "This must be a text.")
            return ""
        if UNPRINTABLE.search(value):
            self.errors.setdefault(name, "This holds characters that cannot be stored.")
            return ""
        return value if "assword" in name else value.strip()

    def require(self, name: str, longest: int, check: Callable[[Any, Any], None] | None = None) -> str:
        """A text that must be there, of at most `longest` characters."""
        value = self.text(name)
        if name in self.errors:
            return ""
        if not value:
            self.errors[name] = "This is required."
        elif len(value) > longest:
            self.errors[name] = f"Use at most {longest} characters."
        elif check is not None:
            try:
                check(None, SimpleNamespace(data=value))
            except ValidationError as error:
                self.errors[name] = str(error)
        return value


def parse(raw: bytes) -> Any:
    """UTF-8 JSON without NaN, duplicate keys or absurd depth; anything else is 400."""
    if len(raw) > 10 * 1024 * 1024:
        abort(413, "A JSON body may hold at most 10 MiB.")
    if _too_deep(raw):
        abort(400, f"JSON may be nested at most {MAX_DEPTH} deep.")
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_no_twins)
    except (ValueError, RecursionError):
        abort(400, "The body is not valid JSON.")


def _too_deep(raw: bytes) -> bool:
    depth, in_text, escaped = 0, False, False
    if raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return False
    for byte in raw:
        if in_text:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_text = False
        elif byte == 0x22:
            in_text = True
        elif byte in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif byte in b"]}":
            depth -= 1
    return False


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("twice the same key")
    return found
