"""Two runs side by side."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from skyvern_ui.runs.comparison_rules import aligned, changes, output_changes
from skyvern_ui.runs.entry import Entry

from ..sandbox_server import Sandbox
from ..support.people import Browser
from .stories import action, block, tell, tell_run

JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
                    max_leaves=15)


@given(JSON, JSON)
def test_any_two_values_can_be_compared_and_equal_ones_have_no_changes(left: Any, right: Any) -> None:
    assert changes(left, left) == ([], False)
    there, back = changes(left, right)[0], changes(right, left)[0]
    assert bool(there) == bool(back)
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    assert {(turned[c.kind], c.way) for c in there} == {(c.kind, c.way) for c in back}


def test_changes_name_their_place() -> None:
    found, cut = changes({"a": [1, 2], "b": True, "c": "x"}, {"a": [1, 3, 4], "b": 1, "d": None})
    assert [(c.kind, c.way, c.left, c.right) for c in found] == [
        ("changed", "a[1]", "2", "3"), ("added", "a[2]", None, "4"), ("changed", "b", "true", "1"),
        ("removed", "c", "x", None), ("added", "d", None, "nothing")]
    assert not cut


def test_a_flood_of_changes_is_cut_and_says_so() -> None:
    found, cut = changes(list(range(5000)), list(range(1, 5001)))
    assert len(found) == 200 and cut


def test_blocks_are_aligned_by_name_in_their_order() -> None:
    def entries(*names: str) -> list[Entry]:
        return [Entry(name, "block", "code", name, "completed", seconds=1.0) for name in names]

    pairs, _ = aligned(entries("a", "b", "d"), entries("a", "c", "d"))
    assert [(p.left and p.left.title, p.right and p.right.title) for p in pairs] == [
        ("a", "a"), ("b", None), (None, "c"), ("d", "d")]


@pytest.fixture
def two(connected: Flask, sandbox: Sandbox) -> None:
    shots = [{"artifact_id": f"a_{n}", "artifact_type": "screenshot_action", "workflow_run_block_id": f"wrb_{n}",
              "created_at": "2026-11-21T07:00:00"} for n in (1, 11)]
    tell_run(sandbox, "wr_11", [block(11, "search", duration=4.0, status="failed", actions=[action(12)])], shots[1:],
             output={"price": 50},
             run_request={"workflow_id": "wpid_1", "parameters": {"item": "lamp", "password": "p2"}})
    tell_run(sandbox, "wr_1", [block(1, "search", duration=1.5), block(2, "pay")], shots[:1], output={"price": 48},
             run_request={"workflow_id": "wpid_1", "parameters": {"item": "desk", "password": "p1"}})


def test_two_runs_stand_side_by_side(ben: Browser, two: None) -> None:
    page = ben.get("/runs/compare?left=wr_1&right=wr_11")
    assert page.status == 200 and page.one("#compare-left") and page.one("#compare-right")
    rows = page.all(".compare__table tbody tr")
    assert [r.th.text for r in rows] == ["search", "pay"] and rows[0].has_attr("data-differs")
    assert "2.5 s longer" in rows[0].text and "not there" in rows[1].text
    changed = {c.code.text: c.get_text(" ") for c in page.all(".compare__changes li")}
    assert "desk" in changed["parameters.item"] and "lamp" in changed["parameters.item"]
    assert "48" in changed["price"] and "50" in changed["price"]
    assert "p1" not in page.words.split() and "p2" not in page.words.split()
    assert [i["src"] for i in page.all(".compare__pictures img")] == ["/artifacts/a_1", "/artifacts/a_11"]


@pytest.mark.parametrize("bad", ["wr_404404", "nonsense", "tsk_", "<b>x", "a" * 400])
def test_a_bad_id_is_a_sentence_in_place_of_that_side(ben: Browser, two: None, bad: str) -> None:
    for query in ({"left": "wr_1", "right": bad}, {"left": bad, "right": "wr_1"}):
        page = ben.get("/runs/compare", query_string=query)
        assert page.status == 200 and "There is no such run, or it is not yours to see." in page.words
        assert page.all('#comparison form input[name="left"]') and not page.all(".compare__table")
    assert ben.get("/runs/compare", query_string={"left": bad, "right": bad + "x"}).status == 404


def test_with_one_run_the_others_of_its_workflow_are_offered(ben: Browser, two: None, sandbox: Sandbox) -> None:
    tell(sandbox, "/v1/runs", [{"run_id": "wr_1", "status": "completed", "title": "This"},
                               {"run_id": "wr_5", "status": "failed", "title": "The one before"}])
    page = ben.get("/runs/compare?right=wr_1")
    assert page.one('.rows a[href="/runs/compare?left=wr_5&right=wr_1"]') and "The one before" in page.words
    assert "same run twice" in ben.get("/runs/compare?left=wr_1&right=wr_1").words
    assert ben.get("/runs/compare").status == 200


def test_skyvern_away_is_a_sentence_too(ben: Browser, connected: Flask, sandbox: Sandbox) -> None:
    sandbox.fault("/", "reset", count=40)
    page = ben.get("/runs/compare?left=wr_1&right=wr_2")
    assert page.status == 404 and page.one("h1") and "Skyvern" in page.words


def test_two_runs_chosen_in_the_list_lead_to_their_comparison(ben: Browser) -> None:
    led = ben.post("/runs/compare", {"run_id": ["wr_1", "tsk_2"]})
    assert led.status == 303 and led.headers["Location"] == "/runs/compare?left=wr_1&right=tsk_2"
    assert ben.post("/runs/compare", {"run_id": ["wr_1"]}).headers["Location"] == "/runs/compare?left=wr_1"
    for ids in ([], ["wr_1", "wr_2", "wr_3"]):
        refused = ben.post("/runs/compare", {"run_id": ids})
        assert refused.status == 422 and "Choose two runs" in refused.words


def test_ids_that_every_run_has_others_of_are_no_difference() -> None:
    def output(number: int, price: int) -> dict[str, object]:
        file = {"url": f"file:///{number}/a.csv", "checksum": "c", "artifact_id": f"a_{number}", "filename": "a.csv"}
        return {"read_output": {"task_id": f"tsk_{number}", "status": "completed", "failure_reason": None,
                                "task_screenshot_artifact_ids": [f"a_{number}"], "downloaded_files": [file],
                                "extracted_information": {"price": price, "task_id": "the shop's own"}}}

    assert output_changes(output(1, 48), output(2, 48)) == ([], False)
    (change,), _ = output_changes(output(1, 48), output(2, 49))
    assert (change.left, change.right) == ("48", "49")
    own = {"task_id": "a field of the shop"}, {"task_id": "another"}
    assert len(output_changes(*own)[0]) == 1
