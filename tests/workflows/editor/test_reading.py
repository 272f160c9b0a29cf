"""A form that is sent as it was shown changes nothing, whatever the document holds; what was typed is read strictly."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from skyvern_ui.workflows.definition.catalogue import BLOCKS, PARAMETERS, Field, Kind, kind_of, start, start_parameter
from skyvern_ui.workflows.editor.cards import STRUCTURE
from skyvern_ui.workflows.editor.faces import Around, sections
from skyvern_ui.workflows.editor.faces import rest_text as rest
from skyvern_ui.workflows.editor.forms import SETTINGS_KIND
from skyvern_ui.workflows.editor.reading import Reading, read_form

Json = dict[str, Any]
ODD: tuple[Any, ...] = (None, "", "text", "two\nlines\r\nand more", "{{ jinja }}", '{"a": 1}', 0, 7, 1.5, True, False,
                        [], ["a", "b"], ["a\nb", " "], [1, {"x": None}], {}, {"a": "b", "c": 3}, {"model_name": "m"},
                        {"criteria_type": "prompt", "expression": "x", "more": 1}, [{"is_default": True}, "odd"])


def shown(kind: Kind, holder: Json) -> MultiDict[str, str]:
    """What a browser would send of the form as it is drawn, with nothing touched."""
    sent: MultiDict[str, str] = MultiDict()
    for face in (face for section in sections(kind, holder, "k", Around()) for face in section.faces):
        if face.control == "flag":
            sent.add(face.name, "")
            if face.field.default if face.value is None else face.value:
                sent.add(face.name, "true")
        elif face.control == "map":
            for name, text in [*face.rows, ("", "")]:
                sent.add(f"{face.name}.key", name)
                sent.add(f"{face.name}.value", text)
        elif face.control == "parameters":
            sent.setlist(face.name, ["", *(face.value or [])])
        elif face.control in ("condition", "branches"):
            many = face.control == "branches"
            for index, each in enumerate(face.value or [] if many else [face.value or {}]):
                if isinstance(each, dict):
                    _condition(sent, f"{face.name}.{index}" if many else face.name, each, many)
        else:
            sent.add(face.name, "" if face.control == "secret" else face.text)
    sent.add("rest", rest(kind, holder, STRUCTURE))
    for name in sent:
        sent.setlist(name, [text.replace("\r\n", "\n").replace("\n", "\r\n") for text in sent.getlist(name)])
    return sent


def _condition(sent: MultiDict[str, str], name: str, each: Json, is_branch: bool) -> None:
    criteria = (each.get("criteria") if is_branch else each) or {}
    kind = "default" if is_branch and each.get("is_default") else criteria.get("criteria_type") or "jinja2_template"
    sent.add(f"{name}.kind", str(kind))
    sent.add(f"{name}.expression", str(criteria.get("expression") or ""))
    if is_branch:
        sent.add(f"{name}.description", str(each.get("description") or ""))


def read(kind: Kind, holder: Json, sent: MultiDict[str, str]) -> Reading:
    return read_form(kind.fields, holder, sent, STRUCTURE)


@pytest.mark.parametrize("kind", [*BLOCKS.values(), *PARAMETERS.values(), SETTINGS_KIND], ids=lambda kind: kind.name)
def test_a_form_sent_as_it_was_drawn_changes_nothing(kind: Kind) -> None:
    for value in ODD:
        for holder in ({field.name: value for field in kind.fields}, {"unknown": value, "label": "x"}):
            reading = read(kind, holder, shown(kind, holder))
            assert (reading.changes, reading.errors) == ({}, {}), (value, holder)
    for fresh in (start(kind.name, "x"), start_parameter(kind.name, "x")):
        assert read(kind, fresh, shown(kind, fresh)).changes == {}


def typed(block_type: str, block: Json | None = None, **texts: Any) -> Reading:
    """What is read when only these boxes are sent."""
    sent: MultiDict[str, str] = MultiDict()
    for name, text in texts.items():
        sent.setlist(name.replace("__", "."), text if isinstance(text, list) else [text])
    return read(kind_of(block_type), {"block_type": block_type, "label": "x", **(block or {})}, sent)


@pytest.mark.parametrize(("block_type", "sent", "changes"), [
    ("wait", {"f__wait_sec": "12"}, {"wait_sec": 12}),
    ("navigation", {"f__navigation_goal": "Two\r\nlines"}, {"navigation_goal": "Two\nlines"}),
    ("navigation", {"f__max_retries": "3", "f__url": ""}, {"max_retries": 3}),
    ("navigation", {"f__complete_verification": [""]}, {"complete_verification": False}),
    ("navigation", {"f__parameter_keys": ["", "b", "a"]}, {"parameter_keys": ["b", "a"]}),
    ("navigation", {"f__model": "gpt-x"}, {"model": {"model_name": "gpt-x"}}),
    ("navigation", {"f__error_code_mapping__key": ["OUT", ""], "f__error_code_mapping__value": ["Sold out", ""]},
     {"error_code_mapping": {"OUT": "Sold out"}}),
    ("extraction", {"f__data_schema": '{"type": "object"}'}, {"data_schema": {"type": "object"}}),
    ("extraction", {"f__data_schema": "{{ schema }}"}, {"data_schema": "{{ schema }}"}),
    ("send_email", {"f__recipients": "a@example.com\r\n\r\n b@example.com "},
     {"recipients": ["a@example.com", "b@example.com"]}),
    ("teleport", {"rest": '{"to": "moon"}'}, {"to": "moon"}),
])
def test_what_was_typed_is_read(block_type: str, sent: Json, changes: Json) -> None:
    reading = typed(block_type, **sent)
    assert (reading.changes, reading.errors) == (changes, {})


@pytest.mark.parametrize(("block_type", "sent", "field", "words"), [
    ("wait", {"f__wait_sec": "soon"}, "wait_sec", "whole number"),
    ("wait", {"f__wait_sec": "9" * 400}, "wait_sec", "number"),
    ("extraction", {"f__data_schema": '{"a": 1,\n oops}'}, "data_schema", "line 2, column 2"),
    ("workflow_trigger", {"f__payload": "[1]"}, "payload", "an object"),
    ("navigation", {"f__error_code_mapping__key": [""], "f__error_code_mapping__value": ["x"]}, "error_code_mapping",
     "needs a name"),
    ("navigation", {"f__error_code_mapping__key": ["A", "A"], "f__error_code_mapping__value": ["x", "y"]},
     "error_code_mapping", "twice"),
    ("navigation", {"rest": '{"label": "other"}'}, "rest", "place of its own"),
    ("navigation", {"rest": "{" * 100_000}, "rest", "not JSON"),
    ("teleport", {"rest": '{"n": NaN}'}, "rest", "NaN"),
])
def test_what_cannot_be_read_is_told_and_changes_nothing(block_type: str, sent: Json, field: str, words: str) -> None:
    reading = typed(block_type, f__continue_on_failure=["", "true"], **sent)
    assert words in reading.errors[field]
    assert set(reading.changes) <= {"continue_on_failure"}, "the other fields of the form are kept all the same"


def test_an_emptied_box_means_skyverns_own_default() -> None:
    was = {"navigation_goal": "x", "url": "https://x.example", "max_retries": 4, "title": "T"}
    reading = typed("navigation", was, f__navigation_goal="", f__url="", f__max_retries="", f__title="")
    assert reading.changes == {"navigation_goal": "", "url": None, "max_retries": ..., "title": ...}


def test_a_stored_secret_is_not_shown_and_is_kept_until_it_is_replaced_or_taken_away() -> None:
    was = {"storage_type": "sftp", "sftp_password": "hunter2"}
    kind = kind_of("file_upload")
    [face] = [face for section in sections(kind, was, "k", Around()) for face in section.faces
              if face.field.name == "sftp_password"]
    assert (face.control, face.is_set) == ("secret", True)
    assert typed("file_upload", was, f__sftp_password="").changes == {}
    assert typed("file_upload", was, f__sftp_password="new").changes == {"sftp_password": "new"}
    assert typed("file_upload", was, f__sftp_password="", f__sftp_password__clear="on").changes == {
        "sftp_password": None}


def test_a_branch_keeps_where_it_leads_and_what_we_do_not_know() -> None:
    was = {"branch_conditions": [{"criteria": {"criteria_type": "jinja2_template", "expression": "a", "weight": 2},
                                  "next_block_label": "there", "odd": 1}, {"is_default": True}]}
    reading = typed("conditional", was, f__branch_conditions__0__kind="prompt",
                    f__branch_conditions__0__expression="Is it cheap?", f__branch_conditions__0__description="Cheap",
                    f__branch_conditions__1__kind="default")
    assert reading.changes == {"branch_conditions": [
        {"criteria": {"criteria_type": "prompt", "expression": "Is it cheap?", "weight": 2},
         "next_block_label": "there", "odd": 1, "description": "Cheap"}, {"is_default": True}]}


def test_a_field_without_a_description_of_its_own_is_never_read_twice() -> None:
    for kind in BLOCKS.values():
        names = [field.name for field in kind.fields]
        assert len(names) == len(set(names)) and not set(names) & {"block_type", "label", "next_block_label"}
    assert isinstance(BLOCKS["wait"].fields[0], Field)
