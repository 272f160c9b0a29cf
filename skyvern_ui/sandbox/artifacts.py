"""The artifacts of a run: derived from the run and the clock, their bytes from pictures/."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skyvern_ui.sandbox.shapes import moment, shape
from skyvern_ui.sandbox.story import STORY, Run
from skyvern_ui.sandbox.world import World

PICTURES = Path(__file__).parent / "pictures"
PER_STEP = ("screenshot_llm", "llm_prompt", "llm_request", "llm_response", "html_scrape", "screenshot_action",
            "html_action")
AT_THE_END = ("screenshot_final", "recording", "har", "browser_console_log", "download")
ENDINGS = {"recording": "webm", "llm_prompt": "txt", "html_scrape": "html", "html_action": "html", "har": "har",
           "browser_console_log": "log", "download": "csv", "llm_request": "json", "llm_response": "json"}
LABEL = "Sandbox - simulated"


@dataclass(frozen=True)
class Artifact:
    artifact_id: str
    kind: str
    run: Run
    step: int
    created: float

    @property
    def uri(self) -> str:
        ending = ENDINGS.get(self.kind, "png")
        folder = f"file:///data/artifacts/{self.run.run_id}/{self.step:02d}_0_stp"
        return f"{folder}/{moment(self.created)}_{self.artifact_id}_{self.kind}.{ending}"

    @property
    def media_type(self) -> str:
        """As the real content route says it: what it does not know is JSON."""
        if self.kind.startswith("screenshot_"):
            return "image/png"
        return {"recording": "video/webm", "download": "application/octet-stream", "llm_prompt": "text/plain",
                "browser_console_log": "text/plain", "html_scrape": "text/html",
                "html_action": "text/html"}.get(self.kind, "application/json")

    def read(self) -> bytes:
        if self.kind.startswith("screenshot_"):
            last = 4 if self.run.outcome == "fail" else 8
            return picture(last if self.kind == "screenshot_final" else STORY[self.step].picture, "png")
        if self.kind == "recording":
            return (PICTURES / "recording.webm").read_bytes()
        return _text(self).encode()


def artifacts_of(run: Run, now: float) -> list[Artifact]:
    """What the run has left behind by now, oldest first."""
    found: list[Artifact] = []
    step_seconds = run.seconds / len(STORY)
    for step in range(run.steps_done(now)):
        when = run.began + step_seconds * (step + 1)
        found += [_artifact(run, kind, step, step * len(PER_STEP) + n, when) for n, kind in enumerate(PER_STEP)]
    over = run.finished(now)
    if over is not None and run.started(now) is not None:
        found += [_artifact(run, kind, max(0, run.steps_done(now) - 1), 900 + n, over)
                  for n, kind in enumerate(AT_THE_END) if kind != "download" or run.status(now) == "completed"]
    return found


def find_artifact(world: World, artifact_id: str) -> Artifact | None:
    for run in world.runs.values():
        if artifact_id.startswith(_prefix(run)):
            for artifact in artifacts_of(run, world.clock()):
                if artifact.artifact_id == artifact_id:
                    return artifact
    return None


def artifact_document(world: World, artifact: Artifact) -> dict[str, Any]:
    run, when = artifact.run, moment(artifact.created)
    is_task = run.kind != "workflow_run"
    return shape("artifact", artifact_id=artifact.artifact_id, artifact_type=artifact.kind, uri=artifact.uri,
                 signed_url=artifact.uri, run_id=run.run_id, task_id=run.run_id if is_task else None,
                 step_id=step_id(run, artifact.step) if is_task else None, file_size=len(artifact.read()),
                 workflow_run_id=None if is_task else run.run_id,
                 workflow_run_block_id=None if is_task else block_id(run, artifact.step),
                 organization_id=world.organization_id, created_at=when, modified_at=when)


def picture(number: int, ending: str) -> bytes:
    """The bytes of one picture (1 … 8) of the shop, as `jpg` or `png`."""
    return (PICTURES / f"scene-{number}.{ending}").read_bytes()


def step_id(run: Run, step: int) -> str:
    return f"stp_{600_000_000_000_000_000 + run.number * 1000 + step}"


def block_id(run: Run, index: int) -> str:
    return f"wrb_{610_000_000_000_000_000 + run.number * 1000 + index}"


def _prefix(run: Run) -> str:
    return f"a_{620_000_000_000_000 + run.number}"


def _artifact(run: Run, kind: str, step: int, place: int, when: float) -> Artifact:
    return Artifact(f"{_prefix(run)}{place:03d}", kind, run, step, when)


def _text(artifact: Artifact) -> str:
    run, scene = artifact.run, STORY[artifact.step]
    if artifact.kind.startswith("html_"):
        return f"<!doctype html><title>Lumen &amp; Leaf</title><h1>{LABEL}</h1><p>Scene {scene.picture}</p>\n"
    if artifact.kind == "llm_prompt":
        return f"{LABEL}\n\nThe person asked a question about a web page.\nThe page is shown in the picture.\n"
    if artifact.kind == "browser_console_log":
        return f"[log] {LABEL}\n[log] shop ready\n"
    if artifact.kind == "download":
        return f"# {LABEL}\norder,item,price\nLL-20418,Reading lamp Alva,48.00\n"
    if artifact.kind == "har":
        return json.dumps({"log": {"version": "1.2", "creator": {"name": LABEL, "version": "1"}, "entries": []}})
    return json.dumps({"note": LABEL, "run": run.run_id, "action": scene.action, "reasoning": scene.reasoning})
