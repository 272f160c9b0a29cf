"""The branches of a conditional: another order, one less."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from ..definition.changes import Impossible, remove_way
from ..definition.walk import branches, find

Json = dict[str, Any]


def swap_way(document: Json, label: str, index: int, direction: str) -> Json:
    """The conditional with this branch one place earlier or later, in which they are looked at. Raises Impossible."""
    changed = deepcopy(document)
    block = find(changed, label)
    found = branches(block) if block else []
    other = index - 1 if direction == "up" else index + 1
    if block is None or not (0 <= index < len(found) and 0 <= other < len(found)):
        raise Impossible("There is no such branch.")
    found[index], found[other] = found[other], found[index]
    block["branch_conditions"] = found
    return changed


def take_way(document: Json, label: str, index: int) -> Json:
    """The conditional without this branch and what only it leads to. Raises Impossible."""
    if index < 0:
        raise Impossible("There is no such branch.")
    return remove_way(document, label, index)
