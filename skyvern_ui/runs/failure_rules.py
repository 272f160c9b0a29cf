"""The failures of the last days: each run read once ever, then grouped."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from ..database import writing
from ..extensions import db
from ..models import Failure
from ..models.columns import now
from ..skyvern.client import Skyvern
from ..skyvern.errors import Missing
from ..skyvern.values import FAILED_STATUSES, RunRow
from .cause_rules import FORMER_CODES
from .failure_reading import Reading, read_failure
from .people_rules import claimed_among

DAYS, USUAL_DAYS = (1, 7, 30), 7
DIMENSIONS = ("category", "workflow", "site", "block", "model_error", "error_code")
PAGES, SIZE = 10, 100
READ_AT_ONCE, AT_ONCE, SECONDS = 60, 6, 8.0
SLICE = 400


@dataclass(frozen=True, slots=True)
class Group:
    """Failures that share something. `example` is the newest; times are naive UTC; `share` is of all, 0 to 1."""

    key: str
    count: int
    share: float
    first: datetime
    last: datetime
    example: Reading


@dataclass(frozen=True, slots=True)
class Board:
    """What failed. `unread` are not read yet, `unreadable` could not be read just now; `is_cut` says that only the
    newest thousand were looked at."""

    failures: list[Reading]
    unread: int = 0
    unreadable: int = 0
    is_cut: bool = False

    @property
    def total(self) -> int:
        """All failures of these days, read or not."""
        return len(self.failures) + self.unread + self.unreadable


def board(skyvern: Skyvern, days: int, scope: str | None) -> Board:
    """The failures of these days, as far as they are read: up to sixty more at each call, six at a time, for eight
    seconds at most. `scope` is the one person whose runs may be seen. Raises the errors of Skyvern when there is no
    list."""
    rows, is_cut = _failed_rows(skyvern, now() - timedelta(days=days))
    if scope:
        mine = claimed_among(scope, {row.run_id for row in rows})
        rows = [row for row in rows if row.run_id in mine]
    known = _known([row.run_id for row in rows])
    missing = [row for row in rows if row.run_id not in known]
    fresh, unreadable = _read(skyvern, missing[:READ_AT_ONCE])
    _keep(fresh)
    known |= {reading.run_id: reading for reading in fresh}
    found = [known[row.run_id] for row in rows if row.run_id in known]
    return Board(found, len(missing) - len(fresh) - unreadable, unreadable, is_cut)


def groups(failures: Sequence[Reading], by: str) -> list[Group]:
    """These failures by one of DIMENSIONS, the most frequent first."""
    found: dict[str, list[Reading]] = {}
    for failure in failures:
        found.setdefault(value_of(failure, by), []).append(failure)
    made = []
    for key, members in found.items():
        members.sort(key=lambda each: (each.ended_at, each.run_id))
        made.append(Group(key, len(members), len(members) / len(failures), members[0].ended_at, members[-1].ended_at,
                          members[-1]))
    return sorted(made, key=lambda group: (-group.count, group.key))


def value_of(failure: Reading, by: str) -> str:
    """What this failure has in that dimension; empty when it cannot be told."""
    return failure.workflow_id if by == "workflow" else str(getattr(failure, by))


def _failed_rows(skyvern: Skyvern, since: datetime) -> tuple[list[RunRow], bool]:
    ask: Callable[[list[tuple[str, str]]], list[RunRow]] = skyvern.list_runs
    found: list[RunRow] = []
    for page in range(1, PAGES + 1):
        asked = [("page", str(page)), ("page_size", str(SIZE)), *(("status", s) for s in FAILED_STATUSES)]
        try:
            rows = ask(asked)
        except Missing:
            if ask == skyvern.list_runs_legacy:
                raise
            ask = skyvern.list_runs_legacy
            rows = ask(asked)
        young = [row for row in rows if row.created_at is None or row.created_at.replace(tzinfo=None) >= since]
        found += [row for row in young if not row.retry_pending]  # Skyvern tries these again: not the end
        if len(rows) < SIZE or len(young) < len(rows):
            return found, False
    return found, True


def _read(skyvern: Skyvern, rows: list[RunRow]) -> tuple[list[Reading], int]:
    """What could be read in time, and how many could not be read although they were asked for."""
    if not rows:
        return [], 0
    deadline = time.monotonic() + SECONDS

    def read(row: RunRow) -> tuple[bool, Reading | None]:
        if time.monotonic() > deadline:
            return False, None
        return True, read_failure(skyvern, row)

    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        told = list(pool.map(read, rows))
    return [reading for _, reading in told if reading], sum(1 for asked, reading in told if asked and not reading)


def _known(run_ids: list[str]) -> dict[str, Reading]:
    names = Reading.__dataclass_fields__
    found: dict[str, Reading] = {}
    try:
        for start in range(0, len(run_ids), SLICE):
            query = select(*(getattr(Failure, name) for name in names)).where(
                Failure.run_id.in_(run_ids[start:start + SLICE]))
            found |= {row.run_id: _renamed(Reading(*row)) for row in db.session.execute(query)}
        return found
    finally:
        db.session.remove()


def _renamed(reading: Reading) -> Reading:
    """With the code as it is called now, where it was stored under a former one."""
    code = FORMER_CODES.get(reading.model_error)
    return replace(reading, model_error=code) if code else reading


def _keep(readings: list[Reading]) -> None:
    """Two who read the same run at once write the same."""
    if not readings:
        return
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    rows = [{**asdict(reading), "read_at": now()} for reading in readings]
    with writing() as session:
        session.execute(dialect.insert(Failure).on_conflict_do_nothing(index_elements=["run_id"]), rows)
    db.session.remove()
