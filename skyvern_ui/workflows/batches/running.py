"""The round that keeps batches going: it looks for lost starts, asks about the runs under way, starts the next rows.

One worker does it, whoever holds the lease; should two overlap, each row is still taken by one. No connection to our
database is held while Skyvern is waited for.
"""

from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from flask import Flask

from ...access import skyvern_now
from ...extensions import db
from ...skyvern.client import Skyvern
from ...skyvern.errors import Busy, Failed, Missing, NoConnection, Refused, Rejected, SkyvernError, Unreachable
from ...skyvern.values import Run, is_final
from ..launch.rules import start_workflow
from . import row_rules
from .resolving import BATCH_TAG, ROW_TAG, adopt, resolve
from .row_rules import Plan, Ready
from .rules import RUNNING

log = structlog.get_logger("batches")
PAUSE_SECONDS, AT_ONCE, MOST_OUTPUT = 1.5, 8, 100_000
BUSY_SECONDS = 5.0
AWAY = "{sentence} It goes on by itself when that is over."
BUSY = "Skyvern takes no more runs just now. It goes on in {seconds} seconds."
LARGE = "The output is larger than 100 kB. The run's page shows it."
DEEP = "The output is nested too deeply. The run's page shows it."
LOST_RUN = "Skyvern does not know this run any more."


def look(app: Flask) -> int:
    """One round over all batches; how many rows changed. Raises SkyvernError when Skyvern does not answer."""
    with app.app_context():
        try:
            plans = row_rules.due()
            if not plans:
                return 0
            skyvern = skyvern_now()
            if skyvern is None:
                return 0
            try:
                return _round(app, skyvern, plans)
            except SkyvernError as error:
                for plan in plans:
                    row_rules.wait(plan.batch_id, AWAY.format(sentence=error.sentence))
                raise
        finally:
            db.session.remove()


def _round(app: Flask, skyvern: Skyvern, plans: list[Plan]) -> int:
    done = 0
    for plan in plans:
        done += resolve(skyvern, row_rules.starting(plan))
    going = [row for plan in plans for row in row_rules.under_way(plan)]
    db.session.remove()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for row, found in zip(going, pool.map(lambda row: _read(skyvern, row), going), strict=True):
            done += _note(row, found)
        ready = [row for plan in plans if plan.state == RUNNING for row in row_rules.take(plan)]
        db.session.remove()
        told = list(pool.map(lambda row: _start(app, skyvern, row), ready))
    for plan in plans:
        if plan.problem and not any(problem for row, problem in zip(ready, told, strict=True) if row.plan is plan):
            row_rules.wait(plan.batch_id, None)
        row_rules.close(plan)
    trouble = next((problem for problem in told if problem), None)
    if trouble:
        raise trouble
    return done + len(ready)


def _start(app: Flask, skyvern: Skyvern, row: Ready) -> SkyvernError | None:
    """Starts a row whose token is committed. What is not certain stays as it is, for the next rounds to find out. An
    error that concerns more than this row is given back."""
    plan = row.plan
    tags = {**(plan.options.get("run_metadata") or {}), BATCH_TAG: plan.batch_id, ROW_TAG: row.token}
    body = {"workflow_id": plan.wpid, "parameters": row.inputs, **plan.options, "run_metadata": tags}
    with app.app_context():
        try:
            if not row_rules.is_still_mine(row):
                return None
            run = start_workflow(skyvern, body, plan.actor, batch=plan.batch_id, row=row.number)
            adopt(row, run.run_id)
        except Rejected as error:
            if error.upstream_status == 429:
                row_rules.give_back(row)
                _hold_on(plan, error.retry_after)
            else:
                row_rules.refuse(row, _clean(error.sentence))
        except Missing as error:
            row_rules.give_back(row)
            row_rules.stop(plan.batch_id, error.sentence)
        except (Refused, NoConnection, Unreachable, Busy) as error:
            row_rules.give_back(row)
            return error
        except Failed as error:
            if error.upstream_status == 503 and error.retry_after is not None:  # turned away before anything was made
                row_rules.give_back(row)
                _hold_on(plan, error.retry_after)
                return None
            log.warning("nobody knows whether a row was started", batch=plan.batch_id, row=row.number)
        except SkyvernError as error:
            log.warning("nobody knows whether a row was started", batch=plan.batch_id, row=row.number,
                        error=type(error).__name__)
        finally:
            db.session.remove()
    return None


def _hold_on(plan: Plan, seconds: int | None) -> None:
    pause = max(1.0, min(600.0, float(seconds or BUSY_SECONDS)))
    row_rules.wait(plan.batch_id, BUSY.format(seconds=round(pause)), pause)


def _read(skyvern: Skyvern, row: Ready) -> Run | Missing | None:
    """Its run; None when Skyvern failed on just this one."""
    try:
        try:
            return skyvern.get_run(str(row.run_id))
        except Missing:
            return skyvern.get_hidden_run(str(row.run_id))
    except Missing as error:
        return error
    except (Failed, Rejected):
        return None


def _note(row: Ready, found: Run | Missing | None) -> bool:
    if isinstance(found, Missing):
        return row_rules.ended(row, "failed", LOST_RUN, None)
    if found is None or not is_final(found.status) or found.retry_pending:
        row_rules.still_going(row)
        return False
    return row_rules.ended(row, found.status, _clean(found.failure_reason), _kept(found.output))


def _kept(output: Any) -> Any:
    """The output as a database can hold it: PostgreSQL takes neither NUL, halves of characters nor infinite numbers."""
    try:
        return LARGE if len(json.dumps(output, ensure_ascii=False, default=str)) > MOST_OUTPUT else _clean(output)
    except RecursionError:
        return DEEP


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_clean(str(key)): _clean(each) for key, each in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return [_clean(each) for each in value] if isinstance(value, list) else value
