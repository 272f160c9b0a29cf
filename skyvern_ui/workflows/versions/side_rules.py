"""Lines of a difference, laid out side by side; long stretches in which nothing changed are folded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

CONTEXT = 3
LEAST_FOLDED = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line before and after, each with its number; None where there is none. `folded` rows stand for so
    many lines that are the same, and hold nothing else."""

    kind: str
    before: tuple[int, str] | None = None
    after: tuple[int, str] | None = None
    folded: int = 0


def rows(lines: Iterable[Any]) -> list[Row]:
    """The lines of a difference (`text_difference`: kind, old_no, new_no, text) in pairs: what was changed stands
    beside what it became."""
    found: list[Row] = []
    gone: list[tuple[int, str]] = []
    new: list[tuple[int, str]] = []

    def settle() -> None:
        for place in range(max(len(gone), len(new))):
            before = gone[place] if place < len(gone) else None
            after = new[place] if place < len(new) else None
            found.append(Row("changed" if before and after else "removed" if before else "added", before, after))
        gone.clear()
        new.clear()

    for line in lines:
        if line.old_no is not None and line.new_no is not None:
            settle()
            found.append(Row("same", (line.old_no, line.text), (line.new_no, line.text)))
        elif line.old_no is not None:
            gone.append((line.old_no, line.text))
        else:
            new.append((line.new_no, line.text))
    settle()
    return found


def folded(shown: list[Row]) -> list[Row]:
    """The same with three lines around each change, and one row for each longer stretch between."""
    near = [False] * len(shown)
    for place, row in enumerate(shown):
        if row.kind != "same":
            for other in range(max(0, place - CONTEXT), min(len(shown), place + CONTEXT + 1)):
                near[other] = True
    found: list[Row] = []
    start = 0
    while start < len(shown):
        if near[start]:
            found.append(shown[start])
            start += 1
            continue
        end = start
        while end < len(shown) and not near[end]:
            end += 1
        stretch = shown[start:end]
        found += stretch if len(stretch) < LEAST_FOLDED else [Row("folded", folded=len(stretch))]
        start = end
    return found
