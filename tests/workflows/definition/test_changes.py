from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skyvern_ui.workflows.definition.changes import (
    Impossible,
    Place,
    add_way,
    change_block,
    duplicate,
    free_label,
    insert,
    members,
    move,
    remove,
    remove_way,
)
from skyvern_ui.workflows.definition.outline import Item, Jump, every_item, outline
from skyvern_ui.workflows.definition.problems import problems
from skyvern_ui.workflows.definition.references import rename_block
from skyvern_ui.workflows.definition.walk import branches, copied, find, labels

from .documents import documents, new_block, places, random_document
from .samples import branch, document, loop

Json = dict[str, Any]
SOME = ("wait", "wait", "wait", "for_loop", "conditional")
WAY: Json = {"criteria": {"criteria_type": "prompt", "expression": "two"}, "next_block_label": None}


def order(made: Json) -> list[Any]:
    """The outline as labels: a block is its label, with its body and ways below it."""
    def told(items: list[Item | Jump]) -> list[Any]:
        return [(item.label, told(item.body), [told(way.items) for way in item.ways]) if isinstance(item, Item)
                else ("->", item.label) for item in items]

    drawn = outline(made)
    return [told(drawn.items), [item.label for item in drawn.loose]]


def assert_whole(made: Json, wanted: set[str]) -> None:
    """Every block is there once, reached, in a tree, and Skyvern would take it."""
    drawn = outline(made)
    shown = [item.label for item in drawn.every_item()]
    assert sorted(shown) == sorted(labels(made)) == sorted(wanted)
    assert drawn.loose == []
    assert "'->'" not in repr(order(made)[0])
    assert [each for each in problems(made) if each.stops and each.field in (None, "next_block_label", "version",
                                                                             "label", "branch_conditions")] == []


@settings(max_examples=50, deadline=None)
@given(st.randoms(use_true_random=False))
def test_no_sequence_of_changes_loses_a_block_or_leaves_one_loose(random: Random) -> None:
    made = document([])
    for step in range(14):
        made, wanted = changed(random, made, step)
        assert_whole(made, wanted)


def changed(random: Random, made: Json, step: int) -> tuple[Json, set[str]]:
    """The document after a change by chance, with the labels that it must have."""
    there = labels(made)
    how = random.choice(["insert", "insert", "insert", "remove", "move", "move", "duplicate", "way", "less"])
    if how == "insert" or not there:
        block = new_block(random.choice(SOME), f"n{step}")
        return insert(made, block, random.choice(places(made))), {*there, f"n{step}"}
    label = random.choice(there)
    inside = members(made, label)
    if how == "remove":
        return remove(made, label), {*there} - {label, *inside}
    if how == "move":
        try:
            return move(made, label, random.choice(places(made))), {*there}
        except Impossible:
            return made, {*there}
    if how == "duplicate" and len(there) < 16:
        copy, new = duplicate(made, label, rename_block)
        assert len(labels(copy)) == len(there) + 1 + len(inside)
        return copy, {*labels(copy)} if new not in there else set()
    ways = len(branches(find(made, label) or {}))
    if how == "way" and ways:
        return add_way(made, label, WAY), {*there}
    if how == "less" and ways > 1:
        fewer = remove_way(made, label, random.randrange(ways))
        return fewer, {*labels(fewer)} if {*labels(fewer)} >= {*there} - {*inside} else set()
    return made, {*there}


@settings(max_examples=60, deadline=None)
@given(documents(10, SOME), st.data())
def test_a_block_that_is_put_somewhere_stands_there(made: Json, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(places(made)))
    after = outline(insert(made, new_block("wait", "new"), place))
    if place.after:
        homes = [after.items, *(each.body for each in after.every_item()),
                 *(way.items for each in after.every_item() for way in each.ways)]
        home = next(items for items in homes if any(isinstance(each, Item) and each.label == place.after
                                                    for each in items))
        shown = [each.label for each in home]
        assert shown[shown.index(place.after) + 1] == "new"
    elif place.inside:
        item = next(each for each in after.every_item() if each.label == place.inside)
        assert item.body[0].label == "new"
    elif place.way:
        item = next(each for each in after.every_item() if each.label == place.way[0])
        assert item.ways[place.way[1]].items[0].label == "new"
    else:
        assert after.items[0].label == "new"


@settings(max_examples=60, deadline=None)
@given(documents(9, SOME), st.data())
def test_moving_away_and_back_changes_no_order(made: Json, data: st.DataObject) -> None:
    there = labels(made)
    if not there:
        return
    label = data.draw(st.sampled_from(there))
    home = where(made, label)
    try:
        away = move(made, label, data.draw(st.sampled_from(places(made))))
    except Impossible:
        return
    assert order(move(away, label, home)) == order(made)


def where(made: Json, label: str) -> Place:
    """The place that puts a block where it is."""
    drawn = outline(made)
    homes = [(Place(), drawn.items), *((Place(inside=each.label), each.body) for each in drawn.every_item()),
             *((Place(way=(each.label, way.index)), way.items) for each in drawn.every_item() for way in each.ways)]
    for first, items in homes:
        shown = [each.label for each in items if isinstance(each, Item)]
        if label in shown:
            at = shown.index(label)
            return Place(after=shown[at - 1]) if at else first
    raise AssertionError(label)


def test_a_change_leaves_the_document_it_got_alone() -> None:
    made = random_document(Random(4), 12)
    kept = copied(made)
    label = labels(made)[3]
    insert(made, new_block("conditional", "new"), Place(after=label))
    move(made, label, Place())
    remove(made, label)
    duplicate(made, label, rename_block)
    assert made == kept


def test_jumps_of_a_graph_that_is_no_tree_survive() -> None:
    made = document([branch("fork", "one", "two"), full_wait("one", "two"), full_wait("two", None)])
    assert "->" not in repr(order(made)[1])
    after = insert(made, full_wait("new", None), Place(after="two"))
    assert sorted(labels(after)) == ["fork", "new", "one", "two"]
    assert [each for each in problems(after) if each.stops] == []


def full_wait(label: str, following: str | None) -> Json:
    return {"block_type": "wait", "label": label, "wait_sec": 1, "next_block_label": following}


def test_what_led_to_a_removed_block_leads_on() -> None:
    made = document([full_wait("a", "b"), full_wait("b", "c"), full_wait("c", None)], finally_block_label=None)
    assert order(remove(made, "b")) == [[("a", [], []), ("c", [], [])], []]


def test_the_last_block_of_all_is_forgotten_with_it() -> None:
    made = document([full_wait("a", "b"), full_wait("b", None), full_wait("z", None)], finally_block_label="z")
    assert remove(made, "z")["workflow_definition"]["finally_block_label"] is None


def test_an_empty_way_leads_on_so_that_skyvern_takes_it() -> None:
    made = insert(document([full_wait("a", None), full_wait("b", None)]), new_block("conditional", "fork"),
                  Place(after="a"))
    assert [way["next_block_label"] for way in find(made, "fork")["branch_conditions"]] == ["b", "b"]  # type: ignore[index]
    assert [each for each in problems(made) if each.stops] == []


def test_impossible_changes_say_why() -> None:
    made = document([loop("for_loop", "each", [full_wait("in", None)]), full_wait("a", None)])
    for change, words in (
            (lambda: insert(made, full_wait("a", None), Place()), "named a already"),
            (lambda: move(made, "each", Place(inside="each")), "into itself"),
            (lambda: move(made, "each", Place(after="in")), "into itself"),
            (lambda: move(made, "nobody", Place()), "no block named nobody"),
            (lambda: remove(made, "nobody"), "no block named nobody"),
            (lambda: insert(made, full_wait("x", None), Place(inside="a")), "no loop named a"),
            (lambda: insert(made, full_wait("x", None), Place(way=("a", 0))), "no conditional named a"),
            (lambda: change_block(made, "nobody", {}), "no block named nobody"),
            (lambda: add_way(made, "a", WAY), "no conditional named a")):
        with pytest.raises(Impossible, match=words):
            change()


def test_a_field_is_set_or_taken_away() -> None:
    made = document([full_wait("a", None)])
    assert find(change_block(made, "a", {"wait_sec": 9, "next_block_label": ...}), "a") == {
        "block_type": "wait", "label": "a", "wait_sec": 9}


def test_a_free_label_has_the_first_free_number() -> None:
    assert free_label("a", []) == "a"
    assert free_label("a", ["a", "a_2"]) == "a_3"


def test_a_copy_speaks_of_its_own_blocks() -> None:
    made = document([loop("for_loop", "each", [
        full_wait("w", None), {"block_type": "goto_url", "label": "g", "url": "{{ w_output }} {{ order }}"}])])
    copy, new = duplicate(made, "each", rename_block)
    assert new == "each_copy"
    assert find(copy, "g_copy")["url"] == "{{ w_copy_output }} {{ order }}"  # type: ignore[index]
    assert find(copy, "g")["url"] == "{{ w_output }} {{ order }}"  # type: ignore[index]


def test_full_blocks_of_every_type_can_be_moved() -> None:
    made = random_document(Random(7), 40)
    for label in labels(made):
        try:
            made = move(made, label, Place())
        except Impossible:
            continue
    assert len(labels(made)) == 40
    assert outline(made).loose == []
    assert len({id(each.block) for each in every_item(outline(made).items)}) == 40
