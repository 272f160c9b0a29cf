"""Asking Skyvern about the runs that services wait to pay for. One worker does it, whoever holds the lease.

No connection to our database is held while Skyvern is waited for. A round has a deadline and a most; what it does not
reach is first in the next.
"""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from ...access import latest_connection
from ...extensions import db
from ...models.reader import Unavailable
from ...skyvern.client import Skyvern
from ...skyvern.errors import Answered, Missing, NoConnection, SkyvernError
from ...skyvern.values import Run, run_kind
from . import charge_rules
from .charge_rules import OpenRun
from .resolving import resolve
from .steps import is_over, tally

log = structlog.get_logger("services")
MOST, AT_ONCE, ROUND_SECONDS = 60, 4, 20.0
PAUSE_SECONDS, LONGEST_PAUSE = 10.0, 60.0


class Lead(Protocol):
    """Whether this worker is the one that looks."""

    @property
    def is_mine(self) -> bool: ...


def watch_for_ever(app: Flask, lead: Lead) -> None:
    """A look every ten seconds; seldom while Skyvern or the database is away."""
    pause = PAUSE_SECONDS
    while True:
        time.sleep(pause * random.uniform(0.8, 1.2))
        if not lead.is_mine:
            continue
        try:
            look(app)
            pause = PAUSE_SECONDS
        except (SkyvernError, SQLAlchemyError, Unavailable) as error:
            pause = min(pause * 2, LONGEST_PAUSE)
            log.warning("runs of services not looked at", error=type(error).__name__)
        except Exception:  # a loop that must outlive any mistake
            pause = LONGEST_PAUSE
            log.exception("runs of services not looked at")


def look(app: Flask) -> int:
    """Ends the charges of runs that are over, and finds out about calls that were lost. How many of both. Raises
    SkyvernError when Skyvern does not answer."""
    with app.app_context():
        try:
            runs, calls = charge_rules.due(MOST), charge_rules.lost(MOST)
            if not runs and not calls:
                return 0
            try:
                skyvern = Skyvern(latest_connection())
            except (NoConnection, Unavailable):
                return 0
            finally:
                db.session.remove()
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
