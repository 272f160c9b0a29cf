"""Looking at what is watched. Asked of Skyvern only while somebody watches; every answer may come twice, because
the notice it leads to exists once.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from flask import Flask

from ..access import skyvern_now
from ..extensions import db
from ..models.columns import now
from ..models.watch import Watch
from ..skyvern.client import Skyvern
from ..skyvern.errors import Answered, Failed, Missing, Rejected
from ..skyvern.values import Run, RunRow
from . import rules
from .letters import content_of

log = structlog.get_logger("notices")
AT_ONCE, PAGE, MOST_PAGES = 6, 100, 10
NEWS_LASTS = timedelta(hours=24)


def look(app: Flask, *, workflows: bool = True) -> int:
    """Looks once at every run that is watched and, if asked, every workflow. How many notices are new. Raises
    SkyvernError when Skyvern does not answer."""
    with app.app_context():
        try:
            watches = rules.open_watches()
            db.session.expunge_all()
        finally:
            db.session.remove()
        if not watches:
            return 0
        skyvern = skyvern_now()
        if skyvern is None:
            return 0
        by_target: dict[tuple[str, str], list[Watch]] = defaultdict(list)
        for each in watches:
            by_target[each.kind, each.target_id].append(each)
        runs = {target: found for (kind, target), found in by_target.items() if kind == "run"}
        flows = {target: found for (kind, target), found in by_target.items() if kind == "workflow" and workflows}
        private = runs_are_private(app)
        new = _look_at_runs(skyvern, runs, private)
        return new + sum(_look_at_workflow(skyvern, wpid, found, private) for wpid, found in flows.items())


def runs_are_private(app: Flask) -> bool:
    """Whether people see only their own runs, as of this moment. Call it inside an application."""
    version = app.extensions["reader"].scalar("SELECT max(version) FROM organization_settings") or 0
    return bool(app.extensions["connections"].preferences(version)["private_runs"])


def _look_at_runs(skyvern: Skyvern, watched: dict[str, list[Watch]], private: bool) -> int:
    new = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for run_id, run in zip(watched, pool.map(lambda each: _read_or_error(skyvern, each), watched), strict=True):
            if isinstance(run, Answered):
                continue  # this one; the others are not held up by it
            if run is None:
                gone = {"title": watched[run_id][0].title or run_id, "status": "gone"}
                new += _tell(watched[run_id], run_id, "over", gone, private)
            elif run.is_over and not run.retry_pending:
                new += _tell(watched[run_id], run_id, "over", content_of(run), private)
            elif run.status == rules.PAUSED:
                new += _tell_of_pause(skyvern, watched[run_id], run, private)
    return new


def _look_at_workflow(skyvern: Skyvern, workflow_id: str, watches: list[Watch], private: bool) -> int:
    since = min(each.looked_at or each.created_at for each in watches)
    rows = _rows_since(skyvern, workflow_id, since)
    if not rows:
        return 0
    told = rules.told_of([each.id for each in watches], [row.run_id for row in rows])
    db.session.remove()
    new, pending = 0, {row.run_id for row in rows if not row.is_over}
    for row in rows:
        occasion = "over" if row.is_over else rules.PAUSED
        if not row.is_over and row.status != rules.PAUSED or _is_old(row):
            continue
        wanted = [each for each in watches if (each.id, row.run_id, occasion) not in told and _is_later(row, each)
                  and rules.is_wanted(each.outcomes, occasion, row.status)
                  and rules.may_see(each.user_id, row.run_id, private)]
        db.session.remove()
        run = _read_or_error(skyvern, row.run_id) if wanted else None
        if isinstance(run, Answered):
            pending.add(row.run_id)
            continue
        if run is None:
            continue
        if run.retry_pending:
            pending.add(row.run_id)
        elif run.is_over:
            new += _tell(wanted, run.run_id, "over", content_of(run), private)
        elif run.status == rules.PAUSED:
            new += _tell_of_pause(skyvern, wanted, run, private)
    begun = [row.created_at for row in rows if row.run_id in pending and row.created_at]
    reached = min(begun, default=None) or max((row.created_at for row in rows if row.created_at), default=None)
    if reached is not None and (moment := reached.astimezone(UTC).replace(tzinfo=None)) > since:
        rules.look_from(workflow_id, moment)
        db.session.remove()
    return new


def _rows_since(skyvern: Skyvern, workflow_id: str, since: datetime) -> list[RunRow]:
    """The runs of a workflow created since, at most 1,000. A workflow that was deleted has none."""
    rows: list[RunRow] = []
    for page in range(1, MOST_PAGES + 1):
        params = [("page", str(page)), ("page_size", str(PAGE)), ("created_at_start", since.isoformat())]
        try:
            found = skyvern.list_runs_of_workflow(workflow_id, params)
        except (Missing, Rejected):
            break
        except Failed:
            return []  # looked for again; the other workflows are not held up by it
        aware = since.replace(tzinfo=UTC)
        fresh = [row for row in found if row.created_at is None or row.created_at >= aware]
        rows += fresh
        if len(fresh) < PAGE:
            break
    return rows


def _read(skyvern: Skyvern, run_id: str) -> Run | None:
    """The run, also one that is hidden inside another; None when there is none."""
    try:
        return skyvern.get_run(run_id)
    except (Missing, Failed, Rejected) as error:
        try:
            return skyvern.get_hidden_run(run_id)
        except (Missing, Failed, Rejected) as second:
            if isinstance(error, Missing) and isinstance(second, Missing):
                return None
            raise


def _read_or_error(skyvern: Skyvern, run_id: str) -> Run | None | Answered:
    """The same, with the error as the answer when it is Skyvern's about this one run."""
    try:
        return _read(skyvern, run_id)
    except (Missing, Failed, Rejected) as error:
        log.info("a watched run cannot be read", run=run_id, error=type(error).__name__)
        return error


def _tell_of_pause(skyvern: Skyvern, watches: list[Watch], run: Run, private: bool) -> int:
    """A run may wait several times: each wait is an occasion of its own, by the block that waits."""
    try:
        waiting = skyvern.get_waiting_block(run.run_id)
    except (Missing, Rejected):
        return _tell(watches, run.run_id, rules.PAUSED, content_of(run), private)
    except Failed:
        return 0  # asked again the next time
    if waiting is None:
        return 0
    occasion = f"{rules.PAUSED}:{waiting.block_id}"
    return _tell(watches, run.run_id, occasion, content_of(run, waiting.instructions), private)


def _tell(watches: list[Watch], run_id: str, occasion: str, content: dict[str, Any], private: bool) -> int:
    try:
        told = rules.told_of([each.id for each in watches], [run_id])
        fresh = [each for each in watches if (each.id, run_id, occasion) not in told or occasion == "over"]
        return rules.tell(fresh, run_id, occasion, content, private) if fresh else 0
    finally:
        db.session.remove()


def _is_later(row: RunRow, watch: Watch) -> bool:
    return row.created_at is None or row.created_at >= watch.created_at.replace(tzinfo=UTC)


def _is_old(row: RunRow) -> bool:
    """What ended more than a day ago is not news, for example to somebody who was shut out meanwhile."""
    return row.finished_at is not None and row.finished_at < now().replace(tzinfo=UTC) - NEWS_LASTS
