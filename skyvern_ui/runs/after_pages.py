"""What the run's page is given about what can be done with the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..access import only_these_runs
from ..extensions import db
from ..models.watch import Watch
from ..notices.rules import watches_of
from ..request import me
from ..skyvern.values import Run
from . import after_rules


@dataclass(frozen=True, slots=True)
class After:
    """`chain` is every run that repeats this one or is repeated by it; `place` counts from 1. `foreign` are those of
    the chain that this person may not see: they are counted, not named."""

    chain: tuple[after_rules.Link, ...]
    foreign: frozenset[str]
    place: int
    can_retry: bool
    watches: tuple[Watch, ...]
    workflow_id: str | None


def after_face(run: Run) -> dict[str, Any]:
    """`after`: the chain of runs it belongs to, what can be done with it, and what this person is told about it. It
    asks only our own database."""
    person = me()
    before = run.raw.get("retried_from_workflow_run_id")
    chain = after_rules.chain_of(run.run_id, before if isinstance(before, str) and before else None)
    only = only_these_runs(person) if person and chain else None
    foreign = frozenset() if only is None else frozenset(link.run_id for link in chain if link.run_id not in only)
    place = next((n for n, link in enumerate(chain, 1) if link.run_id == run.run_id), 0)
    workflow_id = run.request.get("workflow_id")
    targets = [run.run_id, *([workflow_id] if isinstance(workflow_id, str) else [])]
    watches = tuple(watches_of(person.id, targets)) if person else ()
    db.session.expunge_all()
    db.session.remove()
    return {"after": After(chain, foreign, place, after_rules.can_retry(run), watches,
                           workflow_id if isinstance(workflow_id, str) else None)}
