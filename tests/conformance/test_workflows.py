"""A workflow of the real Skyvern, built in the browser: with a loop and a branch, run, edited, compared, restored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.conformance.conftest import FirstVisit
from tests.conformance.person import Person
from tests.conformance.workflows import DOOR, ended
from tests.conformance.workshop import Workshop
from tests.real.site import Site
from tests.support.server import Visitor

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(300)]
WRITTEN = ("block_type", "label", "next_block_label", "url", "code", "wait_sec", "loop_variable_reference",
           "branch_conditions")
OVERTAKEN = "the server responded with a status of 409"


@dataclass
class Built:
    """What was built: its permanent id, and what the page before the first save said. Labels are those of blocks."""

    workflow_id: str
    said: str
    loop: str
    inner: str
    branch: str
    dear: str
    cheap: str
    visitor: Visitor


@pytest.fixture(scope="module")
def built(newcomer: Person, first_visit: FirstVisit, site: Site) -> Built:
    """Opens the shop; for each lamp computes; waits a second when the price is high, else computes something else."""
    at = Workshop(newcomer)
    at.begin()
    at.call_it("Price the lamps")
    at.ask_for("shop", "string", f"{site.url}/")
    at.ask_for("most", "integer", "40")
    at.ask_for("lamps", "json", '["Harbour", "Fjord"]')
    opening = at.add("goto_url", "end:first")
    at.fill(opening, "url", "{{ shop }}")
    loop = at.add("for_loop", f"after:{opening}")
    at.fill(loop, "loop_variable_reference", "{{ lamps }}")
    inner = at.add("code", f"end:inside:{loop}")
    at.fill(inner, "code", "price = 48")
    branch = at.add("conditional", f"after:{loop}")
    at.fill(branch, "branch_conditions.0.expression", "{{ most > 30 }}")
    dear = at.add("wait", f"end:way%3A{branch}%3A0")
    at.fill(dear, "wait_sec", "1")
    cheap = at.add("code", f"end:way%3A{branch}%3A1")
    at.fill(cheap, "code", "found = 'cheap'")
    assert at.problems == []
    said = at.save()
    newcomer.page.wait_for_url("**/workflows/wpid_*")
    return Built(newcomer.path.rsplit("/", 1)[-1], said, loop, inner, branch, dear, cheap,
                 newcomer.visitor())


def test_what_was_built_is_what_skyvern_has(ada: Person, built: Built, site: Site) -> None:
    assert "6 blocks added" in built.said and "3 inputs added" in built.said
    kept = workflow(built)
    assert (kept["title"], kept["version"]) == ("Price the lamps", 1)
    inputs = {each["key"]: (each["workflow_parameter_type"], each["default_value"])
              for each in kept["workflow_definition"]["parameters"] if each["parameter_type"] == "workflow"}
    assert inputs["shop"] == ("string", f"{site.url}/")
    assert inputs["most"] == ("integer", 40) and inputs["lamps"] == ("json", ["Harbour", "Fjord"])
    blocks = {each["label"]: each for each in kept["workflow_definition"]["blocks"]}
    assert [each["label"] for each in blocks[built.loop]["loop_blocks"]] == [built.inner]
    ways = [each["next_block_label"] for each in blocks[built.branch]["branch_conditions"]]
    assert ways == [built.dear, built.cheap] and blocks[built.loop]["next_block_label"] == built.branch


def test_it_is_run_from_its_own_page_and_takes_the_way_of_its_inputs(ada: Person, built: Built) -> None:
    for most, taken in (("41", built.dear), ("20", built.cheap)):
        ada.open(f"/workflows/{built.workflow_id}/run")
        ada.page.fill("#p-most", most)
        ada.press("#launch-form .btn--primary")
        ada.page.wait_for_url("**/runs/wr_*")
        ada.until(lambda: ada.status in ("completed", "failed"), 120, "the end of the run")
        run = ended(built.visitor, ada.path.rsplit("/", 1)[-1])
        assert run["status"] == "completed", run
        assert run["run_request"]["parameters"]["most"] == int(most)
        done = {each["block"]["label"] for each in timeline(built, run["run_id"])}
        assert {built.loop, built.inner, built.branch, taken} <= done
        assert ({built.dear, built.cheap} - {taken}).isdisjoint(done)


def test_an_input_of_the_wrong_type_is_told_and_kept(ada: Person, built: Built) -> None:
    ada.open(f"/workflows/{built.workflow_id}/run")
    ada.page.fill("#p-most", "a lot")
    ada.press("#launch-form .btn--primary")
    assert "Not started yet" in ada.words and ada.page.input_value("#p-most") == "a lot"
    assert ada.page.get_attribute("#p-most", "aria-invalid") == "true"
    assert [each for each in ada.broken if "status of 422" not in each] == []
    ada.broken.clear()


def test_an_edit_is_compared_and_taken_back(ada: Person, built: Built) -> None:
    at = Workshop(ada)
    at.edit(built.workflow_id)
    at.fill(built.dear, "wait_sec", "2")
    assert "1 block changed" in at.save()
    assert workflow(built)["version"] == 2 and seconds(built) == 2
    ada.open(f"/workflows/{built.workflow_id}/versions")
    ada.press("#workflow-versions .card__tools [type=submit]")
    changes = ada.page.locator(".changed", has_text=built.dear)
    assert ada.page.locator(".changed").count() == 1
    assert changes.locator("del").inner_text() == "1" and changes.locator("ins").inner_text() == "2"
    ada.open(f"/workflows/{built.workflow_id}/versions/1/restoration")
    ada.press("main form[action$='/restoration'] .btn--primary")
    kept = workflow(built)
    assert kept["version"] == 3 and seconds(built) == 1
    ada.open(f"/workflows/{built.workflow_id}/versions")
    newest = ada.page.locator("#workflow-versions tbody tr").first.inner_text()
    assert "Brought back version 1" in newest and ada.name in newest
    ada.open(f"/workflows/{built.workflow_id}/versions/compare?from=1&to=3")
    assert "No difference" in ada.words


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(ada: Person, ben: Person, built: Built) -> None:
    at, before = Workshop(ada), workflow(built)
    at.edit(built.workflow_id)
    at.fill(built.cheap, "code", "found = 'very cheap'")
    saved = ben.visitor().put(
        f"{DOOR}/api/v1/workflows/{built.workflow_id}?expected_version={before['version']}",
        json=with_description(before, "Ben was here"))
    assert saved.status_code == 200, saved.text
    ada.press("#save")
    assert f"{ben.name} saved version {before['version'] + 1} meanwhile" in ada.words
    assert [each for each in ada.broken if OVERTAKEN not in each] == []
    ada.broken.clear()
    now = workflow(built)
    assert now["version"] == before["version"] + 1 and code(now, built) == "found = 'cheap'"
    ada.press(ada.page.locator("form[action$='/base'] .btn--primary"))
    ada.press("main form[action$='/edit/save'] .btn--primary")
    now = workflow(built)
    assert now["description"] == "Ben was here" and code(now, built) == "found = 'very cheap'"


def workflow(built: Built) -> Any:
    return built.visitor.get(f"{DOOR}/v1/workflows/{built.workflow_id}").json()


def seconds(built: Built) -> Any:
    blocks = workflow(built)["workflow_definition"]["blocks"]
    return next(each for each in blocks if each["label"] == built.dear)["wait_sec"]


def code(read: Any, built: Built) -> Any:
    return next(each for each in read["workflow_definition"]["blocks"] if each["label"] == built.cheap)["code"]


def with_description(read: Any, text: str) -> Any:
    """The same workflow as it would be written, with another description, made without the product's conversion."""
    definition = read["workflow_definition"]
    inputs = [{name: each[name] for name in ("parameter_type", "key", "workflow_parameter_type", "default_value")}
              for each in definition["parameters"] if each["parameter_type"] == "workflow"]
    blocks = [plain(each) for each in definition["blocks"]]
    return {"title": read["title"], "description": text, "workflow_definition": {
        "version": definition["version"], "parameters": inputs, "blocks": blocks}}


def plain(block: Any) -> Any:
    kept = {name: block[name] for name in WRITTEN if block.get(name) is not None}
    if "loop_blocks" in block:
        kept["loop_blocks"] = [plain(each) for each in block["loop_blocks"]]
    return kept


def timeline(built: Built, run_id: str) -> list[Any]:
    """Every entry of a block, at any depth."""
    def flat(entries: list[Any]) -> list[Any]:
        return [each for entry in entries for each in ([entry] if entry.get("block") else []) + flat(
            entry.get("children") or [])]

    return flat(built.visitor.get(f"{DOOR}/v1/runs/{run_id}/timeline").json())
