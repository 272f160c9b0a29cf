"""What a driver may say: whatever comes in, only well-formed events go up (api 5.3)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skyvern_ui.relay.answers import closing_sentence, read_answer, tell
from skyvern_ui.relay.steering import MOST_FILE, ONLY_WEB, TOO_LARGE, kind_of, read_input

KINDS = ("mouseEvent", "wheelEvent", "keyEvent", "navigateEvent", "goBackEvent", "goForwardEvent", "reloadEvent",
         "fileUpload")
FIELDS = {
    "mouseEvent": {"kind", "eventType", "x", "y", "button", "clickCount", "modifiers"},
    "wheelEvent": {"kind", "x", "y", "deltaX", "deltaY", "modifiers"},
    "keyEvent": {"kind", "eventType", "key", "code", "text", "windowsVirtualKeyCode", "modifiers"},
    "navigateEvent": {"kind", "url"}, "goBackEvent": {"kind"}, "goForwardEvent": {"kind"}, "reloadEvent": {"kind"},
    "fileUpload": {"kind", "fileName", "mimeType", "content"},
}
NAMES = sorted({name for fields in FIELDS.values() for name in fields} | {"type", "take"})
WORDS = (*KINDS, "take-control", "cede-control", "mousePressed", "keyDown", "rawKeyDown", "left", "none", "Enter", "a",
         "http://a.test/", "javascript:x", "file.txt", "aGk=", "text/plain")
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=40), st.sampled_from(WORDS)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6)
messages = st.one_of(
    st.text(), st.binary(),
    values.map(json.dumps),
    st.dictionaries(st.sampled_from(NAMES), values, max_size=9).map(json.dumps),
    st.builds(lambda kind, rest: json.dumps({**rest, "kind": kind}), st.sampled_from(KINDS),
              st.dictionaries(st.sampled_from(NAMES), values, max_size=8)))


def check(event: dict[str, Any]) -> None:
    """As Skyvern's own reading would take it, without a second thought."""
    kind = event["kind"]
    assert set(event) <= FIELDS[kind]
    for name in ("x", "y"):
        assert name not in event or (type(event[name]) is int and 0 <= event[name] <= 10_000)
    for name in ("deltaX", "deltaY"):
        assert name not in event or (type(event[name]) is int and abs(event[name]) <= 10_000)
    if kind == "mouseEvent":
        assert event["eventType"] in ("mousePressed", "mouseReleased", "mouseMoved")
        assert event["button"] in ("left", "middle", "right", "none") and event["clickCount"] in range(4)
    if kind == "keyEvent":
        assert event["eventType"] in ("keyDown", "rawKeyDown", "keyUp")
        assert 0 < len(event["key"]) <= 32 and len(event["code"]) <= 32
        assert "text" not in event or (event["eventType"] == "keyDown" and len(event["text"]) == 1
                                       and event["text"].isprintable())
        assert event.get("windowsVirtualKeyCode", 0) in range(255)
    if kind == "navigateEvent":
        assert 0 < len(event["url"]) <= 2083 and not event["url"].lower().startswith(("javascript:", "file:", "data:"))
    if kind == "fileUpload":
        assert len(base64.b64decode(event["content"], validate=True)) <= MOST_FILE
        assert event["mimeType"] and not set(event["fileName"]) & set("/\\")
    assert event.get("modifiers", 0) in range(16)


@settings(max_examples=600, deadline=None)
@given(messages)
def test_only_well_formed_events_go_up(message: str | bytes) -> None:
    said = read_input(message)
    if said.wire is None:
        assert said.problem or said.kind.endswith("-control")
    else:
        assert said.problem == "" and said.kind in KINDS
        check(json.loads(said.wire))


@pytest.mark.parametrize("event", [
    {"kind": "mouseEvent", "eventType": "mousePressed", "x": 10, "y": 20, "button": "left", "clickCount": 2,
     "modifiers": 8},
    {"kind": "wheelEvent", "x": 1, "y": 2, "deltaX": 0, "deltaY": -120, "modifiers": 0},
    {"kind": "keyEvent", "eventType": "keyDown", "key": "a", "code": "KeyA", "text": "a", "windowsVirtualKeyCode": 65,
     "modifiers": 0},
    {"kind": "keyEvent", "eventType": "keyDown", "key": "😀", "code": "", "text": "😀", "modifiers": 0},
    {"kind": "keyEvent", "eventType": "rawKeyDown", "key": "Backspace", "code": "Backspace",
     "windowsVirtualKeyCode": 8, "modifiers": 0},
    {"kind": "navigateEvent", "url": "https://a.test/x?y=1#z"}, {"kind": "navigateEvent", "url": "a.test:8080/x"},
    {"kind": "goBackEvent"}, {"kind": "goForwardEvent"}, {"kind": "reloadEvent"},
    {"kind": "fileUpload", "fileName": "Straße.txt", "mimeType": "text/plain", "content": "aGk="},
])
def test_what_is_well_formed_goes_up_unchanged(event: dict[str, Any]) -> None:
    said = read_input(json.dumps(event))
    assert said.problem == "" and json.loads(said.wire or "") == event


@pytest.mark.parametrize(("sent", "kept"), [
    ({"x": -5, "y": 1e9}, {"x": 0, "y": 10_000}), ({"x": 1.9, "y": 2}, {"x": 1, "y": 2}),
    ({"x": 1, "y": 1, "clickCount": 9}, {"clickCount": 3}), ({"x": 1, "y": 1, "modifiers": 255}, {"modifiers": 15}),
    ({"x": 1, "y": 1, "modifiers": "all"}, {"modifiers": 0}),
])
def test_numbers_are_kept_within_bounds(sent: dict[str, Any], kept: dict[str, Any]) -> None:
    said = read_input(json.dumps({"kind": "mouseEvent", "eventType": "mouseMoved", **sent}))
    event = json.loads(said.wire or "{}")
    assert said.is_move and {name: event[name] for name in kept} == kept


@pytest.mark.parametrize("message", [
    "", "null", "[]", "1", '"take-control"', "{", b'{"kind": "reloadEvent"}', '{"kind": ["reloadEvent"]}',
    '{"kind": "evaluate", "expression": "1"}', "[" * 20_000, '{"kind":"mouseEvent","eventType":"mouseMoved","x":1}',
    '{"kind":"mouseEvent","eventType":"mouseMoved","x":Infinity,"y":1}',
    '{"kind":"mouseEvent","eventType":"mouseMoved","x":NaN,"y":1}',
    '{"kind":"mouseEvent","eventType":"mouseMoved","x":true,"y":1}',
    '{"kind":"mouseEvent","eventType":"click","x":1,"y":1}',
    '{"kind":"mouseEvent","eventType":"mouseMoved","x":1,"y":1,"button":"fourth"}',
    '{"kind":"keyEvent","eventType":"keyDown","key":"a","text":"ab"}',
    '{"kind":"keyEvent","eventType":"keyDown","key":"a","text":"\\n"}',
    '{"kind":"keyEvent","eventType":"keyDown","key":"","text":"a"}',
    '{"kind":"keyEvent","eventType":"keyDown","key":"a","windowsVirtualKeyCode":"13"}',
    json.dumps({"kind": "keyEvent", "eventType": "keyDown", "key": "k" * 33}),
    json.dumps({"kind": "keyEvent", "eventType": "keyDown", "key": "a", "code": "c" * 33}),
    json.dumps({"kind": "navigateEvent", "url": "http://a.test/" + "x" * 70_000}),
])
def test_what_is_not_well_formed_goes_nowhere_and_is_told_so(message: str | bytes) -> None:
    said = read_input(message)
    assert said.wire is None and said.problem


@pytest.mark.parametrize("url", ["javascript:alert(1)", "JAVASCRIPT:x", "file:///etc/passwd", "data:text/html,x",
                                 "chrome://settings", "about:blank", "view-source:http://a.test"])
def test_only_the_web_can_be_opened(url: str) -> None:
    assert read_input(json.dumps({"kind": "navigateEvent", "url": url})).problem == ONLY_WEB


@pytest.mark.parametrize("url", ["", "  ", "a b", "http://a.test/\n", "x" * 2084, 5, None])
def test_what_is_no_address_is_not_opened(url: object) -> None:
    said = read_input(json.dumps({"kind": "navigateEvent", "url": url}))
    assert (said.wire is None) == (url != "http://a.test/\n"), "white space around an address is taken off"


@pytest.mark.parametrize("file", [
    {"fileName": "../x", "mimeType": "a/b", "content": "aGk="}, {"fileName": "", "mimeType": "a/b", "content": "aGk="},
    {"fileName": "..", "mimeType": "a/b", "content": "aGk="}, {"fileName": "a\\b", "mimeType": "", "content": "aGk="},
    {"fileName": "a", "mimeType": "a/b", "content": "not base64"}, {"fileName": "a", "mimeType": "a/b"},
    {"fileName": "n" * 256, "mimeType": "a/b", "content": "aGk="},
])
def test_a_file_out_of_order_is_not_sent(file: dict[str, str]) -> None:
    assert read_input(json.dumps({"kind": "fileUpload", **file})).wire is None


def test_ten_mebibytes_go_and_one_byte_more_does_not() -> None:
    def upload(size: int) -> Any:
        content = base64.b64encode(bytes(size)).decode()
        return read_input(json.dumps({"kind": "fileUpload", "fileName": "a", "mimeType": "", "content": content}))

    assert json.loads(upload(MOST_FILE).wire)["mimeType"] == "application/octet-stream"
    assert upload(MOST_FILE + 1).problem == TOO_LARGE


def test_words_of_ours_go_nowhere() -> None:
    assert read_input('{"kind": "take-control", "take": true}') == ("take-control", None, "", True, False)
    assert read_input('{"kind": "take-control", "take": 1}').is_forced is False
    assert [read_input(json.dumps({"type": word})).wire for word in ("cede-control", "give-control", "keep-control")
            ] == [None] * 3


@pytest.mark.parametrize(("message", "kind"), [
    ('{"kind": "", "type": "take-control"}', "take-control"), ('{"kind": 5}', ""), ("[]", None), ("x", None),
    (b"", None),
])
def test_kinds_are_read_as_skyvern_reads_them(message: str | bytes, kind: str | None) -> None:
    assert kind_of(message) == kind


def test_answers_come_down_in_words_and_nothing_else_does() -> None:
    assert read_answer('{"kind": "ready"}') == ("ready", None)
    kind, told = read_answer('{"kind": "navigate-error", "reason": "blocked", "secret": "x"}')
    assert kind == "navigate-error" and json.loads(told or "") == {
        "kind": "navigate-error", "reason": "blocked", "sentence": "Skyvern does not allow this address."}
    _, other = read_answer('{"kind": "file-upload-error", "reason": "a new one"}')
    assert json.loads(other or "") == {"kind": "file-upload-error", "sentence": "Skyvern could not do that."}
    assert "in the page's field" in (read_answer('{"kind": "file-upload-complete"}')[1] or "")
    for nonsense in ("x", "[]", '{"kind": "other"}', '{"kind": ["ready"]}', b"\xff", "[" * 20_000):
        assert read_answer(nonsense) == ("", None)
    assert closing_sentence(4408) != closing_sentence(4999)
    assert json.loads(tell("opening", "x", by=None)) == {"kind": "opening", "sentence": "x"}
