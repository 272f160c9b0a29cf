"""A value of a document as text in a form, and what was typed as a value again.

What is shown and comes back unchanged is never written: so a key that is absent stays absent, a null stays null, and a
value of a shape that no control knows stays as it is.
"""

from __future__ import annotations

import json
from typing import Any

from ..definition.catalogue import Field
from ..json_reading import read_json

Json = dict[str, Any]
JSON_CONTROLS = ("json", "schema", "retry", "proxy")
BOOLEANS = {"true": True, "false": False}
SENTENCES = {"number": "This must be a whole number.", "decimal": "This must be a number."}


class Unreadable(Exception):
    """What was typed is no value of this field. `str()` is a sentence."""


def plain(text: str) -> str:
    """Line ends as documents have them: browsers send CR LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def as_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def text_of(field: Field, value: Any) -> str:
    """The text that stands in the box of this field."""
    if value is None:
        return ""
    if field.control == "model" and is_named_model(value):
        return str(value["model_name"])
    if field.control in ("list", "credentials") and is_lines(value):
        return "\n".join(value)
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return as_json(value)


def value_of(field: Field, text: str, beside: Json) -> Any:
    """What this text means; `beside` are the other values of the same block or parameter. Raises Unreadable."""
    text = plain(text)
    if not text.strip() and field.control != "list":
        return emptied(field)
    if field.control == "value":
        return _input_value(str(beside.get("workflow_parameter_type") or "string"), text)
    if field.control in ("number", "decimal"):
        return _number(field, text.strip())
    if field.control == "flag":
        return BOOLEANS.get(text)
    if field.control in ("list", "credentials"):
        return _list(field, text)
    if field.control == "model" and not text.lstrip().startswith("{"):
        return {"model_name": text.strip()}
    if field.control in (*JSON_CONTROLS, "model", "map", "condition", "branches"):
        return _json(field, text)
    return text


def emptied(field: Field) -> Any:
    """What an emptied box means: `...` takes the key away, so that Skyvern's own default holds."""
    if field.required and "text" in field.takes and field.control != "value":
        return ""
    return None if field.takes_null else ...


def is_named_model(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"model_name"} and isinstance(value["model_name"], str)


def is_lines(value: Any) -> bool:
    """Whether a list can be shown as one line for each of its texts."""
    return isinstance(value, list) and all(
        isinstance(each, str) and each == each.strip() and each and "\n" not in each for each in value)


def _number(field: Field, text: str) -> Any:
    if "{{" in text and "text" in field.takes:
        return text
    try:
        number: float = int(text) if field.control == "number" else float(text)
    except ValueError:
        if field.control == "number":
            raise Unreadable(SENTENCES["number"]) from None
        raise Unreadable(SENTENCES["decimal"]) from None
    if number != number or number in (float("inf"), float("-inf")) or abs(number) > 1e15:
        raise Unreadable(SENTENCES["decimal"])
    return number


def _list(field: Field, text: str) -> Any:
    if text.lstrip().startswith("[") and "\n" in text.strip():
        return _json(field, text)
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    return lines if lines or field.required or field.default == [] else emptied(field)


def _json(field: Field, text: str) -> Any:
    try:
        value = read_json(text)
    except ValueError as error:
        begin = text.lstrip()[:2]
        if "text" in field.takes and (begin == "{{" or begin[:1] not in ("{", "[")):
            return text
        raise Unreadable(_words(error)) from None
    fits = {"object": dict, "map": dict, "array": list, "texts": list, "text": str}
    wanted = [name for name in field.takes if name in fits]
    if value is not None and wanted and not isinstance(value, tuple(fits[name] for name in wanted)):
        what = " or ".join({"object": "an object { }", "map": "an object { }", "array": "a list [ ]",
                            "texts": "a list [ ]", "text": "text"}[name] for name in wanted)
        raise Unreadable(f"This must be {what}.")
    return value


def _input_value(kind: str, text: str) -> Any:
    text_kinds = ("string", "file_url", "credential_id")
    if kind in text_kinds:
        return text
    if kind in ("integer", "float"):
        return _number(Field("", "number" if kind == "integer" else "decimal", ""), text.strip())
    if kind == "boolean":
        if text.strip().lower() not in BOOLEANS:
            raise Unreadable("This must be true or false.")
        return BOOLEANS[text.strip().lower()]
    try:
        return read_json(text)
    except ValueError as error:
        raise Unreadable(_words(error)) from None


def _words(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"This is not JSON: {error.msg.lower()}, at line {error.lineno}, column {error.colno}."
    return f"This is not JSON: {error}."
