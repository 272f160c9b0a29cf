"""Where the palette looks while somebody types: Skyvern's workflows and runs, ids of any kind, our people.

Each source is asked in a thread of its own, holds no database connection while it waits for Skyvern, and has the same
short deadline: what is late is said so and holds up nothing. A thread that is late ends by its call's own deadline;
no more than MOST wait at once in this process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from flask import Flask

from ..extensions import db
from ..runs.id_rules import Lead, follow
from ..runs.list_rules import RunFilters, list_runs
from ..runs.list_sources import USED_BY
from ..skyvern.client import Skyvern
from ..skyvern.errors import SkyvernError
from ..skyvern.values import BrowserSession, run_kind
from ..users.rules import list_people
from .rules import EACH, Entry, Group, marked, words_of

SECONDS, MOST, SHORTEST = 1.5, 24, 2
SHORTEST_OF_RUNS = 3  # Skyvern refuses shorter searches of runs
LISTED = ("workflows", "runs")  # with a page that lists more of them
NAMES_OF_SESSIONS = ("browser session", "session", "open browser")
LATE = "No answer in time."
_open = threading.BoundedSemaphore(MOST)


class Crowded(Exception):
    """As many questions wait for Skyvern as may."""


def found(app: Flask, upstream: Skyvern | SkyvernError, text: str, scope: str | None,
          is_admin: bool) -> tuple[list[Group], Lead | None]:
    """What fits `text`, by source, and where it leads if it is an id. `scope` is the one person whose runs may be
    seen. Raises nothing of Skyvern's: a source that fails says so in its group."""
    if len(text) < SHORTEST:
        return [], None
    jobs: dict[str, Future[Any]] = {}
    pool = ThreadPoolExecutor(4, thread_name_prefix="palette")
    labels = {"workflows": "Workflows", "runs": "Runs", "sessions": "Open browsers"}
    if isinstance(upstream, Skyvern):
        asked: dict[str, Callable[[], Any]] = {
            "id": lambda: follow(upstream, text),
            "workflows": lambda: workflows(upstream, text),
            "runs": lambda: runs(upstream, text, scope),
            "sessions": lambda: sessions(upstream, text, scope),
        }
        jobs = {key: pool.submit(_bounded, app, job) for key, job in asked.items()}
    people = [_people(text)] if is_admin else []
    wait(jobs.values(), SECONDS)
    pool.shutdown(wait=False, cancel_futures=True)
    if not isinstance(upstream, Skyvern):
        problem = upstream.sentence
        return [Group("runs", "Workflows and runs", problem=problem), *people], None
    lead = _result(jobs["id"])
    groups = []
    for key, label in labels.items():
        entries = _result(jobs[key])
        groups.append(Group(key, label, problem=entries) if isinstance(entries, str) else
                      Group(key, label, entries or (), more_label=f"All {key} with “{text}”",
                            more_href=f"/{key}?q={quote(text)}" if entries and key in LISTED else ""))
    return [*groups, *people], lead if isinstance(lead, Lead) else None


def workflows(upstream: Skyvern, text: str) -> tuple[Entry, ...]:
    """The workflows that Skyvern finds by this text (title, folder, inputs), the last changed first."""
    rows = upstream.list_workflows([("search_key", text), ("page", "1"), ("page_size", str(EACH))])
    return tuple(marked(Entry(row.title or row.permanent_id, f"/workflows/{row.permanent_id}", "workflow"),
                        words_of(text)) for row in rows[:EACH] if row.permanent_id)


def runs(upstream: Skyvern, text: str, scope: str | None) -> tuple[Entry, ...]:
    """The runs that Skyvern finds by this text, the newest first, of those that may be seen."""
    if text.startswith(USED_BY) or len(text) < SHORTEST_OF_RUNS:
        return ()
    rows = list_runs(upstream, RunFilters(search=text, page_size=EACH), scope).rows
    return tuple(marked(Entry(row.title or row.run_id, f"/runs/{row.run_id}", "play", status=row.status,
                              note=row.run_id if row.title else ""), words_of(text)) for row in rows[:EACH])


def sessions(upstream: Skyvern, text: str, scope: str | None) -> tuple[Entry, ...]:
    """The browsers that are open, by id, by the run in them, or all when they are asked for by name; each leads to its
    run, or to the runs that used it. Nobody who may see only their own runs sees any."""
    if scope is not None:
        return ()
    words, is_named = text.casefold(), any(name.startswith(text.casefold()) for name in NAMES_OF_SESSIONS)
    rows = [each for each in upstream.list_browser_sessions()
            if is_named or words in each.session_id or words in (each.runnable_id or "")]
    return tuple(marked(Entry(each.session_id, _where(each), "monitor-play", status=each.status,
                              note=each.runnable_id or ""), words_of(text)) for each in rows[:EACH])


def _where(session: BrowserSession) -> str:
    run_id = session.runnable_id or ""
    return f"/runs/{run_id}" if run_kind(run_id) else f"/runs?q={quote(session.session_id)}"


def _people(text: str) -> Group:
    rows = list_people(text)
    db.session.remove()
    entries = tuple(marked(Entry(row.user.name or row.user.email, f"/settings/users/{row.user.id}", "user",
                                 note=row.user.email), words_of(text)) for row in rows[:EACH])
    more = f"/settings/users?q={quote(text)}" if len(rows) > EACH else ""
    return Group("people", "People", entries, more_href=more, more_label=f"All {len(rows)} people with “{text}”")


def _bounded(app: Flask, job: Callable[[], Any]) -> Any:
    with _one_of_few(), app.app_context():
        try:
            return job()
        finally:
            db.session.remove()


@contextmanager
def _one_of_few() -> Iterator[None]:
    if not _open.acquire(blocking=False):
        raise Crowded
    try:
        yield
    finally:
        _open.release()


def _result(job: Future[Any]) -> Any:
    """What it found, or the sentence that stands in its place."""
    if not job.done() or job.cancelled():
        return LATE
    error = job.exception()
    if isinstance(error, SkyvernError):
        return error.sentence
    if isinstance(error, Crowded):
        return LATE
    return job.result()
