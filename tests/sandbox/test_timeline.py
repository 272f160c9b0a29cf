"""A rich workflow unfolds as on the real Skyvern: loops, branches, failures that may be, runs of other workflows."""

from __future__ import annotations

from typing import Any

import pytest

from skyvern_ui.sandbox.examples import ASK, CHECK_STOCK, LAMPS, compare_lamps
from skyvern_ui.sandbox.plan import SIZES
from tests.sandbox.caller import Caller


@pytest.fixture
def rich(caller: Caller) -> str:
    stock = caller.workflow(CHECK_STOCK)
    return caller.run_workflow(caller.workflow(compare_lamps(stock)))


def by_label(entries: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {entry["block"]["label"]: entry for entry in entries}


def test_a_loop_turns_once_for_every_value(caller: Caller, rich: str) -> None:
    caller.clock.now += 60
    loop = by_label(caller.get(f"/v1/runs/{rich}/timeline"))["each_lamp"]
    inside = [entry["block"] for entry in loop["children"]][::-1]
    assert loop["block"]["loop_values"] == LAMPS and loop["block"]["duration"] is None
    assert [(b["label"], b["current_index"], b["current_value"]) for b in inside] == [
        (label, index, lamp) for index, lamp in enumerate(LAMPS) for label in ("open_lamp", "read_lamp")]
    assert {b["parent_workflow_run_block_id"] for b in inside} == {loop["block"]["workflow_run_block_id"]}
    assert [[turn["output_parameter"]["key"] for turn in turns] for turns in loop["block"]["output"]] == [
        ["open_lamp_output", "read_lamp_output"]] * 3


def test_one_branch_is_taken_and_the_others_never_begin(caller: Caller, rich: str) -> None:
    caller.clock.now += 60
    found = by_label(caller.get(f"/v1/runs/{rich}/timeline"))
    choice = found["choose"]["block"]
    assert [entry["block"]["label"] for entry in found["choose"]["children"]] == ["look_at_small"]
    assert choice["executed_branch_next_block"] == "look_at_small" and choice["executed_branch_result"] is True
    assert [e["result"] for e in choice["output"]["evaluations"]] == [False, True]
    assert list(found) == ["compare", "save_sheets", "stock", "read_reviews", "choose", "each_lamp"]


def test_a_block_may_fail_and_the_run_goes_on(caller: Caller, rich: str) -> None:
    caller.clock.now += 60
    assert caller.get(f"/v1/runs/{rich}")["status"] == "completed"
    failed = by_label(caller.get(f"/v1/runs/{rich}/timeline"))["read_reviews"]["block"]
    assert failed["status"] == "failed" and failed["continue_on_failure"]
    assert failed["error_codes"] == ["OUT_OF_STOCK"]


def test_a_run_of_another_workflow_is_half_hidden(caller: Caller, rich: str) -> None:
    caller.clock.now += 60
    block = by_label(caller.get(f"/v1/runs/{rich}/timeline"))["stock"]["block"]
    child = block["output"]["workflow_run_id"]
    assert block["block_workflow_run_id"] is None and block["output"]["status"] == "completed"
    assert caller.get(f"/v1/runs/{child}", 404) and caller.get(f"/v1/runs/{child}/timeline", 404)
    told = caller.get(f"/v1/workflows/runs/{child}")
    assert told["workflow_title"] == "Check the stock" and told["outputs"]["count_output"] == {"total": 42}
    assert [row["run_id"] for row in caller.get("/v1/runs")] == [rich]
    path = f"/workflows/{told['workflow_id']}/runs"
    assert caller.get(f"/v1{path}") == [] and caller.get(f"/v1{path}?include_child_runs=true") == caller.get(
        f"/api/v1{path}") != []


def test_a_task_behind_a_block_has_steps_and_artifacts(caller: Caller, rich: str) -> None:
    caller.clock.now += 60
    block = by_label(caller.get(f"/v1/runs/{rich}/timeline"))["save_sheets"]["block"]
    task = block["task_id"]
    assert caller.get(f"/v1/runs/{task}", 404)
    assert caller.get(f"/api/v1/tasks/{task}")["workflow_run_id"] == rich
    steps = caller.get(f"/api/v1/tasks/{task}/steps")
    assert [step["order"] for step in steps] == [0, 1]
    own = caller.get(f"/api/v1/tasks/{task}/steps/{steps[0]['step_id']}/artifacts")
    assert own and own == caller.get(f"/api/v1/step/{steps[0]['step_id']}/artifacts")[::-1]
    assert {a["artifact_id"] for a in own} < {a["artifact_id"] for a in caller.get(f"/v1/runs/{task}/artifacts")}
    pictures = {a["artifact_id"] for a in own if a["artifact_type"] == "screenshot_action"}
    assert pictures == {block["actions"][-1]["screenshot_artifact_id"]}
    files = caller.get(f"/api/v1/workflow_run_block/{block['workflow_run_block_id']}/artifacts")
    assert {a["artifact_id"] for a in files} >= set(block["output"]["downloaded_file_artifact_ids"])
    assert block["downloaded_file_count"] == 2 and len(caller.get(f"/v1/workflows/runs/{rich}")["recording_urls"]) == 3


def test_while_it_runs_only_what_has_begun_is_told(caller: Caller, rich: str) -> None:
    caller.clock.now += 2
    [loop] = caller.get(f"/v1/runs/{rich}/timeline")
    assert loop["block"]["status"] == "running" and loop["block"]["output"] is None
    assert [entry["block"]["status"] for entry in loop["children"]][0] == "running"
    caller.post(f"/v1/runs/{rich}/cancel")
    caller.clock.now += 60
    [loop] = caller.get(f"/v1/runs/{rich}/timeline")
    assert loop["block"]["status"] == loop["children"][0]["block"]["status"] == "canceled"


def test_a_run_waits_in_the_block_that_asks(caller: Caller) -> None:
    run = caller.run_workflow(caller.workflow(ASK))
    caller.clock.now += 60
    told = caller.get(f"/v1/runs/{run}/timeline")
    assert [entry["block"]["label"] for entry in told] == ["approve", "open_basket"]
    asked = told[0]["block"]
    assert (asked["status"], asked["positive_descriptor"], asked["negative_descriptor"]) == ("running", "Pay", "Stop")
    caller.post(f"/v1/workflows/runs/{run}/continue")
    assert caller.status(run, 30) == "completed"
    assert by_label(caller.get(f"/v1/runs/{run}/timeline"))["approve"]["block"]["output"] == {
        "success": True, "reason": "status_changed:running"}


def test_a_task_of_engine_2_has_thoughts_and_a_hidden_run(caller: Caller) -> None:
    wish = {"prompt": "Order a lamp", "url": "https://shop.example/", "engine": "skyvern-2.0"}
    run = caller.post("/v1/run/tasks", wish)["run_id"]
    caller.clock.now += 60
    told = caller.get(f"/v1/runs/{run}/timeline")
    assert [entry["created_at"] for entry in told] == sorted((e["created_at"] for e in told), reverse=True)
    kinds = [entry["thought"]["thought_type"] for entry in told if entry["type"] == "thought"]
    assert kinds == ["user_goal_check", "plan", "plan", "plan", "metadata"]
    hidden = caller.get(f"/api/v2/tasks/{run}")["workflow_run_id"]
    assert caller.get(f"/v1/runs/{hidden}")["run_id"] == run and caller.get(f"/v1/runs/{hidden}/timeline") == told
    assert caller.get(f"/v1/workflows/runs/{hidden}")["task_v2"]["task_id"] == run
    assert caller.get(f"/v1/runs/{run}/artifacts") == caller.get(f"/v1/runs/{hidden}/artifacts") != []
    assert [row["run_id"] for row in caller.get("/v1/runs")] == [run]


@pytest.mark.parametrize("word", ["[fail]", "[model]", "[terminate]"])
def test_a_failing_run_fails_in_its_last_block(caller: Caller, word: str) -> None:
    run = caller.run_workflow(caller.workflow(CHECK_STOCK), title=f"Count {word}")
    caller.clock.now += 60
    told, newest = caller.get(f"/v1/runs/{run}"), caller.get(f"/v1/runs/{run}/timeline")[0]["block"]
    assert (newest["status"], newest["failure_reason"]) == (told["status"], told["failure_reason"])


def test_a_step_whose_model_fails_is_tried_again(caller: Caller) -> None:
    task = caller.start("Order a lamp [model]")
    caller.clock.now += 60
    steps = [step for step in caller.get(f"/api/v1/tasks/{task}/steps") if step["status"] == "failed"]
    assert [step["retry_index"] for step in steps] == [0, 1, 2, 3] and len({step["step_id"] for step in steps}) == 4
    assert {step["output"]["step_exception"] for step in steps} == {"LLMProviderError"}


@pytest.mark.parametrize(("word", "wanted"), [("[10]", 10), ("[1000]", 1000)])
def test_so_many_actions(caller: Caller, word: str, wanted: int) -> None:
    task = caller.start(f"Read every page of the shop {word}")
    assert caller.get(f"/v1/runs/{task}")["status"] == "completed"
    assert len({a["action_id"] for a in caller.get(f"/api/v1/tasks/{task}/actions")}) == wanted
    run = caller.run_workflow(caller.workflow(CHECK_STOCK), title=f"Read every page {word}")
    blocks = [entry["block"] for entry in caller.get(f"/v1/runs/{run}/timeline")]
    assert len(blocks) == SIZES[word][0] and sum(len(block["actions"]) for block in blocks) == wanted
    shots = {a["artifact_id"] for a in caller.get(f"/v1/runs/{run}/artifacts?artifact_type=screenshot_action")}
    assert shots == {action["screenshot_artifact_id"] for block in blocks for action in block["actions"]}


def test_a_priced_run_tells_its_cost(caller: Caller) -> None:
    task = caller.start("Order a lamp [cost]")
    run = caller.run_workflow(caller.workflow(ASK | {"title": "No price"}))
    caller.clock.now += 60
    assert {step["step_cost"] for step in caller.get(f"/api/v1/tasks/{task}/steps")} == {0.0021}
    assert caller.get(f"/v1/workflows/runs/{run}")["total_cost"] is None
    rich = caller.run_workflow(caller.workflow(compare_lamps("wpid_1")), title="[cost]")
    caller.clock.now += 60
    assert caller.get(f"/v1/workflows/runs/{rich}")["total_cost"] > 0.01
