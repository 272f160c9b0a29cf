from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from skyvern_ui.workflows.definition.changes import (
    Impossible,
    Place,
    add_way,
    change_block,
    duplicate,
    insert,
    move,
    remove,
)
from skyvern_ui.workflows.definition.difference import Difference, difference, text_difference
from skyvern_ui.workflows.definition.document import as_text, document_of
from skyvern_ui.workflows.definition.references import rename_block
from skyvern_ui.workflows.definition.walk import copied, labels

from .documents import documents, new_block, places, random_document
from .reading import read_out
from .samples import branch, chained, document, loop

Json = dict[str, Any]


def wait(label: str, following: str | None = None) -> Json:
    return {"block_type": "wait", "label": label, "wait_sec": 1, "next_block_label": following}


def told(found: Difference) -> list[tuple[str, str]]:
    return [(each.name, each.how) for each in [*found.parameters, *found.blocks]]


def row() -> Json:
    return document(chained([wait(label) for label in "abcde"]), version=2)


@settings(max_examples=40, deadline=None)
@given(documents(10))
def test_a_document_is_like_itself_and_like_what_skyvern_makes_of_it(made: Json) -> None:
    assert difference(made, copied(made)).is_empty
    assert difference(made, document_of(read_out(made))).is_empty
    assert all(line.kind == "same" for line in text_difference(made, copied(made)))


@settings(max_examples=60, deadline=None)
@given(documents(8, ("wait", "wait", "for_loop", "conditional")), st.data())
def test_each_change_is_told_and_no_other(made: Json, data: st.DataObject) -> None:
    there = labels(made)
    place = data.draw(st.sampled_from(places(made)))
    assert told(difference(made, insert(made, new_block("goto_url", "new"), place))) == [("new", "added")]
    if there:
        label = data.draw(st.sampled_from(there))
        changed = change_block(made, label, {"continue_on_failure": False})
        assert told(difference(made, changed)) == [(label, "changed")]
        gone = remove(made, label)
        found = difference(made, gone)
        assert sorted(name for name, how in told(found) if how == "removed") == sorted({*there} - {*labels(gone)})
        assert {how for _, how in told(found)} == {"removed"}


def test_one_block_that_moved_is_one_that_moved() -> None:
    assert told(difference(row(), move(row(), "a", Place(after="d")))) == [("a", "moved")]
    assert told(difference(row(), move(row(), "e", Place()))) == [("e", "moved")]
    made = insert(row(), new_block("for_loop", "each"), Place(after="e"))
    assert told(difference(made, move(made, "b", Place(inside="each")))) == [("b", "moved")]


@settings(max_examples=40, deadline=None)
@given(documents(8, ("wait", "wait", "for_loop", "conditional")), st.data())
def test_what_is_moved_is_told_and_moving_back_is_nothing(made: Json, data: st.DataObject) -> None:
    if len(labels(made)) < 2:
        return
    label = data.draw(st.sampled_from(labels(made)))
    try:
        changed = move(made, label, data.draw(st.sampled_from(places(made))))
    except Impossible:
        return
    assert {how for _, how in told(difference(made, changed))} <= {"moved"}


def test_a_new_name_is_one_change_with_those_that_follow_from_it() -> None:
    made = document([*chained([wait("a"), wait("b")])], version=2)
    made["workflow_definition"]["blocks"][0]["note"] = "{{ b_output }}"
    found = difference(made, rename_block(made, "b", "c"))
    assert told(found) == [("a", "changed"), ("c", "changed")]
    assert [(each.field, each.before, each.after) for each in found.blocks[1].changes] == [("label", "b", "c")]


def test_a_link_that_leads_elsewhere_is_a_change_of_the_block() -> None:
    before = document([branch("fork", "one", "two", after="end"), wait("one", "end"), wait("two", "end"), wait("end")])
    after = copied(before)
    after["workflow_definition"]["blocks"][0]["branch_conditions"][0]["next_block_label"] = "two"
    assert not difference(before, after).is_empty


def test_a_way_more_and_settings_and_parameters() -> None:
    before = document([branch("fork", None, None)])
    after = add_way(before, "fork", {"criteria": {"criteria_type": "prompt", "expression": "x"}})
    after |= {"description": "new", "webhook_callback_url": None, "ai_fallback": True}
    after["workflow_definition"]["parameters"] = [
        *copied(before["workflow_definition"]["parameters"])[1:],
        {"parameter_type": "workflow", "key": "more", "workflow_parameter_type": "integer"}]
    found = difference(before, after)
    assert [(each.field, each.before, each.after) for each in found.settings] == [("description", None, "new")]
    assert told(found) == [("more", "added"), ("order", "removed"), ("fork", "changed")]
    assert [each.field for each in found.blocks[0].changes] == ["branch_conditions"]


def test_a_flag_that_became_a_number_is_a_change() -> None:
    before = document([wait("a") | {"odd": True, "wait_sec": 1}])
    after = document([wait("a") | {"odd": 1, "wait_sec": 1}])
    assert told(difference(before, after)) == [("a", "changed")]


def test_a_version_alone_is_told_and_else_it_goes_without_saying() -> None:
    before, after = document([wait("a")], version=1), document([wait("a")], version=2)
    assert [each.field for each in difference(before, after).settings] == ["version"]


def test_a_copy_of_a_loop_is_added_blocks() -> None:
    made = document([loop("for_loop", "each", [wait("w")])])
    copy, new = duplicate(made, "each", rename_block)
    assert told(difference(made, copy)) == [(new, "added"), ("w_copy", "added")]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_the_lines_of_a_difference_are_both_texts(seed: int) -> None:
    before, after = random_document(Random(seed), 5), random_document(Random(seed + 1), 5)
    lines = text_difference(before, after)
    old = [(line.old_no, line.text) for line in lines if line.old_no is not None]
    new = [(line.new_no, line.text) for line in lines if line.new_no is not None]
    assert old == list(enumerate(as_text(before).splitlines(), 1))
    assert new == list(enumerate(as_text(after).splitlines(), 1))
    assert all((line.kind == "same") == (line.old_no is not None and line.new_no is not None) for line in lines)
