"""What a caller hears when nothing could be held: the same words wherever a service spends credits."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ..formatters import credits
from ..models.columns import now
from ..models.reader import Unavailable
from .credits.faults import Duplicate, Insufficient, NotHeld, OverBudget, TooManyAtOnce
from .door import Refused

log = structlog.get_logger("credits")
TROUBLE = (NotHeld, SQLAlchemyError, Unavailable)
LONGEST_WAIT = 24 * 3600
STOP = {"x-should-retry": "false"}


def refused(error: BaseException, fingerprint: str | None = None) -> Refused:
    """One of TROUBLE, in words for the program's maker. `fingerprint`: of this request, for an idempotency key that
    was used before. A database that cannot be written makes no call: 503."""
    if isinstance(error, Insufficient):
        return _insufficient(error)
    if isinstance(error, OverBudget):
        return _over_budget(error)
    if isinstance(error, TooManyAtOnce):
        calls = "one call" if error.most == 1 else f"{error.most} calls"
        return Refused(429, "too_many_at_once", f"This key may make {calls} at once. Wait for one to end.",
                       "rate_limit_error", None, {"Retry-After": "1"}, at_once=error.most)
    if isinstance(error, Duplicate):
        return _duplicate(error, fingerprint)
    log.error("nothing could be held", error=type(error).__name__)
    return Refused(503, "ledger_unavailable", "The books cannot be written just now, so no call is made.",
                   "server_error", None, {"Retry-After": "5"})


def _insufficient(error: Insufficient) -> Refused:
    of_pool = error.source == "org_pool"
    sentence = ("There are not enough credits for this call." if of_pool
                else "This key has used up what it may spend.")
    return Refused(402, "insufficient_credits" if of_pool else "key_limit", sentence, "insufficient_credits", None,
                   STOP | _wait(error.refill_at), limit_source=error.source, available=error.available / 1000,
                   needed=error.needed / 1000, refill_at=_time(error.refill_at))


def _over_budget(error: OverBudget) -> Refused:
    owner, what, span = error.source.split("_")
    whose = "This key" if owner == "key" else "This service"
    unit = 1000 if what == "credits" else 1
    limit, used = (credits(number * 1000 // unit) for number in (error.limit, error.used))
    return Refused(
        402, "budget_exhausted" if what == "credits" else "quota_exhausted",
        f"{whose} may use {limit} {what} a {span}, and has used {used}.",
        "insufficient_credits", None, STOP | _wait(error.resets_at), limit_source=error.source,
        limit=error.limit / unit, used=error.used / unit, needed=error.needed / unit, resets_at=_time(error.resets_at))


def _duplicate(error: Duplicate, fingerprint: str | None) -> Refused:
    charge = error.charge
    if charge.fingerprint != fingerprint:
        return Refused(422, "idempotency_key_reused", "This Idempotency-Key belongs to another request.", headers=STOP)
    if charge.state == "held":
        return Refused(409, "in_progress", "The first call with this Idempotency-Key is still under way.",
                       headers={"Retry-After": "2"}, charge=charge.id)
    return Refused(409, "already_completed", "The call with this Idempotency-Key was made and charged already.",
                   headers=STOP, charge=charge.id)


def _wait(until: datetime | None) -> dict[str, str]:
    """When it is worth asking again, if that is within a day."""
    seconds = 0 if until is None else int((until - now()).total_seconds()) + 1
    return {"Retry-After": str(seconds)} if 0 < seconds <= LONGEST_WAIT else {}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.replace(tzinfo=UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
