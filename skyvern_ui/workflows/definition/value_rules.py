"""Whether the value of a field is what Skyvern takes there, by the one description of the field."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from .catalogue import Field, Kind
from .jinja import mistake
from .problem import Place

Json = dict[str, Any]
_WHOLE = re.compile(r"\s*[-+]?\d+(\.0+)?\s*")
_DECIMAL = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")
_TRUTHS = {"0", "off", "f", "false", "n", "no", "1", "on", "t", "true", "y", "yes"}
_WORDS = {"text": "text", "number": "a whole number", "decimal": "a number", "flag": "yes or no",
          "texts": "a list of texts", "map": "names with texts", "object": "a JSON object", "array": "a list"}
# Controls whose own rules say more than "it is an object".
_APART = ("blocks", "branches", "condition", "retry")


def judge_fields(place: Place, values: Json, kind: Kind, skip: Iterable[str] = ()) -> None:
    """Says of each field of the type what is wrong with its value: missing, of another sort, out of bounds, a choice
    that is not known, Jinja that does not parse. Keys that the type does not have are nothing to worry about."""
    for name, field in kind.by_name.items():
        if (name in values or field.required) and name not in skip:
            judge(place, values, field, kind)


def judge(place: Place, values: Json, field: Field, kind: Kind | None = None) -> None:
    if field.name not in values or (values[field.name] is None and not field.takes_null):
        if field.required or field.name in values:
            place.stop(field.name, f"“{field.label}” is missing." if field.required or values.get(field.name) is None
                       else f"“{field.label}” cannot be empty.")
        return
    value = values[field.name]
    if value is None:
        return
    if not any(is_a(value, sort) for sort in field.takes):
        place.stop(field.name, f"“{field.label}” must be {' or '.join(_WORDS[sort] for sort in field.takes)}.")
        return
    is_blank = value == [] or (isinstance(value, str) and not value.strip())
    if field.required and is_blank and field.control not in _APART:
        place.warn(field.name, f"“{field.label}” is still empty.")
    _judge_bounds(place, value, field)
    if field.choices and isinstance(value, str) and value and value not in {name for name, _ in field.choices}:
        place.warn(field.name, f"Skyvern 1.0.56 does not know “{_short(value)}” as “{field.label}”.")
    if field.control not in ("code", "secret", *_APART) and (kind is None or kind.applies(field, values)):
        _judge_jinja(place, value, field)


def is_a(value: Any, sort: str) -> bool:
    """Whether Skyvern reads the value as that sort of JSON; it is lenient with numbers and flags in quotes."""
    if sort == "text":
        return isinstance(value, str)
    if sort == "flag":
        return (isinstance(value, bool) or (isinstance(value, (int, float)) and value in (0, 1))
                or (isinstance(value, str) and value.lower() in _TRUTHS))
    if sort == "number":
        return (isinstance(value, (bool, int)) or (isinstance(value, float) and value.is_integer())
                or (isinstance(value, str) and bool(_WHOLE.fullmatch(value))))
    if sort == "decimal":
        return isinstance(value, (bool, int, float)) or (isinstance(value, str) and bool(_DECIMAL.fullmatch(value)))
    if sort == "texts":
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    if sort == "map":
        return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
    return isinstance(value, dict if sort == "object" else list)


def as_number(value: Any) -> float | None:
    """The number that Skyvern reads; None when it is none."""
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _judge_bounds(place: Place, value: Any, field: Field) -> None:
    if field.control not in ("number", "decimal") or field.name == "wait_sec":
        return
    number = as_number(value)
    if number is not None and ((field.least is not None and number < field.least)
                               or (field.most is not None and number > field.most)):
        if field.name == "sftp_port" or field.name == "max_screenshot_scrolls":
            place.warn(field.name, f"“{field.label}” is out of bounds.")
        elif field.most is None:
            place.stop(field.name, f"“{field.label}” must be {field.least:g} or more.")
        else:
            place.stop(field.name, f"“{field.label}” must be from {field.least:g} to {field.most:g}.")


def _judge_jinja(place: Place, value: Any, field: Field) -> None:
    for text in texts_in(value):
        wrong = mistake(text)
        if wrong is not None:
            line = f" in line {wrong[1]}" if "\n" in text else ""
            place.warn(field.name, f"The braces in “{field.label}” do not work out{line}: {_short(wrong[0])}")
            return


def texts_in(value: Any, keys: bool = True) -> Iterable[str]:
    """Every text in a value, at any depth; with its keys."""
    ahead = [value]
    while ahead:
        each = ahead.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            ahead += [*each.values(), *(each if keys else ())]
        elif isinstance(each, list):
            ahead += each


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"
