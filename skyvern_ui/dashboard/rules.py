"""Figures and lists of the dashboard, counted from Skyvern's own rows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..skyvern.client import Skyvern
from ..skyvern.errors import SkyvernError
from ..skyvern.values import FAILED_STATUSES, LIVE_STATUSES, RunRow

DAY = timedelta(hours=24)
PAGES, SIZE, FAILURES_SHOWN = 5, 100, 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its name, a note and where it leads."""

    label: str
    value: str
    note: str
    href: str


def figures(skyvern: Skyvern, live: list[RunRow], only: Collection[str] | None) -> list[Figure]:
    """Running now, and the last 24 hours. A `+` says that there are more than were counted. `only` limits what is
    counted to these runs: whoever may not see a run does not count it either."""
    recent, all_seen = _since(skyvern, datetime.now(UTC) - DAY)
    recent = seen(recent, only)
    over = [row for row in recent if row.is_over and row.status != "canceled"]
    failed = sum(1 for row in over if row.status in FAILED_STATUSES)
    waiting = sum(1 for row in live if row.status == "paused")
    plus = "" if all_seen else "+"
    return [
        Figure("Running now", f"{len(live)}{'+' if len(live) >= SIZE else ''}",
               f"{waiting} waiting for a person" if waiting else "none waits for a person",
               "/runs?" + "&".join(f"status={s}" for s in LIVE_STATUSES)),
        Figure("Runs, 24 hours", f"{len(recent)}{plus}", f"{len(over)} came to an end", "/runs"),
        Figure("Succeeded, 24 hours", f"{round(100 * (len(over) - failed) / len(over))} %" if over else "–",
               f"{len(over) - failed} of {len(over)}" if over else "nothing has ended yet", "/runs?status=completed"),
        Figure("Failed, 24 hours", f"{failed}{plus}", "sorted by their cause" if failed else "nothing to look at",
               "/runs/failures?days=1"),
        _browsers(skyvern),
    ]


def live_runs(skyvern: Skyvern, only: Collection[str] | None) -> list[RunRow]:
    """What is not over yet, newest first, at most 100; `only` these runs if it is given."""
    return seen(skyvern.list_runs([("page", "1"), ("page_size", str(SIZE)),
                                   *(("status", s) for s in LIVE_STATUSES)]), only)


def failed_runs(skyvern: Skyvern, only: Collection[str] | None) -> list[RunRow]:
    """The last five that failed, terminated or timed out; `only` these runs if it is given."""
    size = FAILURES_SHOWN if only is None else SIZE
    rows = skyvern.list_runs([("page", "1"), ("page_size", str(size)), *(("status", s) for s in FAILED_STATUSES)])
    return seen(rows, only)[:FAILURES_SHOWN]


def seen(rows: list[RunRow], only: Collection[str] | None) -> list[RunRow]:
    """These rows without those that are not among `only`."""
    return rows if only is None else [row for row in rows if row.run_id in only]


def _since(skyvern: Skyvern, moment: datetime) -> tuple[list[RunRow], bool]:
    rows: list[RunRow] = []
    for page in range(1, PAGES + 1):
        found = skyvern.list_runs([("page", str(page)), ("page_size", str(SIZE))])
        young = [row for row in found if row.created_at and row.created_at >= moment]
        rows += young
        if len(young) < len(found) or len(found) < SIZE:
            return rows, True
    return rows, False


def _browsers(skyvern: Skyvern) -> Figure:
    try:
        count = str(len(skyvern.list_browser_sessions()))
    except SkyvernError:
        count = "–"
    return Figure("Browser sessions", count, "open right now", "/runs")
