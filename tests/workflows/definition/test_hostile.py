"""What a person can type into the text of a draft: objects where objects must be, and anything in them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skyvern_ui.workflows.definition.catalogue import BLOCKS
from skyvern_ui.workflows.definition.changes import (
    Impossible,
    Place,
    add_way,
    duplicate,
    insert,
    members,
    move,
    remove,
    remove_way,
)
from skyvern_ui.workflows.definition.difference import difference, text_difference
from skyvern_ui.workflows.definition.document import as_text, document_of, from_text, summary
from skyvern_ui.workflows.definition.outline import outline
from skyvern_ui.workflows.definition.problems import problems
from skyvern_ui.workflows.definition.references import hints, mentions, rename_block, rename_parameter
from skyvern_ui.workflows.definition.walk import every_block, labels

Json = dict[str, Any]
odd = st.sampled_from([None, 5, "a", "b", "{{ a", "", [], ["a"], {}, {"a": 1}, True, -1.5])
way = st.fixed_dictionaries({}, optional={"criteria": odd, "is_default": odd, "next_block_label": odd})
names = ("next_block_label", "code", "url", "parameter_keys", "condition", "payload", "loop_variable_reference",
         "data_schema", "recipients", "wait_sec", "model")
block = st.fixed_dictionaries(
    {"block_type": st.sampled_from([*sorted(BLOCKS), "hologram"]) | odd, "label": st.sampled_from("abcd") | odd},
    optional={**dict.fromkeys(names, odd), "branch_conditions": st.lists(way | odd, max_size=3) | odd})
nested = st.recursive(block, lambda inner: st.builds(
    lambda outer, listed: outer | {"loop_blocks": listed}, block, st.lists(inner, max_size=2)), max_leaves=4)
blocks = st.lists(nested, max_size=4)
parameters = st.lists(st.fixed_dictionaries({}, optional={
    "key": odd, "parameter_type": odd | st.sampled_from(["workflow", "context", "credential"]), "credential_ids": odd,
    "default_value": odd, "workflow_parameter_type": odd, "source_parameter_key": odd}), max_size=2)
drafts = st.builds(
    lambda listed, given, rest: {"title": "x", "workflow_definition": rest | {"parameters": given, "blocks": listed}},
    blocks, parameters, st.fixed_dictionaries({}, optional={"version": odd, "finally_block_label": odd,
                                                            "retry_policy": odd, "error_code_mapping": odd}))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drafts, drafts)
def test_nothing_stumbles_over_it(made: Json, other: Json) -> None:
    assert from_text(as_text(made)) == made
    shown = [id(item.block) for item in outline(made).every_item()]
    assert len(shown) == len(set(shown)) == len(labels(made))
    problems(made), document_of(made), difference(made, other), text_difference(made, other), hints(made, "")
    for each in every_block(made):
        assert isinstance(summary(each), str)
    new = {"block_type": "wait", "label": "new", "wait_sec": 1}
    for label in labels(made)[:2]:
        hints(made, label), mentions(made, label), members(made, label)
        for change in (
                lambda at=label: remove(made, at), lambda at=label: move(made, at, Place()),
                lambda at=label: duplicate(made, at, rename_block), lambda at=label: insert(made, new, Place(after=at)),
                lambda at=label: insert(made, new, Place(inside=at)),
                lambda at=label: insert(made, new, Place(way=(at, 0))), lambda at=label: remove_way(made, at, 0),
                lambda at=label: add_way(made, at, {}), lambda at=label: rename_block(made, at, "new"),
                lambda: rename_parameter(made, "a", "new")):
            with suppress(Impossible):
                change()
