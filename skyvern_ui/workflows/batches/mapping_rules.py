"""Which column goes into which input, and whether every row then fits."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..launch.inputs import Input, read_inputs

MOST_SHOWN = 25
CLOSE = 0.82


@dataclass(frozen=True, slots=True)
class Assignment:
    """`columns` gives an input the place of its column, from 0; `constants` the text that all rows share."""

    columns: Mapping[str, int]
    constants: Mapping[str, str]

    @property
    def document(self) -> dict[str, Any]:
        """As it is kept."""
        return {"columns": dict(self.columns), "constants": dict(self.constants)}

    @classmethod
    def from_document(cls, kept: Mapping[str, Any]) -> Assignment:
        return cls(dict(kept.get("columns") or {}), dict(kept.get("constants") or {}))


@dataclass(frozen=True, slots=True)
class WrongCell:
    """What does not fit: in which row, for which input, out of which column (None: a value of all rows)."""

    number: int
    key: str
    column: str | None
    text: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Reading:
    """All rows under a mapping: the inputs of each, and what is wrong. `wrong_rows` counts rows, `wrong` are the first
    cells; `constants` are the sentences about values that all rows share."""

    inputs: tuple[dict[str, Any] | None, ...]
    wrong: tuple[WrongCell, ...]
    wrong_rows: int
    constants: dict[str, str]


def guess(inputs: Iterable[Input], headings: Sequence[str]) -> dict[str, int]:
    """The columns that bear the name of an input, or nearly so; none is used twice."""
    plain = {_plain(heading): place for place, heading in reversed(list(enumerate(headings)))}
    found: dict[str, int] = {}
    rest = []
    for each in inputs:
        place = plain.get(_plain(each.key))
        if place is not None and place not in found.values():
            found[each.key] = place
        else:
            rest.append(each.key)
    for key in rest:
        free = [name for name, place in plain.items() if place not in found.values()]
        near = difflib.get_close_matches(_plain(key), free, n=1, cutoff=CLOSE)
        if near:
            found[key] = plain[near[0]]
    return found


def read_rows(inputs: Sequence[Input], mapping: Assignment, headings: Sequence[str],
              rows: Iterable[tuple[int, Sequence[str]]]) -> Reading:
    """Every row as inputs, typed; None for a row that does not fit. Half a second for the largest table: call it
    aside."""
    by_column = [each for each in inputs if each.key in mapping.columns]
    shared = [each for each in inputs if each.key not in mapping.columns]
    constant, sentences = read_inputs(shared, mapping.constants)
    found: list[dict[str, Any] | None] = []
    wrong: list[WrongCell] = []
    count = 0
    for number, cells in rows:
        typed = {each.key: cells[mapping.columns[each.key]] for each in by_column}
        values, problems = read_inputs(by_column, typed)
        if problems:
            count += 1
            wrong += [WrongCell(number, key, headings[mapping.columns[key]], typed[key][:80], sentence)
                      for key, sentence in problems.items()] if len(wrong) < MOST_SHOWN else []
        found.append(None if problems else {**constant, **values})
    return Reading(tuple(found), tuple(wrong[:MOST_SHOWN]), count, sentences)


def relaxed(inputs: Iterable[Input]) -> list[Input]:
    """The inputs as a form asks for them where a column may give the value instead: nothing must be typed."""
    return [replace(each, default="") if each.is_needed else each for each in inputs]


def unused(headings: Sequence[str], mapping: Assignment) -> list[str]:
    """The headings of columns that go into no input."""
    used = set(mapping.columns.values())
    return [heading for place, heading in enumerate(headings) if place not in used]


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
