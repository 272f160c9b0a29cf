"""Which blocks can be run by themselves, and how far a run goes that begins at one of them.

Skyvern runs the block it is told and follows neither branches nor `next_block_label` (1.0.56, `block_labels`). So a
run from a block goes as far as the way is straight.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..definition.outline import Item, Jump, outline
from ..definition.walk import definition_of

Json = dict[str, Any]
IN_LOOP = "Runs with its loop only: alone it has no value to work with."


@dataclass(frozen=True, slots=True)
class Reach:
    """What can be tried from one block: itself alone, and `onwards` the labels from it as far as the way is straight.
    `why` says what cannot be, or why it ends where it does."""

    alone: bool
    onwards: tuple[str, ...] = ()
    why: str = ""


def reaches(document: Json) -> dict[str, Reach]:
    """By label, for every block. Never raises on a document whose blocks are objects."""
    shape, last = outline(document), definition_of(document).get("finally_block_label")
    found: dict[str, Reach] = {}
    for items in _straight([*shape.items, *shape.loose]):
        for place, item in enumerate(items):
            if isinstance(item, Item):
                found.setdefault(item.label, _reach(items[place:], last))
    for item in shape.every_item():
        found.setdefault(item.label, Reach(False, (), IN_LOOP))
    return found


def _straight(items: list[Item | Jump]) -> Iterator[list[Item | Jump]]:
    """The list itself and those on its ways; not what is inside loops."""
    yield items
    for item in items:
        for way in item.ways if isinstance(item, Item) else ():
            yield from _straight(way.items)


def _reach(items: Iterable[Item | Jump], last: Any) -> Reach:
    labels: list[str] = []
    why = ""
    for item in items:
        if isinstance(item, Jump):
            why = f"From here ends before {item.label}, which stands elsewhere." if item.label and labels else ""
            break
        if item.ways:
            why = f"From here ends before {item.label}: a try follows no branches." if labels else \
                "A try says which way it would take, and follows none."
            break
        if item.label == last:
            break
        labels.append(item.label)
    return Reach(True, tuple(labels) if len(labels) > 1 else (), "" if len(labels) == 1 else why)
