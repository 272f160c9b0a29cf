"""The timeline of a run: its blocks as a tree and, for a task of engine 2.0, its thoughts. Newest first throughout."""

from __future__ import annotations

from typing import Any

from skyvern_ui.sandbox.artifacts import FILES_OF_A_BLOCK
from skyvern_ui.sandbox.kinds import WITH_BROWSER
from skyvern_ui.sandbox.names import block_id, task_id, thought_id
from skyvern_ui.sandbox.outputs import block_output
from skyvern_ui.sandbox.plan import Part, parts_of
from skyvern_ui.sandbox.shapes import SHAPES, moment, shape
from skyvern_ui.sandbox.steps import actions_document
from skyvern_ui.sandbox.story import Run
from skyvern_ui.sandbox.world import World

TAKEN = ("url", "navigation_goal", "data_extraction_goal", "data_schema", "navigation_payload", "prompt",
         "instructions", "positive_descriptor", "negative_descriptor", "recipients", "subject", "body",
         "terminate_criterion", "complete_criterion", "continue_on_failure", "engine")  # as the definition has it
SHOP = "https://shop.example/"


def timeline_document(world: World, run: Run) -> list[dict[str, Any]]:
    """GET /v1/runs/{id}/timeline; what has not begun is not in it."""
    playing = run.played_by or run
    found = [_entry(world, playing, part) for part in parts_of(playing)
             if part.parent is None and part.status(playing, world.clock()) is not None]
    if playing.shown_as is not None:
        found += _thoughts(world, playing)
    return sorted(found, key=lambda entry: str(entry["created_at"]))[::-1]


def _entry(world: World, run: Run, part: Part) -> dict[str, Any]:
    now = world.clock()
    below = [_entry(world, run, child) for child in part.children if child.status(run, now) is not None]
    block = _block(world, run, part, now)
    return shape("timeline", created_at=block["created_at"], modified_at=block["modified_at"], type="block",
                 block=block, children=below[::-1])


def _block(world: World, run: Run, part: Part, now: float) -> dict[str, Any]:
    status, since, until = part.status(run, now), run.when(part.start), run.when(part.end)
    over = status != "running"
    failure = part.failure if over and part.failure and status == part.failure.status else None
    taken: dict[str, Any] = {"duration": None, "url": None, "engine": None}
    taken |= {key: part.block[key] for key in TAKEN if part.block.get(key) is not None}
    if part.kind in WITH_BROWSER:
        taken["engine"] = taken["engine"] or (None if part.kind == "code" else "skyvern-1.0")
        address = part.block.get("url") or run.url or SHOP
        taken |= {"task_id": task_id(run, part), "url": address, "final_url": address if over else None,
                  "actions": actions_document(world, run, part)[::-1] if part.scenes else [],
                  "duration": round(until - since, 6) if over and status != "canceled" else None}
    if part.kind == "file_download" and status == "completed":
        taken["downloaded_file_count"] = FILES_OF_A_BLOCK
    named = {"current_index", "current_value", "loop_values", *(k for k in SHAPES["block"] if k.startswith("executed"))}
    more = {key: value for key, value in part.more.items() if key in named and (over or not key.startswith("executed"))}
    return shape("block", block_type=part.kind, label=part.block.get("label"), status=status,
                 workflow_run_block_id=block_id(run, part.index), workflow_run_id=run.run_id,
                 parent_workflow_run_block_id=block_id(run, part.parent.index) if part.parent else None,
                 created_at=moment(since), modified_at=moment(min(now, until) if over else now),
                 output=block_output(run, part, now), organization_id=world.organization_id,
                 failure_reason=failure.reason if failure else None,
                 error_codes=[failure.error_code] if failure and failure.error_code else [], **taken, **more)


def _thoughts(world: World, run: Run) -> list[dict[str, Any]]:
    """A plan before each block, and at the end whether the goal is reached."""
    now, found = world.clock(), []
    told = [("metadata", "generate_metadata", "What is this about?", "A task in the lamp shop.", 0.0)]
    for part in parts_of(run):
        if part.status(run, now) is not None:
            told.append(("plan", "generate_plan", "The shop is open and its search is at the top of the page.",
                         f"The next thing to do is {part.label}: {part.block.get('navigation_goal') or part.kind}.",
                         part.start))
    if run.is_over(now) and run.canceled is None:
        answer = run.failure.reason if run.failure else "The goal is reached: the page shows the number of the order."
        told.append(("failure_describe" if run.failure else "user_goal_check", "user_goal_check", "The last page.",
                     answer, 1.0))
    for index, (kind, scenario, seen, thought, share) in enumerate(told):
        when = moment(run.when(share) - (0.001 * (len(told) - index) if share < 1 else 0.0))
        text = f"Sandbox - simulated. {thought}"
        document = shape("thought", thought_id=thought_id(run, index), task_id=run.shown_as, user_input=run.prompt,
                         organization_id=world.organization_id, workflow_run_id=run.run_id, observation=seen,
                         thought=text, answer=text, thought_type=kind, thought_scenario=scenario, created_at=when,
                         modified_at=when, input_token_count=2400, output_token_count=160, last_llm_model="sandbox",
                         thought_cost=0.0009 if run.priced else None)
        found.append(shape("timeline", type="thought", thought=document, created_at=when, modified_at=when))
    return found
