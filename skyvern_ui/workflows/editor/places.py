"""Places of a document in words that a form can carry, and the place next to a block in each direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..definition.changes import Impossible, Place
from ..definition.outline import Item, Jump, Outline, outline

Json = dict[str, Any]
DIRECTIONS = ("up", "down", "out", "in")
NOWHERE = {
    "up": "It is the first here. Left moves it out.", "down": "It is the last here. Left moves it out.",
    "out": "It is not inside anything.", "in": "There is no loop or branch right above it.",
}


def place_of(text: str) -> Place:
    """`first`, `after:label`, `inside:loop` or `way:conditional:2`. Raises Impossible."""
    word, _, rest = text.partition(":")
    if word == "first":
        return Place()
    if word == "after" and rest:
        return Place(after=rest)
    if word == "inside" and rest:
        return Place(inside=rest)
    label, _, index = rest.rpartition(":")
    if word == "way" and label and index.isdecimal():
        return Place(way=(label, int(index)))
    raise Impossible("There is no such place in this workflow.")


def place_in(document: Json, text: str) -> Place:
    """As `place_of`, and `end:` before the name of a list for the end of it. Raises Impossible."""
    if not text.startswith("end:"):
        return place_of(text)
    name = text.removeprefix("end:")
    found = next((spot for spot in spots(outline(document)) if spot.name == name), None)
    if found is None:
        raise Impossible("There is no such place in this workflow.")
    return found.at(len(found.items))


@dataclass(frozen=True)
class Spot:
    """One list of blocks: what it is called in a form and in words, and the blocks in it."""

    name: str
    words: str
    items: list[Item]
    owner: str | None = None

    def at(self, index: int) -> Place:
        """The place that makes a block the one with this index here."""
        return Place(after=self.items[index - 1].label) if index > 0 else place_of(self.name)


def spots(outlined: Outline) -> list[Spot]:
    """Every list of blocks that something can be moved into, from above to below."""
    found: list[Spot] = []
    _gather("first", "the workflow", outlined.items, None, found)
    for item in outlined.loose:
        _gather_inner(item, found)
    return found


def next_place(document: Json, label: str, direction: str) -> Place:
    """Where a step in this direction leads. Raises Impossible with a sentence when it leads nowhere."""
    if direction not in DIRECTIONS:
        raise Impossible("There is no such direction.")
    found = spots(outline(document))
    here = next((spot for spot in found if any(item.label == label for item in spot.items)), None)
    if here is None:
        raise Impossible(f"{label} is not reached by any way. Move it to a place first.")
    index = next(number for number, item in enumerate(here.items) if item.label == label)
    if direction == "up" and index > 0:
        return here.at(index - 1)
    if direction == "down" and index < len(here.items) - 1:
        return Place(after=here.items[index + 1].label)
    if direction == "out" and here.owner is not None:
        return Place(after=here.owner)
    if direction == "in" and index > 0:
        above = here.items[index - 1].label
        into = next((spot for spot in found if spot.owner == above), None)
        if into is not None:
            return into.at(len(into.items))
    raise Impossible(NOWHERE[direction])


def where_words(document: Json, label: str) -> str:
    """Where a block stands, for those who hear the page."""
    for spot in spots(outline(document)):
        for number, item in enumerate(spot.items, 1):
            if item.label == label:
                return f"{label} is number {number} of {len(spot.items)} in {spot.words}."
    return f"{label} is not reached by any way."


def way_words(branch: Json, index: int) -> str:
    """A branch in a few words."""
    if branch.get("is_default"):
        return "Otherwise"
    criteria = branch.get("criteria")
    expression = str(criteria.get("expression") or "") if isinstance(criteria, dict) else ""
    words = str(branch.get("description") or expression).strip()
    return f"If {words}" if words else f"Way {index + 1}, without a condition"


def _gather(name: str, words: str, items: list[Item | Jump], owner: str | None, found: list[Spot]) -> None:
    blocks = [item for item in items if isinstance(item, Item)]
    found.append(Spot(name, words, blocks, owner))
    for item in blocks:
        _gather_inner(item, found)


def _gather_inner(item: Item, found: list[Spot]) -> None:
    if isinstance(item.block.get("loop_blocks"), list):
        _gather(f"inside:{item.label}", f"the loop {item.label}", item.body, item.label, found)
    for way in item.ways:
        words = way_words(way.branch, way.index)
        short = words if len(words) <= 60 else words[:59] + "…"
        _gather(f"way:{item.label}:{way.index}", f"{item.label}, {short}", way.items, item.label, found)
