"""The audit log: who did what, from where, and how it ended.

A change to our own data records itself in the same transaction, so neither exists without the other. A write to
Skyvern is recorded before it is sent (`intend`) and completed after (`conclude`); see security promises 2 and 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from ..database import writing
from ..extensions import db
from ..metrics import AUDIT_OUTCOME_FAILED
from ..models import AuditLog
from ..models.columns import new_id

log = structlog.get_logger("audit")
SECRET_WORDS = ("password", "secret", "token", "key", "authorization", "cookie", "totp", "credential_value")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person, a service, the command line or nobody (a failed sign-in)."""

    kind: str
    id: str | None
    name: str
    ip: str | None = None
    user_agent: str | None = None
    session_id: str | None = None
    request_id: str | None = None


CLI = Actor("cli", None, "command line")


def record(actor: Actor, action: str, resource: str | None = None, resource_id: str | None = None,
           outcome: str = "done", status: int | None = None, **details: Any) -> None:
    """Adds a row to the transaction that is being written. Call it inside `writing()`."""
    db.session.add(_row(actor, action, resource, resource_id, outcome, status, details))


def intend(actor: Actor, action: str, resource: str | None, resource_id: str | None, **details: Any) -> str:
    """Commits the row of a write that is about to be sent and returns its id. If this raises, do not send."""
    row = _row(actor, action, resource, resource_id, "pending", None, details)
    row_id = row.id = new_id()
    with writing() as session:
        session.add(row)
    db.session.remove()
    return row_id


def conclude(row_id: str, outcome: str, status: int | None, resource_id: str | None = None) -> None:
    """Completes an intended row. Never raises: the act has happened, its answer must still reach the caller."""
    values: dict[str, Any] = {"outcome": outcome, "status": status}
    if resource_id:
        values["resource_id"] = resource_id
    try:
        with writing() as session:
            session.execute(update(AuditLog).where(AuditLog.id == row_id).values(**values))
    except SQLAlchemyError as error:
        AUDIT_OUTCOME_FAILED.inc()
        log.error("audit outcome not written", row=row_id, error=type(error).__name__)
    finally:
        db.session.remove()


def clean(text: str, limit: int = 500) -> str:
    """Text fit for a row: no control characters, no lone surrogates, bounded."""
    text = text.encode("utf-8", "replace").decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "\ufffd" for c in text[:limit])


def _row(actor: Actor, action: str, resource: str | None, resource_id: str | None, outcome: str,
         status: int | None, details: dict[str, Any]) -> AuditLog:
    return AuditLog(
        user_id=actor.id, user_name=clean(actor.name, 200), actor_kind=actor.kind, action=action, resource=resource,
        resource_id=clean(resource_id, 200) if resource_id else None, outcome=outcome, status=status,
        ip_address=actor.ip, user_agent=clean(actor.user_agent, 300) if actor.user_agent else None,
        session_id=actor.session_id, request_id=actor.request_id,
        details={k: _safe(k, v) for k, v in details.items() if v is not None} or None,
    )


def _safe(name: str, value: Any) -> Any:
    if any(word in name.lower() for word in SECRET_WORDS):
        return "***"
    return clean(value) if isinstance(value, str) else value
