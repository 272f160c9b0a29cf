"""Where two texts differ, to be read in one line of words: what went, what came, what stayed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

PIECES = re.compile(r"\s+|\w+|[^\w\s]")
LINES = re.compile(r"[^\n]*\n|[^\n]+")
MOST_WORK = 250_000  # comparisons of one piece with another; difflib takes that in about 30 ms
LEAST_ALIKE = 0.4  # of the shorter one


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: "same", "gone" or "new"."""

    kind: str
    text: str


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """The two texts as one, by words; by lines where that would be too much work, and as two whole texts where even
    that would, or where they have next to nothing in common. Joined without what is "new" it is `before`, without what
    is "gone" it is `after`."""
    for pattern in (PIECES, LINES):
        left, right = pattern.findall(before), pattern.findall(after)
        if len(left) * len(right) <= MOST_WORK:
            found = _matched(left, right)
            if found is not None:
                return found
            break
    return tuple(Piece(kind, text) for kind, text in (("gone", before), ("new", after)) if text)


def _matched(left: list[str], right: list[str]) -> tuple[Piece, ...] | None:
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    blocks = matcher.get_matching_blocks()
    same = sum(len("".join(left[block.a:block.a + block.size]).strip()) for block in blocks)
    if same < LEAST_ALIKE * min(len("".join(left).strip()), len("".join(right).strip())):
        return None
    found: list[Piece] = []
    at_left = at_right = 0
    for block in blocks:
        _add(found, "gone", left[at_left:block.a])
        _add(found, "new", right[at_right:block.b])
        _add(found, "same", left[block.a:block.a + block.size])
        at_left, at_right = block.a + block.size, block.b + block.size
    return tuple(found)


def _add(found: list[Piece], kind: str, texts: list[str]) -> None:
    if texts:
        found.append(Piece(kind, "".join(texts)))
