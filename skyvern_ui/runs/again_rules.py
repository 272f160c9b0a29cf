"""The inputs of a workflow, typed by its definition (api 3.3)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..skyvern.values.reading import read_dict, read_list, read_text

KINDS = ("string", "integer", "float", "boolean", "json", "file_url", "credential_id")


class BadValue(ValueError):
    """A value that does not fit its parameter. The text is one sentence."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One input of a workflow. Without a default something must be given, but a text may be empty and a credential
    may be left out (1.0.56)."""

    key: str
    kind: str
    description: str
    default: Any

    @property
    def is_needed(self) -> bool:
        """True when Skyvern refuses a run without a value."""
        return self.default is None and self.kind not in ("string", "credential_id")


def parameters_of(workflow: Mapping[str, Any]) -> tuple[Parameter, ...]:
    """What a workflow asks of whoever runs it; what it fetches by itself (secrets, outputs) is none of it."""
    found = read_list(read_dict(workflow, "workflow_definition"), "parameters")
    return tuple(
        Parameter(str(each["key"]), str(each.get("workflow_parameter_type") or "string"),
                  read_text(each, "description") or "", each.get("default_value"))
        for each in found
        if isinstance(each, dict) and each.get("parameter_type") == "workflow" and each.get("key")
    )


def read_value(parameter: Parameter, text: str | None) -> Any:
    """What was typed, as the parameter's type; None for nothing. Raises BadValue."""
    typed = text or ""
    if parameter.kind == "string":
        return typed if typed or parameter.default is None else None
    typed = typed.strip()
    if not typed:
        if parameter.is_needed:
            raise BadValue("The workflow needs this.")
        return None
    if parameter.kind == "integer":
        return _whole(typed)
    if parameter.kind == "float":
        return _number(typed)
    if parameter.kind == "boolean":
        if typed not in ("true", "false"):
            raise BadValue("Choose yes or no.")
        return typed == "true"
    if parameter.kind == "json":
        return _json(typed)
    if parameter.kind == "credential_id" and (" " in typed or not typed.isprintable()):
        raise BadValue("The id of a credential has no spaces in it.")
    return typed


def _whole(text: str) -> int:
    if not text.removeprefix("-").isdecimal() or not text.isascii() or len(text) > 18:
        raise BadValue("Enter a whole number, such as 12.")
    return int(text)


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise BadValue("Enter a number, such as 1.5.") from error
    if not math.isfinite(number):
        raise BadValue("Enter a number, such as 1.5.")
    return number


def _json(text: str) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        at = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise BadValue(f"This is not valid JSON{at}.") from error
    if not isinstance(value, dict | list):
        raise BadValue('Enter a JSON object or list, such as {"name": "text"}.')
    return value
