"""A document from JSON: quick where it is plain, else left to the exact reading of YAML, which knows every place."""

from __future__ import annotations

import json
import math
from typing import Any

from .text_shape import DEEPEST, MOST_VALUES, BadText, checked

Json = dict[str, Any]


def from_json(text: str) -> Json | None:
    """The object when the text is plain JSON; None when it may be YAML, or wants the exact reading."""
    try:
        found = json.loads(text, object_pairs_hook=_pairs, parse_constant=_refuse_constant,
                           parse_float=lambda said: _finite(said, text))
        text.encode("utf-8")
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (ValueError, RecursionError):
        return None
    if _depth_and_count(found) is None:
        return None
    return checked(found, {})


def _pairs(pairs: list[tuple[str, Any]]) -> Json:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key twice")
    return made


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _finite(said: str, text: str) -> float:
    number = float(said)
    if math.isinf(number):
        at = text.find(said)
        line = text.count("\n", 0, at) + 1
        raise BadText(f"“{said[:40]}” is no number that JSON can hold.", line, at - text.rfind("\n", 0, at))
    return number


def _depth_and_count(value: Any) -> int | None:
    """How many values there are; None when they are too many or too deep."""
    count, level = 0, [value]
    for _ in range(DEEPEST):
        count += len(level)
        below: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                below += each.values()
            elif isinstance(each, list):
                below += each
        if not below:
            return count if count <= MOST_VALUES else None
        level = below
    return None
