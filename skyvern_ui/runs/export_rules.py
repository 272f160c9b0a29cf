"""A filtered list of runs as a file, row by row as Skyvern gives them."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..csv_cells import safe_cell
from ..exports import json_pieces
from ..skyvern.errors import SkyvernError
from ..skyvern.values import RunRow
from ..skyvern.values.tag import Tag
from .list_rules import CutShort

SECONDS = 120.0
COLUMNS = ("run_id", "kind", "status", "title", "workflow_permanent_id", "started_by", "trigger", "tags", "created_at",
           "started_at", "finished_at", "seconds", "attempt", "retry_pending", "ran_with_code", "workflow_deleted")


@dataclass(frozen=True, slots=True)
class Facts:
    """What stands beside Skyvern's own row: who started it, its tags."""

    owners: dict[str, str] = field(default_factory=dict)
    tags: dict[str, tuple[Tag, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Going:
    """Whether the file may go on: `over` is set from outside, with the reason, when it must end."""

    over: str = ""


def rows_of(pages: Iterator[list[RunRow]], look_up: Callable[[list[str]], Facts], going: Going) -> Iterator[Any]:
    """Each run as a dict of COLUMNS, and at the end, if it is not all, one text that says why: a failure of Skyvern,
    the deadline of two minutes, the last row that Skyvern pages to, or `going.over`. Raises the errors of Skyvern
    only before the first."""
    deadline = time.monotonic() + SECONDS
    seen: set[str] = set()
    while True:
        try:
            page = next(pages, None)
        except SkyvernError as error:
            if not seen:
                raise
            yield f"Incomplete: {error.sentence}"
            return
        except CutShort as cut:
            yield f"Incomplete: Skyvern lists only the newest {cut.rows:,} runs for these filters."
            return
        if page is None:
            return
        facts = look_up([row.run_id for row in page])
        for row in page:
            if row.run_id not in seen:  # runs that start meanwhile move the older ones to the next page
                seen.add(row.run_id)
                yield _values(row, facts)
        if going.over or time.monotonic() > deadline:
            yield f"Incomplete: {going.over or 'it took longer than two minutes. Filter more, and export again.'}"
            return


def as_csv(rows: Iterable[Any]) -> Iterator[str]:
    """CSV with a header. What a spreadsheet would run as a formula gets an apostrophe in front; a file that is not
    whole ends with a line that begins with #."""
    yield _line(COLUMNS)
    for row in rows:
        yield _line(["# " + row]) if isinstance(row, str) else _line([_cell(row[name]) for name in COLUMNS])


def as_json(rows: Iterable[Any]) -> Iterator[str]:
    """One object: `runs`, how many they are, and `incomplete`, which is null when that is all."""
    return json_pieces("runs", rows)


def _values(row: RunRow, facts: Facts) -> dict[str, Any]:
    took = (row.finished_at - row.started_at).total_seconds() if row.started_at and row.finished_at else None
    return {
        "run_id": row.run_id, "kind": row.kind, "status": row.status, "title": row.title,
        "workflow_permanent_id": row.workflow_permanent_id, "started_by": facts.owners.get(row.run_id),
        "trigger": row.trigger, "tags": [tag.text for tag in facts.tags.get(row.run_id, ())],
        "created_at": _time(row.created_at), "started_at": _time(row.started_at), "finished_at": _time(row.finished_at),
        "seconds": took, "attempt": row.attempt, "retry_pending": row.retry_pending, "ran_with_code": row.ran_code,
        "workflow_deleted": row.workflow_deleted,
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return safe_cell(", ".join(value) if isinstance(value, list) else str(value))


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
