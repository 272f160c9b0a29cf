"""Starts whose answer nobody heard: Skyvern's own runs say what became of them, by the token that rode along as a tag.

Nothing is guessed. A run with the token is the row's. A row goes back to waiting only when Skyvern's list reaches back
far enough, has had time to show the run, and holds none that could be it; else its owner is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from ...claims import claim
from ...extensions import db
from ...models import Claim
from ...models.batch import BatchRow
from ...models.columns import now
from ...runs.after_rules import remember
from ...skyvern.client import Skyvern
from ...skyvern.errors import Answered, Missing, Rejected
from ...skyvern.values import RunRow
from .row_rules import Ready, ask_owner, began, give_back

BATCH_TAG, ROW_TAG = "ui.batch", "ui.row"
SETTLED = timedelta(seconds=5)  # a call this young is most likely still being answered
CERTAIN = timedelta(seconds=120)  # no call lasts longer (60 s), nor is written later
BEFORE, AFTER = timedelta(minutes=2), timedelta(minutes=5)  # two clocks; a slow start
PAGE, PAGES, MOST_COMPARED = 100, 10, 20
BY_THEMSELVES = ("scheduled", "webhook")
NOT_TOLD = "Skyvern's answer to this start was lost, and its list does not reach back far enough to tell."
ALIKE = "Skyvern's answer to this start was lost, and {run_id} may be this row's run or somebody else's."


def resolve(skyvern: Skyvern, rows: Sequence[Ready]) -> int:
    """Settles what can be settled of these starts, all of one batch. How many. Raises the errors of Skyvern that say
    nothing about these runs."""
    waiting = [row for row in rows if now() - row.changed_at > SETTLED]
    if not waiting:
        return 0
    runs, is_whole = _runs_since(skyvern, waiting[0].plan.wpid, min(row.changed_at for row in waiting))
    free = _unclaimed(runs)
    tokens = _tokens(skyvern, [run.run_id for run in free])
    done = 0
    for row in waiting:
        made = next((run_id for run_id, token in tokens.items() if token == row.token), None)
        if made:
            done += adopt(row, made)
        elif now() - row.changed_at > CERTAIN:
            others = [run for run in free if not tokens.get(run.run_id) and run.trigger not in BY_THEMSELVES
                      and _is_around(run.created_at, row.changed_at)]
            done += _decide(skyvern, row, others, is_whole)
    return done


def adopt(row: Ready, run_id: str) -> bool:
    """The run is this row's: written on it, claimed for the owner, linked with the run that it repeats."""
    done = began(row, run_id)
    if done:
        claim(run_id, "run", row.plan.actor)
        if row.before:
            remember(run_id, row.before, "retry")
    return done


def _decide(skyvern: Skyvern, row: Ready, others: list[RunRow], is_whole: bool) -> bool:
    if not is_whole or len(others) > MOST_COMPARED:
        return ask_owner(row, NOT_TOLD)
    for run in others:
        try:
            given = skyvern.get_run(run.run_id).request.get("parameters") or {}
        except Answered:
            return ask_owner(row, ALIKE.format(run_id=run.run_id))
        if all(given.get(key) == value for key, value in row.inputs.items()):
            return ask_owner(row, ALIKE.format(run_id=run.run_id))
    return give_back(row)


def _runs_since(skyvern: Skyvern, wpid: str, begun: datetime) -> tuple[list[RunRow], bool]:
    """The runs of a workflow since a moment, and whether the list reached back that far."""
    first, found = begun.replace(tzinfo=UTC) - BEFORE, list[RunRow]()
    for page in range(1, PAGES + 1):
        rows = skyvern.list_every_run_of_workflow(wpid, page, PAGE)
        found += [row for row in rows if row.created_at is None or row.created_at >= first]
        last = rows[-1].created_at if rows else None
        if len(rows) < PAGE or (last is not None and last < first):
            return found, True
    return found, False


def _unclaimed(runs: list[RunRow]) -> list[RunRow]:
    ids = [run.run_id for run in runs]
    known: set[str | None] = set()
    for start in range(0, len(ids), 500):
        some = ids[start:start + 500]
        known |= set(db.session.scalars(select(Claim.upstream_id).where(Claim.upstream_id.in_(some))))
        known |= set(db.session.scalars(select(BatchRow.run_id).where(BatchRow.run_id.in_(some))))
    db.session.remove()
    return [run for run in runs if run.run_id not in known]


def _tokens(skyvern: Skyvern, run_ids: list[str]) -> dict[str, str | None]:
    """The token of each run, where it carries one. A release without tags of runs (before 1.0.47) tells none."""
    found: dict[str, str | None] = {}
    try:
        for start in range(0, len(run_ids), 200):
            told = skyvern.list_tags_of_runs(run_ids[start:start + 200])
            found |= {run_id: next((tag.value for tag in tags if tag.key == ROW_TAG), None)
                      for run_id, tags in told.items()}
    except (Missing, Rejected):
        return {}
    return found


def _is_around(moment: datetime | None, begun: datetime) -> bool:
    if moment is None:
        return True
    first = begun.replace(tzinfo=UTC)
    return first - BEFORE <= moment <= first + AFTER
