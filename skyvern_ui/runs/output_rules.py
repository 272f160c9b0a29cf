"""The output of a run as a tree of bounded size, whatever the server answers: parts, search, a table as CSV.

A place in the output is named by a JSON Pointer (RFC 6901), people copy the way programs write it: `items[0].price`.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..csv_cells import safe_cell

MOST_NODES = 300
MOST_HITS = 100
MOST_LOOKED_AT = 200_000
LONG_TEXT = 300
LONGEST_TEXT = 20_000
COPIED = 2_000
DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Node:
    """One value of the tree. `text` is a leaf's; `more` says how many of its children are not drawn."""

    name: str
    at: str
    way: str
    kind: str
    text: str | None
    length: int
    children: tuple[Node, ...]
    more: int
    copied: str | None

    @property
    def is_long(self) -> bool:
        """True for a text that is folded away."""
        return self.text is not None and len(self.text) > LONG_TEXT


def is_empty(value: Any) -> bool:
    """True for what a run says when it found nothing."""
    return value is None or value == "" or value == {} or value == []


def at_pointer(value: Any, pointer: str) -> Any:
    """The value at this place. Raises LookupError when there is none."""
    if pointer in ("", "/"):
        return value
    for step in pointer.removeprefix("/").split("/"):
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value[step]
        elif isinstance(value, list) and step.isascii() and step.isdigit() and len(step) < 10:
            value = value[int(step)]
        else:
            raise LookupError(step)
    return value


def way_of(pointer: str) -> str:
    """A pointer as programs write it: `items[0]["unit price"]`."""
    way = ""
    for step in pointer.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if step.isdigit():
            way += f"[{step}]"
        elif re.fullmatch(r"[A-Za-z_]\w*", step):
            way += f".{step}" if way else step
        else:
            way += f"[{json.dumps(step, ensure_ascii=False)}]"
    return way


def tree(value: Any, at: str = "", name: str = "", most: int = MOST_NODES) -> Node:
    """The value with as many of its parts as `most`, wide before deep: what is left out can be opened alone."""
    room = [most]
    return _node(name or at.rsplit("/", 1)[-1], value, at, room, 0, _share(value, most))


def search(value: Any, words: str, at: str = "") -> tuple[list[Node], bool]:
    """The leaves, and the names, that hold these words; and whether there were more than are shown."""
    words = words.lower().strip()
    hits: list[Node] = []
    for looked, (place, name, each) in enumerate(_walk(value, at)):
        if looked > MOST_LOOKED_AT:
            return hits, True
        is_leaf = not isinstance(each, dict | list)
        if words in name.lower() or (is_leaf and words in str(each).lower()):
            if len(hits) == MOST_HITS:
                return hits, True
            hits.append(_node(way_of(place) or name, each, place, [6], DEEPEST - 1, 6))
    return hits, False


def is_table(value: Any) -> bool:
    """True for a list of flat objects, which is a table to people."""
    return isinstance(value, list) and bool(value) and all(
        isinstance(row, dict) and row and not any(isinstance(v, dict | list) for v in row.values()) for row in value)


def as_csv(rows: Sequence[dict[str, Any]]) -> str:
    """A list of flat objects as CSV (RFC 4180); no cell is read as a formula."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([safe_cell(name) for name in names])
    for row in rows:
        writer.writerow([safe_cell(_cell(row.get(name))) for name in names])
    return out.getvalue()


def tables(value: Any, at: str = "", depth: int = 0) -> Iterator[str]:
    """Where in the output there are tables, not looked for deeper than four levels."""
    if is_table(value):
        yield at
    elif depth < 4 and isinstance(value, dict):
        for key, each in list(value.items())[:200]:
            yield from tables(each, f"{at}/{_escaped(key)}", depth + 1)


def _node(name: str, value: Any, at: str, room: list[int], depth: int, share: int) -> Node:
    room[0] -= 1
    kind, copied = _kind(value), None
    if kind in ("object", "list"):
        pairs = list(value.items()) if kind == "object" else list(enumerate(value))
        drawn: list[Node] = []
        for key, each in pairs:
            if room[0] <= 0 or depth >= DEEPEST or len(drawn) >= share:
                break
            place = f"{at}/{_escaped(key)}"
            drawn.append(_node(str(key), each, place, room, depth + 1, _share(each, share)))
        if len(drawn) == len(pairs):
            whole = json.dumps(value, ensure_ascii=False, default=str) if len(drawn) < 60 else ""
            copied = whole if 0 < len(whole) <= COPIED else None
        return Node(name, at, way_of(at), kind, None, len(pairs), tuple(drawn), len(pairs) - len(drawn), copied)
    text = _cell(value)
    return Node(name, at, way_of(at), kind, text[:LONGEST_TEXT if room[0] > 0 else LONG_TEXT], len(text), (), 0,
                text if 0 < len(text) <= COPIED else None)


def _share(value: Any, most: int) -> int:
    """How many children of one node may be drawn, so that the first does not take the room of the others."""
    count = len(value) if isinstance(value, dict | list) else 1
    return max(12, min(100, most // max(1, min(count, 6))))


def _walk(value: Any, at: str, name: str = "", depth: int = 0) -> Iterator[tuple[str, str, Any]]:
    if at:
        yield at, name, value
    if depth > DEEPEST:
        return
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        yield from _walk(each, f"{at}/{_escaped(key)}", str(key), depth + 1)


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    kinds = ((bool, "flag"), (int | float, "number"), (dict, "object"), (list, "list"))
    return next((word for kind, word in kinds if isinstance(value, kind)), "text")


def _cell(value: Any) -> str:
    return "" if value is None else {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _escaped(key: Any) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")
