"""A document as it is drawn for reading: what a block is in words, what a loop repeats, where a way leads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..definition.catalogue import kind_of
from ..definition.catalogue.kinds import Kind
from ..definition.document import summary
from ..definition.outline import Item, Jump, outline
from ..definition.walk import definition_of

Json = dict[str, Any]
LONGEST_CONDITION = 160


@dataclass(frozen=True, slots=True)
class Way:
    """One branch: when it is taken, and the blocks on it."""

    words: str
    is_default: bool
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """One block, or with `kind` None a jump: to the block `label`, or to the end when that is empty. `place` tells
    blocks apart whose labels clash; of a jump it is the place of its aim."""

    label: str
    place: str = ""
    kind: Kind | None = None
    summary: str = ""
    body: tuple[Node, ...] = ()
    ways: tuple[Way, ...] = ()
    is_last: bool = False
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """All of a document. `loose` is what nothing leads to."""

    nodes: tuple[Node, ...]
    loose: tuple[Node, ...]
    count: int


def draw(document: Json) -> Drawing:
    """The document as nodes. Never raises on a document whose blocks are objects."""
    shape = outline(document)
    places: dict[str, str] = {}
    by_item: dict[int, str] = {}
    for number, item in enumerate(shape.every_item(), 1):
        by_item[id(item)] = str(number)
        places.setdefault(item.label, str(number))
    artist = _Artist(definition_of(document).get("finally_block_label"), places, by_item)
    return Drawing(artist.nodes(shape.items), artist.nodes(shape.loose), len(by_item))


@dataclass(frozen=True, slots=True)
class _Artist:
    last: Any
    places: dict[str, str]
    by_item: dict[int, str]

    def nodes(self, items: Iterable[Item | Jump]) -> tuple[Node, ...]:
        return tuple(self.node(item) if isinstance(item, Item)
                     else Node(item.label or "", self.places.get(item.label or "", "")) for item in items)

    def node(self, item: Item) -> Node:
        ways = tuple(Way(_words(way.branch), bool(way.branch.get("is_default")), self.nodes(way.items))
                     for way in item.ways)
        return Node(item.label, self.by_item[id(item)], kind_of(str(item.block.get("block_type"))),
                    summary(item.block), self.nodes(item.body), ways, item.label == self.last,
                    bool(item.block.get("continue_on_failure")))


def _words(branch: Json) -> str:
    criteria = branch.get("criteria")
    expression = str(criteria.get("expression") or "") if isinstance(criteria, dict) else ""
    told = str(branch.get("description") or "").strip() or expression.strip()
    return told if len(told) <= LONGEST_CONDITION else told[:LONGEST_CONDITION - 1] + "…"
