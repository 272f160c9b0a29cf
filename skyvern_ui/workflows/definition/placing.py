"""Taking a block out of a document and putting it in elsewhere, with all that is in it. These change what they get."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .links import aim_of, is_linked, label_of, nexts
from .outline import Item, Outline, every_item, outline
from .walk import branches, find, home, lists_of, top

Json = dict[str, Any]


class Impossible(Exception):
    """The change makes no sense; the sentence says why."""


@dataclass(frozen=True)
class Place:
    """Where a block goes. `after` a block; or first in a `way` (label of the conditional, which branch); or first in a
    loop (`inside`); or, with nothing given, first of all."""

    after: str | None = None
    inside: str | None = None
    way: tuple[str, int] | None = None


def conditional(document: Json, label: str) -> Json:
    block = find(document, label)
    if block is None or not isinstance(block.get("branch_conditions"), list):
        raise Impossible(f"There is no conditional named {label}.")
    if len(branches(block)) < len(block["branch_conditions"]):
        raise Impossible(f"A way of {label} is no object; put it right in the text first.")
    return block


def item_of(outlined: Outline, block: Json | None) -> Item | None:
    """The block as it is shown: itself, not another of its label."""
    return next((each for each in outlined.every_item() if each.block is block), None)


def members_of(item: Item | None) -> list[Item]:
    """All that is in it, at every depth."""
    if item is None:
        return []
    return [*every_item(item.body), *(inner for way in item.ways for inner in every_item(way.items))]


def aim_anew(blocks: list[Json], anew: dict[str | None, str | None]) -> None:
    """Whatever leads to one of these labels leads to another, or ends."""
    for block in blocks:
        for holder in (block, *branches(block)):
            aim = aim_of(holder)
            if aim in anew:
                holder["next_block_label"] = anew[aim]


def take(document: Json, label: str) -> list[Json]:
    """Takes the block out, with the blocks of its ways; returns them, itself first, with loose ends."""
    found = home(document, label)
    if found is None:
        raise Impossible(f"There is no block named {label}.")
    _, blocks = found
    item = item_of(outline(document), find(document, label))
    if item is None:
        raise Impossible(f"There is no block named {label}.")
    inside = {id(each.block) for way in item.ways for each in every_item(way.items)}
    piece = [item.block, *(block for block in blocks if id(block) in inside)]
    names = {label_of(block) for block in piece}
    own = aim_of(item.block)
    after = item.after if item.ways else own
    taken = {id(block) for block in piece}
    blocks[:] = [block for block in blocks if id(block) not in taken]
    aim_anew(blocks, dict.fromkeys(names, after))
    for _, other in lists_of(top(document)):
        if other is not blocks:
            aim_anew(other, dict.fromkeys(names, None))
    if after is not None:
        aim_anew(piece, {after: None})
    return piece


def put(document: Json, piece: list[Json], place: Place) -> None:
    """Puts a piece (its head first, its loose ends None) at a place; what came there comes after it."""
    head = piece[0]
    linked = is_linked(document)
    if place.after is not None:
        found = home(document, place.after)
        if found is None:
            raise Impossible(f"There is no block named {place.after}.")
        _after(document, found[1], place.after, piece, linked)
        return
    if place.way is not None:
        label, index = place.way
        block = conditional(document, label)
        if not 0 <= index < len(branches(block)):
            raise Impossible("There is no such branch.")
        found = home(document, label)
        blocks = found[1] if found else []
        branch = branches(block)[index]
        aim = aim_of(branch)
        own = aim_of(block)
        head["next_block_label"] = None if aim == own else aim
        branch["next_block_label"] = label_of(head)
        _insert_at(blocks, _at(blocks, block) + 1, piece)
        return
    blocks = top(document)
    if place.inside is not None:
        loop = find(document, place.inside)
        if loop is None or not isinstance(loop.get("loop_blocks"), list):
            raise Impossible(f"There is no loop named {place.inside}.")
        blocks = loop["loop_blocks"]
    if linked and blocks:
        first = outline({"workflow_definition": {"version": 2, "blocks": blocks}}).items[0]
        head["next_block_label"] = first.label
    elif "next_block_label" in head:
        head["next_block_label"] = None
    _insert_at(blocks, 0, piece)


def _after(document: Json, blocks: list[Json], label: str, piece: list[Json], linked: bool) -> None:
    head = piece[0]
    item = item_of(outline(document), find(document, label))
    if item is None:
        raise Impossible(f"There is no block named {label}.")
    at = _at(blocks, item.block) + 1
    inside = {id(each.block) for way in item.ways for each in every_item(way.items)}
    while at < len(blocks) and id(blocks[at]) in inside:
        at += 1
    if linked:
        own = aim_of(item.block)
        meets_by_itself = item.after is not None and nexts(blocks, linked).get(label) is None
        head["next_block_label"] = item.after if meets_by_itself else own
        if item.ways and item.after is not None:
            within = [block for block in blocks if id(block) in inside]
            aim_anew([item.block, *within], {item.after: label_of(head)})
        if not meets_by_itself:
            item.block["next_block_label"] = label_of(head)
    elif "next_block_label" in head:
        head["next_block_label"] = None
    _insert_at(blocks, at, piece)


def _at(blocks: list[Json], block: Json) -> int:
    """The place of this very block; another may be equal to it."""
    return next(index for index, each in enumerate(blocks) if each is block)


def _insert_at(blocks: list[Json], at: int, piece: list[Json]) -> None:
    blocks[at:at] = piece
