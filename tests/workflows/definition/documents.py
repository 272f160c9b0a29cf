"""Random documents over all types, nested in loops and in the ways of conditionals, made by the changes themselves."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import strategies as st

from skyvern_ui.workflows.definition.catalogue import BLOCKS
from skyvern_ui.workflows.definition.changes import Place, insert
from skyvern_ui.workflows.definition.walk import branches, find, labels

from .samples import LOOPS, document, every_parameter, full

Json = dict[str, Any]
TYPES = sorted(BLOCKS)
HOLDERS = ("for_loop", "while_loop", "conditional")


def new_block(kind: str, label: str) -> Json:
    """A block of that type, empty inside."""
    block = full(BLOCKS[kind], label)
    if kind in LOOPS:
        block["loop_blocks"] = []
    if kind == "conditional":
        block["branch_conditions"] = [
            {"criteria": {"criteria_type": "prompt", "expression": "one", "description": None},
             "next_block_label": None, "description": None, "is_default": False},
            {"criteria": None, "next_block_label": None, "description": None, "is_default": True}]
    return block


def places(made: Json) -> list[Place]:
    """Everywhere a block can go."""
    found = [Place()]
    for label in labels(made):
        block = find(made, label) or {}
        found.append(Place(after=label))
        if isinstance(block.get("loop_blocks"), list):
            found.append(Place(inside=label))
        found += [Place(way=(label, index)) for index in range(len(branches(block)))]
    return found


def random_document(random: Random, count: int, types: tuple[str, ...] = ()) -> Json:
    """A document of so many blocks, each put somewhere."""
    made = document([], every_parameter())
    for number in range(count):
        kind = random.choice(types or (*TYPES, *HOLDERS, *HOLDERS))
        made = insert(made, new_block(kind, f"b{number}"), random.choice(places(made)))
    return made


def linked_by_chance(random: Random) -> Json:
    """A few blocks, some in a loop, that lead to each other without any sense."""
    def some(names: str) -> list[Json]:
        found = []
        for name in names:
            aims = [random.choice([None, None, *names]) for _ in range(3)]
            block: Json = {"block_type": "wait", "label": name, "wait_sec": 1, "next_block_label": aims[0]}
            if random.random() < 0.35:
                block = {"block_type": "conditional", "label": name, "next_block_label": aims[0],
                         "branch_conditions": [{"criteria": {"expression": "one"}, "next_block_label": aims[1]},
                                               {"is_default": True, "next_block_label": aims[2]}]}
            found.append(block)
        return found

    blocks = some("abcd"[:random.randint(2, 4)])
    if random.random() < 0.5:
        inner = some("xyz"[:random.randint(1, 3)])
        blocks[0] = {"block_type": "for_loop", "label": "a", "loop_variable_reference": "{{ order }}",
                     "loop_blocks": inner, "next_block_label": blocks[0]["next_block_label"]}
    last = random.choice([None, None, blocks[-1]["label"]])
    return document(blocks, finally_block_label=last)


def documents(most: int = 12, types: tuple[str, ...] = ()) -> st.SearchStrategy[Json]:
    """Documents with up to so many blocks."""
    build: Callable[[Random, int], Json] = lambda random, count: random_document(random, count, types)
    return st.builds(build, st.randoms(use_true_random=False), st.integers(0, most))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-10**9, 10**9) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5).filter(
        lambda key: not any("\ud800" <= sign <= "\udfff" for sign in key)), inner, max_size=3), max_leaves=8)
strange_keys = st.sampled_from(["of_tomorrow", "x-1", "", "ключ", "loop_words", "source_2"])
