"""What the task behind a run or a block did: its steps and its actions. All of it is of one moment."""

from __future__ import annotations

from typing import Any

from skyvern_ui.sandbox.artifacts import action_picture
from skyvern_ui.sandbox.names import action_id, step_id, task_id
from skyvern_ui.sandbox.plan import Part, parts_of
from skyvern_ui.sandbox.shapes import moment, shape
from skyvern_ui.sandbox.story import STORY, Run
from skyvern_ui.sandbox.world import World

TRIES, RETRIES = 4, 9_000  # of a step whose model fails; where the numbers of the later ones begin
STEP_COST = 0.0021  # of a run with a price


def steps_document(world: World, run: Run, part: Part) -> list[dict[str, Any]]:
    """GET /api/v1/tasks/{id}/steps: the finished ones and the one at work, without what is null."""
    now = world.clock()
    done, found = part.steps_done(run, now), []
    over = part.status(run, now) != "running"
    begun = 0 if part.status(run, now) is None else min(part.steps, done + (0 if over and not part.fatal else 1))
    for order in range(begun):
        acted = [[_action(world, run, part, order * part.per_step + n), [{"success": True}]]
                 for n in range(part.per_step)] if order < done else []
        step = shape("step", step_id=step_id(run, part.first_step + order), task_id=task_id(run, part), order=order,
                     created_at=moment(run.when(part.share(order))), organization_id=world.organization_id,
                     modified_at=moment(min(now, run.when(part.share(order + 1)))), last_llm_model="sandbox",
                     status="completed" if order < done else "failed" if over else "running",
                     is_last=order == part.steps - 1, step_cost=STEP_COST if run.priced else 0.0,
                     output={"actions_and_results": acted, "errors": []})
        found += [{key: value for key, value in tried.items() if value is not None}
                  for tried in (_tries(run, step) if order >= done and over and part.fatal else [step])]
    return found


def actions_document(world: World, run: Run, part: Part) -> list[dict[str, Any]]:
    """GET /api/v1/tasks/{id}/actions, oldest first."""
    done = part.steps_done(run, world.clock()) * part.per_step
    return [_action(world, run, part, order) for order in range(done)]


def cost_of(run: Run, now: float) -> float | None:
    return round(STEP_COST * sum(part.steps_done(run, now) for part in parts_of(run)), 6) if run.priced else None


def _tries(run: Run, step: dict[str, Any]) -> list[dict[str, Any]]:
    """The step that failed; where the model did, it was tried four times."""
    if run.failure is None or run.failure.category != "LLM_ERROR":
        return [step]
    output = {"actions_and_results": [], "errors": [], "step_exception": "LLMProviderError"}
    return [step | {"retry_index": n, "is_last": False, "output": output,
                    "step_id": step["step_id"] if n == 0 else step_id(run, RETRIES + n)} for n in range(TRIES)]


def _action(world: World, run: Run, part: Part, order: int) -> dict[str, Any]:
    scene = STORY[part.scenes[order % len(part.scenes)]]
    count = part.steps * part.per_step
    since, until = (moment(run.when(part.start + (part.end - part.start) * n / count)) for n in (order, order + 1))
    step, within = divmod(order, part.per_step)
    return shape("action", action_id=action_id(run, part.first_step * part.per_step + order), status="completed",
                 action_type=scene.action, task_id=task_id(run, part), step_id=step_id(run, part.first_step + step),
                 step_order=step, action_order=within, intention=scene.intention, reasoning=scene.reasoning,
                 workflow_run_id=run.run_id if run.kind == "workflow_run" else None, text=scene.text,
                 screenshot_artifact_id=action_picture(run, part, order), confidence_float=0.97,
                 organization_id=world.organization_id, started_at=since, finished_at=until, created_at=since,
                 modified_at=until, response=scene.text)
