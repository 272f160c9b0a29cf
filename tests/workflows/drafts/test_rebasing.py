"""Two people changed the same version: what does not touch is joined, what does is told."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from skyvern_ui.workflows.definition.changes import Place, insert, move, remove
from skyvern_ui.workflows.definition.walk import find, labels, parameters
from skyvern_ui.workflows.drafts.rebasing_rules import Overlap, Rebased, rebase

from ..editor.documents import goto, nested, small

Json = dict[str, Any]


def with_block(document: Json, label: str, **fields: Any) -> Json:
    changed = deepcopy(document)
    block = find(changed, label)
    assert block is not None
    block.update(fields)
    return changed


def joined(result: Rebased) -> Json:
    assert result.document is not None, result.overlaps
    return result.document


def test_changes_of_different_blocks_fit_together() -> None:
    base = nested()
    mine = with_block(base, "buy", navigation_goal="Buy two")
    theirs = with_block(base, "read_lamp", data_extraction_goal="Price and name")
    both = joined(rebase(base, mine, theirs))
    assert both == with_block(mine, "read_lamp", data_extraction_goal="Price and name")


def test_my_order_and_their_words_fit_together() -> None:
    base = nested()
    mine = move(base, "open_shop", Place(after="leave"))
    theirs = with_block({**base, "title": "Theirs"}, "is_cheap", description="new")
    theirs["workflow_definition"]["blocks"][2]["branch_conditions"][0]["criteria"]["expression"] = "{{ true }}"
    both = joined(rebase(base, mine, theirs))
    assert labels(both) == labels(mine) and both["title"] == "Theirs"
    branch = find(both, "is_cheap")
    assert branch and branch["branch_conditions"][0]["criteria"]["expression"] == "{{ true }}"
    assert branch["branch_conditions"][1]["next_block_label"] == find(mine, "is_cheap")["branch_conditions"][1][
        "next_block_label"]


def test_their_new_block_stays_with_my_words() -> None:
    base = small()
    both = joined(rebase(base, with_block(base, "order", navigation_goal="Two"),
                         insert(base, goto("theirs"), Place(after="order"))))
    assert labels(both) == ["open_shop", "order", "theirs", "rest"]
    assert find(both, "order")["navigation_goal"] == "Two"


@pytest.mark.parametrize(("mine", "theirs", "overlap"), [
    (lambda d: with_block(d, "order", navigation_goal="a"), lambda d: with_block(d, "order", navigation_goal="b"),
     Overlap("block", "order")),
    (lambda d: {**d, "title": "a"}, lambda d: {**d, "title": "b"}, Overlap("setting", "title")),
    (lambda d: remove(d, "rest"), lambda d: with_block(d, "rest", wait_sec=9), Overlap("gone", "rest")),
    (lambda d: insert(d, goto("a"), Place()), lambda d: insert(d, goto("b"), Place()), Overlap("order", "")),
])
def test_what_both_changed_is_told_and_taken_as_it_is_chosen(mine: Any, theirs: Any, overlap: Overlap) -> None:
    base = small()
    result = rebase(base, mine(base), theirs(base))
    assert result.document is None and overlap in result.overlaps
    assert joined(rebase(base, mine(base), theirs(base), "mine")) == mine(base)
    if overlap.where != "gone":
        assert joined(rebase(base, mine(base), theirs(base), "theirs")) == theirs(base)


def test_the_same_change_by_both_is_no_overlap() -> None:
    base = nested()
    same = insert(with_block({**base, "title": "x"}, "buy", navigation_goal="y"), goto("z"), Place(after="finish"))
    assert rebase(base, same, deepcopy(same)) == Rebased(same, ())


def test_parameters_are_joined_by_key() -> None:
    base = small()
    mine, theirs = deepcopy(base), deepcopy(base)
    parameters(mine).insert(0, {"parameter_type": "workflow", "key": "mine", "workflow_parameter_type": "string"})
    parameters(theirs)[0]["default_value"] = "Brisa"
    both = joined(rebase(base, mine, theirs))
    assert {each["key"]: each.get("default_value") for each in parameters(both)} == {"mine": None, "lamp": "Brisa"}
    parameters(mine)[1]["default_value"] = "Corvo"
    assert rebase(base, mine, theirs).overlaps == (Overlap("parameter", "lamp"),)
