"""Record what runs can do beyond starting and ending: people, codes, tags, webhooks, loops, branches, planned tasks."""

from __future__ import annotations

from typing import Any

from tests.real.recorder import Recorder

FINAL = {"completed", "failed", "terminated", "canceled", "timed_out"}


def record_runs(r: Recorder, site: str) -> None:
    """The second half of the journey. The server must have a mail server to ask people with."""
    record_asking(r)
    run = record_story(r, site)
    record_tags(r, run)
    record_codes(r, run)
    record_webhooks(r, run)
    record_planned(r, site)


def record_asking(r: Recorder) -> None:
    """A run that asks somebody: it waits, is told to go on, and another is canceled while it waits."""
    workflow = _made(r, "Ask somebody", [{
        "block_type": "human_interaction", "label": "ask", "recipients": ["ben@example.com"],
        "instructions": "Decide.", "positive_descriptor": "Ship it", "negative_descriptor": "Send it back",
        "timeout_seconds": 300, "subject": "Please decide", "body": "A run waits."}])
    run = _started(r, workflow)
    r.wait_for_run(run, {"paused"})
    r.record("paused_run", "GET", f"/v1/runs/{run}")
    r.record("paused_workflow_run", "GET", f"/v1/workflows/runs/{run}")
    r.record("paused_timeline", "GET", f"/v1/runs/{run}/timeline")
    r.record("paused_runs", "GET", "/v1/runs?status=paused")
    r.record("continue_paused", "POST", f"/v1/workflows/runs/{run}/continue")
    r.wait_for_run(run, FINAL)
    r.record("continued_timeline", "GET", f"/v1/runs/{run}/timeline")
    r.record("continue_finished", "POST", f"/v1/workflows/runs/{run}/continue")
    run = _started(r, workflow)
    r.wait_for_run(run, {"paused"})
    r.record("cancel_paused", "POST", f"/v1/runs/{run}/cancel")
    r.wait_for_run(run, FINAL)
    r.record("cancel_mixed", "POST", "/v1/runs/cancel", json={"run_ids": [run, "wr_1"]})


def record_story(r: Recorder, site: str) -> str:
    """A run with a loop in a loop, a branch, a failure that is passed over, and a run of another workflow."""
    child = _made(r, "The other", [_code("answer")])
    lamps = {"parameter_type": "workflow", "key": "lamps", "workflow_parameter_type": "json",
             "default_value": ["Harbour", "Fjord"]}
    is_fjord, is_harbour = (
        {"criteria": {"criteria_type": "jinja2_template", "expression": f"{{{{ lamps[0] == '{name}' }}}}"},
         "next_block_label": f"is_{name.lower()}", "description": name} for name in ("Fjord", "Harbour"))
    workflow = _made(r, "A long story", [
        {"block_type": "for_loop", "label": "each_lamp", "loop_variable_reference": "lamps",
         "next_block_label": "choose", "loop_blocks": [
             {"block_type": "for_loop", "label": "inner", "loop_variable_reference": "{{ [1, 2] }}",
              "loop_blocks": [_code("count")]}]},
        {"block_type": "conditional", "label": "choose", "branch_conditions": [
            is_fjord, is_harbour, {"is_default": True, "next_block_label": "broken"}]},
        {**_code("is_fjord"), "next_block_label": "broken"},
        {**_code("is_harbour"), "next_block_label": "broken"},
        {**_code("broken", "raise ValueError('the lamp is broken')"), "continue_on_failure": True,
         "next_block_label": "other"},
        {"block_type": "workflow_trigger", "label": "other", "workflow_permanent_id": child, "payload": {},
         "wait_for_completion": True, "next_block_label": "fetch"},
        {"block_type": "goto_url", "label": "fetch", "url": f"{site}/"}], [lamps])
    run = _started(r, workflow, run_metadata={"ui.user": "ben"})
    r.wait_for_run(run, FINAL)
    r.record("story_run", "GET", f"/v1/workflows/runs/{run}")
    timeline = r.record("story_timeline", "GET", f"/v1/runs/{run}/timeline")
    hidden = next(i["block"]["output"]["workflow_run_id"] for i in timeline if i["block"]["label"] == "other")
    inner = next(i["block"]["task_id"] for i in timeline if i["block"]["label"] == "fetch")
    r.record("hidden_run", "GET", f"/v1/runs/{hidden}")
    r.record("hidden_timeline", "GET", f"/v1/runs/{hidden}/timeline")
    r.record("hidden_workflow_run", "GET", f"/v1/workflows/runs/{hidden}")
    r.record("inner_task", "GET", f"/v1/runs/{inner}")
    r.record("inner_legacy_task", "GET", f"/api/v1/tasks/{inner}")
    r.record("workflow_runs_of_old", "GET", f"/v1/workflows/{workflow}/runs?created_at_start=2030-01-01T00:00:00Z")
    r.record("runs_by_text", "GET", f"/v1/runs?search_key={run}")
    r.record("runs_by_short_text", "GET", "/v1/runs?search_key=ab")
    r.record("runs_by_category", "GET", "/v1/runs?failure_category=NO_SUCH")
    return run


def record_tags(r: Recorder, run: str) -> None:
    r.record("tags_set", "POST", f"/v1/runs/{run}/tags", json={"tags": [{"key": "env", "value": "prod"},
                                                                        {"value": "urgent"}]})
    r.record("runs_by_label", "GET", "/v1/runs?tags=urgent")
    r.record("tag_deleted", "DELETE", f"/v1/runs/{run}/tags/env")
    r.record("tags_changed", "POST", f"/v1/runs/{run}/tags", json={"tags": [], "tags_to_delete": [{"value": "urgent"}]})
    for name, tag in (("reserved", {"key": "skyvern.x", "value": "a"}), ("comma", {"value": "a,b"}),
                      ("colon", {"value": "a:b"})):
        r.record(f"tags_{name}", "POST", f"/v1/runs/{run}/tags", json={"tags": [tag]})
    r.record("tags_of_task", "POST", "/v1/runs/tsk_1/tags", json={"tags": [{"value": "urgent"}]})
    r.record("tags_of_many", "POST", "/v1/run-tags", json={"workflow_run_ids": ["wr_1", "tsk_1"]})


def record_codes(r: Recorder, run: str) -> None:
    wish = {"totp_identifier": "Ada@Example.com", "content": "123456", "workflow_run_id": run}
    r.record("code_sent", "POST", "/v1/credentials/totp", json=wish)
    r.record("code_of_nobody", "POST", "/v1/credentials/totp", json={"content": "123456"})
    r.record("code_for_unknown", "POST", "/v1/credentials/totp", json={**wish, "workflow_run_id": "wr_1"})
    r.record("code_for_unknown_task", "POST", "/v1/credentials/totp", json={
        "totp_identifier": "a", "content": "1", "task_id": "tsk_1"})
    r.record("magic_link_sent", "POST", "/v1/credentials/totp", json={**wish, "content": "https://a.test/?token=abcdef"})


def record_webhooks(r: Recorder, run: str) -> None:
    r.record("webhook_preview", "GET", f"/v1/internal/runs/{run}/test-webhook")
    r.record("webhook_preview_missing", "GET", "/v1/internal/runs/wr_1/test-webhook")
    r.record("webhook_replay_nowhere", "POST", f"/v1/runs/{run}/retry_webhook")
    r.record("webhook_replay_unreachable", "POST", f"/v1/runs/{run}/retry_webhook",
             json={"webhook_url": "http://127.0.0.1:1/"})
    r.record("webhook_test_bad_type", "POST", "/v1/internal/test-webhook", json={
        "webhook_url": "http://127.0.0.1:1/", "run_type": "x"})


def record_planned(r: Recorder, site: str) -> None:
    """A task of engine 2.0, which thinks, and hides a workflow run."""
    wish = {"prompt": "Find the price of the Harbour lamp", "url": f"{site}/", "engine": "skyvern-2.0"}
    run = r.record("planned_start", "POST", "/v1/run/tasks", json=wish)["run_id"]
    r.wait_for_run(run, FINAL)
    r.record("planned_run", "GET", f"/v1/runs/{run}")
    r.record("planned_timeline", "GET", f"/v1/runs/{run}/timeline")
    hidden = r.record("planned_task", "GET", f"/api/v2/tasks/{run}")["workflow_run_id"]
    r.record("planned_hidden_run", "GET", f"/v1/workflows/runs/{hidden}")


def _code(label: str, code: str = "total = 6 * 7") -> dict[str, Any]:
    return {"block_type": "code", "label": label, "code": code, "parameter_keys": []}


def _made(r: Recorder, title: str, blocks: list[dict[str, Any]], parameters: list[dict[str, Any]] | None = None) -> str:
    answer = r.call("POST", "/v1/workflows", json={"json_definition": {
        "title": title, "workflow_definition": {"parameters": parameters or [], "blocks": blocks}}})
    return str(answer.json()["workflow_permanent_id"])


def _started(r: Recorder, workflow: str, **more: Any) -> str:
    return str(r.call("POST", "/v1/run/workflows", json={"workflow_id": workflow, **more}).json()["run_id"])
