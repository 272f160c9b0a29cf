"""My draft on top of what somebody else saved meanwhile, where the two did not touch the same thing."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from ..definition.walk import branches, definition_of, every_block, parameters, top

Json = dict[str, Any]
LINKS = ("label", "next_block_label", "loop_blocks")


@dataclass(frozen=True)
class Overlap:
    """Something that both changed, each otherwise: `where` is "block", "parameter", "setting", "order", or "gone" for a
    block that one changed and the other deleted."""

    where: str
    name: str


@dataclass(frozen=True)
class Rebased:
    """`document` is None when there are overlaps and nobody said whose to take."""

    document: Json | None
    overlaps: tuple[Overlap, ...]


def rebase(base: Json, mine: Json, theirs: Json, prefer: str | None = None) -> Rebased:
    """What I changed since `base`, in `theirs`. Blocks go by label, parameters by key, settings by name; the order and
    nesting of the blocks is one thing. What both changed alike is no overlap; of what both changed otherwise, `prefer`
    ("mine" or "theirs") says whose is taken. Never raises on documents."""
    overlaps = _Overlaps(prefer)
    root = _merge_maps(_root(base), _root(mine), _root(theirs), "setting", overlaps)
    inner = _merge_maps(_inner(base), _inner(mine), _inner(theirs), "setting", overlaps)
    inner["parameters"] = _merge_parameters(base, mine, theirs, overlaps)
    inner["blocks"] = _merge_blocks(base, mine, theirs, overlaps)
    found = tuple(dict.fromkeys(overlaps.found))
    return Rebased(None if found and prefer is None else {**root, "workflow_definition": inner}, found)


class _Overlaps:
    """What both changed, and whose is taken."""

    def __init__(self, prefer: str | None) -> None:
        self.takes_mine = prefer == "mine"
        self.found: list[Overlap] = []

    def add(self, where: str, name: str) -> None:
        self.found.append(Overlap(where, name))


def _merge_maps(base: Json, mine: Json, theirs: Json, where: str, overlaps: _Overlaps) -> Json:
    merged = deepcopy(theirs)
    for name in [*mine, *(name for name in base if name not in mine)]:
        old, new, other = base.get(name, ...), mine.get(name, ...), theirs.get(name, ...)
        if new in (old, other):
            continue
        if other != old:
            overlaps.add(where, name)
            if not overlaps.takes_mine:
                continue
        if new is ...:
            merged.pop(name, None)
        else:
            merged[name] = deepcopy(new)
    return merged


def _merge_parameters(base: Json, mine: Json, theirs: Json, overlaps: _Overlaps) -> list[Json]:
    old, new, other = (_by_key(each) for each in (base, mine, theirs))
    merged = _merge_maps(old, new, other, "parameter", overlaps)
    mine_moved = _order(old, new) != _order(new, old)
    order = [*new, *(key for key in merged if key not in new)] if mine_moved else list(merged)
    return [merged[key] for key in order if key in merged]


def _merge_blocks(base: Json, mine: Json, theirs: Json, overlaps: _Overlaps) -> list[Json]:
    frames = [_frame(top(each)) for each in (base, mine, theirs)]
    if frames[1] != frames[0] and frames[2] != frames[0] and frames[1] != frames[2]:
        overlaps.add("order", "")
        own = overlaps.takes_mine
    else:
        own = frames[1] != frames[0]
    frame, other = (mine, theirs) if own else (theirs, mine)
    was, here, there = (_contents(each) for each in (base, frame, other))
    result = deepcopy(top(frame))
    for block in every_block({"workflow_definition": {"parameters": [], "blocks": result}}):
        label = str(block.get("label"))
        old, now, elsewhere = was.get(label), here.get(label), there.get(label)
        if elsewhere is None or elsewhere in (old, now):
            continue
        if now != old:
            overlaps.add("block", label)
            if overlaps.takes_mine == own:
                continue
        _take_content(block, elsewhere)
    for label, elsewhere in there.items():
        if label in was and label not in here and elsewhere != was[label]:
            overlaps.add("gone", label)
    return result


def _take_content(block: Json, content: Json) -> None:
    """The block with this content, at its place and with what is in it."""
    aims = [branch.get("next_block_label") for branch in branches(block)]
    for key in [key for key in block if key not in LINKS]:
        del block[key]
    block.update(deepcopy(content))
    for branch, aim in zip(branches(block), aims, strict=False):
        branch["next_block_label"] = aim


def _contents(document: Json) -> dict[str, Json]:
    return {str(block.get("label")): _content(block) for block in every_block(document)}


def _content(block: Json) -> Json:
    content = {key: deepcopy(value) for key, value in block.items() if key not in LINKS}
    for branch in branches(content):
        branch.pop("next_block_label", None)
    return content


def _frame(blocks: list[Json]) -> list[Any]:
    """How blocks hang together, without what they say."""
    return [(block.get("label"), block.get("next_block_label") or None,
             [branch.get("next_block_label") or None for branch in branches(block)],
             _frame(inner) if isinstance(inner := block.get("loop_blocks"), list) else None) for block in blocks]


def _root(document: Json) -> Json:
    return {key: value for key, value in document.items() if key != "workflow_definition"}


def _inner(document: Json) -> Json:
    return {key: value for key, value in definition_of(document).items() if key not in ("parameters", "blocks")}


def _by_key(document: Json) -> dict[str, Any]:
    return {str(each.get("key")): each for each in parameters(document)}


def _order(those: dict[str, Any], among: dict[str, Any]) -> list[str]:
    return [key for key in those if key in among]
