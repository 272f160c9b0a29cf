"""One thing done to many runs. Each write has its own row in the audit log, written before anything is sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from ..audit import Actor, conclude, intend
from ..recorded import outcome_of
from ..skyvern import errors
from ..skyvern.client import Skyvern
from ..skyvern.values import Run, run_kind
from ..skyvern.values.tag import Tag
from .people_rules import claimed_among

T = TypeVar("T")
MOST, AT_ONCE, SECONDS = 100, 6, 60.0
NOT_FOUND = "There is no such run, or it is not yours to see."
LATE = "Time ran out before this one was asked; nothing was sent."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one run. `problem` is empty when it was done; `note` says why nothing had to be done."""

    run_id: str
    problem: str = ""
    note: str = ""


def cancel_all(skyvern: Skyvern, run_ids: list[str], actor: Actor, scope: str | None) -> list[Outcome]:
    """Cancels those that are not over; runs that are, are not asked. `scope` is the one person whose runs may be
    touched. At most 100 ids. Raises nothing of Skyvern: each run has its own outcome."""
    visible = _visible(run_ids, scope)
    found = dict(zip(visible, _side_by_side(visible, _reader(skyvern)), strict=True))
    outcomes = {run_id: Outcome(run_id, NOT_FOUND) for run_id in run_ids}
    live: list[str] = []
    for run_id, run in found.items():
        if isinstance(run, str):
            outcomes[run_id] = Outcome(run_id, run)
        elif run.is_over:
            outcomes[run_id] = Outcome(run_id, note=f"was over already ({run.status.replace('_', ' ')})")
        else:
            live.append(run_id)
    rows = {run_id: intend(actor, "run.cancel", "run", run_id, among=len(live)) for run_id in live}
    if live:
        outcomes |= {each.run_id: each for each in _cancel(skyvern, live, rows)}
    return [outcomes[run_id] for run_id in run_ids]


def tag_all(skyvern: Skyvern, run_ids: list[str], tag: Tag, actor: Actor, scope: str | None) -> list[Outcome]:
    """Sets one tag on each. Skyvern keeps tags for workflow runs only; others are not asked. Raises nothing."""
    return _change_tags(run_ids, actor, scope, "run.tag", tag, lambda run_id: skyvern.tag_run(run_id, tag), {})


def untag_all(skyvern: Skyvern, run_ids: list[str], tag: Tag, actor: Actor, scope: str | None) -> list[Outcome]:
    """Takes one tag from each that has it; a group with another value is left alone. Raises the errors of Skyvern
    when it cannot say which have it; nothing is sent then."""
    asked = [run_id for run_id in _visible(run_ids, scope) if run_kind(run_id) == "workflow_run"]
    held = skyvern.list_tags_of_runs(asked) if asked else {}
    without = {run_id: "did not have this tag" for run_id in asked
               if tag.text not in {t.text for t in held.get(run_id, ())}}
    return _change_tags(run_ids, actor, scope, "run.untag", tag, lambda run_id: skyvern.untag_run(run_id, tag), without)


def _cancel(skyvern: Skyvern, live: list[str], rows: dict[str, str]) -> Iterable[Outcome]:
    try:
        done = skyvern.cancel_runs(live)
    except errors.SkyvernError as error:
        if isinstance(error, errors.Missing) or getattr(error, "upstream_status", None) == 405:
            return _each(live, rows, skyvern.cancel_run)  # older than 1.0.37: nothing happened, each is asked alone
        for row in rows.values():
            conclude(row, outcome_of(error), error.status)
        return [Outcome(run_id, error.sentence) for run_id in live]
    for run_id, row in rows.items():
        conclude(row, "done" if run_id in done else "refused", 200)
    return [Outcome(run_id, "" if run_id in done else "Skyvern did not cancel it. It may have ended just now.")
            for run_id in live]


def _change_tags(run_ids: list[str], actor: Actor, scope: str | None, action: str, tag: Tag,
                 change: Callable[[str], None], notes: dict[str, str]) -> list[Outcome]:
    outcomes = {run_id: Outcome(run_id, NOT_FOUND) for run_id in run_ids}
    asked: list[str] = []
    for run_id in _visible(run_ids, scope):
        if run_kind(run_id) != "workflow_run":
            outcomes[run_id] = Outcome(run_id, "This is a task, and Skyvern keeps tags for workflow runs only.")
        elif run_id in notes:
            outcomes[run_id] = Outcome(run_id, note=notes[run_id])
        else:
            asked.append(run_id)
    rows = {run_id: intend(actor, action, "run", run_id, tag=tag.text) for run_id in asked}
    outcomes |= {each.run_id: each for each in _each(asked, rows, change)}
    return [outcomes[run_id] for run_id in run_ids]


def _each(run_ids: list[str], rows: dict[str, str], act: Callable[[str], None]) -> list[Outcome]:
    """Six at a time, for a minute at most; each sent once."""
    deadline = time.monotonic() + SECONDS

    def do(run_id: str) -> errors.SkyvernError | str | None:
        if time.monotonic() > deadline:
            return LATE
        try:
            act(run_id)
        except errors.SkyvernError as error:
            return error
        return None

    outcomes = []
    for run_id, told in zip(run_ids, _side_by_side(run_ids, do), strict=True):
        if isinstance(told, errors.SkyvernError):
            conclude(rows[run_id], outcome_of(told), told.status)
            outcomes.append(Outcome(run_id, _sentence(told)))
        else:
            conclude(rows[run_id], "failed" if told else "done", None if told else 200)
            outcomes.append(Outcome(run_id, told or ""))
    return outcomes


def _reader(skyvern: Skyvern) -> Callable[[str], Run | str]:
    def read(run_id: str) -> Run | str:
        try:
            return skyvern.get_run(run_id)
        except errors.SkyvernError as error:
            return _sentence(error)

    return read


def _sentence(error: errors.SkyvernError) -> str:
    return NOT_FOUND if isinstance(error, errors.Missing) else error.sentence


def _side_by_side(run_ids: list[str], do: Callable[[str], T]) -> list[T]:
    if not run_ids:
        return []
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return list(pool.map(do, run_ids))


def _visible(run_ids: list[str], scope: str | None) -> list[str]:
    known = [run_id for run_id in run_ids if run_kind(run_id)]
    mine = claimed_among(scope, known) if scope else set(known)
    return [run_id for run_id in known if run_id in mine]
