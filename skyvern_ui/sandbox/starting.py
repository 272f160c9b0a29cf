"""Beginning a run, with the runs that it brings along: the hidden one of a task of engine 2.0, those of its blocks."""

from __future__ import annotations

import json
from typing import Any

from skyvern_ui.sandbox.definitions import make_workflow
from skyvern_ui.sandbox.plan import halting_share, own_text, parts_of
from skyvern_ui.sandbox.shapes import shape
from skyvern_ui.sandbox.story import Run
from skyvern_ui.sandbox.tags import from_metadata
from skyvern_ui.sandbox.world import World

LEAST_SECONDS = 0.2  # what a run that a block started takes at least
MOST_NESTED = 3


def begin_task(world: World, wish: dict[str, Any], kind: str, prefix: str, **more: Any) -> Run:
    """A task from its request; one of engine 2.0 plays in a workflow run that no list shows."""
    prompt, url = wish["prompt"] or "", wish["url"]
    run = world.start(prefix=prefix, kind=kind, request=wish, prompt=prompt, url=url, title=wish["title"],
                      session_id=wish["browser_session_id"], **more)
    if kind == "task_v2":
        blocks = [{"block_type": "goto_url", "label": "open_page", "url": url},
                  {"block_type": "navigation", "label": "reach_the_goal", "navigation_goal": prompt},
                  {"block_type": "extraction", "label": "read_the_result", "data_extraction_goal": prompt}]
        workflow = make_workflow(world, {"title": prompt[:60] or "Task", "status": "auto_generated",
                                         "workflow_definition": {"parameters": [], "blocks": blocks}})
        run.played_by = world.start(prefix="wr", kind="workflow_run", prompt=prompt, url=url, title=run.title,
                                    request=shape("workflow_request", parameters={}), workflow=workflow,
                                    created=run.created, seconds=run.seconds, failure=run.failure, waits=run.waits,
                                    priced=run.priced, shown_as=run.run_id, trigger=run.trigger)
        run.below.append(run.played_by)
    return run


def begin_workflow(world: World, workflow: dict[str, Any], wish: dict[str, Any], *, words: str = "", nested: int = 0,
                   **more: Any) -> Run:
    """A workflow run from its request. Words may stand in the title, in the request and in blocks that matter."""
    blocks = workflow["workflow_definition"]["blocks"]
    text = " ".join([words, str(workflow["title"]), json.dumps(wish, ensure_ascii=False), *_that_matter(blocks)])
    more.setdefault("tags", from_metadata(wish.get("run_metadata"), world.clock(), world.person))
    run = world.start(prefix="wr", kind="workflow_run", request=wish, prompt=text, url=None, workflow=workflow,
                      title=wish.get("title") or workflow["title"], session_id=wish.get("browser_session_id"), **more)
    run.halt = halting_share(run)
    for part in parts_of(run) if nested < MOST_NESTED else ():
        versions = world.workflows.get(str(part.block.get("workflow_permanent_id")))
        if part.kind == "workflow_trigger" and versions:
            seconds = max(LEAST_SECONDS, (part.end - part.start) * run.seconds - 1.0)
            request = shape("workflow_request", workflow_id=versions[-1]["workflow_permanent_id"],
                            parameters=part.block.get("payload") or {})
            run.below.append(begin_workflow(world, versions[-1], request, nested=nested + 1, parent=run.run_id,
                                            created=run.when(part.start), seconds=seconds, trigger=run.trigger))
    return run


def go_on(world: World, run: Run) -> None:
    """Let a waiting run, and what plays it, go on. What it has still to start begins later by as much."""
    now = world.clock()
    late = now - (run.pauses_at or now)
    run.continued = now
    for below in run.below:
        if below.shown_as is not None:
            go_on(world, below)
        elif below.created > now - late:
            below.created += late


def _that_matter(blocks: list[dict[str, Any]]) -> list[str]:
    """What the blocks say, but for those that may fail; asking a person is to pause."""
    told = []
    for block in blocks:
        told += _that_matter(block.get("loop_blocks") or [])
        if not block.get("continue_on_failure"):
            told.append(own_text(block))
        if block.get("block_type") == "human_interaction":
            told.append("[pause]")
    return told
