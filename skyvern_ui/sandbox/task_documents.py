"""What the older routes say about a task: one of its own, one behind a block, one of engine 2.0."""

from __future__ import annotations

from typing import Any

from skyvern_ui.sandbox.artifacts import artifacts_of
from skyvern_ui.sandbox.names import task_id
from skyvern_ui.sandbox.outputs import RESULT, block_output
from skyvern_ui.sandbox.plan import Part
from skyvern_ui.sandbox.shapes import moment, shape
from skyvern_ui.sandbox.story import Run
from skyvern_ui.sandbox.telling import categories_of, media_of, outcome_of, times_of
from skyvern_ui.sandbox.world import World


def legacy_task(world: World, run: Run, part: Part, *, row: bool = False) -> dict[str, Any]:
    """GET /api/v1/tasks/{id}, and its rows, which carry no links."""
    now = world.clock()
    if run.kind == "workflow_run":
        return _behind_a_block(world, run, part)
    request = shape("legacy_request", url=run.url or "", navigation_goal=run.prompt, title=run.title,
                    totp_identifier=run.request.get("totp_identifier"),
                    webhook_callback_url=run.request.get("webhook_url"))
    known = {**times_of(run, now), **outcome_of(run, now), "task_id": run.run_id, "status": run.status(now),
             "request": request, "step_count": max(1, part.steps_done(run, now)),
             "failure_category": categories_of(run, now), "browser_session_id": run.session_id,
             "extracted_information": RESULT if run.status(now) == "completed" else None}
    if row:
        return shape("legacy_task_row", **known)
    media = media_of(run, now)
    last = next((a.uri for a in artifacts_of(run, now) if a.kind == "screenshot_final"), None)
    return shape("legacy_task", **known, action_screenshot_urls=media["screenshot_urls"], screenshot_url=last,
                 recording_url=media["recording_url"], downloaded_files=media["downloaded_files"])


def task_v2_document(world: World, run: Run) -> dict[str, Any] | None:
    """GET /api/v2/tasks/{id}; also part of what is said about the hidden run. None for any other run."""
    shown = world.runs[run.shown_as] if run.shown_as else run
    hidden, now = shown.played_by, world.clock()
    if hidden is None:
        return None
    done = shown.status(now) == "completed"
    return shape("task_v2", **times_of(shown, now), task_id=shown.run_id, organization_id=world.organization_id,
                 status=shown.status(now), prompt=shown.prompt, url=shown.url, workflow_run_id=hidden.run_id,
                 workflow_id=(hidden.workflow or {}).get("workflow_id"), failure_category=categories_of(shown, now),
                 workflow_permanent_id=hidden.workflow_permanent_id, output=RESULT if done else None,
                 totp_identifier=shown.request.get("totp_identifier"), run_with=shown.request.get("run_with"),
                 webhook_callback_url=shown.request.get("webhook_url"),
                 summary="Sandbox - simulated: the order was placed." if done else None)


def _behind_a_block(world: World, run: Run, part: Part) -> dict[str, Any]:
    now = world.clock()
    status = part.status(run, now)
    since, until = run.when(part.start), run.when(part.end)
    over = status not in (None, "running")
    failure = part.failure if over else None
    shots = [a.uri for a in artifacts_of(run, now) if a.part is part and a.kind == "screenshot_action"]
    output = block_output(run, part, now)
    request = shape("legacy_request", url=part.block.get("url") or run.url or "", title=part.label,
                    navigation_goal=part.block.get("navigation_goal"))
    return shape("legacy_task", task_id=task_id(run, part), status=status or "created", request=request,
                 created_at=moment(since), modified_at=moment(min(now, until)), started_at=moment(since),
                 finished_at=moment(until) if over else None, step_count=part.steps_done(run, now),
                 workflow_run_id=run.run_id, failure_reason=failure.reason if failure else None,
                 failure_category=failure.categories if failure else None, errors=failure.errors if failure else [],
                 action_screenshot_urls=shots[::-1] or None, recording_url=None, screenshot_url=None,
                 extracted_information=output.get("extracted_information") if isinstance(output, dict) else None)
