"""What a run's page shows: what happened, its pictures, its films."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from ..skyvern.client import Skyvern
from ..skyvern.values import Artifact, Run, TimelineItem, run_kind

WRITTEN_WITHIN = timedelta(minutes=5)


def timeline(skyvern: Skyvern, run_id: str) -> list[TimelineItem]:
    """What happened, oldest first: blocks and thoughts, or the actions of a task v1 (which has no timeline)."""
    if run_kind(run_id) == "task":
        return skyvern.list_task_actions(run_id)
    return skyvern.get_timeline(run_id)


def screenshots(artifacts: Iterable[Artifact]) -> list[Artifact]:
    """The pictures of a run, oldest first."""
    return sorted((a for a in artifacts if a.is_screenshot), key=lambda a: (a.created_at is None, a.created_at or 0))


def recordings(artifacts: Iterable[Artifact]) -> list[Artifact]:
    """The films of a run, oldest first."""
    return sorted((a for a in artifacts if a.kind == "recording"), key=lambda a: a.name)


def may_be_empty(run: Run, film: Artifact) -> bool:
    """True for a recording that may not be written yet: Skyvern lists it early, with size 0, and writes it within
    minutes of the end (measured on 1.0.56)."""
    ended = run.finished_at
    return not film.size and (ended is None or datetime.now(UTC) - ended < WRITTEN_WITHIN)
