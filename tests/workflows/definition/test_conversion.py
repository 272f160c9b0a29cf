from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from skyvern_ui.workflows.definition.document import document_of
from skyvern_ui.workflows.definition.walk import copied, every_block

from .documents import documents, json_values, strange_keys
from .reading import read_out
from .samples import every_parameter, nested_document, plain_document

Json = dict[str, Any]


@settings(max_examples=40, deadline=None)
@given(documents())
def test_what_is_read_out_is_sent_back_as_it_was_written(written: Json) -> None:
    read = read_out(written)
    kept = copied(read)
    assert document_of(read) == written
    assert read == kept, "what was read is left alone"


def test_every_type_with_every_field_comes_back() -> None:
    for written in (plain_document(), nested_document(("cred_1", "cred_2"))):
        assert document_of(read_out(written)) == written


@settings(max_examples=40, deadline=None)
@given(documents(6), st.data())
def test_keys_and_types_of_another_time_survive_at_every_level(written: Json, data: st.DataObject) -> None:
    holders = [written, written["workflow_definition"], *written["workflow_definition"]["parameters"],
               *every_block(written), *(way for block in every_block(written)
                                        for way in block.get("branch_conditions", []))]
    for holder in data.draw(st.lists(st.sampled_from(holders), max_size=4)):
        holder[data.draw(strange_keys)] = data.draw(json_values)
    stranger = {"block_type": "hologram", "label": "stranger", "beam": data.draw(json_values), "engine": "skyvern-9"}
    written["workflow_definition"]["blocks"].append(stranger)
    written["workflow_definition"]["parameters"].append({"parameter_type": "passkey", "key": "passkey", "of": 1})
    assert document_of(read_out(written)) == written


def test_values_that_mean_something_are_never_taken_for_noise() -> None:
    written = {"title": "t", "workflow_definition": {"parameters": [], "blocks": [
        {"block_type": "goto_url", "label": "a", "url": "u", "data_schema": {"a": 1}, "max_retries": 3,
         "engine": "skyvern-2.0", "title": "x"}]}}
    assert document_of(read_out(written)) == written


def test_a_mail_server_of_ones_own_needs_no_secret_of_the_server() -> None:
    read = read_out(plain_document())
    email = next(each for each in every_block(read) if each["block_type"] == "send_email")
    email["smtp_host"] = {"key": "smtp_host", "aws_key": "UNUSED_CUSTOM_SMTP_PLACEHOLDER"}
    sent = next(each for each in every_block(document_of(read)) if each["block_type"] == "send_email")
    assert sent["smtp_host_secret_parameter_key"] is None
    assert sent["smtp_port_secret_parameter_key"] == "vault_key"


def test_null_that_an_old_row_has_is_not_sent() -> None:
    read = read_out(plain_document()) | {"run_sequentially": None, "cache_key": None}
    assert "run_sequentially" not in document_of(read)
    assert document_of(read)["cache_key"] is None


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from(["workflow_definition", "title", "version"]), st.recursive(
    json_values, lambda inner: st.dictionaries(st.sampled_from(
        ["blocks", "parameters", "loop_blocks", "block_type", "branch_conditions", "loop_over", "source", "smtp_host",
         "parameter_type", "output_parameter"]), inner | st.lists(inner, max_size=3)), max_leaves=12)))
def test_no_json_object_makes_it_stumble(read: Json) -> None:
    document_of(read)


def test_loops_in_loops_a_hundred_deep() -> None:
    block: Json = {"block_type": "wait", "label": "w", "wait_sec": 1}
    for level in range(400):
        block = {"block_type": "for_loop", "label": f"l{level}", "loop_over_parameter_key": "order",
                 "loop_blocks": [block]}
    written = {"title": "t", "workflow_definition": {"parameters": every_parameter(), "blocks": [block]}}
    assert sum(1 for _ in every_block(document_of(written))) == 401
