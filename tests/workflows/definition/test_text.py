from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skyvern_ui.workflows.definition.document import BadText, as_text, from_text

from .documents import documents, json_values
from .samples import document, nested_document

HEAD = "title: x\nworkflow_definition:\n  parameters: []\n  blocks:\n"
texts = st.text(st.sampled_from(" \n\t-:#ab|>'\"{}[]&*!%@`,\x85\u2028~?\r\ufeff1é😀"), max_size=14)


@settings(max_examples=40, deadline=None)
@given(documents(10))
def test_a_document_is_itself_again_as_yaml_and_as_json(made: dict[str, Any]) -> None:
    assert from_text(as_text(made)) == made
    assert from_text(json.dumps(made)) == from_text(json.dumps(made, indent=2, ensure_ascii=False)) == made
    assert as_text(from_text(as_text(made))) == as_text(made)


@settings(max_examples=120, deadline=None)
@given(json_values, texts)
def test_no_value_and_no_text_is_changed_by_being_written(value: Any, text: str) -> None:
    made = document([{"label": "a", "v": value, "t": text, "d": {text: [text, {"k": text}]}}])
    assert from_text(as_text(made)) == made


def test_long_texts_stand_as_they_are_and_words_that_look_like_values_stay_words() -> None:
    made = document([{"label": "a", "code": "x = 1\nif x:\n    y = 2\n", "goal": "One\nTwo", "words": [
        "yes", "null", "12", "1.5", "2026-01-01", "12:30", "0x1f", "~", "", "on", "=", "<<", "word " * 2000]}])
    text = as_text(made)
    assert "    code: |\n      x = 1\n      if x:\n          y = 2\n" in text
    assert "    goal: |-\n      One\n      Two\n" in text
    assert from_text(text) == made


def test_the_order_of_keys_is_always_the_same() -> None:
    made = nested_document()
    mixed = json.loads(json.dumps(made, sort_keys=True))
    text = as_text(mixed)
    names = [line.split(":")[0] for line in text.splitlines() if line[0].isalpha()]
    assert names[:2] == ["title", "workflow_definition"]
    assert as_text(made).splitlines()[:30] == text.splitlines()[:30]
    assert text.index("  parameters:") < text.index("  blocks:") < text.index("  finally_block_label:")
    first = text[text.index("  - block_type: for_loop"):].splitlines()
    assert first[1].strip().startswith("label:")
    assert first[-1] and text.index("label: each") < text.index("loop_blocks:")


@pytest.mark.parametrize(("text", "words", "line", "column"), [
    ("", "list of names", 1, 1),
    ("- 1", "list of names", 1, 1),
    ("title: x", "workflow_definition", 1, 1),
    ("title: x\ntitle: y", "title is here twice", 2, 1),
    ('{"title": 1,\n "title": 2}', "title is here twice", 2, 2),
    ("title: x\n\tb: 2", "tab", 2, 1),
    ("title: 'x", "not YAML", 1, 10),
    ("a: b: c", "not YAML", 1, 5),
    ("title: x\nworkflow_definition: 5", "must hold", 1, 1),
    ("title: x\nworkflow_definition:\n  parameters: []\n  blocks: {a: 1}", "must be a list", 4, 11),
    (HEAD + "  - label: a\n  - 3", "Each of “blocks”", 5, 3),
    (HEAD + "  - label: a\n    loop_blocks: [1]", "Each of “loop_blocks”", 6, 18),
    ("title: !!python/object/apply:os.system [x]", "Tags", 1, 8),
    ("title: !own x", "Tags", 1, 8),
    ("<<: {a: 1}", "Merge keys", 1, 1),
    ("404: x", "Put the key 404 in quotes", 1, 1),
    ("on: x", "Put the key on in quotes", 1, 1),
    ("? [a]\n: b", "A key must be text", 1, 3),
    ("title: .nan", "no number", 1, 8),
    ('{"a": 1,\n "title": 1e999}', "no number", 2, 11),
    ("title: 1" + "0" * 5000, "no number", 1, 8),
    ("a: \x00", "character", 1, 4),
    ("a: 1\n---\nb: 2", "second document", 2, 1),
    ("a: *x", "no &x", 1, 4),
    ("a: &a [*a]", "no &a", 1, 8),
    ("[" * 5000, "250 deep", 1, 251),
    ('{"a":' * 3000, "250 deep", 1, 1251),
    ("x" * 2_000_001, "2 million", 1, 1),
])
def test_bad_text_is_refused_with_words_and_a_place(text: str, words: str, line: int, column: int) -> None:
    with pytest.raises(BadText) as refused:
        from_text(text)
    assert words in refused.value.sentence
    assert (refused.value.line, refused.value.column) == (line, column)


def test_a_bomb_of_aliases_is_refused_before_it_goes_off() -> None:
    bomb = "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
        f"{name}: &{name} [{','.join(f'*{before}' for _ in range(10))}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True))
    with pytest.raises(BadText, match="more than 60,000 values"):
        from_text(bomb)


def test_an_alias_is_a_copy() -> None:
    made = from_text("title: x\nworkflow_definition:\n  parameters: []\n  blocks:\n  - &one {label: a, body: {k: 1}}\n"
                     "  - *one\n")
    one, other = made["workflow_definition"]["blocks"]
    assert one == other and one is not other and one["body"] is not other["body"]


@settings(max_examples=120, deadline=None)
@given(st.text(st.sampled_from("abt: -\n[]{}&*!|>'\"#?,%@`\t1\x00é"), max_size=40) | st.text(max_size=30))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        from_text(text)
    except BadText as refused:
        assert refused.sentence.endswith(".") and refused.line >= 1 and refused.column >= 1
