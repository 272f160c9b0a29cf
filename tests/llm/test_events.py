"""A model's stream, cut anywhere, is read alike and passes whole; only the usage that nobody asked for stays behind."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skyvern_ui.llm.gateway.events import MOST_EVENT, Events, TooLong


def event(**said: Any) -> bytes:
    return b"data: " + json.dumps(said, ensure_ascii=False).encode() + b"\n\n"


def delta(text: str) -> bytes:
    return event(id="chatcmpl-1", model="m", choices=[{"index": 0, "delta": {"content": text}}])


USAGE = event(id="chatcmpl-1", choices=[], usage={"prompt_tokens": 12, "completion_tokens": 3})
STREAM = [event(choices=[{"delta": {"role": "assistant", "content": ""}}]), delta("Grüß"), delta(" 你好"), USAGE,
          b"data: [DONE]\n\n"]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure
@given(st.lists(st.integers(1, 40), min_size=1, max_size=20), st.booleans(), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_wherever_it_is_cut_it_reads_alike(cuts: list[int], keep: bool, line: bytes) -> None:
    whole = b"".join(STREAM).replace(b"\n", line)
    events, passed, at, turn = Events(keep), b"", 0, 0
    while at < len(whole):
        size = cuts[turn % len(cuts)]
        passed += b"".join(events.feed(whole[at:at + size]))
        at, turn = at + size, turn + 1
    assert events.end() == b""
    expected = whole if keep else whole.replace(USAGE.replace(b"\n", line), b"")
    assert passed == expected
    assert (events.usage.prompt, events.usage.completion, events.usage.tokens) == (12, 3, 15)
    assert events.has_content and events.is_done and events.usage.request_id == "chatcmpl-1"


def test_usage_beside_choices_passes_and_counts() -> None:
    events = Events(keep_usage=False)
    both = event(choices=[{"delta": {"content": "x"}}], usage={"prompt_tokens": 1, "completion_tokens": 1})
    assert b"".join(events.feed(both)) == both and events.usage.tokens == 2


@pytest.mark.parametrize("lie", [-5, 10**12, "12", 1.5, True, None, [1]])
def test_a_usage_that_cannot_be_is_not_believed(lie: Any) -> None:
    events = Events(keep_usage=False)
    list(events.feed(event(choices=[], usage={"prompt_tokens": lie, "completion_tokens": 3})))
    assert events.usage.prompt is None and events.usage.tokens == 3


@pytest.mark.parametrize("odd", [b": comment\n\n", b"data: {not json\n\n", b"data: [1]\n\n", b"event: x\ndata:\n\n",
                                 b"\n\n", b'data: "text"\n\n'])
def test_what_is_no_object_passes_as_it_came(odd: bytes) -> None:
    events = Events(keep_usage=False)
    assert b"".join(events.feed(odd)) == odd and not events.has_content


def test_usage_beside_choices_that_say_nothing_stays_behind() -> None:
    """LiteLLM 1.106 sends it so."""
    hollow = event(choices=[{"index": 0, "delta": {}}], usage={"prompt_tokens": 1, "completion_tokens": 1})
    last = event(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}], usage={"prompt_tokens": 1})
    events = Events(keep_usage=False)
    assert b"".join(events.feed(hollow + last)) == last and events.usage.tokens == 2
    assert b"".join(Events(keep_usage=True).feed(hollow)) == hollow


@pytest.mark.parametrize("said", [{"reasoning": "So"}, {"audio": {"id": "a"}}, {"images": ["x"]}, {"content": ["x"]}])
def test_whatever_the_model_made_is_content(said: dict[str, Any]) -> None:
    events = Events(keep_usage=False)
    list(events.feed(event(choices=[{"delta": {"role": "assistant", **said}}])))
    assert events.has_content


@pytest.mark.parametrize("choices", [5, True, "text", {"a": 1}, [5, None, "x"]])
def test_choices_that_are_none_pass(choices: Any) -> None:
    events = Events(keep_usage=False)
    assert b"".join(events.feed(event(choices=choices))) == event(choices=choices) and not events.has_content


def test_what_lacks_its_empty_line_is_read_too() -> None:
    events = Events(keep_usage=False)
    assert not list(events.feed(STREAM[1] + USAGE.rstrip(b"\n")))[1:]
    assert events.end() == b"" and events.usage.tokens == 15
    cut = Events(keep_usage=False)
    assert not list(cut.feed(b'data: {"choices": [{"del')) and cut.end() == b"" and not cut.has_content
    failing = Events(False, lambda _said: (b"data: ours\n\n", "x"))
    assert not list(failing.feed(b'data: {"error": "sk-secret"}\n')) and failing.end() == b"data: ours\n\n"


def test_a_role_alone_is_no_content() -> None:
    events = Events(keep_usage=False)
    list(events.feed(STREAM[0]))
    assert not events.has_content


def test_an_error_in_the_stream_is_told_once_in_our_words() -> None:
    events = Events(False, lambda said: (b"data: ours\n\n", said["error"]["message"]))
    sent = STREAM[1] + event(error={"message": "overloaded"}) + event(error={"message": "again"}) + STREAM[-1]
    assert b"".join(events.feed(sent)) == STREAM[1] + b"data: ours\n\n" + STREAM[-1]
    assert events.has_failed and events.failed_by == "overloaded" and events.has_content


def test_a_later_smaller_count_takes_nothing_back() -> None:
    events = Events(keep_usage=False)
    list(events.feed(USAGE + event(choices=[], usage={"prompt_tokens": 0, "completion_tokens": 1})))
    assert events.usage.tokens == 15


@pytest.mark.parametrize("odd", ["a\0b", "\ud800", "x" * 500, "\x1b[31m"])
def test_what_a_server_calls_its_answer_can_be_written_down(odd: str) -> None:
    events = Events(keep_usage=False)
    list(events.feed(b"data: " + json.dumps({"id": odd, "choices": []}).encode() + b"\n\n"))
    name = events.usage.request_id
    assert len(name) <= 200 and name.isprintable() and name.encode()


def test_an_endless_event_is_given_up() -> None:
    events = Events(keep_usage=False)
    with pytest.raises(TooLong):
        for _ in range(MOST_EVENT // 65_536 + 2):
            list(events.feed(b"x" * 65_536))
