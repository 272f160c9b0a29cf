"""The output of a run: a tree of bounded size, search, places, JSON and CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from skyvern_ui.runs import output_rules

from ..sandbox_server import Sandbox
from ..support.people import Browser
from .stories import tell_run

LEAF = st.none() | st.booleans() | st.integers(-10**6, 10**6) | st.floats(allow_nan=False) | st.text(max_size=8)
JSON = st.recursive(LEAF,
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
                    max_leaves=30)


@pytest.fixture
def with_skyvern(connected: Flask) -> Flask:
    return connected


def count(node: output_rules.Node) -> int:
    return 1 + sum(count(child) for child in node.children)


@given(JSON, st.integers(1, 40))
def test_the_tree_never_grows_past_its_room_and_says_what_is_missing(value: Any, most: int) -> None:
    tree = output_rules.tree(value, most=most)
    assert count(tree) <= max(1, most)

    def whole(node: output_rules.Node) -> bool:
        return len(node.children) + node.more == (node.length if node.kind in ("object", "list") else 0) and all(
            map(whole, node.children))

    assert whole(tree)


@given(JSON)
def test_every_place_of_the_tree_leads_back_to_its_value(value: Any) -> None:
    def walk(node: output_rules.Node) -> None:
        found = output_rules.at_pointer(value, node.at)
        assert node.length == len(found if isinstance(found, dict | list | str) else node.text or "")
        for child in node.children:
            walk(child)

    if not (isinstance(value, dict) and "" in value):
        walk(output_rules.tree(value))


@pytest.mark.parametrize("output", ["just words", 42, True, [1, [2, [3]]], {"a": {"b": None}}, [[]], {"": ""}, "0", 0])
def test_output_of_every_shape_is_shown(ben: Browser, sandbox: Sandbox, with_skyvern: Flask, output: Any) -> None:
    """Defect 17 of the earlier overlay: outputs that are text were hidden."""
    tell_run(sandbox, "wr_1", output=output)
    page = ben.get("/runs/wr_1?tab=output")
    assert page.status == 200 and page.all("#run-output .tree")
    if isinstance(output, str):
        assert output in page.one("#run-output").text
    assert ben.get("/runs/wr_1/output.json").response.get_json() == output


def test_two_mebibytes_make_a_small_page_with_everything_in_reach(ben: Browser, sandbox: Sandbox, with_skyvern: Flask
                                                                  ) -> None:
    items = [{"name": f"Lamp {n}", "note": "x" * 180, "price": n} for n in range(9000)]
    tell_run(sandbox, "wr_1", output={"list_output": items, "text": "y" * 300_000, "last": "here"})
    for path in ("/runs/wr_1", "/runs/wr_1?tab=output"):
        page = ben.get(path)
        assert page.status == 200 and len(page.text.encode()) < 150_000, path
    assert "here" in page.one("#run-output").text
    inside = ben.get("/runs/wr_1?tab=output&at=/list_output/8999")
    assert "Lamp 8999" in inside.words
    found = ben.get("/runs/wr_1?tab=output&find=Lamp+8765")
    assert "list_output[8765].name" in found.words and len(found.text.encode()) < 150_000
    assert ben.get("/runs/wr_1?tab=output&at=/nothing").status == 404
    assert ben.get("/runs/wr_1/output.json?at=/list_output/3/name").response.get_json() == "Lamp 3"


def test_a_list_of_flat_objects_is_a_table(ben: Browser, sandbox: Sandbox, with_skyvern: Flask) -> None:
    tell_run(sandbox, "wr_1", output={"lamps": [{"name": "=1+1", "price": -4.5}, {"name": "Ä, b", "ok": True}]})
    page = ben.get("/runs/wr_1?tab=output")
    assert page.one('a[href="/runs/wr_1/output.csv?at=%2Flamps"]')
    answer = ben.get("/runs/wr_1/output.csv?at=/lamps")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows == [["name", "price", "ok"], ["'=1+1", "-4.5", ""], ["Ä, b", "", "true"]]
    assert ben.get("/runs/wr_1/output.csv").status == 404


def test_a_path_is_copied_as_programs_write_it(ben: Browser, sandbox: Sandbox, with_skyvern: Flask) -> None:
    tell_run(sandbox, "wr_1", output={"list": [{"unit price": 4}], "a/b": {"~": "x"}})
    copied = {b["data-copy"] for b in ben.get("/runs/wr_1?tab=output").all("[data-copy]")}
    assert {'list[0]["unit price"]', '["a/b"]["~"]', "4", "x"} <= copied
