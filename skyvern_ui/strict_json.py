"""JSON read strictly, so that two readers never see two things in one body."""

from __future__ import annotations

import json
from typing import Any, NoReturn

MAX_DEPTH, MOST = 64, 10 * 1024 * 1024


class NotJson(ValueError):
    """The body cannot be read; the text is a sentence, `status` 400 or 413."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


class Twice(ValueError):
    """An object has a name twice."""


def read_json(raw: bytes, most: int = MOST) -> Any:
    """What the bytes say: UTF-8 without a mark at its start, no NaN, no name twice in one object, not nested absurdly,
    nothing after the end, every text a real one. Raises NotJson."""
    if len(raw) > most:
        raise NotJson(f"A JSON body may hold at most {most // 1024 // 1024} MiB.", 413)
    if _too_deep(raw):
        raise NotJson(f"JSON may be nested at most {MAX_DEPTH} deep.")
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_no_twins)
    except Twice as error:
        raise NotJson(f"The body names {str(error)[:60]!r} twice in one object.") from error
    except (ValueError, RecursionError) as error:
        raise NotJson("The body is not valid JSON.") from error


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
        seen: set[str] = set()
        raise Twice(next(name for name, _ in pairs if name in seen or seen.add(name)))  # type: ignore[func-returns-value]
    return found
