"""Lists of runs: one page of what fits the filters, all of it for a file, and why the failed ones failed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock

from ..skyvern.client import Skyvern
from ..skyvern.errors import Missing, SkyvernError
from ..skyvern.values import FAILED_STATUSES, RunRow
from .list_people import PersonIndex, person_test
from .list_sources import RunFilters, Source, Test, sources

__all__ = ["CutShort", "SCAN_PAGES", "SCAN_SIZE", "RunFilters", "RunPage", "list_runs", "reasons", "walk_runs"]

SCAN_PAGES, SCAN_SIZE = 10, 100
_reasons: OrderedDict[tuple[str, str], str] = OrderedDict()
_reasons_lock = Lock()


class CutShort(Exception):
    """Skyvern lists no more than `rows` rows for these filters; there may be older ones."""

    def __init__(self, rows: int) -> None:
        super().__init__(rows)
        self.rows = rows


@dataclass(frozen=True, slots=True)
class RunPage:
    """One page of runs, whether another follows, and what must be said about it. `looked_at` is how many rows were
    looked through when there were more than that; None when nothing was left out."""

    rows: list[RunRow]
    more: bool
    notes: tuple[str, ...] = ()
    looked_at: int | None = None

    @property
    def live(self) -> bool:
        """True while anything on the page can still change."""
        return any(not row.is_over or row.retry_pending for row in self.rows)


def list_runs(skyvern: Skyvern, filters: RunFilters, scope: str | None) -> RunPage:
    """One page. `scope` is the one person whose runs may be seen, by claims; None for everybody's. Raises the errors
    of Skyvern; Missing when this release has no list of runs at all."""
    if _is_foreign(filters, scope):
        return RunPage([], False)
    filters = replace(filters, person=scope or filters.person)
    if filters.only_person:
        return _page_of_person(skyvern, filters, by_claims_only=bool(scope))
    absent: Missing | None = None
    for source in sources(skyvern, filters, _tests(skyvern, filters, scope)):
        try:
            return _plain_page(source, filters) if source.knows_all else _scanned_page(source, filters)
        except Missing as error:
            absent = error
    raise absent or Missing


def walk_runs(skyvern: Skyvern, filters: RunFilters, scope: str | None) -> Iterator[list[RunRow]]:
    """All that fits, newest first, about a hundred rows at a time. Raises the errors of Skyvern while it goes, and
    CutShort at the end when Skyvern pages no further (10,000 rows, 1,000 with a text or a workflow)."""
    if _is_foreign(filters, scope):
        return
    filters = replace(filters, person=scope or filters.person)
    if filters.only_person:
        index = PersonIndex(skyvern, filters.person, by_claims_only=bool(scope))
        for start in range(0, len(index), SCAN_SIZE):
            yield index.rows(start, start + SCAN_SIZE)
        return
    for source in sources(skyvern, filters, _tests(skyvern, filters, scope)):
        pages = _walk(source, source.farthest // SCAN_SIZE)
        try:
            rows, ended = next(pages, ([], True))
        except Missing:
            continue
        yield rows
        for rows, ended in pages:  # noqa: B007 - the last one counts
            yield rows
        if not ended:
            raise CutShort(source.farthest)
        return
    raise Missing


def reasons(skyvern: Skyvern, rows: Iterable[RunRow]) -> dict[str, str]:
    """Why the failed ones among these failed. A run's end does not change, so each is asked for once."""
    failed = [row.run_id for row in rows if row.status in FAILED_STATUSES]
    where = skyvern.connection.url
    known = {run_id: _reasons[where, run_id] for run_id in failed if (where, run_id) in _reasons}
    missing = [run_id for run_id in failed if run_id not in known]
    if missing:
        with ThreadPoolExecutor(max_workers=6) as pool:
            for run_id, reason in zip(missing, pool.map(_ask_reason(skyvern), missing), strict=True):
                if reason is not None:
                    known[run_id] = reason
                    _remember((where, run_id), reason)
    return {run_id: reason for run_id, reason in known.items() if reason}


def _is_foreign(filters: RunFilters, scope: str | None) -> bool:
    return bool(scope and filters.person and filters.person != scope)


def _tests(skyvern: Skyvern, filters: RunFilters, scope: str | None) -> tuple[Test, ...]:
    return (person_test(skyvern, filters.person, by_claims_only=bool(scope)),) if filters.person else ()


def _plain_page(source: Source, filters: RunFilters) -> RunPage:
    page, size = filters.page, filters.page_size
    if (page - 1) * size >= source.farthest or page > 100:
        return RunPage([], False, source.notes, source.farthest)
    rows = source.fetch(page, size)
    may_follow = len(rows) == size and page < 100 and page * size < source.farthest
    probe = (page * size + 1, 1) if page * size < 100 else (page + 1, size)
    more = may_follow and bool(source.fetch(*probe))
    is_cut = len(rows) == size and not may_follow
    return RunPage(rows, more, source.notes, source.farthest if is_cut else None)


def _scanned_page(source: Source, filters: RunFilters) -> RunPage:
    wanted, size = filters.page * filters.page_size + 1, filters.page_size
    found: list[RunRow] = []
    looked, ended = 0, False
    most = SCAN_PAGES if source.tests else max(SCAN_PAGES, wanted // SCAN_SIZE + 2)  # by date alone every row counts
    for rows, ended in _walk(source, min(most, source.farthest // SCAN_SIZE)):
        found += rows
        looked += SCAN_SIZE
        if ended or len(found) >= wanted:
            break
    rows = found[wanted - 1 - size:wanted - 1]
    complete = ended or len(found) >= wanted
    return RunPage(rows, len(found) >= wanted, source.notes, None if complete else looked)


def _page_of_person(skyvern: Skyvern, filters: RunFilters, *, by_claims_only: bool) -> RunPage:
    index = PersonIndex(skyvern, filters.person, by_claims_only=by_claims_only)
    start = (filters.page - 1) * filters.page_size
    return RunPage(index.rows(start, start + filters.page_size), len(index) > start + filters.page_size)


def _walk(source: Source, most: int) -> Iterator[tuple[list[RunRow], bool]]:
    """What fits of each hundred rows, and whether that was the end; at most so many times."""
    first = _first_page(source) if source.ends else 1
    for page in range(first, first + most):
        if (page - 1) * SCAN_SIZE >= source.farthest:
            return
        rows = source.fetch(page, SCAN_SIZE)
        ended = len(rows) < SCAN_SIZE or bool(source.begins and _is_before(rows[-1], source.begins))
        if source.ends:
            rows = [row for row in rows if row.created_at and row.created_at < source.ends]
        if source.begins:
            rows = [row for row in rows if row.created_at and row.created_at >= source.begins]
        for test in source.tests:
            rows = test(rows)
        yield rows, ended
        if ended:
            return


def _first_page(source: Source) -> int:
    """The first hundred that reaches back to before `ends`: found by halving, as the rows are newest first."""
    low, high = 1, max(1, source.farthest // SCAN_SIZE)
    while low < high:
        middle = (low + high) // 2 if low > 1 or high < source.farthest // SCAN_SIZE else 1
        rows = source.fetch(middle, SCAN_SIZE)
        if not rows or (source.ends and _is_before(rows[-1], source.ends)):
            high = middle
        else:
            low = middle + 1
    return low


def _is_before(row: RunRow, moment: datetime) -> bool:
    return row.created_at is not None and row.created_at < moment


def _ask_reason(skyvern: Skyvern) -> Callable[[str], str | None]:
    def ask(run_id: str) -> str | None:
        try:
            return skyvern.get_run(run_id).failure_reason or ""
        except SkyvernError:
            return None

    return ask


def _remember(key: tuple[str, str], reason: str) -> None:
    with _reasons_lock:
        _reasons[key] = reason
        while len(_reasons) > 2000:
            _reasons.popitem(last=False)
