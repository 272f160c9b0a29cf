"""A write to Skyvern and its row in the audit: recorded, sent once, concluded with what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import g

from .audit import Actor, conclude, intend
from .skyvern import errors

T = TypeVar("T")


def send_recorded(send: Callable[[], T], actor: Actor, action: str, resource_id: str | None, *,
                  resource: str = "run", made: Callable[[T], str | None] = lambda _answer: None,
                  **details: Any) -> T:
    """Sends a write about a run (or another `resource`) once, after its row is committed; `made` reads the id of what
    came to be out of the answer. Raises what `intend` raises, with nothing sent, and the errors of Skyvern, with the
    row concluded."""
    row = intend(actor, action, resource, resource_id, **details)
    try:
        answer = send()
    except errors.SkyvernError as error:
        _conclude(row, outcome_of(error), error.status)
        raise
    _conclude(row, "done", 200, made(answer))
    return answer


def may_have_changed() -> bool:
    """Whether a write of this request was done, or may have been: nobody knows."""
    return not {"done", "unknown"}.isdisjoint(g.get("outcomes", ()))


def _conclude(row: str, outcome: str, status: int, made: str | None = None) -> None:
    g.setdefault("outcomes", []).append(outcome)
    conclude(row, outcome, status, made)


def outcome_of(error: errors.SkyvernError) -> str:
    """What the audit says: whether it certainly did not happen, or nobody knows."""
    unknown = isinstance(error, errors.TimedOut | errors.Broken)
    return "unknown" if unknown else "refused" if isinstance(error, errors.Rejected | errors.Missing) else "failed"
