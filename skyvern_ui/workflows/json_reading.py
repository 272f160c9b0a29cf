"""JSON that somebody typed, as values that databases and Skyvern can keep."""

from __future__ import annotations

import json
import re
from typing import Any

DEEPEST = 100
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def read_json(text: str) -> Any:
    """What the text says. Raises ValueError, a JSONDecodeError where it is no JSON: its text is no whole sentence. No
    NaN, no number beyond all numbers, no half of a character, no NUL, nothing nested more than a hundred deep."""
    try:
        value = json.loads(text, parse_constant=_no_number)
        kept = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except RecursionError:
        raise ValueError(f"it is nested more than {DEEPEST} deep") from None
    if is_deep(value):
        raise ValueError(f"it is nested more than {DEEPEST} deep")
    try:
        if _NUL.search(kept.encode("utf-8")):
            raise ValueError("it holds a NUL")
    except UnicodeEncodeError:
        raise ValueError("it holds half of a character") from None
    return value


def is_deep(value: Any) -> bool:
    """Whether more than a hundred objects and lists are in each other."""
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [inner for each in level if isinstance(each, dict | list)
                 for inner in (each.values() if isinstance(each, dict) else each)]
        if not level:
            return False
    return True


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON")
