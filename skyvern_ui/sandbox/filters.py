"""Which runs a list shows: the filters of GET /v1/runs and of the workflow run lists, and their bounds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from werkzeug.datastructures import MultiDict

from skyvern_ui.sandbox.refusals import Refusal, invalid, not_one_of, whole_number
from skyvern_ui.sandbox.story import Run
from skyvern_ui.sandbox.tags import read_terms, tagged
from skyvern_ui.sandbox.world import World

STATUSES = ("created", "queued", "running", "paused", "timed_out", "failed", "terminated", "completed", "canceled")
SHORTEST_SEARCH, FARTHEST_SEARCH = 3, 1000
Asked = MultiDict[str, str]
Test = Callable[[Run], bool]


def runs_of_all_kinds(world: World, asked: Asked) -> list[Run]:
    """GET /v1/runs: one page, newest first, of the runs that no other run started."""
    now = world.clock()
    page = whole_number(("query", "page"), asked.get("page"), 1, 100, 1)
    size = whole_number(("query", "page_size"), asked.get("page_size"), 1, 100, 10)
    words = asked.get("search_key")
    if words is not None and len(words) < SHORTEST_SEARCH:
        raise invalid(("query", "search_key"), "string_too_short",
                      f"String should have at least {SHORTEST_SEARCH} characters", words, min_length=SHORTEST_SEARCH)
    kinds, workflows = asked.getlist("run_type"), asked.getlist("workflow_permanent_id")
    if (words or workflows) and (page - 1) * size >= FARTHEST_SEARCH:
        raise Refusal(400, f"Search pagination is limited to the first {FARTHEST_SEARCH} matches. "
                           "Use a narrower search.")
    tests = _common(asked, now)
    if kinds:
        tests.append(lambda run: run.kind in kinds)
    if workflows:
        tests.append(lambda run: run.workflow_permanent_id in workflows)
    if category := asked.get("failure_category"):
        tests.append(lambda run: run.kind == "workflow_run" and run.failure is not None
                     and run.failure.category == category and run.status(now) == run.failure.status)
    return _page(world, tests, page, size, children=False)


def workflow_runs(world: World, asked: Asked, wpid: str | None, *, children: bool) -> list[Run]:
    """The lists of workflow runs: of one workflow, or of all."""
    now = world.clock()
    page = whole_number(("query", "page"), asked.get("page"), 1, None, 1)
    size = whole_number(("query", "page_size"), asked.get("page_size"), 1, None, 10)
    tests: list[Test] = [lambda run: run.kind == "workflow_run", *_common(asked, now)]
    if wpid is not None:
        tests.append(lambda run: run.workflow_permanent_id == wpid)
        since, until = _moment(asked, "created_at_start"), _moment(asked, "created_at_end")
        tests.append(lambda run: (since is None or run.created >= since) and (until is None or run.created < until))
    if code := asked.get("error_code"):
        tests.append(lambda run: run.failure is not None and run.failure.error_code == code
                     and run.status(now) == run.failure.status)
    return _page(world, tests, page, size, children=children or asked.get("include_child_runs") in ("true", "1"))


def _common(asked: Asked, now: float) -> list[Test]:
    tests: list[Test] = []
    wanted, words = asked.getlist("status"), (asked.get("search_key") or "").lower()
    for place, status in enumerate(wanted):
        if status not in STATUSES:
            raise not_one_of(("query", "status", place), STATUSES, status)
    if terms := read_terms(asked.getlist("tags")):
        tests.append(lambda run: run.kind == "workflow_run" and tagged(run, terms, now))
    if wanted:
        tests.append(lambda run: run.status(now) in wanted)
    if words:
        tests.append(lambda run: words in run.searchable)
    return tests


def _page(world: World, tests: list[Test], page: int, size: int, *, children: bool) -> list[Run]:
    now = world.clock()
    found = (run for run in world.newest_first() if run.created <= now and run.shown_as is None and not run.is_trial
             and (children or run.parent is None) and all(test(run) for test in tests))
    return list(islice(found, (page - 1) * size, page * size))


def _moment(asked: Asked, name: str) -> float | None:
    given: Any = asked.get(name)
    if given is None:
        return None
    try:
        read = datetime.fromisoformat(given)
    except ValueError:
        raise invalid(("query", name), "datetime_from_date_parsing",
                      "Input should be a valid datetime or date, invalid character in year", given,
                      error="invalid character in year") from None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
