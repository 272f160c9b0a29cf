"""A service's request is read strictly and written anew (security.md 2.13)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skyvern_ui.llm.gateway.bodies import CHAT_KIND, EMBEDDING_KIND, IMAGE_KIND, BadBody, Kind, read_body, write_body

HELLO = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}
DOT = "data:image/png;base64,iVBORw0KGgo="
BANNED = ("api_base", "base_url", "api_key", "api_version", "custom_llm_provider", "model_list", "fallbacks",
          "context_window_fallbacks", "metadata", "user", "extra_headers", "extra_body", "headers", "mock_response",
          "guardrails", "cache", "caching", "tags", "proxy_server_request", "litellm_params", "API_BASE", "api_base ")


def refusal(kind: Kind, body: Any) -> BadBody:
    with pytest.raises(BadBody) as error:
        write_body(read_body(kind, body if isinstance(body, bytes) else json.dumps(body).encode(), 8192))
    return error.value


@pytest.mark.parametrize("field", BANNED)
def test_a_field_that_steers_is_refused(field: str) -> None:
    told = refusal(CHAT_KIND, {**HELLO, field: "http://127.0.0.9:9"})
    assert (told.code, told.param, told.status) == ("field_not_allowed", field, 400)
    inside = {"model": "m", "messages": [{"role": "user", "content": "Hello", field: "x"}]}
    assert refusal(CHAT_KIND, inside).code == "field_not_allowed"


@pytest.mark.parametrize(("body", "code"), [
    (b'{"model":"ok","model":"expensive","messages":[]}', "invalid_json"),
    (b'\xef\xbb\xbf{"model":"m"}', "invalid_json"), ('{"model":"m"}'.encode("utf-16"), "invalid_json"),
    (b'{"model":"m"}{"model":"x"}', "invalid_json"), (b'{"model":"m","temperature":NaN}', "invalid_json"),
    (b'{"model":"m"} // a comment', "invalid_json"), (b"[]", "invalid_json"), (b"", "invalid_json"),
    (b"[" * 100_000, "invalid_json"), (b'"' + b"x" * (21 * 1024 * 1024) + b'"', "too_large"),
    (b'{"model":"m","messages":[{"role":"user","content":"\\ud800"}]}', "invalid_json"),
    (b'{"model":"m","messages":[{"role":"user","content":"x"}],"seed":' + b"9" * 10_000 + b"}", "invalid_json"),
    (b'{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f",'
     b'"parameters":{"x":1e999}}}]}', "invalid_json")])
def test_what_two_readers_may_read_in_two_ways_is_refused(body: bytes, code: str) -> None:
    assert refusal(CHAT_KIND, body).code == code


@pytest.mark.parametrize(("change", "code", "param"), [
    ({"model": 5}, "invalid_value", "model"), ({"model": ["a", "b"]}, "invalid_value", "model"),
    ({"model": "x" * 300}, "invalid_value", "model"), ({"model": ""}, "invalid_value", "model"),
    ({"messages": []}, "invalid_value", "messages"), ({"messages": "hi"}, "invalid_value", "messages"),
    ({"messages": [{"role": "user", "content": "x"}] * 1001}, "invalid_value", "messages"),
    ({"messages": [{"role": "root", "content": "x"}]}, "invalid_value", "messages.0.role"),
    ({"temperature": 3}, "invalid_value", "temperature"), ({"n": 5}, "invalid_value", "n"),
    ({"stream": "yes"}, "invalid_value", "stream"), ({"max_tokens": 0}, "invalid_value", "max_tokens"),
    ({"max_tokens": True}, "invalid_value", "max_tokens"), ({"max_tokens": 10**9}, "invalid_value", "max_tokens"),
    ({"max_tokens": 9000}, "invalid_value", "max_tokens"),
    ({"max_completion_tokens": 9000}, "invalid_value", "max_completion_tokens"),
    ({"model": "m\0"}, "invalid_value", "model"), ({"model": "m\n"}, "invalid_value", "model"),
    ({"messages": [{"role": "user", "content": "x"}] * 10_000}, "invalid_value", "messages"),
    ({"seed": 10**100}, "invalid_value", "seed"), ({"n": 10**9}, "invalid_value", "n"),
    ({"tools": [{"type": "function", "function": {}}]}, "missing_required_parameter", "tools.0.function.name"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://10.0.0.1/a.png"}}]}]},
     "url_not_allowed", None),
    ({"messages": [{"role": "user", "content": [{"type": "video", "image_url": {"url": DOT}}]}]}, "invalid_value",
     None)])
def test_a_wrong_value_is_named_with_its_place(change: dict[str, Any], code: str, param: str | None) -> None:
    told = refusal(CHAT_KIND, {**HELLO, **change})
    assert told.code == code and told.sentence.endswith(".")
    if param:
        assert told.param == param


def test_what_is_missing_is_named() -> None:
    assert refusal(CHAT_KIND, {"messages": HELLO["messages"]}).param == "model"
    assert refusal(IMAGE_KIND, {"model": "m"}).param == "prompt"
    assert refusal(EMBEDDING_KIND, {"model": "m"}).param == "input"


@pytest.mark.parametrize(("kind", "body"), [
    (CHAT_KIND, {**HELLO, "stream": True, "stream_options": {"include_usage": True}, "temperature": 0, "stop": ["\n"],
                 "seed": 7, "response_format": {"type": "json_object"}}),
    (CHAT_KIND, {"model": "m", "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "What?"},
                                     {"type": "image_url", "image_url": {"url": DOT, "detail": "low"}}]},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "1", "content": "42"}],
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
        "tool_choice": "auto"}),
    (IMAGE_KIND, {"prompt": "A calm sea", "model": "m", "n": 2, "size": "1024x1024", "response_format": "b64_json"}),
    (EMBEDDING_KIND, {"model": "m", "input": ["a", "b"], "encoding_format": "float"}),
    (EMBEDDING_KIND, {"model": "m", "input": [1, 2, 3]})])
def test_a_sound_request_passes_unchanged(kind: Kind, body: dict[str, Any]) -> None:
    assert json.loads(write_body(read_body(kind, json.dumps(body).encode()))) == body


def test_an_answer_may_be_sent_back_as_it_came() -> None:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    answer = {"role": "assistant", "content": None, "refusal": None, "annotations": [], "audio": None,
              "function_call": None, "provider_specific_fields": {"x": 1}, "tool_calls": [{**call, "index": 0}]}
    body = {"model": "m", "temperature": None, "stop": None, "messages": [HELLO["messages"][0], answer]}
    assert read_body(CHAT_KIND, json.dumps(body).encode()) == {"model": "m", "messages": [
        HELLO["messages"][0], {"role": "assistant", "content": None, "tool_calls": [call]}]}
    assert refusal(CHAT_KIND, {"model": None, "messages": HELLO["messages"]}).param == "model"
    assert refusal(CHAT_KIND, {**HELLO, "api_key": "x"}).code == "field_not_allowed"


@pytest.mark.parametrize("size", ["9000x10", "10x9000", "1024x1024\n", "0x5", "big"])
def test_a_picture_has_its_bounds(size: str) -> None:
    assert refusal(IMAGE_KIND, {"prompt": "A calm sea", "size": size}).param == "size"
    assert refusal(IMAGE_KIND, {"prompt": "A calm sea", "n": 11}).param == "n"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner)
                    | st.dictionaries(st.sampled_from([*HELLO, "tools", "content", "x"]), inner), max_leaves=20))
def test_no_body_breaks_the_reader(body: Any) -> None:
    for kind in (CHAT_KIND, IMAGE_KIND, EMBEDDING_KIND):
        try:
            read = read_body(kind, json.dumps(body).encode())
        except BadBody as error:
            assert error.sentence and error.status in (400, 413)
        else:
            assert set(read) <= {"model", "messages", "input", "prompt", "tools"}


def test_many_parts_are_refused_before_each_is_judged() -> None:
    """Five megabytes of small parts once took a minute of everybody's time."""
    parts = [{"type": "input_audio", "input_audio": {"data": "x", "format": "mp3"}}] * 200
    refused = refusal(CHAT_KIND, {"model": "m", "messages": [{"role": "user", "content": parts}] * 500})
    assert refused.param == "messages" and "in all" in refused.sentence
