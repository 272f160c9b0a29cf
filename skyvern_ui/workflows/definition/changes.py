"""Changing a document without losing anything: insert, remove, move, copy, and the ways of a conditional.

Every function takes a document, leaves it alone and returns another. A block moves with all that is in it, and what
led to it leads to what came after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .links import aim_of, label_of, link, settle
from .outline import Item, outline
from .placing import Impossible, Place, aim_anew, conditional, item_of, members_of, put, take
from .walk import branches, copied, definition_of, find, home, labels, top

__all__ = ["Impossible", "Place", "add_way", "change_block", "duplicate", "free_label", "insert", "members", "move",
           "remove", "remove_way"]

Json = dict[str, Any]


def insert(document: Json, block: Json, place: Place) -> Json:
    """The document with one more block; its label must be free. Raises Impossible."""
    if label_of(block) in labels(document):
        raise Impossible(f"There is a block named {label_of(block)} already.")
    changed: Json = copied(document)
    if block.get("block_type") == "conditional" or place.way:
        link(changed)
    put(changed, [copied(block)], place)
    settle(changed)
    return changed


def remove(document: Json, label: str) -> Json:
    """The document without the block and all that is in it. Raises Impossible when there is none."""
    changed: Json = copied(document)
    gone = take(changed, label)
    definition = definition_of(changed)
    if any(definition.get("finally_block_label") == label_of(block) for block in gone):
        definition["finally_block_label"] = None
    settle(changed)
    return changed


def move(document: Json, label: str, place: Place) -> Json:
    """The block, with all that is in it, at another place. Raises Impossible when that place is inside itself."""
    changed: Json = copied(document)
    block = find(changed, label)
    if block is None:
        raise Impossible(f"There is no block named {label}.")
    within = {label, *(each.label for each in members_of(item_of(outline(changed), block)))}
    if {place.after, place.inside, place.way[0] if place.way else None} & within:
        if place.after == label:
            return changed
        raise Impossible("A block cannot be moved into itself.")
    if place.way:
        link(changed)
    put(changed, take(changed, label), place)
    settle(changed)
    return changed


def duplicate(document: Json, label: str, rename: Callable[[Json, str, str], Json]) -> tuple[Json, str]:
    """The document with a copy below the block, and the copy's label. `rename(document, old, new)` writes references
    to the blocks that are copied anew, inside the copy only. Raises Impossible."""
    original = find(document, label)
    item = item_of(outline(document), original)
    if original is None or item is None:
        raise Impossible(f"There is no block named {label}.")
    members = members_of(item)
    home_of = home(document, label)
    owner_blocks = home_of[1] if home_of else []
    flat = [label, *(each.label for each in members if any(each.block is block for block in owner_blocks))]
    piece: Json = {"workflow_definition": {"parameters": [], "blocks": copied(
        [block for block in owner_blocks if label_of(block) in flat])}}
    taken = set(labels(document))
    new_of: dict[str, str] = {}
    for old in labels(piece):
        new_of[old] = free_label(f"{old}_copy", taken)
        taken.add(new_of[old])
        piece = rename(piece, old, new_of[old])
    copies = top(piece)
    copies.sort(key=lambda block: label_of(block) != new_of[label])
    if (after := item.after if item.ways else aim_of(original)):
        aim_anew(copies, {after: None})
    changed: Json = copied(document)
    put(changed, copies, Place(after=label))
    settle(changed)
    return changed, new_of[label]


def change_block(document: Json, label: str, fields: Json) -> Json:
    """The block with these fields set; a field that is `...` is taken away. Raises Impossible."""
    changed: Json = copied(document)
    block = find(changed, label)
    if block is None:
        raise Impossible(f"There is no block named {label}.")
    for key, value in fields.items():
        if value is ...:
            block.pop(key, None)
        else:
            block[key] = value
    return changed


def add_way(document: Json, label: str, branch: Json) -> Json:
    """The conditional with one more branch, before its default one. Raises Impossible."""
    changed: Json = copied(document)
    found = conditional(changed, label)["branch_conditions"]
    at = next((index for index, each in enumerate(found) if each.get("is_default")), len(found))
    found.insert(len(found) if branch.get("is_default") else at, copied(branch))
    settle(changed)
    return changed


def remove_way(document: Json, label: str, index: int) -> Json:
    """The conditional without this branch and the blocks that only it leads to. Raises Impossible."""
    changed: Json = copied(document)
    block = conditional(changed, label)
    if len(branches(block)) < 2:
        raise Impossible("A conditional needs one branch at least.")
    item = next(each for each in outline(changed).every_item() if each.block is block)
    if not 0 <= index < len(item.ways):
        raise Impossible("There is no such branch.")
    for inner in [each for each in item.ways[index].items if isinstance(each, Item)]:
        if find(changed, inner.label) is not None:
            take(changed, inner.label)
    del conditional(changed, label)["branch_conditions"][index]
    settle(changed)
    return changed


def free_label(wanted: str, taken: Iterable[str]) -> str:
    """`wanted`, or with the first number that makes it free."""
    used = set(taken)
    if wanted not in used:
        return wanted
    number = 2
    while f"{wanted}_{number}" in used:
        number += 1
    return f"{wanted}_{number}"


def members(document: Json, label: str) -> list[str]:
    """The labels of all blocks in this one: in its loop, in its ways, at every depth."""
    return [each.label for each in members_of(item_of(outline(document), find(document, label)))]
