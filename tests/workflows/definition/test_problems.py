from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skyvern_ui.workflows.definition.catalogue import BLOCKS, PARAMETERS
from skyvern_ui.workflows.definition.problems import Problem, problems
from skyvern_ui.workflows.definition.walk import copied

from .documents import documents
from .refused import REFUSED, TAKEN
from .samples import branch, document, full, loop, nested_document, plain_document

Json = dict[str, Any]
GO: Json = {"block_type": "goto_url", "label": "a", "url": "https://example.com"}


def said(made: Any, *, stops: bool | None = None) -> list[Problem]:
    return [each for each in problems(made) if stops is None or each.stops == stops]


@pytest.mark.parametrize("name", REFUSED)
def test_what_skyvern_refuses_is_said_at_its_place(name: str) -> None:
    made, place = REFUSED[name]
    kept = copied(made)
    found = said(made, stops=True)
    assert place in {(each.where, each.name, each.field) for each in found}
    assert all(each.sentence.endswith(".") or ":" in each.sentence for each in found)
    assert made == kept


@pytest.mark.parametrize("name", TAKEN)
def test_what_skyvern_takes_is_not_stopped(name: str) -> None:
    assert said(TAKEN[name], stops=True) == []


def test_full_documents_have_nothing_that_stops() -> None:
    for made in (plain_document(), nested_document(("cred_1", "cred_2"))):
        assert {each.field for each in problems(made)} <= {"next_loop_on_failure"}


@settings(max_examples=40, deadline=None)
@given(documents(12))
def test_documents_that_the_editor_makes_are_taken(made: Json) -> None:
    assert said(made, stops=True) == []


@pytest.mark.parametrize(("made", "place"), [
    (document([GO | {"url": "{{ order"}]), ("a", "url")),
    (document([GO | {"url": "{{ nobody }}"}]), ("a", "url")),
    (document([GO | {"url": "somewhere"}]), ("a", "url")),
    (document([GO | {"url": "{{ b_output }}"}, GO | {"label": "b"}]), ("a", "url")),
    (document([GO | {"url": " "}]), ("a", "url")),
    (document([GO | {"next_loop_on_failure": True}]), ("a", "next_loop_on_failure")),
    (document([GO | {"block_type": "hologram"}]), ("a", "block_type")),
    (document([{"block_type": "task", "label": "a", "engine": "skyvern-9"}]), ("a", "engine")),
    (document([{"block_type": "code", "label": "a", "code": "x = ("}]), ("a", "code")),
    (document([{"block_type": "wait", "label": "a", "wait_sec": 1801}]), ("a", "wait_sec")),
    (document([full(BLOCKS["while_loop"], "a") | {"loop_blocks": [], "next_loop_on_failure": False}]),
     ("a", "loop_blocks")),
    (document([loop("while_loop", "a", [GO | {"label": "b"}]) | {"condition": {"expression": "order > 3"}}]),
     ("a", "condition")),
    (document([branch("a", None, None) | {"branch_conditions": [{"criteria": {"expression": " "}}]}]),
     ("a", "branch_conditions")),
    (document([GO], [{"parameter_type": "azure_secret", "key": "p"}]), ("p", "parameter_type")),
    (document([GO]) | {"browser_type": "chrome"}, ("", "browser_type")),
    (document([GO]) | {"status": "asleep"}, ("", "status")),
])
def test_what_goes_wrong_later_is_said_and_does_not_stop(made: Json, place: tuple[str, str]) -> None:
    found = problems(made)
    assert place in {(each.name, each.field) for each in found}
    assert [each for each in found if each.stops] == []


def test_references_that_work_are_not_complained_about() -> None:
    inner = [GO | {"label": "b", "url": "{{ current_value.url }}{{ c_output }}"}, GO | {"label": "c", "url": "order"}]
    made = document([loop("for_loop", "each", inner) | {"next_loop_on_failure": False}, GO | {
        "url": "{{ c_output.x }}{{ c.y }}{{ workflow_run_outputs }}{% for one in range(3) %}{{ one }}{% endfor %}"}])
    assert problems(made) == []


def test_a_sentence_about_a_stop_takes_the_place_of_a_hint() -> None:
    made = document([{"block_type": "terminate", "label": "a", "reason": ""}])
    assert [each.sentence for each in problems(made)] == ["Say why it ends."]


def test_a_secret_is_in_no_sentence() -> None:
    made = document([full(BLOCKS["file_upload"], "a") | {"sftp_password": "hunter2 {{", "sftp_private_key": 5,
                                                         "next_loop_on_failure": False}])
    assert "hunter2" not in repr(problems(made))


names = sorted({field.name for kind in [*BLOCKS.values(), *PARAMETERS.values()] for field in kind.fields}
               | {"label", "block_type", "next_block_label", "parameters", "key", "parameter_type", "error_code"})
leaves = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-9, 9) | st.sampled_from(
    ["a", "b", "{{ a", "{{ x }}", "{% if %}", "", "gmail", "1", *sorted(BLOCKS), *sorted(PARAMETERS)])
anything = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.sampled_from([*names, "expression", "criteria", "is_default"]), inner, max_size=5), max_leaves=12)
ways = st.lists(st.fixed_dictionaries({}, optional={"criteria": anything, "is_default": anything,
                                                    "next_block_label": anything}), max_size=3)
odd_blocks = st.builds(lambda *parts: {key: value for part in parts for key, value in part.items()},
                       st.dictionaries(st.sampled_from(names), anything, max_size=6),
                       st.fixed_dictionaries({"block_type": st.sampled_from(sorted(BLOCKS)),
                                              "label": st.sampled_from("abcd"), "branch_conditions": ways | anything}))


@settings(max_examples=70, deadline=None)
@given(anything | st.fixed_dictionaries({"title": anything, "workflow_definition": st.fixed_dictionaries(
    {"parameters": st.lists(anything, max_size=3) | anything, "blocks": st.lists(odd_blocks | anything, max_size=4)},
    optional={"version": anything, "retry_policy": anything, "finally_block_label": anything,
              "browser_settings": anything, "error_code_mapping": anything})}))
def test_no_json_makes_it_stumble(made: Any) -> None:
    for each in problems(made):
        assert each.where in ("block", "parameter", "settings") and each.sentence
