"""What the pages of batches are given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...models.batch import Batch, BatchRow
from ...models.reader import SignedIn
from . import rules

GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "waiting": ("Waiting", ("waiting",)), "going": ("Under way", rules.UNDER_WAY),
    "done": ("Completed", ("completed",)), "failed": ("Not well", rules.FAILED_ROWS),
    "asked": ("Unclear", ("unknown",)), "skipped": ("Left out", ("skipped",)),
}
STATES = {"draft": ("draft", "plain"), "running": ("running", "live"), "paused": ("paused", "wait"),
          "stopped": ("stopped", "bad"), "ending": ("ending", "wait"), "finished": ("finished", "ok"),
          "canceled": ("canceled", "plain")}
ROW_STATES = {"waiting": ("waiting", "plain"), "starting": ("starting", "live"), "refused": ("refused", "bad"),
              "unknown": ("unclear", "warn"), "skipped": ("left out", "plain")}
PAGE, MOST_CELLS, LONGEST_CELL = 50, 3, 60


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is. `groups` has each group's name, words and count."""

    total: int
    over: int
    going: int
    failed: int
    asked: int
    groups: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class RowFace:
    """One row as the page shows it."""

    number: int
    cells: tuple[str, ...]
    state: str
    word: str | None
    tone: str | None
    run_id: str | None
    earlier: tuple[str, ...]
    attempt: int
    problem: str | None
    changed_at: datetime


def progress_of(counts: dict[str, int]) -> Progress:
    """How far a batch with these counts is. Rows that were left out do not count."""
    total = sum(count for state, count in counts.items() if state != "skipped")
    open_ = sum(counts.get(state, 0) for state in rules.OPEN_ROWS)
    groups = tuple((name, words, sum(counts.get(state, 0) for state in states))
                   for name, (words, states) in GROUPS.items())
    by_name = {name: count for name, _, count in groups}
    return Progress(total, total - open_, by_name["going"], by_name["failed"], by_name["asked"], groups)


def face_of(batch: Batch, person: SignedIn, group: str, after: int) -> dict[str, Any]:
    """All that the fragment of one batch needs."""
    progress = progress_of(rules.counts_of([batch.id])[batch.id])
    states = GROUPS[group][1] if group in GROUPS else ()
    rows = rules.rows_of(batch.id, states, after, PAGE + 1)
    shown = list((batch.mapping.get("columns") or {}).values()) or list(range(len(batch.headings)))
    places = sorted(set(shown))[:MOST_CELLS]
    return {
        "batch": batch, "progress": progress, "state": STATES.get(batch.state, (batch.state, "plain")), "group": group,
        "headings": [batch.headings[place] for place in places], "after": after,
        "rows": [row_face(row, places) for row in rows[:PAGE]],
        "more": rows[PAGE - 1].number if len(rows) > PAGE else None,
        "may": may_change(batch, person),
        "lives": batch.state in (rules.RUNNING, rules.ENDING) or progress.going > 0,
        "base": f"/workflows/{batch.wpid}/batches/{batch.id}",
    }


def row_face(row: BatchRow, places: list[int]) -> RowFace:
    word, tone = ROW_STATES.get(row.state, (None, None))
    cells = tuple(_short(row.cells[place]) if place < len(row.cells) else "" for place in places)
    return RowFace(row.number, cells, row.state, word, tone, row.run_id, tuple(row.earlier), row.attempt, row.problem,
                   row.changed_at)


def may_change(batch: Batch, person: SignedIn) -> bool:
    """Its owner may, and admins."""
    return person.is_admin or batch.user_id == person.id


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST_CELL else plain[:LONGEST_CELL - 1] + "…"
