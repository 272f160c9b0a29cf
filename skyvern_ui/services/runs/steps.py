"""How many steps a run took, with the runs that its blocks started: those are paid with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ...skyvern.client import Skyvern
from ...skyvern.errors import Answered
from ...skyvern.values import Block, Run, TimelineItem, run_kind

MOST_RUNS = 60  # that one run may have started, at any depth, and still be counted


class Tally(NamedTuple):
    """`steps`: None when Skyvern does not say. `is_over`: False while the run, or one that it started, goes on."""

    steps: int | None
    is_over: bool


def is_over(run: Run) -> bool:
    """True when the run will not go on, nor be tried again by Skyvern itself."""
    return run.is_over and not run.retry_pending


def tally(skyvern: Skyvern, run: Run) -> Tally:
    """The steps as Skyvern counts them (`own_steps`), of this run and of all that its workflow_trigger blocks started
    (1.0.56 counts each run for itself). Raises the errors of Skyvern but Answered."""
    total, over = own_steps(skyvern, run), is_over(run)
    waiting, seen = list(_started_by(skyvern, run)), {run.run_id}
    while waiting and len(seen) < MOST_RUNS:
        sub_id = waiting.pop()
        if sub_id in seen:
            continue
        seen.add(sub_id)
        try:
            sub = skyvern.get_hidden_run(sub_id)
        except Answered:
            continue
        over = over and is_over(sub)
        total = (total or 0) + (own_steps(skyvern, sub) or 0)
        waiting += _started_by(skyvern, sub)
    return Tally(total, over)


def own_steps(skyvern: Skyvern, run: Run) -> int | None:
    """`step_count` of `GET /v1/runs/{id}` (1.0.8: the rows of steps, repeated ones too; of a workflow run those of its
    last attempt), `total_steps` of `GET /v1/workflows/runs/{wr}`, else the list of a task's steps. None when it does
    not say."""
    for told in (run.step_count, run.raw.get("total_steps")):
        if isinstance(told, int) and not isinstance(told, bool):
            return told
    if run_kind(run.run_id) != "task":
        return None
    try:
        return len(skyvern.list_steps(run.run_id))
    except Answered:
        return None


def _started_by(skyvern: Skyvern, run: Run) -> list[str]:
    if run_kind(run.run_id) != "workflow_run":
        return []
    workflow = run.raw.get("workflow_id")
    try:
        items = (skyvern.get_hidden_timeline(workflow, run.run_id) if isinstance(workflow, str)
                 else skyvern.get_timeline(run.run_id))
    except Answered:
        return []
    return list(_sub_runs(items))


def _sub_runs(items: Iterable[TimelineItem]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Block):
            if item.kind == "workflow_trigger" and item.sub_run_id:
                yield item.sub_run_id
            yield from _sub_runs(item.children)
