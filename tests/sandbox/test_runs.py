"""A simulated run goes its way by the clock: created, running, over; by its prompt, failed or paused."""

from __future__ import annotations

from skyvern_ui.sandbox.story import FINAL
from tests.sandbox.caller import Caller

WORKFLOW = {"json_definition": {"title": "Two steps", "workflow_definition": {"parameters": [], "blocks": [
    {"block_type": "wait", "label": "one", "wait_sec": 1}, {"block_type": "wait", "label": "two", "wait_sec": 1}]}}}


def test_a_run_is_created_queued_running_and_completed(caller: Caller) -> None:
    run = caller.start("Order a lamp")
    assert [caller.status(run, after) for after in (0, 0.4, 1, 8)] == ["created", "queued", "running", "completed"]
    told = caller.get(f"/v1/runs/{run}")
    assert told["output"]["order_number"] == "LL-20418"
    assert told["recording_url"] and told["finished_at"]


def test_steps_and_pictures_come_one_by_one(caller: Caller) -> None:
    run = caller.start("Order a lamp")
    counts = []
    for _ in range(7):
        counts.append(len(caller.get(f"/api/v1/tasks/{run}/actions")))
        caller.clock.now += 1.8
    assert counts == sorted(counts) and counts[0] == 0 and counts[-1] == 5 and len(set(counts)) > 3


def test_fail_in_a_prompt_fails_the_run_with_a_category(caller: Caller) -> None:
    run = caller.start("Order a lamp [fail]")
    assert caller.status(run, 20) == "failed"
    assert "simulated" in caller.get(f"/v1/runs/{run}")["failure_reason"]
    assert caller.get(f"/api/v1/tasks/{run}")["failure_category"][0]["category"] == "NAVIGATION_FAILURE"


def test_slow_in_a_prompt_takes_a_minute(caller: Caller) -> None:
    run = caller.start("Order a lamp [slow]")
    assert caller.status(run, 55) == "running"
    assert caller.status(run, 10) == "completed"


def test_a_paused_run_waits_for_a_person(caller: Caller) -> None:
    run = caller.start("Order a lamp [pause]")
    assert caller.status(run, 3600) == "paused"
    caller.post(f"/v1/workflows/runs/{run}/continue")
    assert caller.status(run, 1) == "running"
    assert caller.status(run, 8) == "completed"
    caller.post(f"/v1/workflows/runs/{run}/continue", status=404)


def test_a_canceled_run_stays_canceled_and_cannot_be_canceled_again(caller: Caller) -> None:
    run = caller.start("Order a lamp")
    caller.clock.now += 3
    assert caller.post(f"/v1/runs/{run}/cancel") is None
    assert caller.status(run, 60) == "canceled"
    caller.post(f"/v1/runs/{run}/cancel", status=400)


def test_the_list_is_newest_first_filtered_and_paged(caller: Caller) -> None:
    runs = []
    for prompt in ("first lamp", "second lamp", "third [fail]"):
        runs.append(caller.start(prompt))
        caller.clock.now += 1
    caller.clock.now += 30
    assert [row["run_id"] for row in caller.get("/v1/runs")] == runs[::-1]
    assert [row["run_id"] for row in caller.get("/v1/runs?page=2&page_size=2")] == runs[:1]
    assert [row["run_id"] for row in caller.get("/v1/runs?status=failed")] == runs[2:]
    assert [row["run_id"] for row in caller.get("/v1/runs?search_key=SECOND")] == [runs[1]]


def test_a_workflow_run_carries_its_tags_blocks_and_outputs(caller: Caller) -> None:
    wpid = caller.post("/v1/workflows", WORKFLOW)["workflow_permanent_id"]
    wish = {"workflow_id": wpid, "parameters": {"a": 1}, "run_metadata": {"ui.user": "ben"}}
    run = caller.post("/v1/run/workflows", wish)["run_id"]
    caller.clock.now += 2
    assert [item["block"]["status"] for item in caller.get(f"/v1/runs/{run}/timeline")] == ["running"]
    caller.clock.now += 20
    told = caller.get(f"/v1/workflows/runs/{run}")
    assert told["status"] in FINAL and told["workflow"]["title"] == "Two steps"
    assert set(told["outputs"]) == {"one_output", "two_output", "extracted_information"}
    assert [item["block"]["label"] for item in caller.get(f"/v1/runs/{run}/timeline")] == ["two", "one"]
    assert [row["run_id"] for row in caller.get("/v1/runs?tags=ui.user:ben")] == [run]
    assert caller.get("/v1/runs?tags=ui.user:cleo") == []
    again = caller.post(f"/v1/workflows/runs/{run}/retry")["run_id"]
    assert again != run
    assert caller.get(f"/v1/workflows/runs/{again}")["retried_from_workflow_run_id"] is None  # as release 1.0.56


def test_a_changed_workflow_gets_a_new_version_and_a_deleted_one_is_gone(caller: Caller) -> None:
    wpid = caller.post("/v1/workflows", WORKFLOW)["workflow_permanent_id"]
    changed = caller.post(f"/v1/workflows/{wpid}", WORKFLOW)
    assert (changed["workflow_permanent_id"], changed["version"]) == (wpid, 2)
    assert [w["version"] for w in caller.get(f"/v1/workflows/{wpid}/versions")] == [2, 1]
    caller.post(f"/v1/workflows/{wpid}/delete")
    assert caller.get("/v1/workflows") == []


def test_first_contact_shows_every_way_a_run_can_go() -> None:
    caller = Caller(seeded=True)
    rows = caller.get("/v1/runs?page_size=100")
    assert {row["status"] for row in rows} == {"completed", "failed", "paused", "running"}
    assert {row["task_run_type"] for row in rows} == {"task_v1", "task_v2", "workflow_run"}
    assert len(caller.get("/v1/workflows")) == 5
    [broken] = caller.get("/v1/runs?failure_category=LLM_ERROR")
    assert broken["title"] == "Collect the month's invoices"
    [waiting] = caller.get("/v1/runs?status=paused")
    assert waiting["title"] == "Ask before paying"
    [asking] = [caller.get(f"/v1/runs/{row['run_id']}") for row in rows if row["status"] == "running"]
    assert asking["run_request"]["totp_identifier"] == "ada@example.com"
