"""Whether a JSON schema is one, as far as that can be told without reading all of the standard."""

from __future__ import annotations

from typing import Any

from .problem import Place

_TYPES = {"object", "array", "string", "number", "integer", "boolean", "null"}
_SCHEMAS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_ONE = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")
_SEVERAL = ("allOf", "anyOf", "oneOf", "prefixItems")


def judge_schema(place: Place, field: str, schema: Any) -> None:
    """Says what is surely wrong with a schema that Skyvern checks; one with Jinja in it is not looked at."""
    if not isinstance(schema, dict) or "{{" in str(schema) or "{%" in str(schema):
        return
    wrong = _mistake(schema)
    if wrong is not None:
        place.stop(field, f"This is no JSON schema: {wrong}.")


def _mistake(schema: Any) -> str | None:
    ahead = [schema]
    while ahead:
        each = ahead.pop()
        if isinstance(each, bool):
            continue
        if not isinstance(each, dict):
            return "where a schema should be there is none"
        types = each.get("type", "object")
        if not all(isinstance(one, str) and one in _TYPES for one in (types if isinstance(types, list) else [types])):
            return "there is a type that JSON does not have"
        required = each.get("required", [])
        if not isinstance(required, list) or not all(isinstance(one, str) for one in required):
            return "“required” must be a list of names"
        for name in _SCHEMAS:
            inner = each.get(name, {})
            if not isinstance(inner, dict):
                return f"“{name}” must be names with schemas"
            ahead += inner.values()
        ahead += [each[name] for name in _ONE if name in each]
        for name in _SEVERAL:
            several = each.get(name, [])
            if not isinstance(several, list):
                return f"“{name}” must be a list of schemas"
            ahead += several
    return None
