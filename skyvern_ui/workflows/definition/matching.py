"""Which lines of two texts are the same, in a time that grows no faster than the texts."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher

from .positions import longest_rising

MOST_LINES, MOST_PAIRS, MOST_REPEATS = 2000, 20_000, 20
Block = tuple[int, int, int]


def matched(old: list[str], new: list[str]) -> list[Block]:
    """Runs of lines that both have, in order: where in the old, where in the new, how many. Of long texts the lines
    that both have once are the guide; what is between them is compared where it is short."""
    if _is_small(old, new):
        return _exact(old, new, 0, 0)
    found: list[Block] = []
    i = j = 0
    for at, there in [*_anchors(old, new), (len(old), len(new))]:
        left, right = old[i:at], new[j:there]
        if left and right and _is_small(left, right):
            found += _exact(left, right, i, j)
        if at < len(old):
            found.append((at, there, 1))
        i, j = at + 1, there + 1
    return found


def _exact(old: list[str], new: list[str], i: int, j: int) -> list[Block]:
    matcher = SequenceMatcher(None, old, new)
    return [(i + block.a, j + block.b, block.size) for block in matcher.get_matching_blocks() if block.size]


def _is_small(old: list[str], new: list[str]) -> bool:
    if max(len(old), len(new)) > MOST_LINES:
        return False
    counted = Counter(new)  # what repeats more is left aside by the comparison itself
    return sum(counted[line] for line in old if counted[line] <= MOST_REPEATS + 1) <= MOST_PAIRS


def _anchors(old: list[str], new: list[str]) -> list[tuple[int, int]]:
    """The lines that each has once, as many as stand in the same order."""
    here, there = Counter(old), Counter(new)
    places = {line: at for at, line in enumerate(new) if there[line] == 1}
    pairs = [(at, places[line]) for at, line in enumerate(old) if here[line] == 1 and line in places]
    kept = longest_rising([place for _, place in pairs])
    return [pair for at, pair in enumerate(pairs) if at in kept]
