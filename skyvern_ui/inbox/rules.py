"""Which runs wait for a human now, and how many. Skyvern is asked for its lists; one read more for each that waits."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock

from ..runs.answer_rules import Holder, holders_of
from ..runs.waiting_rules import Approval, CodeWait, approval_of, code_of, held
from ..skyvern.client import Skyvern
from ..skyvern.errors import Missing, SkyvernError
from ..skyvern.values import RunRow

COUNTED_FOR = 15.0  # seconds
MOST, MOST_RUNNING = 100, 20
AT_ONCE = 8
_counted: dict[str, tuple[float, tuple[str, ...]]] = {}
_counted_lock = Lock()
CODELESS_FOR, MOST_CODELESS = 30.0, 2000  # seconds; runs
_codeless: OrderedDict[tuple[str, str], float] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Waiting:
    """One run in the inbox: what it is, and what it waits for."""

    run_id: str
    title: str
    kind: str
    workflow_id: str | None
    created_at: datetime | None
    approval: Approval | None = None
    code: CodeWait | None = None

    @property
    def since(self) -> datetime | None:
        """Since when it waits, else when it began."""
        block = self.approval.block if self.approval else None
        return block.since if block and block.since else self.created_at


def list_waiting(skyvern: Skyvern, visible: Collection[str] | None = None) -> list[Waiting]:
    """Every run that waits: the one that runs out first on top, then by age; runs that may ask for a code at the end.
    `visible` limits them to these ids. Raises the errors of Skyvern."""
    paused = _paused(skyvern)
    remember(skyvern, paused)
    running = skyvern.list_runs([("page", "1"), ("page_size", str(MOST_RUNNING)), ("status", "running")])
    rows = [row for row in [*paused, *running] if visible is None or row.run_id in visible]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = [each for each in pool.map(lambda row: _read(skyvern, row), rows) if each is not None]
    holders = holders_of(each.run_id for each in found)
    return sorted((_held(each, holders) for each in found), key=_urgency)


def count_paused(skyvern: Skyvern, visible: Collection[str] | None = None) -> int:
    """How many runs stand still until somebody answers; asked of Skyvern every 15 seconds at most, however many
    people look. Raises the errors of Skyvern."""
    with _counted_lock:
        when, ids = _counted.get(skyvern.connection.url, (-COUNTED_FOR, ()))
    if time.monotonic() - when > COUNTED_FOR:
        ids = remember(skyvern, _paused(skyvern))
    return sum(1 for run_id in ids if visible is None or run_id in visible)


def remember(skyvern: Skyvern, rows: Iterable[RunRow]) -> tuple[str, ...]:
    """Keeps which runs are paused, for the count. Returns their ids."""
    ids = tuple(row.run_id for row in rows)
    with _counted_lock:
        _counted.clear()
        _counted[skyvern.connection.url] = (time.monotonic(), ids)
    return ids


def _paused(skyvern: Skyvern) -> list[RunRow]:
    return skyvern.list_runs([("page", "1"), ("page_size", str(MOST)), ("status", "paused")])


def _read(skyvern: Skyvern, row: RunRow) -> Waiting | None:
    """The row with what it waits for; None when it does not (any more), or nothing hints at a code. A run without a
    hint is asked for again after half a minute only, however many people look."""
    key = (skyvern.connection.url, row.run_id)
    if row.status != "paused" and time.monotonic() - _codeless.get(key, -CODELESS_FOR) < CODELESS_FOR:
        return None
    known = Waiting(row.run_id, row.title or row.run_id, row.kind, row.workflow_permanent_id,
                    row.started_at or row.created_at)
    try:
        run = skyvern.get_run(row.run_id)
    except Missing:
        return None
    except SkyvernError as error:
        return (replace(known, approval=Approval(row.run_id, None, None, problem=error.sentence))
                if row.status == "paused" else None)
    if run.status == "paused":
        return replace(known, approval=approval_of(skyvern, run))
    code = code_of(skyvern, run)
    if code is None:
        with _counted_lock:
            _codeless[key] = time.monotonic()
            while len(_codeless) > MOST_CODELESS:
                _codeless.popitem(last=False)
    return replace(known, code=code) if code else None


def _held(each: Waiting, holders: dict[tuple[str, str], Holder]) -> Waiting:
    return replace(each, approval=held(each.approval, holders)) if each.approval else each


def _urgency(each: Waiting) -> tuple[bool, bool, float, float]:
    """Approvals first; those with a deadline by it, the rest by age."""
    until = each.approval.deadline if each.approval else None
    since = each.since.timestamp() if each.since else 0.0
    return each.approval is None, until is None, until.timestamp() if until else 0.0, since
