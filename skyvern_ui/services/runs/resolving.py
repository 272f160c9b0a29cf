"""What became of a call whose end nobody saw: our own audit says whether it was sent, Skyvern's list of runs whether
it arrived. Nothing is guessed: what is not certain stays held, as a question to an admin.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select

from ...extensions import db
from ...models import AuditLog, Claim
from ...skyvern.client import Skyvern
from ...skyvern.errors import Answered
from ...skyvern.values import RunRow, run_kind
from ..credits.endpoints import RUN_TASK
from ..credits.ledger_rules import release, settle
from .charge_rules import RUNS, Lost, began, mark

log = structlog.get_logger("services")
BEFORE, AFTER = timedelta(minutes=2), timedelta(minutes=5)  # two clocks; a slow start
PAGE, PAGES = 100, 10
BY_THEMSELVES = ("scheduled", "webhook")


def asked_of(endpoint: str, body: Any, params: Mapping[str, str]) -> str | None:
    """A digest of what a run is asked to do, as Skyvern later tells it again: of a task its prompt, of a workflow its
    id. None when that cannot be told."""
    told = body if isinstance(body, dict) else {}
    names = (("prompt", "navigation_goal", "user_prompt") if endpoint == RUN_TASK else ("workflow_id", "agent_id"))
    found = next((told[name] for name in names if isinstance(told.get(name), str)), None)
    if endpoint != RUN_TASK:
        found = found or params.get("workflow_id")
    return digest(found) if found else None


def digest(text: str) -> str:
    """Short, and not the text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def resolve(skyvern: Skyvern, call: Lost, others: Sequence[Lost]) -> str:
    """Ends the charge, gives it its run, or makes it a question; which of these. `others`: every call that is lost.
    Raises the errors of Skyvern that say nothing about this call."""
    sent = _row_of(call)
    if sent is None:
        release(call.charge_id, "never_sent")
        return "released"
    outcome, made = sent
    if outcome in ("refused", "failed"):
        release(call.charge_id, outcome)
        return "released"
    if outcome == "done" and call.endpoint not in RUNS:
        settle(call.charge_id, call.hold)
        return "settled"
    if call.endpoint not in RUNS:
        return _ask_admin(call, "lost")
    if outcome == "done" and made and run_kind(made) and _is_new(made, call):
        began(call.charge_id, made, call.org_id, call.org_name)
        return "found"
    return _look_for(skyvern, call, others)


def _look_for(skyvern: Skyvern, call: Lost, others: Sequence[Lost]) -> str:
    rows, is_whole = _rows_around(skyvern, call)
    claimed = set(db.session.scalars(select(Claim.upstream_id).where(
        Claim.upstream_id.in_([row.run_id for row in rows]))))
    db.session.remove()
    free = [row for row in rows if row.run_id not in claimed]
    if not free and is_whole:
        release(call.charge_id, "never_happened")
        return "released"
    asked = call.details.get("asked")
    alike = [each for each in others if each.charge_id != call.charge_id and each.details.get("asked") == asked
             and abs(each.created_at - call.created_at) <= BEFORE + AFTER]
    if asked and is_whole and not alike:
        same = [row.run_id for row in free if _asks(skyvern, row.run_id) == asked]
        if len(same) == 1:
            began(call.charge_id, same[0], call.org_id, call.org_name)
            return "found"
    return _ask_admin(call, "several")


def _rows_around(skyvern: Skyvern, call: Lost) -> tuple[list[RunRow], bool]:
    """The runs of this kind that began around the call, and whether the list reached back that far."""
    begun = call.created_at.replace(tzinfo=UTC)
    wanted, found = call.details.get("starts"), []
    for page in range(1, PAGES + 1):
        rows = skyvern.list_runs([("page", str(page)), ("page_size", str(PAGE))])
        found += [row for row in rows if _is_between(row.created_at, begun - BEFORE, begun + AFTER)
                  and row.trigger not in BY_THEMSELVES
                  and (wanted is None or (run_kind(row.run_id) or "").startswith(str(wanted)))]
        last = rows[-1].created_at if rows else None
        if len(rows) < PAGE or (last is not None and last < begun - BEFORE):
            return found, True
    return found, False


def _asks(skyvern: Skyvern, run_id: str) -> str | None:
    try:
        asked = skyvern.get_run(run_id).request
    except Answered:
        return None
    text = asked.get("workflow_id") if run_kind(run_id) == "workflow_run" else asked.get("prompt")
    return digest(text) if isinstance(text, str) else None


def _row_of(call: Lost) -> tuple[str, str | None] | None:
    """What the audit says of this call: outcome and what it made. None: it was never about to be sent."""
    if not call.details.get("request_id"):
        return "unknown", None
    row = db.session.execute(select(AuditLog.outcome, AuditLog.resource_id).where(
        AuditLog.request_id == call.details["request_id"], AuditLog.actor_kind == "service",
        AuditLog.created_at >= call.created_at - BEFORE, AuditLog.created_at <= call.created_at + AFTER)).first()
    db.session.remove()
    return None if row is None else (row.outcome or "unknown", row.resource_id)


def _is_new(run_id: str, call: Lost) -> bool:
    """False for a run that was there before the call, for example the one that it repeats."""
    claimed = db.session.scalar(select(Claim.created_at).where(Claim.upstream_id == run_id))
    db.session.remove()
    return claimed is None or claimed >= call.created_at


def _is_between(moment: datetime | None, first: datetime, last: datetime) -> bool:
    return moment is not None and first <= moment <= last


def _ask_admin(call: Lost, why: str) -> str:
    mark(call.charge_id, question=True, uncertain=call.details.get("uncertain") or why)
    log.warning("nobody knows whether a call happened", charge=call.charge_id, endpoint=call.endpoint)
    return "question"
