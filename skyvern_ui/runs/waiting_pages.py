"""What the run's page is given about a run that waits for a human."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any

from ..access import skyvern
from ..skyvern.errors import SkyvernError
from ..skyvern.values import Run
from .answer_rules import holders_of
from .passcode_rules import last_handed
from .waiting_rules import Approval, CodeWait, approval_of, code_of, held


@dataclass(frozen=True, slots=True)
class Wait:
    """What one run waits for: an approval, or perhaps a code."""

    approval: Approval | None = None
    code: CodeWait | None = None


def wait_face(run: Run) -> dict[str, Any]:
    """`wait`: what the run waits for, or None."""
    if run.is_over:
        return {"wait": None}
    try:
        upstream = skyvern()
    except SkyvernError:
        return {"wait": None}
    if approval := approval_of(upstream, run):
        return {"wait": Wait(approval=held(approval, holders_of([run.run_id])))}
    code = code_of(upstream, run)
    return {"wait": Wait(code=with_last(code)) if code else None}


def with_last(code: CodeWait) -> CodeWait:
    """The wait with who handed over the last code."""
    name, when = last_handed(code.run_id) or (None, None)
    return replace(code, handed_by=name, handed_at=when.replace(tzinfo=UTC) if when else None)
