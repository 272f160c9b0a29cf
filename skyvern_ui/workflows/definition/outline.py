"""A document as people read it: blocks under each other, what is inside a loop or a way indented below it.

Total: every block is in the outline exactly once, whatever the labels say. Where a graph is not a tree, the second
arrival at a block is a `Jump`; what no way leads to stands in `loose`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .links import Next, aim_of, is_linked, label_of, nexts
from .reach import Reach
from .walk import branches, lists_of, top

Json = dict[str, Any]
DEEPEST = 40  # ways within ways; what lies deeper is shown after the others, with a jump to it
MOST_NESTED = 240  # ways and twice the loops around a block; the blocks of a loop that lies deeper stand in one row


@dataclass(frozen=True)
class Jump:
    """The way goes on at a block that is shown elsewhere; None: the workflow ends here though others go on."""

    label: str | None


@dataclass
class Way:
    """One branch of a conditional."""

    index: int
    branch: Json
    items: list[Item | Jump] = field(default_factory=list)


@dataclass
class Item:
    """One block: `body` is what a loop repeats, `ways` are the branches of a conditional, `after` where both meet."""

    block: Json
    body: list[Item | Jump] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    after: str | None = None

    @property
    def label(self) -> str:
        return label_of(self.block)


@dataclass
class Outline:
    """The whole document. `loose` blocks are reached by nothing: Skyvern refuses to save them."""

    items: list[Item | Jump]
    loose: list[Item]

    def every_item(self) -> Iterator[Item]:
        """Each block once, from above to below."""
        yield from every_item([*self.items, *self.loose])


def every_item(items: list[Item | Jump]) -> Iterator[Item]:
    ahead = list(reversed(items))
    while ahead:
        item = ahead.pop()
        if isinstance(item, Item):
            yield item
            for way in reversed(item.ways):
                ahead += reversed(way.items)
            ahead += reversed(item.body)


def outline(document: Json) -> Outline:
    """The document, indented. Never raises on a document whose blocks are objects; labels that clash are shown all the
    same, by their place."""
    items, loose = _outline_list(top(document), is_linked(document))
    return Outline(items, loose)


def _outline_list(blocks: list[Json], linked: bool, nested: int = 0) -> tuple[list[Item | Jump], list[Item]]:
    return _Reader(blocks, linked, nested).read()


class _Reader:
    """Reads one list of blocks, which is `nested` so deep."""

    def __init__(self, blocks: list[Json], linked: bool, nested: int) -> None:
        self.blocks, self.linked, self.nested = blocks, linked, nested
        self.nexts: Next = nexts(blocks, linked)
        self.by_label = {label_of(block): block for block in reversed(blocks)}
        self.seen: set[int] = set()
        self.waiting: list[str] = []
        self.reach: Reach | None = None

    def read(self) -> tuple[list[Item | Jump], list[Item]]:
        if not self.blocks:
            return [], []
        items = self._sequence(label_of(self._first()), None, 0)
        loose: list[Item] = []
        left = iter(self.blocks)
        while self.waiting or len(self.seen) < len(self.blocks):
            start = self.waiting.pop(0) if self.waiting else None
            if start is not None:
                loose += [each for each in self._sequence(start, None, 0) if isinstance(each, Item)]
                continue
            block = next(each for each in left if id(each) not in self.seen)
            if self.by_label[label_of(block)] is not block:
                self.seen.add(id(block))  # its label is another's: it can be shown, not reached
                loose.append(self._item(block, 0))
            else:
                loose += [each for each in self._sequence(label_of(block), None, 0) if isinstance(each, Item)]
        return items, loose

    def _first(self) -> Json:
        aims = {self.nexts[label_of(block)] for block in self.blocks if block.get("block_type") != "conditional"}
        aims |= {self.nexts[label_of(block)] for block in self.blocks}
        aims |= {aim_of(branch) for block in self.blocks for branch in branches(block)}
        return next((block for block in self.blocks if label_of(block) not in aims), self.blocks[0])

    def _sequence(self, start: str | None, stop: str | None, depth: int) -> list[Item | Jump]:
        items: list[Item | Jump] = []
        at = start
        while at is not None and at != stop:
            block = self.by_label.get(at)
            if block is None or id(block) in self.seen:
                items.append(Jump(at))
                return items
            if depth > DEEPEST or self.nested + depth > MOST_NESTED:
                self.waiting.append(at)
                items.append(Jump(at))
                return items
            self.seen.add(id(block))
            item = self._item(block, depth)
            items.append(item)
            at = item.after if item.ways else self.nexts.get(at)
        if at is None and stop is not None:
            items.append(Jump(None))
        return items

    def _item(self, block: Json, depth: int) -> Item:
        item = Item(block)
        inner = block.get("loop_blocks")
        if isinstance(inner, list):
            there = [each for each in inner if isinstance(each, dict)]
            nested = self.nested + depth + 2
            if nested > MOST_NESTED:
                item.body = [Item(each) for _, listed in lists_of(there) for each in listed]
            else:
                body, loose = _outline_list(there, self.linked, nested)
                item.body = [*body, *loose]
        if block.get("block_type") == "conditional":
            item.after = self._meeting(block)
            for index, branch in enumerate(branches(block)):
                aim = aim_of(branch) or item.after
                item.ways.append(Way(index, branch, self._sequence(aim, item.after, depth + 1)))
        return item

    def _meeting(self, block: Json) -> str | None:
        """Where the ways of a conditional come together again: its own next block, or the first that all lead to."""
        own = self.nexts.get(label_of(block))
        if own is not None:
            return own
        aims = [aim_of(branch) for branch in branches(block)]
        if not aims or None in aims:
            return None
        if self.reach is None:
            self.reach = Reach({label: [aim for aim in (self.nexts.get(label), *map(aim_of, branches(each))) if aim]
                                for label, each in self.by_label.items()})
        return self.reach.meeting([str(aim) for aim in aims], label_of(block))
