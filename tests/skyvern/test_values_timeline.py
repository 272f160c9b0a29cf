"""Timelines as Skyvern sends them, read once, never raising."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skyvern_ui.skyvern.values import Action, Block, Run, Step, Thought, read_timeline

JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
                    max_leaves=10)
FIELDS = st.dictionaries(st.sampled_from(
    ["actions", "block_type", "label", "output", "loop_values", "current_index", "duration", "created_at",
     "modified_at", "error_codes", "executed_branch_id", "option", "text", "confidence_float", "started_at",
     "finished_at", "order",
     "input_token_count", "step_cost", "failure_category", "attempts", "errors", "downloaded_files", "run_request",
     "request", "recording_urls", "workflow_id", "workflow_run_id", "status", "thought", "observation"]), JSON)


@given(FIELDS)
def test_nothing_that_skyvern_sends_can_break_reading(data: dict[str, Any]) -> None:
    for kind in (Action, Block, Thought, Step, Run):
        kind.from_json(data)  # type: ignore[attr-defined]
    read_timeline([{"type": "block", "block": data, "children": [{"type": "thought", "thought": data}, data]}, 1, None])


def test_every_level_is_turned_to_oldest_first() -> None:
    def row(name: str, *children: Any) -> dict[str, Any]:
        return {"type": "block", "block": {"workflow_run_block_id": name}, "children": list(children)}

    story = read_timeline([row("wrb_2", row("wrb_22"), row("wrb_21")), row("wrb_1")])
    assert [b.block_id for b in story if isinstance(b, Block)] == ["wrb_1", "wrb_2"]
    last = story[1]
    assert isinstance(last, Block)
    assert [c.block_id for c in last.children if isinstance(c, Block)] == ["wrb_21", "wrb_22"]


def test_a_block_that_only_holds_others_is_timed_by_its_span() -> None:
    told = {"created_at": "2026-11-21T07:00:00", "modified_at": "2026-11-21T07:00:09", "duration": None}
    assert Block.from_json({**told, "status": "completed"}).seconds == 9
    assert Block.from_json({**told, "status": "running"}).seconds is None
    assert Block.from_json({**told, "duration": 2.5, "status": "completed"}).seconds == 2.5


@pytest.mark.parametrize(("data", "expected"), [
    ({"block_type": "workflow_trigger", "output": {"workflow_run_id": "wr_1"}}, "wr_1"),
    ({"block_type": "workflow_trigger", "block_workflow_run_id": "wr_2", "output": None}, "wr_2"),
    ({"block_type": "code", "output": {"workflow_run_id": "wr_3"}}, None),
])
def test_a_sub_run_is_known_by_the_block_or_its_output(data: dict[str, Any], expected: str | None) -> None:
    assert Block.from_json(data).sub_run_id == expected


def test_the_older_shapes_of_a_run_say_what_it_was_asked() -> None:
    task = Run.from_json({"task_id": "tsk_1", "request": {"navigation_goal": "Find", "url": "https://example.com"},
                          "extracted_information": {"a": 1}})
    assert (task.title, task.output, task.request["url"]) == ("Find", {"a": 1}, "https://example.com")
    hidden = Run.from_json({"workflow_run_id": "wr_1", "workflow_id": "wpid_1", "parameters": {"a": 1},
                            "outputs": {"b": 2}, "workflow_title": "Shop"})
    assert (hidden.title, hidden.output, hidden.request["parameters"]) == ("Shop", {"b": 2}, {"a": 1})
