"""Asking Skyvern about the runs that services wait to pay for. One worker does it, whoever holds the lease.

No connection to our database is held while Skyvern is waited for. A round has a deadline and a most; what it does not
reach is first in the next.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from ...access import skyvern_now
from ...extensions import db
from ...skyvern.client import Skyvern
from ...skyvern.errors import Answered, Missing
from ...skyvern.values import Run, run_kind
from . import charge_rules
from .charge_rules import OpenRun
from .resolving import resolve
from .steps import is_over, tally

MOST, AT_ONCE, ROUND_SECONDS = 60, 4, 20.0
PAUSE_SECONDS = 10.0


def look(app: Flask) -> int:
    """Ends the charges of runs that are over, and finds out about calls that were lost. How many of both. Raises
    SkyvernError when Skyvern does not answer."""
    with app.app_context():
        try:
            runs, calls = charge_rules.due(MOST), charge_rules.lost(MOST)
            if not runs and not calls:
                return 0
            skyvern = skyvern_now()
            if skyvern is None:
                return 0
            deadline = time.monotonic() + ROUND_SECONDS
            done = _look_at_runs(skyvern, runs, deadline)
            for call in calls:
                if time.monotonic() > deadline:
                    break
                resolve(skyvern, call, calls)
                done += 1
            return done
        finally:
            db.session.remove()


def _look_at_runs(skyvern: Skyvern, runs: list[OpenRun], deadline: float) -> int:
    done, waiting = 0, []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for each, found in zip(runs, pool.map(lambda each: _read(skyvern, each, deadline), runs), strict=True):
            if isinstance(found, Run) and (is_over(found) or each.is_old):
                told = tally(skyvern, found)
                if told.is_over or each.is_old:
                    charge_rules.finish(each, told.steps, "done" if told.is_over else "given_up")
                    done += 1
                else:
                    waiting.append(each)
            elif isinstance(found, Missing) and each.is_old:
                charge_rules.mark(each.charge_id, question=True, uncertain="run_missing")
                waiting.append(each)
            elif found is not None:
                waiting.append(each)
            db.session.remove()
    charge_rules.look_again(waiting)
    return done


def _read(skyvern: Skyvern, each: OpenRun, deadline: float) -> Run | Answered | None:
    """The run; what Skyvern says instead; None when there is no time left. Other errors pass."""
    if time.monotonic() > deadline:
        return None
    try:
        try:
            return skyvern.get_run(each.run_id)
        except Missing:
            if run_kind(each.run_id) == "task_v2":
                raise
            return skyvern.get_hidden_run(each.run_id)
    except Answered as error:
        return error
