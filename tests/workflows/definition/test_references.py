from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skyvern_ui.workflows.definition.code_names import renamed_in_code
from skyvern_ui.workflows.definition.jinja import mistake, mistake_in_code, names_in, renamed_in
from skyvern_ui.workflows.definition.problems import problems
from skyvern_ui.workflows.definition.references import (
    Impossible,
    hints,
    mentions,
    rename_block,
    rename_parameter,
)
from skyvern_ui.workflows.definition.walk import copied, every_block, find, labels

from .documents import documents
from .samples import document, loop, nested_document

Json = dict[str, Any]


def orders() -> Json:
    return document([
        {"block_type": "extraction", "label": "read", "url": "order", "next_block_label": "each",
         "data_extraction_goal": "read the orders of {{ order }}, order by date",
         "data_schema": {"properties": {"rows": {"type": "array"}}}},
        loop("for_loop", "each", [
            {"block_type": "code", "label": "sum", "parameter_keys": ["order", "read_output"],
             "code": "x = read_output['a']\nprint(f'{order} {read_output}', 'order', page.order, f(order=order))"},
            {"block_type": "http_request", "label": "tell", "headers": {"A": "{{ order.order }}"},
             "url": "{{ read.output }}/{{ workflow_run_outputs['read'] }}/{{ workflow_run_outputs.read.x }}",
             "body": {"{{ read }}": ["{{ current_value.read }}", "read"]}}])
        | {"loop_variable_reference": "read_output.extracted_information", "loop_over_parameter_key": ""},
        {"block_type": "wait", "label": "end", "wait_sec": 1}],
        [{"parameter_type": "workflow", "key": "order", "workflow_parameter_type": "string"},
         {"parameter_type": "context", "key": "item", "source_parameter_key": "read_output"}],
        finally_block_label="end", workflow_system_prompt="{{ read_output | tojson }}")


def test_a_new_label_is_written_wherever_the_block_is_spoken_of() -> None:
    made = orders()
    kept = copied(made)
    new = rename_block(made, "read", "fetch")
    assert made == kept
    definition = new["workflow_definition"]
    assert labels(new) == ["fetch", "each", "sum", "tell", "end"]
    assert definition["parameters"][1]["source_parameter_key"] == "fetch_output"
    assert definition["workflow_system_prompt"] == "{{ fetch_output | tojson }}"
    assert find(new, "each")["loop_variable_reference"] == "fetch_output.extracted_information"  # type: ignore[index]
    code = find(new, "sum")
    assert code is not None and code["parameter_keys"] == ["order", "fetch_output"]
    assert code["code"].startswith("x = fetch_output['a']\nprint(f'{order} {fetch_output}'")
    tell = find(new, "tell")
    assert tell is not None
    assert tell["url"] == "{{ fetch.output }}/{{ workflow_run_outputs['fetch'] }}/{{ workflow_run_outputs.fetch.x }}"
    assert tell["body"] == {"{{ fetch }}": ["{{ current_value.read }}", "read"]}
    assert find(new, "fetch")["data_extraction_goal"] == find(made, "read")["data_extraction_goal"]  # type: ignore


def test_a_new_key_is_written_wherever_the_parameter_is_spoken_of() -> None:
    new = rename_parameter(orders(), "order", "number")
    assert find(new, "read")["url"] == "number"  # type: ignore[index]
    assert find(new, "read")["data_extraction_goal"] == "read the orders of {{ number }}, order by date"  # type: ignore
    assert find(new, "tell")["headers"] == {"A": "{{ number.order }}"}  # type: ignore[index]
    assert find(new, "sum")["code"] == (  # type: ignore[index]
        "x = read_output['a']\nprint(f'{number} {read_output}', 'order', page.order, f(order=number))")
    assert find(new, "sum")["parameter_keys"] == ["number", "read_output"]  # type: ignore[index]
    assert new["workflow_definition"]["parameters"][0]["key"] == "number"


def test_links_follow_a_new_label() -> None:
    assert find(rename_block(orders(), "each", "all"), "read")["next_block_label"] == "all"  # type: ignore[index]
    assert rename_block(orders(), "end", "last")["workflow_definition"]["finally_block_label"] == "last"
    ways = find(rename_block(nested_document(), "other", "else_way"), "fork")
    assert ways is not None and [way["next_block_label"] for way in ways["branch_conditions"]][1] == "else_way"


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(Impossible, match="named end already"):
        rename_block(orders(), "read", "end")
    with pytest.raises(Impossible, match="named item already"):
        rename_parameter(orders(), "order", "item")


def test_of_labels_that_clash_one_gets_a_new_one() -> None:
    made = document([{"block_type": "wait", "label": "a", "wait_sec": 1}, {"block_type": "goto_url", "label": "a",
                                                                           "url": "{{ a_output }}"}])
    new = rename_block(made, "a", "b")
    assert labels(new) == ["b", "a"]
    assert [each for each in problems(new) if each.stops] == []


def test_mentions_are_the_places_that_change() -> None:
    found = [(each.where, each.name, each.field) for each in mentions(orders(), "read")]
    assert found == [
        ("settings", "", "workflow_system_prompt"), ("parameter", "item", "source_parameter_key"),
        ("block", "each", "loop_variable_reference"), ("block", "sum", "parameter_keys"), ("block", "sum", "code"),
        ("block", "tell", "url"), ("block", "tell", "body")]
    lines = {each.field: each.line_text for each in mentions(orders(), "read")}
    assert lines["code"] == "x = read_output['a']"
    assert mentions(orders(), "nobody") == []


def test_what_a_parameter_of_the_same_name_says_stays() -> None:
    made = document([{"block_type": "goto_url", "label": "order", "url": "{{ order }}{{ order_output }}"}])
    assert find(rename_block(made, "order", "buy"), "buy")["url"] == "{{ order }}{{ buy_output }}"  # type: ignore


@settings(max_examples=40, deadline=None)
@given(documents(8), st.data())
def test_a_new_name_and_back_changes_nothing(made: Json, data: st.DataObject) -> None:
    if labels(made):
        label = data.draw(st.sampled_from(labels(made)))
        assert rename_block(rename_block(made, label, "quite_new"), "quite_new", label) == made
    new = rename_parameter(made, "order", "quite_new")
    assert rename_parameter(new, "quite_new", "order") == made
    assert [each for each in problems(new) if each.stops] == []


@pytest.mark.parametrize(("text", "new"), [
    ("{{ x }} x {{x|x}}", "{{ z }} x {{z|x}}"),
    ("{{ a.x }}{{ a['x'] }}{{ a[x] }}", "{{ a.x }}{{ a['x'] }}{{ a[z] }}"),
    ("{{ f(x=x) }}{{ 'x' ~ x }}", "{{ f(x=z) }}{{ 'x' ~ z }}"),
    ("{{ xx }}{{ x_output }}", "{{ xx }}{{ x_output }}"),
    ("{% for one in x %}{{ one.x }}{% endfor %}", "{% for one in z %}{{ one.x }}{% endfor %}"),
    ("{# x #}{% raw %}{{ x }}{% endraw %}", "{# x #}{% raw %}{{ x }}{% endraw %}"),
    ("{{ x }}\r\n {{- x -}} \n\n", "{{ z }}\r\n {{- z -}} \n\n"),
    ("{{ x", "{{ z"), ("no braces x", "no braces x"), ("{{ x is x }}", "{{ z is x }}"),
])
def test_only_names_in_braces_are_written_anew(text: str, new: str) -> None:
    assert renamed_in(text, {"x": "z"}) == new


def test_code_that_is_not_python_keeps_all_but_outputs() -> None:
    assert renamed_in_code("x = (read_output\norder", {"read_output": "a_output", "order": "b"}) == (
        "x = (a_output\norder")
    assert renamed_in_code("read_output = 1; y.read_output", {"read_output": "a_output"}) == (
        "a_output = 1; y.read_output")


def test_braces_that_do_not_work_out_are_found_with_their_line() -> None:
    assert mistake("fine {{ x | json }}") is None
    found = mistake("one\n{{ x")
    assert found is not None and found[1] == 2
    assert mistake("{{ x | nothing }}") is None
    assert mistake_in_code("a = '{{ x | nothing }}'") is not None
    assert mistake_in_code("a = 1  # {{ }}") is None
    assert names_in("{{ a.b }}{% for x in y %}{{ x }}{% endfor %}") == {"a", "y"}


@pytest.mark.parametrize("text", [
    "{{ " + "(" * 9000 + " }}", "{{ " + "not " * 9000 + "a }}", "{{ " + "a." * 5000 + "b }}", "{{" * 5000,
    "{{ a" + "~a" * 3000 + " }}", "{% if a %}" * 700 + "{% endif %}" * 700])
def test_monstrous_braces_are_no_trouble(text: str) -> None:
    assert mistake(text) is None or names_in(text) == frozenset()
    renamed_in(text, {"a": "b"})


def test_hints_name_what_is_there_by_then() -> None:
    found = {each.text: each.kind for each in hints(orders(), "tell")}
    assert list(found)[:3] == ["{{ current_value }}", "{{ current_index }}", "{{ order }}"]
    assert found["{{ read_output.extracted_information.rows }}"] == "output"
    assert "{{ sum_output }}" in found and "{{ tell_output }}" not in found and "{{ end_output }}" not in found
    assert "{{ current_value }}" not in {each.text for each in hints(orders(), "end")}
    assert {each.kind for each in hints(orders(), "")} == {"parameter", "run"}


def test_a_way_knows_nothing_of_the_other_ways() -> None:
    found = {each.text for each in hints(nested_document(), "other")}
    assert "{{ fork_output }}" in found and "{{ way_wait_output }}" not in found
    after = {each.text for each in hints(nested_document(), "end")}
    assert {"{{ way_wait_output }}", "{{ other_output }}", "{{ d_wait_output }}"} <= after


def test_a_while_loop_looks_at_its_own_blocks() -> None:
    found = {each.text for each in hints(nested_document(), "again")}
    assert {"{{ current_index }}", "{{ d_wait_output }}"} <= found


def test_every_hint_of_every_block_is_a_name_that_is_known() -> None:
    made = nested_document()
    for block in list(every_block(made))[::7]:
        label = block["label"]
        made_with = copied(made)
        goal = find(made_with, label)
        assert goal is not None
        goal["url"] = "".join(each.text for each in hints(made, label))
        assert not [each for each in problems(made_with) if each.name == label and each.field == "url"]
