"""One person's runs: those they claimed here, and the workflow runs whose tag names them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from ..skyvern.client import Skyvern
from ..skyvern.errors import Answered, Missing, SkyvernError
from ..skyvern.values import Run, RunRow
from .list_sources import Test
from .people_rules import PERSON_TAG, claimed_among, claims_by, starters

AT_ONCE, TAGGED_PAGES, SIZE = 6, 10, 100


def person_test(skyvern: Skyvern, person: str, *, by_claims_only: bool) -> Test:
    """Keeps the rows of one person. By claims only where it decides who may see what: anybody may set a tag."""
    names = set() if by_claims_only else tag_values(skyvern, person)

    def keep(rows: list[RunRow]) -> list[RunRow]:
        mine = claimed_among(person, {row.run_id for row in rows})
        others = [row.run_id for row in rows if row.run_id not in mine and row.run_id.startswith("wr_")]
        if names and others:
            tags = skyvern.list_tags_of_runs(others)
            mine |= {run_id for run_id in others
                     if any(tag.key == PERSON_TAG and tag.value in names for tag in tags.get(run_id, ()))}
        return [row for row in rows if row.run_id in mine]

    return keep


def tag_values(skyvern: Skyvern, person: str) -> set[str]:
    """How runs of this person are tagged, where any are: their name or id in the group `ui.user`. Raises nothing."""
    try:
        held = skyvern.suggest_run_tags().groups.get(PERSON_TAG, ())
    except SkyvernError:
        return set()
    name = next((starter.name for starter in starters() if starter.id == person), person)
    return {value for value in held if value in (person, name)}


class PersonIndex:
    """All runs of one person, newest first: exact, because our own claims are paged and not Skyvern's list."""

    def __init__(self, skyvern: Skyvern, person: str, *, by_claims_only: bool) -> None:
        """Raises the errors of Skyvern."""
        self._skyvern = skyvern
        self._rows = {row.run_id: row for row in _newest(skyvern)}
        found = {run_id: moment for moment, run_id in claims_by(person)}
        for value in set() if by_claims_only else tag_values(skyvern, person):
            for row in self._tagged(value):
                self._rows[row.run_id] = row
                found.setdefault(row.run_id, _naive(row.created_at))
        self._ids = sorted(found, key=lambda run_id: (found[run_id], run_id), reverse=True)

    def __len__(self) -> int:
        return len(self._ids)

    def rows(self, start: int, stop: int) -> list[RunRow]:
        """These runs; what Skyvern no longer has is left out. Raises the errors of Skyvern."""
        wanted = self._ids[start:stop]
        missing = [run_id for run_id in wanted if run_id not in self._rows]
        if missing:
            with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
                for row in pool.map(self._ask, missing):
                    if row is not None:
                        self._rows[row.run_id] = row
        return [self._rows[run_id] for run_id in wanted if run_id in self._rows]

    def _ask(self, run_id: str) -> RunRow | None:
        try:
            return row_of(self._skyvern.get_run(run_id))
        except Answered:
            return None

    def _tagged(self, value: str) -> list[RunRow]:
        found: list[RunRow] = []
        for page in range(1, TAGGED_PAGES + 1):
            rows = self._skyvern.list_runs(
                [("page", str(page)), ("page_size", str(SIZE)), ("tags", f"{PERSON_TAG}:{value}")])
            found += rows
            if len(rows) < SIZE:
                break
        return found


def row_of(run: Run) -> RunRow:
    """A run as a row of the list, as far as it says so itself."""
    workflow = run.request.get("workflow_id")
    return RunRow(
        run_id=run.run_id, kind=run.kind, status=run.status, title=run.title if run.title != run.run_id else None,
        created_at=run.created_at, started_at=run.started_at, finished_at=run.finished_at,
        workflow_permanent_id=str(workflow) if workflow else None, trigger=None, attempt=run.attempt,
        retry_pending=run.retry_pending, ran_code=run.raw.get("script_run") not in (None, False, {}),
    )


def _newest(skyvern: Skyvern) -> list[RunRow]:
    """The newest rows at one call: what is among them need not be asked for one by one."""
    try:
        return skyvern.list_runs([("page", "1"), ("page_size", str(SIZE))])
    except Missing:
        return []


def _naive(moment: datetime | None) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment else datetime.min
