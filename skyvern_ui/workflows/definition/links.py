"""Which block follows which, as Skyvern 1.0.56 understands a list of blocks.

A document is *linked* when a block of the outermost list is a conditional or names its `next_block_label`, or when its
`version` is 2 or more: then every list in it, those inside loops too, is a graph of labels. Otherwise blocks run in
the order in which they are written. A way of a conditional that just ends goes on at the conditional's own next block.
"""

from __future__ import annotations

from typing import Any

from .walk import branches, definition_of, lists_of, top

Json = dict[str, Any]
Next = dict[str, str | None]
MOST_STEPS = 200_000  # from block to block, to find where ways end; five hundred blocks take some thousands


def label_of(block: Json) -> str:
    return str(block.get("label"))


def aim_of(holder: Json) -> str | None:
    """The label to which a block or a way leads; None when it says none."""
    aim = holder.get("next_block_label")
    return aim if isinstance(aim, str) and aim else None


def is_linked(document: Json) -> bool:
    """Whether labels, not places, say what comes next."""
    version = definition_of(document).get("version")
    if isinstance(version, int) and version >= 2:
        return True
    return any(block.get("block_type") == "conditional" or aim_of(block) for block in top(document))


def link(document: Json) -> None:
    """Makes a document linked that was not: each block names the one written after it. The order stays as it was."""
    if is_linked(document):
        return
    for _, blocks in lists_of(top(document)):
        if not has_graph(blocks):
            for block, following in zip(blocks, blocks[1:], strict=False):
                block["next_block_label"] = label_of(following)
    definition_of(document)["version"] = 2


def has_graph(blocks: list[Json]) -> bool:
    """Whether this list says by itself what follows what."""
    return any(block.get("block_type") == "conditional" or aim_of(block) is not None for block in blocks)


def nexts(blocks: list[Json], linked: bool) -> Next:
    """What runs after each block of one list when no branch is taken; None is the end. With the rule that the last
    block of a way goes on where its conditional goes on."""
    if not (linked or has_graph(blocks)):
        order: list[str | None] = [label_of(block) for block in blocks]
        return {label_of(block): after for block, after in zip(blocks, [*order[1:], None], strict=False)}
    found: Next = {label_of(block): aim_of(block) for block in blocks}
    if not linked and not any(block.get("block_type") == "conditional" for block in blocks):
        for block, following in zip(blocks, blocks[1:], strict=False):
            found[label_of(block)] = found[label_of(block)] or label_of(following)
    _join(blocks, found)
    return found


def settle(document: Json) -> None:
    """Lets empty ways say where they lead, where nothing else leads there: Skyvern goes on at the conditional's own
    next block after an empty way, but refuses to save a block to which no link leads."""
    if not is_linked(document):
        return
    for _, blocks in lists_of(top(document)):
        following = nexts(blocks, True)
        conditionals = [block for block in blocks if block.get("block_type") == "conditional"]
        aims = {aim_of(branch) for block in conditionals for branch in branches(block)}
        aims |= {following[label_of(block)] for block in blocks if block.get("block_type") != "conditional"}
        for block in conditionals:
            after = following[label_of(block)]
            empty = [branch for branch in branches(block) if aim_of(branch) is None]
            if after is not None and after not in aims and empty:
                for branch in empty:
                    branch["next_block_label"] = after
                aims.add(after)


def _join(blocks: list[Json], found: Next) -> None:
    conditionals = [block for block in blocks if block.get("block_type") == "conditional"]
    walked: dict[str, set[str]] = {}  # towards each block: from where the way is known already
    is_new, steps = True, 0
    while is_new and steps < MOST_STEPS:
        is_new = False
        for block in conditionals:
            after = found.get(label_of(block))
            if after is None or steps >= MOST_STEPS:
                continue
            seen = walked.setdefault(after, set())
            steps -= len(seen)
            for branch in branches(block):
                last = _last_before(aim_of(branch), after, found, seen)
                if last is not None:
                    found[last] = after
                    is_new = True
            steps += len(seen)


def _last_before(start: str | None, after: str, found: Next, seen: set[str]) -> str | None:
    """The block at which the way ends without reaching `after`; None when it gets there, runs in a circle, or comes to
    where somebody walked before."""
    at = start
    while at and at != after and at in found and at not in seen:
        seen.add(at)
        if found[at] is None:
            return str(at)
        at = found[at]
    return None
