"""What a run did: the timeline of its blocks, its steps, its actions. All of it is of one moment."""

from __future__ import annotations

from typing import Any

from skyvern_ui.sandbox.artifacts import artifacts_of, block_id, step_id
from skyvern_ui.sandbox.documents import FAILURE, block_output, blocks_done, blocks_of
from skyvern_ui.sandbox.shapes import moment, shape
from skyvern_ui.sandbox.story import STORY, Run
from skyvern_ui.sandbox.world import World


def timeline_document(world: World, run: Run) -> list[dict[str, Any]]:
    """GET /v1/runs/{wr}/timeline: the blocks that have begun, newest first."""
    now = world.clock()
    blocks, done = blocks_of(run), blocks_done(run, now)
    begun = [] if run.started(now) is None else blocks[:done + (0 if run.status(now) == "completed" else 1)]
    items = []
    for index, block in enumerate(begun):
        since = run.began + run.seconds / len(blocks) * index
        until = run.began + run.seconds / len(blocks) * (index + 1)
        status = "completed" if index < done else {"queued": "running", "paused": "running"}.get(
            run.status(now), run.status(now))
        when = {"created_at": moment(since), "modified_at": moment(min(now, until))}
        actions = [_action(world, run, n) for n in range(run.steps_done(now))] if index == len(blocks) - 1 else []
        told = shape("block", **when, block_type=block["block_type"], label=block.get("label"), status=status,
                     workflow_run_block_id=block_id(run, index), workflow_run_id=run.run_id,
                     output=block_output(block) if status == "completed" else None, url=block.get("url"),
                     duration=run.seconds / len(blocks) if status == "completed" else None,
                     failure_reason=FAILURE if status == "failed" else None, engine=block.get("engine"),
                     navigation_goal=block.get("navigation_goal"), prompt=block.get("prompt"),
                     instructions=block.get("instructions"), positive_descriptor=block.get("positive_descriptor"),
                     negative_descriptor=block.get("negative_descriptor"), actions=actions,
                     organization_id=world.organization_id)
        items.append(shape("timeline", **when, type="block", block=told))
    return items[::-1]


def steps_document(world: World, run: Run) -> list[dict[str, Any]]:
    """GET /api/v1/tasks/{id}/steps."""
    now = world.clock()
    done, steps = run.steps_done(now), []
    begun = 0 if run.started(now) is None else min(len(STORY), done + (0 if run.is_over(now) else 1))
    for order in range(begun):
        when = moment(run.began + run.seconds / len(STORY) * order)
        action = _action(world, run, order)
        step = shape("step", step_id=step_id(run, order), task_id=run.run_id, order=order, created_at=when,
                     modified_at=when, organization_id=world.organization_id, last_llm_model="sandbox",
                     status="completed" if order < done else "running", is_last=order == len(STORY) - 1,
                     output={"actions_and_results": [[action, [{"success": True}]]], "errors": []})
        steps.append({key: value for key, value in step.items() if value is not None})
    return steps


def actions_document(world: World, run: Run) -> list[dict[str, Any]]:
    """GET /api/v1/tasks/{id}/actions, newest first."""
    return [_action(world, run, order) for order in range(run.steps_done(world.clock()))][::-1]


def _action(world: World, run: Run, order: int) -> dict[str, Any]:
    scene, share = STORY[order], run.seconds / len(STORY)
    picture = next((a.artifact_id for a in artifacts_of(run, world.clock())
                    if a.kind == "screenshot_action" and a.step == order), None)
    since, until = moment(run.began + share * order), moment(run.began + share * (order + 1))
    return shape("action", action_id=f"act_{run.number:06d}{order}", action_type=scene.action, status="completed",
                 task_id=run.run_id, step_id=step_id(run, order), step_order=order, action_order=0,
                 workflow_run_id=run.run_id if run.kind == "workflow_run" else None, intention=scene.intention,
                 reasoning=scene.reasoning, text=scene.text, screenshot_artifact_id=picture, confidence_float=0.97,
                 organization_id=world.organization_id, started_at=since, finished_at=until, created_at=since,
                 modified_at=until, response=scene.text)
