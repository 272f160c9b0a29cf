"""What is said about a run: task, workflow run, list row. All of it is of one moment."""

from __future__ import annotations

from typing import Any

from skyvern_ui.sandbox.artifacts import artifacts_of
from skyvern_ui.sandbox.outputs import RESULT, outputs_of
from skyvern_ui.sandbox.plan import steps_done
from skyvern_ui.sandbox.shapes import moment, shape
from skyvern_ui.sandbox.steps import cost_of
from skyvern_ui.sandbox.story import Run
from skyvern_ui.sandbox.task_documents import task_v2_document
from skyvern_ui.sandbox.telling import categories_of, media_of, outcome_of, times_of
from skyvern_ui.sandbox.world import World


def run_document(world: World, run: Run) -> dict[str, Any]:
    """GET /v1/runs/{id}."""
    now = world.clock()
    known = {**times_of(run, now), **media_of(run, now), "run_id": run.run_id, "run_type": run.kind,
             "status": run.status(now), "run_request": run.request, "browser_session_id": run.session_id,
             "app_url": f"http://localhost:8080/runs/{run.run_id}", **outcome_of(run, now)}
    if run.kind == "workflow_run":
        return shape("workflow_run", **known, output=outputs_of(run, now), step_count=steps_done(run, now),
                     attempts=_attempts(run, now))
    output = RESULT if run.status(now) == "completed" else None
    known["browser_session_id"] = None  # a task's is told by the older route only, as release 1.0.56 does
    return shape("task_run", **known, output=output, step_count=max(1, steps_done(run, now)))


def row_document(world: World, run: Run) -> dict[str, Any]:
    """One row of GET /v1/runs."""
    now = world.clock()
    wpid = run.workflow_permanent_id
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
    media = media_of(run, now)
    films = [a.uri for a in artifacts_of(run, now) if a.kind == "recording"]
    document = shape("workflow_run_detail", **times_of(run, now), **media, **outcome_of(run, now), agent_id=wpid,
                     agent_run_id=run.run_id, workflow_id=wpid, workflow_run_id=run.run_id,
                     attempts=_attempts(run, now), workflow_title=workflow.get("title"), status=run.status(now),
                     outputs=outputs_of(run, now),
                     parameters=run.request.get("parameters") or {}, total_steps=steps_done(run, now),
                     total_cost=cost_of(run, now), recording_urls=films or None, browser_session_id=run.session_id,
                     failure_category=categories_of(run, now), task_v2=task_v2_document(world, run),
                     totp_identifier=run.request.get("totp_identifier"),
                     webhook_callback_url=run.request.get("webhook_url"))
    if with_workflow:
        document["workflow"] = run.workflow
    return document


def workflow_run_row(world: World, run: Run) -> dict[str, Any]:
    """One row of the workflow run lists, where workflow_id is the version's id."""
    now = world.clock()
    workflow = run.workflow or {}
    return shape("workflow_run_row", **times_of(run, now), status=run.status(now), workflow_run_id=run.run_id,
                 workflow_id=workflow.get("workflow_id"), workflow_title=workflow.get("title"),
                 workflow_permanent_id=workflow.get("workflow_permanent_id"), attempts=[], trigger_type=run.trigger,
                 organization_id=world.organization_id,
                 failure_reason=outcome_of(run, now)["failure_reason"],
                 failure_category=categories_of(run, now), parent_workflow_run_id=run.parent,
                 workflow_schedule_id=run.schedule_id,
                 created_by=world.person if run.trigger == "manual" else None)


def _attempts(run: Run, now: float) -> list[dict[str, Any]]:
    if run.started(now) is None:
        return []
    return [shape("attempt", attempt_number=1, status=run.status(now), started_at=moment(run.started(now)),
                  finished_at=moment(run.finished(now)), failure_reason=outcome_of(run, now)["failure_reason"])]
