"""Going through a document: its blocks at every depth, and the list that holds each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
LOOPS = ("for_loop", "while_loop")


def definition_of(document: Json) -> Json:
    """The part with parameters and blocks; made when it is not there."""
    definition = document.setdefault("workflow_definition", {})
    definition.setdefault("parameters", [])
    definition.setdefault("blocks", [])
    return definition  # type: ignore[no-any-return]


def copied(value: Any) -> Any:
    """A copy in which nothing is shared, of JSON at any depth."""
    made: list[Any] = [value]
    ahead: list[Any] = [made]
    while ahead:
        holder = ahead.pop()
        for key, each in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
            if isinstance(each, dict):
                holder[key] = each = dict(each)
            elif isinstance(each, list):
                holder[key] = each = list(each)
            else:
                continue
            ahead.append(each)
    return made[0]


def top(document: Json) -> list[Json]:
    return definition_of(document)["blocks"]  # type: ignore[no-any-return]


def parameters(document: Json) -> list[Json]:
    return definition_of(document)["parameters"]  # type: ignore[no-any-return]


def lists_of(blocks: list[Json], owner: str | None = None) -> Iterator[tuple[str | None, list[Json]]]:
    """Each list of blocks with the label of the loop that holds it; None for the outermost. Outer ones first."""
    ahead: list[tuple[str | None, list[Json]]] = [(owner, blocks)]
    while ahead:
        name, found = ahead.pop()
        yield name, found
        ahead += [(str(block.get("label")), block["loop_blocks"]) for block in reversed(found)
                  if isinstance(block.get("loop_blocks"), list)]


def every_block(document: Json) -> Iterator[Json]:
    """Every block, those in loops after their loop, in the order in which they are written."""
    ahead = top(document)[::-1]
    while ahead:
        block = ahead.pop()
        yield block
        inner = block.get("loop_blocks")
        if isinstance(inner, list):
            ahead += inner[::-1]


def find(document: Json, label: str) -> Json | None:
    """The block of that label, or None; of labels that clash, the outermost, as `home` says it."""
    found = home(document, label)
    return next(block for block in found[1] if str(block.get("label")) == label) if found else None


def home(document: Json, label: str) -> tuple[str | None, list[Json]] | None:
    """The list that holds the block, with the label of the loop around it."""
    for owner, blocks in lists_of(top(document)):
        if any(str(block.get("label")) == label for block in blocks):
            return owner, blocks
    return None


def labels(document: Json) -> list[str]:
    return [str(block.get("label")) for block in every_block(document)]


def branches(block: Json) -> list[Json]:
    """The branches of a conditional, else nothing."""
    found = block.get("branch_conditions")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
