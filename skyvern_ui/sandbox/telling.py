"""What is said about every kind of run in the same way: times, pictures, how it ended."""

from __future__ import annotations

from typing import Any

from skyvern_ui.sandbox.artifacts import artifacts_of
from skyvern_ui.sandbox.outputs import download_document
from skyvern_ui.sandbox.shapes import moment
from skyvern_ui.sandbox.story import Run

MOST_PICTURES = 5  # links to screenshots in what is said about a run


def times_of(run: Run, now: float) -> dict[str, Any]:
    return {"created_at": moment(run.created), "modified_at": moment(run.changed(now)),
            "started_at": moment(run.started(now)), "finished_at": moment(run.finished(now)),
            "queued_at": moment(run.created) if run.status(now) != "created" else None}


def media_of(run: Run, now: float) -> dict[str, Any]:
    found = artifacts_of(run, now)
    shots = [a.uri for a in found if a.kind == "screenshot_action"]
    films = [a.uri for a in found if a.kind == "recording"]
    return {"screenshot_urls": shots[::-1][:MOST_PICTURES] or None, "recording_url": films[-1] if films else None,
            "downloaded_files": [download_document(a) for a in found if a.kind == "download"]}


def outcome_of(run: Run, now: float) -> dict[str, Any]:
    failed = run.failure if run.failed(now) else None
    return {"failure_reason": failed.reason if failed else None, "errors": failed.errors if failed else []}


def categories_of(run: Run, now: float) -> list[dict[str, Any]] | None:
    return run.failure.categories if run.failure and run.failed(now) else None
