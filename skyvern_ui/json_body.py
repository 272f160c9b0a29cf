"""A JSON object as a client sent it, read strictly: one sentence for each field that will not do."""

from __future__ import annotations

from collections.abc import Callable, Collection
from types import SimpleNamespace
from typing import Any

from flask import abort, request
from wtforms.validators import ValidationError

from .auth.forms import UNPRINTABLE
from .strict_json import NotJson, read_json


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
    """Strict JSON, or 413 or 400 at once."""
    try:
        return read_json(raw)
    except NotJson as error:
        abort(error.status, str(error))
