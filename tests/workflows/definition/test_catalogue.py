from __future__ import annotations

from pathlib import Path

import pytest

from skyvern_ui.workflows.definition.catalogue import (
    BLOCKS,
    CATEGORIES,
    DEFINITION_SETTINGS,
    PARAMETERS,
    SETTINGS,
    Kind,
    kind_of,
    parameter_kind_of,
    start,
    start_parameter,
    takes,
)
from skyvern_ui.workflows.definition.catalogue.kinds import CONTROLS, GROUPS
from skyvern_ui.workflows.definition.problems import problems
from skyvern_ui.workflows.definition.walk import copied

from .samples import document, filled

ICONS = Path(__file__).parents[3] / "skyvern_ui/static/vendor/icons.txt"
DEPRECATED = {"task", "pdf_parser", "upload_to_s3", "download_to_s3"}
KINDS = [*BLOCKS.values(), *PARAMETERS.values()]


def test_every_type_of_1_0_56_is_there() -> None:
    assert len(BLOCKS) == 33
    assert len(PARAMETERS) == 9
    assert {name for name, kind in BLOCKS.items() if kind.deprecated} == DEPRECATED
    assert {kind.category for kind in BLOCKS.values()} == {name for name, _ in CATEGORIES}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_field_is_described(kind: Kind) -> None:
    names = [field.name for field in kind.fields]
    assert len(names) == len(set(names))
    assert kind.title and kind.help.endswith(".")
    assert kind.icon in ICONS.read_text().split()
    commons = [field.common for field in kind.fields]
    assert commons == sorted(commons, reverse=True), "what is common comes first"
    for field in kind.fields:
        assert field.label and field.help.endswith((".", "-")), field
        assert field.control in CONTROLS and field.group in GROUPS, field
        assert field.choices or field.control != "choice", field
        assert field.when is None or kind.field(field.when[0]) is not None, field


def test_settings_are_described() -> None:
    for field in (*SETTINGS, *DEFINITION_SETTINGS):
        assert field.label and field.help.endswith(".") and field.control in CONTROLS and field.group in GROUPS, field


@pytest.mark.parametrize("name", BLOCKS)
def test_a_new_block_is_fine_once_its_required_fields_are_filled(name: str) -> None:
    block = start(name, "new")
    needed = {field.name for field in BLOCKS[name].fields if field.required}
    said = {each.field for each in problems(document([block])) if each.stops}
    assert said <= needed | {"loop_variable_reference", "complete_criterion"}
    for field in BLOCKS[name].fields:
        if field.required and field.control != "blocks" or field.name in said:
            block[field.name] = filled(field)
    assert [each for each in problems(document([block])) if each.stops] == []


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_new_parameter_is_fine_once_its_required_fields_are_filled(name: str) -> None:
    parameter = start_parameter(name, "new")
    for field in PARAMETERS[name].fields:
        if field.required or field.name in ("bitwarden_item_id",):
            parameter[field.name] = "input" if field.name == "source_parameter_key" else filled(field)
    other = {"parameter_type": "workflow", "key": "input", "workflow_parameter_type": "string"}
    made = document([], [other, parameter])
    assert [each for each in problems(made) if each.stops] == []


def test_what_a_new_block_begins_with_is_its_own() -> None:
    first = start("conditional", "a")
    kept = copied(first)
    start("conditional", "b")["branch_conditions"].clear()
    assert start("conditional", "a") == kept == first


def test_a_type_of_another_time_is_shown_and_takes_everything() -> None:
    for odd in ("hologram", "", None, 5, ["x"]):
        assert kind_of(odd).category == "unknown" == parameter_kind_of(odd).category
    assert kind_of("hologram").title == "Unknown: hologram"
    assert takes("hologram", "beam")
    assert takes("wait", "wait_sec") and takes("wait", "label") and not takes("wait", "url")


def test_a_field_says_when_it_means_something() -> None:
    kind = BLOCKS["file_download"]
    bucket = kind.field("s3_bucket")
    assert bucket is not None
    assert not kind.applies(bucket, {})
    assert kind.applies(bucket, {"download_target": "s3"})
    sender = BLOCKS["send_email"].field("sender")
    assert sender is not None
    assert BLOCKS["send_email"].applies(sender, {"transport": None})
    assert not BLOCKS["send_email"].applies(sender, {"transport": "gmail"})
