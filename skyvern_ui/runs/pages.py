"""What the templates of a run are given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..access import claims_of, skyvern
from ..skyvern.errors import Missing, Rejected, SkyvernError
from ..skyvern.live import frame_path
from ..skyvern.values import Artifact, Run
from . import rules
from .after_pages import after_face
from .waiting_pages import wait_face

TABS = (("overview", "Overview"), ("screenshots", "Screenshots"), ("recording", "Recording"), ("output", "Output"),
        ("files", "Files"), ("inputs", "Inputs"))


def face(run: Run) -> dict[str, Any]:
    """The header of a run."""
    return {"run": run, "owner": claims_of([run.run_id]).get(run.run_id), "may_cancel": True, **wait_face(run),
            **after_face(run)}


def content(run: Run, tab: str) -> dict[str, Any]:
    """What a tab shows. A part Skyvern will not give is a sentence in its place, not an error page."""
    upstream = skyvern()
    problems: list[str] = []

    def ask(question: Callable[[], Any]) -> Any:
        try:
            return question()
        except (Missing, Rejected):
            problems.append("This release of Skyvern does not give this for a run of this kind.")
        except SkyvernError as error:
            problems.append(error.sentence)
        return []

    artifacts: Sequence[Artifact] = []
    if tab in ("overview", "screenshots", "recording", "files"):
        artifacts = ask(lambda: upstream.list_artifacts(run.run_id))
    pictures, films = rules.screenshots(artifacts), rules.recordings(artifacts)
    ready = [film for film in films if not rules.may_be_empty(run, film) or upstream.has_bytes(film.artifact_id)]
    path = None if run.is_over or tab != "overview" else frame_path(upstream.with_inner_run(run))
    return {
        "artifacts": artifacts, "screenshots": pictures, "recordings": ready,
        "is_recording_due": len(ready) < len(films),
        "still": pictures[-1].artifact_id if pictures else None,
        "socket": f"/runs/{run.run_id}/frames" if path else None,
        "items": ask(lambda: rules.timeline(upstream, run.run_id)) if tab == "overview" else [],
        "problem": problems[0] if problems else None,
    }


def tabs() -> list[tuple[str, str, int | None]]:
    """The parts of a run's page."""
    return [(key, label, None) for key, label in TABS]
