"""Where each block of a document stands, so that two documents can be told apart by place."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from .links import Next, aim_of, is_linked, label_of, nexts
from .outline import Item, Jump, outline
from .walk import branches, lists_of, top

Json = dict[str, Any]


@dataclass(frozen=True)
class Position:
    """`home` names the list a block stands in (a loop, a way, the outermost, or the loose ones), `order` counts all
    blocks from above."""

    home: tuple[str, str, int]
    order: int


def positions(document: Json) -> dict[str, Position]:
    """The place of each block by its label; of labels that clash, the first."""
    found: dict[str, Position] = {}

    def note(items: Iterable[Item | Jump], home: tuple[str, str, int]) -> None:
        for item in items:
            if isinstance(item, Item):
                found.setdefault(item.label, Position(home, len(found)))
                note(item.body, ("loop", item.label, 0))
                for way in item.ways:
                    note(way.items, ("way", item.label, way.index))

    drawn = outline(document)
    note(drawn.items, ("top", "", 0))
    note(drawn.loose, ("loose", "", 0))
    return found


def moved(before: dict[str, Position], after: dict[str, Position]) -> set[str]:
    """The labels in both that stand in another list, or elsewhere among those that stayed in theirs: as few as say
    it."""
    both = [label for label in after if label in before]
    gone = {label for label in both if before[label].home != after[label].home}
    homes: dict[tuple[str, str, int], list[str]] = {}
    for label in sorted(both, key=lambda each: after[each].order):
        if label not in gone:
            homes.setdefault(after[label].home, []).append(label)
    for there in homes.values():
        stayed = longest_rising([before[label].order for label in there])
        gone.update(label for at, label in enumerate(there) if at not in stayed)
    return gone


def longest_rising(numbers: list[int]) -> set[int]:
    """The places of a longest rising run among the numbers, gaps allowed."""
    tails: list[int] = []
    ends: list[int] = []
    previous: list[int] = []
    for at, number in enumerate(numbers):
        place = bisect_left(tails, number)
        previous.append(ends[place - 1] if place else -1)
        if place == len(tails):
            tails.append(number)
            ends.append(at)
        else:
            tails[place], ends[place] = number, at
    chosen: set[int] = set()
    at = ends[-1] if ends else -1
    while at >= 0:
        chosen.add(at)
        at = previous[at]
    return chosen


class Following:
    """What runs after each block, seen among some of the blocks only."""

    def __init__(self, document: Json, among: Collection[str]) -> None:
        self.among = among
        self.next: Next = {}
        linked = is_linked(document)
        for _, blocks in lists_of(top(document)):
            self.next.update(nexts(blocks, linked))

    def of(self, label: str) -> str | None:
        """The first block after this one that is among them; None at the end."""
        return self._first(self.next.get(label))

    def of_ways(self, block: Json) -> list[str | None]:
        """The same for each way of a conditional; an empty way leads on."""
        own = self.next.get(label_of(block))
        return [self._first(aim_of(branch) or own) for branch in branches(block)]

    def _first(self, label: str | None) -> str | None:
        seen: set[str] = set()
        while label is not None and label not in self.among and label not in seen:
            seen.add(label)
            label = self.next.get(label)
        return label if label in self.among else None
