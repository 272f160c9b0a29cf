"""The library before the real Skyvern: files that come back as they went, folders, labels, what starts by itself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.conftest import FirstVisit
from tests.conformance.person import Person
from tests.conformance.workflows import DOOR, computing, made, waiting
from tests.support.server import Visitor

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(300)]
WRITTEN = """\
title: Count the shelves
description: Written by hand, with a comment that is not kept.
workflow_definition:
  parameters:
  - parameter_type: workflow
    key: shelves
    workflow_parameter_type: json
    default_value: [1, 2]
    description: Which shelves
  blocks:
  - block_type: for_loop
    label: each_shelf
    loop_variable_reference: '{{ shelves }}'  # each of them
    next_block_label: decide
    loop_blocks:
    - {block_type: code, label: count, code: "lamps = 3"}
  - block_type: conditional
    label: decide
    branch_conditions:
    - criteria: {criteria_type: jinja2_template, expression: '{{ shelves }}'}
      next_block_label: rest
    - {is_default: true, next_block_label: rest}
  - {block_type: wait, label: rest, wait_sec: 1}
"""


@pytest.fixture(scope="module")
def lamps(newcomer: Person, first_visit: FirstVisit) -> str:
    return made(newcomer.visitor(), "Water the lamps", waiting(1), computing("n = 1"), room="hall")


def test_a_file_is_imported_and_what_is_exported_comes_back_the_same(ada: Person) -> None:
    visitor = ada.visitor()
    first = imported(ada, "shelves.yaml", WRITTEN)
    text = visitor.get(f"/workflows/{first}/export.yaml").text
    assert "Count the shelves" in text and "'{{ shelves }}'" in text
    second = imported(ada, "again.yaml", text)
    assert second != first
    assert visitor.get(f"/workflows/{second}/export.yaml").text == text
    blocks = [read(visitor, each)["workflow_definition"]["blocks"] for each in (first, second)]
    assert [shape(each) for each in blocks[0]] == [shape(each) for each in blocks[1]]
    assert blocks[0][0]["loop_blocks"][0]["code"] == "lamps = 3"


def test_a_file_that_skyvern_would_refuse_is_told_before_anything_is_made(ada: Person) -> None:
    before = titles(ada.visitor())
    look(ada, "bad.yaml", WRITTEN.replace("next_block_label: rest", "next_block_label: nowhere"))
    assert "Skyvern would refuse it" in ada.words
    assert titles(ada.visitor()) == before


def test_a_folder_and_labels_are_those_of_skyvern(ada: Person, lamps: str) -> None:
    visitor = ada.visitor()
    ada.open("/workflows/folders")
    ada.page.fill("#new-folder [name=title]", "House")
    ada.press("#new-folder .btn--primary")
    folder = next(each for each in visitor.get(f"{DOOR}/v1/folders").json() if each["title"] == "House")
    chosen(ada, lamps)
    ada.page.click("#workflows-bulk [formaction='/workflows/moves']")
    ada.page.select_option("#workflows-ask [name=folder]", folder["folder_id"])
    ada.page.click("#workflows-ask [name=sure]")
    ada.until(lambda: read(visitor, lamps)["folder_id"] == folder["folder_id"], 15, "the workflow in its folder")
    chosen(ada, lamps)
    ada.page.click("#workflows-bulk [formaction='/workflows/labellings']")
    ada.page.fill("#workflows-ask [name=labels]", "team:garden, weekly")
    ada.page.click("#workflows-ask [name=sure]")
    ada.until(lambda: labels(visitor, lamps) == {("team", "garden"), (None, "weekly")}, 15, "the labels")
    for query in (f"folder={folder['folder_id']}", "q=water+the", "q=hall"):
        ada.open(f"/workflows?{query}")
        assert ada.page.locator(f"#workflow-{lamps}").count() == 1, query
    found = visitor.get(f"{DOOR}/v1/workflows?tags=team:garden,weekly&folder_id={folder['folder_id']}").json()
    assert [each["workflow_permanent_id"] for each in found] == [lamps]


def test_a_schedule_is_made_paused_resumed_and_deleted(ada: Person, lamps: str) -> None:
    visitor = ada.visitor()
    ada.open(f"/workflows/{lamps}/schedules/new")
    ada.page.check("[name=how][value=cron]", force=True)
    ada.page.fill("#cron", "15 7 * * 1-5")
    ada.page.fill("#timezone", "Europe/Helsinki")
    ada.page.fill("#p-room", "kitchen")
    ada.page.fill("#name", "Each morning")
    dues = ada.page.locator("#schedule-preview .dues__one")
    ada.until(lambda: dues.count() >= 5 and "07:15" in dues.first.inner_text(), 15, "the next runs, before it is made")
    ada.press("#schedule-form .btn--primary")
    (kept,) = schedules(visitor, lamps)
    assert (kept["cron_expression"], kept["timezone"], kept["enabled"]) == ("15 7 * * 1-5", "Europe/Helsinki", True)
    assert kept["parameters"] == {"room": "kitchen"} and kept["name"] == "Each morning"
    page = f"/workflows/{lamps}/schedules/{kept['workflow_schedule_id']}"
    ada.open(page)
    shown = [each[:10] for each in ada.page.eval_on_selector_all(
        ".dues [data-moment]", "marks => marks.map(mark => mark.dataset.moment)")]
    told = visitor.get(f"{DOOR}/v1{page}").json()["next_runs"]
    assert shown[:5] == [each[:10] for each in told] and "It differs" not in ada.words
    for deed, enabled in (("pause", False), ("resumption", True)):
        ada.press(f"form[action$='/{deed}'] [type=submit]")
        assert [each["enabled"] for each in schedules(visitor, lamps)] == [enabled]
    ada.open("/schedules")
    assert "Each morning" in ada.words and "Water the lamps" in ada.words
    ada.open(page)
    ada.page.click("[data-dialog-open=schedule-deletion]")
    ada.press("#schedule-deletion .btn--danger")
    assert schedules(visitor, lamps) == []


def imported(person: Person, name: str, text: str) -> str:
    """Imports a file as a new workflow; its id."""
    look(person, name, text)
    new = person.page.locator("[name=choice-0][value=import]")
    if not new.is_checked():
        new.check()
    person.press("main form[action*='/workflows/import/'] .btn--primary")
    return str(person.page.get_attribute("main .table__title", "href")).rsplit("/", 1)[-1]


def look(person: Person, name: str, text: str) -> None:
    """Shows what would be imported."""
    person.open("/workflows/import")
    person.page.set_input_files("#files", {"name": name, "mimeType": "application/yaml", "buffer": text.encode()})
    person.press("main form[action='/workflows/import'] .btn--primary")


def chosen(person: Person, workflow_id: str) -> None:
    """Opens the list and ticks this workflow."""
    person.open("/workflows")
    person.page.check(f"#workflow-{workflow_id} [data-pick]")


def read(visitor: Visitor, workflow_id: str) -> Any:
    return visitor.get(f"{DOOR}/v1/workflows/{workflow_id}").json()


def titles(visitor: Visitor) -> list[str]:
    return [each["title"] for each in visitor.get(f"{DOOR}/v1/workflows?page_size=200").json()]


def labels(visitor: Visitor, workflow_id: str) -> set[tuple[str | None, str]]:
    found = visitor.get(f"{DOOR}/v1/workflows/{workflow_id}/tags").json()["tags"]
    return {(each["key"], each["value"]) for each in found}


def schedules(visitor: Visitor, workflow_id: str) -> list[Any]:
    return list(visitor.get(f"{DOOR}/v1/workflows/{workflow_id}/schedules").json()["schedules"])


def shape(block: Any) -> Any:
    """A block without the ids of its version."""
    if isinstance(block, dict):
        return {name: shape(each) for name, each in block.items()
                if name not in ("output_parameter", "parameters", "id", "loop_over")}
    return [shape(each) for each in block] if isinstance(block, list) else block
