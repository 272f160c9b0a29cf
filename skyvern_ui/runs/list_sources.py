"""Which of Skyvern's four lists of runs answers a set of filters best, and what is left for us to look at.

| list | knows | since |
|---|---|---|
| `GET /v1/runs` | status, type, workflows, tags, text, category of failure | 1.0.29 |
| `GET /v1/workflows/{wpid}/runs` | status, text, error code, dates, tags | 1.0.37 |
| `GET /v1/workflows/runs` | status, text, error code | 1.0.14 |
| `GET /api/v1/runs` | status, text; ten pages | all |

What a list does not know is looked for in its rows, a hundred at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from ..skyvern.client import Skyvern
from ..skyvern.errors import Missing, Rejected, SkyvernError
from ..skyvern.values import RunRow
from ..skyvern.values.tag import fits

FARTHEST, FARTHEST_SEARCH = 10_000, 1000  # rows: pages 1 to 100 of at most 100; 1,000 with a search or a workflow
USED_BY = ("pbs_", "bp_", "cred_")  # what a workflow run may have used: only the workflow run lists find them
Test = Callable[[list[RunRow]], list[RunRow]]


@dataclass(frozen=True, slots=True)
class RunFilters:
    """What to look for. Empty values do not filter. `since` and `until` are days in UTC, both included; `person` is
    an id as in `claim`."""

    search: str = ""
    statuses: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    workflows: tuple[str, ...] = ()
    person: str = ""
    tags: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    error_code: str = ""
    category: str = ""
    page: int = 1
    page_size: int = 20

    @property
    def begins(self) -> datetime | None:
        """The first moment that counts."""
        return datetime.combine(self.since, time.min, UTC) if self.since else None

    @property
    def ends(self) -> datetime | None:
        """The first moment that counts no more."""
        if self.until is None or self.until == date.max:
            return None
        return datetime.combine(self.until + timedelta(days=1), time.min, UTC)

    @property
    def only_person(self) -> bool:
        """True when nothing but the person is asked for."""
        return bool(self.person) and not any((
            self.search, self.statuses, self.kinds, self.workflows, self.tags, self.since, self.until,
            self.error_code, self.category))


@dataclass(frozen=True, slots=True)
class Source:
    """One of the lists: `fetch(page, size)` asks it, `tests` are what it does not know, `farthest` is how many rows
    it gives at most. `begins` and `ends` are the dates it does not know; its rows are newest first."""

    fetch: Callable[[int, int], list[RunRow]]
    farthest: int
    tests: tuple[Test, ...] = ()
    begins: datetime | None = None
    ends: datetime | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def knows_all(self) -> bool:
        """True when its pages need no looking through."""
        return not (self.tests or self.begins or self.ends)


def sources(skyvern: Skyvern, filters: RunFilters, more: tuple[Test, ...] = ()) -> Iterator[Source]:
    """The lists that can answer these filters, the one that knows most first; the next is for a release in which that
    one is Missing. `more` are tests of the caller's."""
    if filters.tags and not _has_tags(skyvern):
        note = "This release of Skyvern has no tags of runs (they came with 1.0.47), so no run can have them."
        yield Source(lambda page, size: [], FARTHEST, notes=(note,))
        return
    by_code = bool(filters.error_code or filters.search.startswith(USED_BY))
    if len(filters.workflows) == 1 and (by_code or filters.since or filters.until):
        yield _of_workflow(skyvern, filters, more)
    if by_code:
        yield _workflow_runs(skyvern, filters, more)
    yield _all_runs(skyvern, filters, more)
    yield _legacy(skyvern, filters, more)


def _all_runs(skyvern: Skyvern, f: RunFilters, more: tuple[Test, ...]) -> Source:
    asked = [*_texts(f), *(("run_type", k) for k in f.kinds), *(("workflow_permanent_id", w) for w in f.workflows),
             *(("tags", t) for t in f.tags), *((("failure_category", f.category),) if f.category else ())]
    notes = []
    if f.tags:
        notes.append("Skyvern keeps tags for workflow runs only.")
    if f.category:
        notes.append("Skyvern knows the category of workflow runs only; /runs/failures sorts tasks too.")
    if f.error_code:
        notes.append("This release of Skyvern cannot look for error codes, so that filter is left out.")
    return Source(lambda page, size: skyvern.list_runs([*_paging(page, size), *asked]),
                  FARTHEST_SEARCH if f.search or f.workflows else FARTHEST, more, f.begins, f.ends, tuple(notes))


def _of_workflow(skyvern: Skyvern, f: RunFilters, more: tuple[Test, ...]) -> Source:
    # Its columns hold UTC without a zone, and so must what is compared with them. A release that does not know the two
    # ignores them, so the rows are looked at all the same.
    begins = [("created_at_start", f.begins.replace(tzinfo=None).isoformat())] if f.begins else []
    ends = [("created_at_end", f.ends.replace(tzinfo=None).isoformat())] if f.ends else []
    asked = [*_texts(f), *_code(f), *begins, *ends, *(("tags", t) for t in f.tags)]
    return Source(lambda page, size: skyvern.list_runs_of_workflow(f.workflows[0], [*_paging(page, size), *asked]),
                  FARTHEST, (*_plain_tests(f), *more), f.begins, f.ends)


def _workflow_runs(skyvern: Skyvern, f: RunFilters, more: tuple[Test, ...]) -> Source:
    asked = [*_texts(f), *_code(f)]
    tests = [*_plain_tests(f)]
    if f.workflows:
        tests.append(lambda rows: [row for row in rows if row.workflow_permanent_id in f.workflows])
    if f.tags:
        tests.append(lambda rows: _tagged(skyvern, rows, f.tags))
    what = "error codes" if f.error_code else "what a run used"
    return Source(lambda page, size: skyvern.list_runs_of_workflows([*_paging(page, size), *asked]), FARTHEST,
                  (*tests, *more), f.begins, f.ends, (f"Skyvern can look for {what} among workflow runs only.",))


def _legacy(skyvern: Skyvern, f: RunFilters, more: tuple[Test, ...]) -> Source:
    tests = [*_plain_tests(f)]
    if f.workflows:
        tests.append(lambda rows: [row for row in rows if row.workflow_permanent_id in f.workflows])
    notes = ["This release of Skyvern has only the older list of runs, which ends after ten pages."]
    if f.error_code:
        notes.append("It cannot look for error codes, so that filter is left out.")
    return Source(lambda page, size: skyvern.list_runs_legacy([*_paging(page, size), *_texts(f)]) if page <= 10 else [],
                  FARTHEST_SEARCH, (*tests, *more), f.begins, f.ends, tuple(notes))


def _plain_tests(f: RunFilters) -> list[Test]:
    tests: list[Test] = []
    if f.kinds:
        tests.append(lambda rows: [row for row in rows if row.kind in f.kinds])
    if f.category:
        tests.append(lambda rows: [row for row in rows if row.category == f.category])
    return tests


def _tagged(skyvern: Skyvern, rows: list[RunRow], terms: tuple[str, ...]) -> list[RunRow]:
    held = skyvern.list_tags_of_runs([row.run_id for row in rows]) if rows else {}
    return [row for row in rows if fits(held.get(row.run_id, ()), terms)]


def _has_tags(skyvern: Skyvern) -> bool:
    try:
        skyvern.suggest_run_tags()
    except (Missing, Rejected):
        return False
    except SkyvernError:
        return True
    return True


def _paging(page: int, size: int) -> list[tuple[str, str]]:
    return [("page", str(page)), ("page_size", str(size))]


def _texts(f: RunFilters) -> list[tuple[str, str]]:
    return [*(("status", s) for s in f.statuses), *((("search_key", f.search),) if f.search else ())]


def _code(f: RunFilters) -> list[tuple[str, str]]:
    return [("error_code", f.error_code)] if f.error_code else []
