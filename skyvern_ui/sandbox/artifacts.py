"""The artifacts of a run: derived from the run and the clock, their bytes from pictures/ and evidence.py."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from skyvern_ui.sandbox.evidence import text_of
from skyvern_ui.sandbox.names import artifact_id, block_id, run_behind, run_of_artifact, step_id, task_id
from skyvern_ui.sandbox.plan import Part, parts_of
from skyvern_ui.sandbox.shapes import moment, shape
from skyvern_ui.sandbox.story import STORY, Run
from skyvern_ui.sandbox.world import World

PICTURES = Path(__file__).parent / "pictures"
PER_STEP = ("html_scrape", "visible_elements_id_css_map", "visible_elements_id_frame_map", "visible_elements_tree",
            "visible_elements_tree_trimmed", "visible_elements_tree_in_prompt", "screenshot_llm", "llm_prompt",
            "llm_request", "llm_response", "llm_response_parsed")
AT_THE_END = ("screenshot_final", "har", "browser_console_log")
ENDINGS = {"recording": "webm", "llm_prompt": "txt", "visible_elements_tree_in_prompt": "txt", "html_scrape": "html",
           "html_action": "html", "har": "har", "browser_console_log": "log", "download": "csv", "script_file": "py"}
IN_A_STEP, OF_BLOCKS, OF_THE_RUN = 64, 80_000, 99_000  # places: see names.artifact_id
FILES_OF_A_BLOCK = 2
MOST_SCRIPTS = 6
EACH_BLOCK = 8  # places


@dataclass(frozen=True)
class Artifact:
    """One file. `step` counts over the whole run; it is None for what belongs to a block or to the run."""

    artifact_id: str
    kind: str
    run: Run
    part: Part
    step: int | None
    action: int
    created: float
    name: str = ""

    @property
    def uri(self) -> str:
        ending = ENDINGS.get(self.kind, "png" if self.kind.startswith("screenshot") else "json")
        if self.kind == "script_file":
            return f"file:///data/artifacts/local/scripts/s_{self.run.number}/1/{self.artifact_id}/{self.name}"
        if self.step is None:
            folder = f"local/workflow_runs/{self.run.run_id}/{block_id(self.run, self.part.index)}"
        else:
            order = self.step - self.part.first_step
            folder = f"{task_id(self.run, self.part)}/{order:02d}_0_{step_id(self.run, self.step)}"
        return f"file:///data/artifacts/{folder}/{moment(self.created)}_{self.artifact_id}_{self.kind}.{ending}"

    @property
    def media_type(self) -> str:
        """As the real content route says it: what it does not know is JSON."""
        if self.kind.startswith("screenshot_"):
            return "image/png"
        return {"recording": "video/webm", "download": "application/octet-stream", "llm_prompt": "text/plain",
                "visible_elements_tree_in_prompt": "text/plain", "browser_console_log": "text/plain",
                "html_scrape": "text/html", "html_action": "text/html"}.get(self.kind, "application/json")

    def read(self) -> bytes:
        if self.kind.startswith("screenshot_"):
            last = 4 if self.run.failure else 8
            return picture(last if self.kind == "screenshot_final" else self.scene.picture, "png")
        return recording() if self.kind == "recording" else text_of(self.kind, self.run, self.scene, self.name).encode()

    @property
    def scene(self) -> Any:
        scenes = self.part.scenes or (0,)
        return STORY[scenes[((self.step or 0) - self.part.first_step + self.action) % len(scenes)]]


def artifacts_of(run: Run, now: float) -> list[Artifact]:
    """What the run has left behind by now, oldest first."""
    if run.played_by is not None:
        return artifacts_of(run.played_by, now)
    found: list[Artifact] = []
    for part in parts_of(run):
        found += _of_steps(run, part, now)
        if run.kind == "workflow_run" and part.status(run, now) not in (None, "running"):
            found += _of_block(run, part)
    over = run.finished(now)
    if over is not None and run.started(now) is not None:
        found += _of_the_run(run, over, now)
    return found


def artifacts_about(world: World, name: str) -> list[Artifact]:
    """Those of a run, a step, a block or a task, by its id; oldest first."""
    run = run_behind(world, name)
    found = artifacts_of(run, world.clock()) if run is not None else []
    if run is None or run.run_id == name:
        return found
    return [a for a in found if name in (a.step is not None and step_id(a.run, a.step), block_id(a.run, a.part.index)
                                         if a.step is None else task_id(a.run, a.part))]


def downloads_of(run: Run, part: Part) -> list[Artifact]:
    """The files that a block downloads, if it is one that does."""
    if part.kind != "file_download" or part.failure is not None or run.kind != "workflow_run":
        return []
    place = OF_BLOCKS + part.index * EACH_BLOCK
    return [Artifact(artifact_id(run, place + n), "download", run, part, None, 0, run.when(part.end),
                     f"{part.label}-{n}.csv") for n in range(1, FILES_OF_A_BLOCK + 1)]


def find_artifact(world: World, name: str) -> Artifact | None:
    run = run_of_artifact(world, name)
    held = artifacts_of(run, world.clock()) if run else []
    return next((artifact for artifact in held if artifact.artifact_id == name), None)


def action_picture(run: Run, part: Part, action: int) -> str:
    """The id of the screenshot of an action of a part."""
    order, within = divmod(action, part.per_step)
    return artifact_id(run, (part.first_step + order) * IN_A_STEP + len(PER_STEP) + within * 2)


def artifact_document(world: World, artifact: Artifact) -> dict[str, Any]:
    run, when, step = artifact.run, moment(artifact.created), artifact.step
    in_workflow = run.kind == "workflow_run"
    return shape("artifact", artifact_id=artifact.artifact_id, artifact_type=artifact.kind, uri=artifact.uri,
                 signed_url=artifact.uri, run_id=run.shown_as or run.run_id, file_size=len(artifact.read()),
                 task_id=task_id(run, artifact.part) if step is not None else None,
                 step_id=step_id(run, step) if step is not None else None,
                 workflow_run_id=run.run_id if in_workflow else None,
                 workflow_run_block_id=block_id(run, artifact.part.index)
                 if step is None and artifact.kind != "script_file" else None,
                 organization_id=world.organization_id, created_at=when, modified_at=when)


@lru_cache
def picture(number: int, ending: str) -> bytes:
    """The bytes of one picture (1 … 8) of the shop, as `jpg` or `png`."""
    return (PICTURES / f"scene-{number}.{ending}").read_bytes()


@lru_cache
def recording() -> bytes:
    return (PICTURES / "recording.webm").read_bytes()


def _of_steps(run: Run, part: Part, now: float) -> list[Artifact]:
    found = []
    for order in range(part.steps_done(run, now)):
        step, when = part.first_step + order, run.when(part.share(order + 1))
        kinds = [(kind, 0) for kind in PER_STEP]
        kinds += [(kind, n) for n in range(part.per_step) for kind in ("screenshot_action", "html_action")]
        found += [Artifact(artifact_id(run, step * IN_A_STEP + n), kind, run, part, step, action, when)
                  for n, (kind, action) in enumerate(kinds)]
    return found


def _of_block(run: Run, part: Part) -> list[Artifact]:
    """A picture of the page after each block, and the files that it downloaded."""
    when, place = run.when(part.end), OF_BLOCKS + part.index * EACH_BLOCK
    found = [Artifact(artifact_id(run, place), "screenshot_llm", run, part, None, 0, when)] if not part.children else []
    return found + downloads_of(run, part)


def _of_the_run(run: Run, over: float, now: float) -> list[Artifact]:
    """Recordings (one for each turn of a loop), then what is written when a browser closes."""
    begun = [part for part in parts_of(run) if part.status(run, now) is not None and not part.children]
    last = begun[-1] if begun else parts_of(run)[0]
    step = last.first_step + max(0, last.steps_done(run, now) - 1)
    turns = {part.more.get("current_index") for part in begun} - {None}
    kinds = [(kind, "") for kind in ("recording",) * max(1, len(turns)) + AT_THE_END]
    if run.kind == "workflow_run":
        kinds += [("script_file", name) for name in ("main.py", *(f"blocks/{part.label}.skyvern" for part in begun
                                                                  if part.scenes))][:MOST_SCRIPTS]
    elif run.status(now) == "completed":
        kinds.append(("download", "order.csv"))
    return [Artifact(artifact_id(run, OF_THE_RUN + n), kind, run, last, None if kind == "script_file" else step, 0,
                     over, name) for n, (kind, name) in enumerate(kinds)]


