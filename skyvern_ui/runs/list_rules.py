"""Lists of runs: filters, "mine", reasons of failures."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

from ..skyvern.client import Skyvern
from ..skyvern.errors import SkyvernError
from ..skyvern.values import FAILED_STATUSES, RunRow

SCAN_PAGES, SCAN_SIZE = 10, 100
_reasons: OrderedDict[tuple[str, str], str] = OrderedDict()
_reasons_lock = Lock()


@dataclass(frozen=True, slots=True)
class RunFilters:
    """What to look for. Empty values do not filter."""

    search: str = ""
    statuses: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    workflow: str = ""
    page: int = 1
    page_size: int = 20

    def params(self, page: int, page_size: int) -> list[tuple[str, str]]:
        """The query of `GET /v1/runs` (api 2.4)."""
        pairs = [("page", str(page)), ("page_size", str(page_size))]
        pairs += [("status", s) for s in self.statuses] + [("run_type", k) for k in self.kinds]
        pairs += [("workflow_permanent_id", self.workflow)] if self.workflow else []
        return pairs + ([("search_key", self.search)] if self.search else [])


@dataclass(frozen=True, slots=True)
class RunPage:
    """One page of runs and whether another follows. `partial` when the newest 1,000 were all that was looked at."""

    rows: list[RunRow]
    more: bool
    partial: bool = False

    @property
    def live(self) -> bool:
        """True while anything on the page can still change."""
        return any(not row.is_over for row in self.rows)


def list_runs(skyvern: Skyvern, filters: RunFilters) -> RunPage:
    """One page as Skyvern pages it. Another follows when one more row is there."""
    size = filters.page_size
    rows = skyvern.list_runs(filters.params(filters.page, size))
    more = len(rows) == size and filters.page < 100 and bool(
        skyvern.list_runs(filters.params(filters.page * size + 1, 1)) if filters.page * size < 100 else [1])
    return RunPage(rows, more)


def list_own_runs(skyvern: Skyvern, filters: RunFilters, own: Collection[str]) -> RunPage:
    """One page of these ids only. Skyvern cannot filter by our people, so its newest 1,000 rows are looked through
    until the page is full."""
    wanted = filters.page * filters.page_size + 1
    found: list[RunRow] = []
    for page in range(1, SCAN_PAGES + 1):
        if not own:
            return RunPage([], False)
        rows = skyvern.list_runs(filters.params(page, SCAN_SIZE))
        found += [row for row in rows if row.run_id in own]
        if len(rows) < SCAN_SIZE or len(found) >= wanted:
            break
    else:
        return RunPage(found[wanted - 1 - filters.page_size:wanted - 1], len(found) >= wanted, partial=True)
    return RunPage(found[wanted - 1 - filters.page_size:wanted - 1], len(found) >= wanted)


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
