"""The ids of what belongs to a run. Each tells the run's number, so that nothing has to be searched for."""

from __future__ import annotations

from skyvern_ui.sandbox.plan import Part, parts_of
from skyvern_ui.sandbox.story import Run
from skyvern_ui.sandbox.world import World

STEP, BLOCK, TASK, THOUGHT, ACTION = (n * 10**16 for n in (60, 61, 63, 65, 66))
EACH = 10_000  # ids of one kind that a run may have
ARTIFACT, PLACES = 6_200_000_000_000, 100_000


def step_id(run: Run, step: int) -> str:
    return f"stp_{STEP + run.number * EACH + step}"


def block_id(run: Run, index: int) -> str:
    return f"wrb_{BLOCK + run.number * EACH + index}"


def thought_id(run: Run, index: int) -> str:
    return f"ot_{THOUGHT + run.number * EACH + index}"


def action_id(run: Run, index: int) -> str:
    return f"act_{ACTION + run.number * EACH + index}"


def artifact_id(run: Run, place: int) -> str:
    return f"a_{ARTIFACT + run.number}{place:05d}"


def task_id(run: Run, part: Part) -> str:
    """A task is its own; a block with a browser has one behind it."""
    return run.run_id if run.kind != "workflow_run" else f"tsk_{TASK + run.number * EACH + part.index}"


def run_of_artifact(world: World, name: str) -> Run | None:
    digits = name.removeprefix("a_")
    return world.numbered.get(int(digits[:-5]) - ARTIFACT) if digits.isdecimal() and len(digits) > 5 else None


def run_behind(world: World, name: str) -> Run | None:
    """The run that a step, block, thought or inner task belongs to; also a run's own id."""
    if name in world.runs:
        return world.runs[name]
    kind, _, digits = name.rpartition("_")
    base = {"stp": STEP, "wrb": BLOCK, "tsk": TASK, "ot": THOUGHT}.get(kind)
    return world.numbered.get((int(digits) - base) // EACH) if base and digits.isdecimal() else None


def task_part(world: World, name: str) -> tuple[Run, Part] | None:
    """The run and the part that a task id stands for: a task of its own, or the one behind a block."""
    run = run_behind(world, name)
    if run is None or not name.startswith("tsk_") or run.kind == "task_v2":
        return None
    return next(((run, part) for part in parts_of(run) if task_id(run, part) == name), None)
