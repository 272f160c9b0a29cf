"""What is said about a run: task, workflow run, list row. All of it is of one moment."""

from __future__ import annotations

from typing import Any

from skyvern_ui.sandbox.artifacts import Artifact, artifacts_of
from skyvern_ui.sandbox.shapes import moment, shape
from skyvern_ui.sandbox.story import Run
from skyvern_ui.sandbox.world import World

FAILURE = "Sandbox - simulated: the shop answered with an error page and the order could not be placed."
CATEGORY = [{"category": "NAVIGATION_FAILURE", "confidence_float": 0.9, "reasoning": FAILURE}]
ERRORS = [{"error_code": "REACH_MAX_RETRIES", "reasoning": FAILURE, "error_type": "SYSTEM_DEFINED_ERROR"}]
RESULT = {"order_number": "LL-20418", "item": "Reading lamp Alva", "price_eur": 48.0, "note": "Sandbox - simulated"}


def run_document(world: World, run: Run) -> dict[str, Any]:
    """GET /v1/runs/{id}."""
    now = world.clock()
    known = {**_times(run, now), **_media(run, now), "run_id": run.run_id, "run_type": run.kind,
             "status": run.status(now), "run_request": run.request, "browser_session_id": run.session_id,
             "app_url": f"http://localhost:8080/runs/{run.run_id}", **_outcome(run, now)}
    if run.kind == "workflow_run":
        return shape("workflow_run", **known, output=_outputs(run, now), step_count=blocks_done(run, now),
                     attempts=_attempts(run, now))
    output = RESULT if run.status(now) == "completed" else None
    return shape("task_run", **known, output=output, step_count=max(1, run.steps_done(now)))


def row_document(world: World, run: Run) -> dict[str, Any]:
    """One row of GET /v1/runs."""
    now = world.clock()
    wpid = run.workflow["workflow_permanent_id"] if run.workflow else None
    return shape("run_row", run_id=run.run_id, task_run_id=f"tr_{run.number}", task_run_type=run.kind,
                 status=run.status(now), title=run.title or run.prompt[:60], created_at=moment(run.created),
                 started_at=moment(run.started(now)), finished_at=moment(run.finished(now)),
                 workflow_permanent_id=wpid, workflow_deleted=wpid in world.deleted, trigger_type=run.trigger,
                 created_by=world.person if run.trigger == "manual" else None)


def workflow_run_document(world: World, run: Run, *, with_workflow: bool) -> dict[str, Any]:
    """GET /v1/workflows/runs/{wr} (with the workflow) and its older form under /api/v1."""
    now = world.clock()
    workflow = run.workflow or {}
    wpid = workflow.get("workflow_permanent_id")
    media = _media(run, now)
    recording = media["recording_url"]
    again = next((r.run_id for r in world.runs.values() if r.retried_from == run.run_id), None)
    document = shape("workflow_run_detail", **_times(run, now), **media, **_outcome(run, now), agent_id=wpid,
                     agent_run_id=run.run_id, workflow_id=wpid, workflow_run_id=run.run_id,
                     workflow_title=workflow.get("title"), status=run.status(now), outputs=_outputs(run, now),
                     parameters=run.request.get("parameters") or {}, total_steps=blocks_done(run, now),
                     recording_urls=[recording] if recording else None, attempts=_attempts(run, now),
                     browser_session_id=run.session_id, retried_from_workflow_run_id=run.retried_from,
                     retried_by_workflow_run_id=again,
                     failure_category=CATEGORY if run.status(now) == "failed" else None)
    if with_workflow:
        document["workflow"] = run.workflow
    return document


def workflow_run_row(world: World, run: Run) -> dict[str, Any]:
    """One row of the workflow run lists, where workflow_id is the version's id."""
    now = world.clock()
    workflow = run.workflow or {}
    return shape("workflow_run_row", **_times(run, now), status=run.status(now), workflow_run_id=run.run_id,
                 workflow_id=workflow.get("workflow_id"), workflow_title=workflow.get("title"),
                 workflow_permanent_id=workflow.get("workflow_permanent_id"), attempts=[], trigger_type=run.trigger,
                 organization_id=world.organization_id, retried_from_workflow_run_id=run.retried_from,
                 failure_reason=FAILURE if run.status(now) == "failed" else None,
                 created_by=world.person if run.trigger == "manual" else None)


def legacy_task(world: World, run: Run, *, row: bool = False) -> dict[str, Any]:
    """GET /api/v1/tasks/{id}, and its rows, which carry no links."""
    now = world.clock()
    request = shape("legacy_request", url=run.url or "", navigation_goal=run.prompt, title=run.title)
    known = {**_times(run, now), "task_id": run.run_id, "status": run.status(now), "request": request,
             "step_count": max(1, run.steps_done(now)), "failure_reason": _outcome(run, now)["failure_reason"],
             "failure_category": CATEGORY if run.status(now) == "failed" else None,
             "extracted_information": RESULT if run.status(now) == "completed" else None}
    if row:
        return shape("legacy_task_row", **known)
    media = _media(run, now)
    return shape("legacy_task", **known, action_screenshot_urls=media["screenshot_urls"],
                 recording_url=media["recording_url"], downloaded_files=media["downloaded_files"],
                 screenshot_url=_uri(run, now, "screenshot_final"))


def _times(run: Run, now: float) -> dict[str, Any]:
    return {"created_at": moment(run.created), "modified_at": moment(run.changed(now)),
            "started_at": moment(run.started(now)), "finished_at": moment(run.finished(now)),
            "queued_at": moment(run.created) if run.status(now) != "created" else None}


def _media(run: Run, now: float) -> dict[str, Any]:
    found = artifacts_of(run, now)
    shots = [a.uri for a in found if a.kind == "screenshot_action"]
    return {"screenshot_urls": shots[::-1] or None, "recording_url": _uri(run, now, "recording"),
            "downloaded_files": [_download(a) for a in found if a.kind == "download"]}


def _download(artifact: Artifact) -> dict[str, Any]:
    return {"url": artifact.uri, "checksum": None, "filename": "order.csv", "file_size": len(artifact.read()),
            "modified_at": moment(artifact.created), "artifact_id": artifact.artifact_id}


def _uri(run: Run, now: float, kind: str) -> str | None:
    return next((a.uri for a in artifacts_of(run, now) if a.kind == kind), None)


def _outcome(run: Run, now: float) -> dict[str, Any]:
    failed = run.status(now) == "failed"
    return {"failure_reason": FAILURE if failed else None, "errors": ERRORS if failed else []}


def _attempts(run: Run, now: float) -> list[dict[str, Any]]:
    if run.started(now) is None:
        return []
    return [shape("attempt", attempt_number=1, status=run.status(now), started_at=moment(run.started(now)),
                  finished_at=moment(run.finished(now)), failure_reason=_outcome(run, now)["failure_reason"])]


def blocks_of(run: Run) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = ((run.workflow or {}).get("workflow_definition") or {}).get("blocks") or []
    return blocks or [{"block_type": "task", "label": "block_1", "navigation_goal": run.prompt, "url": run.url}]


def blocks_done(run: Run, now: float) -> int:
    return run.steps_done(now, len(blocks_of(run)))


def _outputs(run: Run, now: float) -> dict[str, Any] | None:
    if not run.is_over(now):
        return None
    told = {f"{block.get('label')}_output": block_output(block) for block in blocks_of(run)[:blocks_done(run, now)]}
    return {**told, "extracted_information": [RESULT] if run.status(now) == "completed" else []}


def block_output(block: dict[str, Any]) -> Any:
    if block.get("block_type") in ("wait", "human_interaction"):
        return {"success": True}
    if block.get("block_type") == "code":
        return {"total": 42}
    return shape("goto_output", status="completed", extracted_information=RESULT)
