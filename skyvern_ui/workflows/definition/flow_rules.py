"""Whether every block is reached exactly along one graph, as Skyvern asks of linked documents, list by list.

The rules are those of 1.0.56: a list has one beginning, no circle, and no link to a block that is not in it. A
conditional leads where its ways lead; its own next block is where the ends of its ways go on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .links import label_of, nexts
from .problem import Place
from .walk import branches, lists_of

Json = dict[str, Any]
At = Callable[[str], Place]


def judge_flow(blocks: list[Json], at: At, finally_label: Any) -> None:
    """Says at each block that leads nowhere, is led to by nothing, or runs in a circle. `blocks` is the outermost list
    of a linked document, whose labels are clean; the block of that label runs apart and counts for nothing."""
    for owner, listed in lists_of(blocks):
        there = [block for block in listed if owner is not None or label_of(block) != finally_label]
        if there:
            _judge_list(there, at, finally_label if owner is None else None)


def edges_of(blocks: list[Json], finally_label: Any = None) -> dict[str, list[str]]:
    """Where each block of one list leads, as Skyvern counts it; only to blocks of the list."""
    following = nexts(blocks, True)
    found: dict[str, list[str]] = {}
    for block in blocks:
        label = label_of(block)
        aims = [branch.get("next_block_label") for branch in branches(block)] if _is_conditional(block) else [
            following.get(label)]
        found[label] = [aim for aim in dict.fromkeys(aims) if isinstance(aim, str) and aim and aim != finally_label]
    return found


def _judge_list(blocks: list[Json], at: At, finally_label: Any) -> None:
    edges = edges_of(blocks, finally_label)
    labels = [label_of(block) for block in blocks]
    unknown = False
    for block in blocks:
        label = label_of(block)
        for aim in edges[label]:
            if aim not in edges:
                unknown = True
                where = "branch_conditions" if _is_conditional(block) else "next_block_label"
                at(label).stop(where, f"It leads to {aim}, but there is no such block beside it.")
    if unknown:
        return
    incoming = dict.fromkeys(labels, 0)
    for aims in edges.values():
        for aim in aims:
            incoming[aim] += 1
    roots = [label for label in labels if not incoming[label]]
    if len(roots) > 1:
        first = next((label for label in roots if edges[label]), roots[0])  # people mean the first that leads on
        for label in roots:
            if label != first:
                at(label).stop(None, "Nothing leads to this block: connect it, or take it out.")
        return
    ahead, left, count = list(roots), dict(incoming), 0
    while ahead:
        count += 1
        for aim in edges[ahead.pop()]:
            left[aim] -= 1
            if not left[aim]:
                ahead.append(aim)
    if count < len(labels):
        for label in _in_circles(edges, {each for each in labels if left[each]}):
            at(label).stop("next_block_label", "From here the way leads back to this block: it would never end.")


def _in_circles(edges: dict[str, list[str]], left: set[str]) -> list[str]:
    """Those from which the way leads back to them."""
    before: dict[str, list[str]] = {label: [] for label in left}
    rest = set(left)
    for label in left:
        for aim in edges[label]:
            if aim in left:
                before[aim].append(label)
    ways = {label: sum(aim in left for aim in edges[label]) for label in left}
    ends = [label for label in left if not ways[label]]
    while ends:
        end = ends.pop()
        rest.discard(end)
        for label in before[end]:
            ways[label] -= 1
            if not ways[label]:
                ends.append(label)
    return [label for label in edges if label in rest]


def _is_conditional(block: Json) -> bool:
    return block.get("block_type") == "conditional"
