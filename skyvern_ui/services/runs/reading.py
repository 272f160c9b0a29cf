"""What a service's own reading brings: a run that it sees finished is paid at once, not at the next look."""

from __future__ import annotations

import json

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from ...extensions import db
from ...models.organization import OrganizationCredits
from ...models.reader import Unavailable
from ...skyvern.values import Run, run_kind
from ..credits.ledger_rules import Pool
from . import charge_rules
from .steps import is_over

log = structlog.get_logger("services")


def settle_if_over(org_id: str, answer: bytes) -> None:
    """Ends the charge of the task in this answer of Skyvern, if it is over and says its steps. A workflow run may have
    started others, which only a look can tell (watching.py). Never raises."""
    try:
        told = json.loads(answer)
        run = Run.from_json(told) if isinstance(told, dict) else None
    except (ValueError, RecursionError):
        return
    if run is None or run_kind(run.run_id) != "task" or not is_over(run) or run.step_count is None:
        return
    try:
        waiting = charge_rules.open_run(org_id, run.run_id)
        if waiting is not None:
            charge_rules.finish(waiting, run.step_count)
    except (SQLAlchemyError, Unavailable) as error:
        log.warning("a finished run is not paid yet", run=run.run_id, error=type(error).__name__)
    finally:
        db.session.remove()


def standing(org_id: str) -> Pool | None:
    """How the pool stands now; None when that cannot be read."""
    try:
        row = db.session.execute(select(OrganizationCredits.credit_balance, OrganizationCredits.held,
                                        OrganizationCredits.level).where(OrganizationCredits.org_id == org_id)).first()
    except (SQLAlchemyError, Unavailable):
        return None
    finally:
        db.session.remove()
    return None if row is None else Pool(int(row[0]), int(row[1]), row[2])
