"""What the comparison of two runs is drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from werkzeug.exceptions import NotFound

from ..access import find_run, only_these_runs, skyvern
from ..aside import aside
from ..request import signed_in
from ..skyvern.errors import Missing, SkyvernError
from ..skyvern.values import Run, RunRow
from . import comparison_rules, rules, timeline_rules
from .secret_rules import unsecret

MOST_PICTURES = 12


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: the run, or the sentence that stands in its place."""

    run_id: str
    run: Run | None = None
    facts: rules.Facts | None = None
    problem: str | None = None


def side(run_id: str) -> Side:
    """A run to compare. A bad id, a stranger's run and an unknown one are the same sentence here as everywhere."""
    if not run_id:
        return Side(run_id, problem="Choose a run to put here.")
    try:
        run = find_run(signed_in(), run_id)
    except NotFound as error:
        return Side(run_id, problem=str(error.description))
    except SkyvernError as error:
        return Side(run_id, problem=error.sentence)
    facts = rules.facts_of(skyvern(), run)
    return Side(run_id, rules.named(run, facts), facts)


def comparison(left: Side, right: Side) -> dict[str, Any]:
    """All that can be said of both."""
    context: dict[str, Any] = {"left": left, "right": right, "inputs": [], "output": [], "pairs": [], "cut": False,
                               "story_problem": None, "pictures": []}
    ours, theirs = left.run, right.run
    if ours is None or theirs is None:
        return context
    upstream = skyvern()
    inputs, _ = comparison_rules.changes(unsecret(ours.request), unsecret(theirs.request))
    output, is_cut = aside(comparison_rules.output_changes, ours.output, theirs.output)
    one, first_problem = rules.ask(lambda: timeline_rules.story(upstream, ours), ())
    two, second_problem = rules.ask(lambda: timeline_rules.story(upstream, theirs), ())
    pairs, _ = comparison_rules.aligned(one, two)
    our_files, _ = rules.ask(lambda: rules.artifacts_of(upstream, ours), [])
    their_files, _ = rules.ask(lambda: rules.artifacts_of(upstream, theirs), [])
    pictures = [(pair.title, comparison_rules.pictures_of(pair.left, our_files),
                 comparison_rules.pictures_of(pair.right, their_files)) for pair in pairs[:60]]
    return context | {"inputs": inputs, "output": output, "cut": is_cut, "pairs": pairs,
                      "story_problem": first_problem or second_problem,
                      "pictures": [row for row in pictures if row[1] or row[2]][:MOST_PICTURES]}


def candidates(run: Run) -> list[RunRow]:
    """The last runs of the same workflow or with the same title, without this one: what it is compared with."""
    workflow, newest = timeline_rules.workflow_of(run), [("page", "1"), ("page_size", "30")]
    try:
        rows = skyvern().list_runs([*newest, ("workflow_permanent_id", workflow)]) if workflow else []
        if len(rows) < 2:
            rows = rows + skyvern().list_runs(newest)
    except (Missing, SkyvernError):
        return []
    mine = only_these_runs(signed_in())
    rows = [row for row in rows if row.run_id != run.run_id and (mine is None or row.run_id in mine)]
    alike = [row for row in rows if row.workflow_permanent_id == workflow if workflow or row.title == run.title]
    return (alike + [row for row in rows if row not in alike])[:10]
