"""What a run waits for, as far as Skyvern says: an approval is certain, a one-time code mostly a guess."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

from ..skyvern.client import Skyvern
from ..skyvern.errors import Missing, SkyvernError
from ..skyvern.values import Run, parse_time, run_kind
from ..skyvern.values.waiting import POLLED_FOR, HumanBlock, RunHints
from .answer_rules import Holder

MOST_HINTS = 500
_hints: OrderedDict[tuple[str, str], RunHints] = OrderedDict()
_hints_lock = Lock()


@dataclass(frozen=True, slots=True)
class Approval:
    """A run that stands still until somebody approves or rejects. `block` is None where Skyvern does not say which
    block it is; `deadline` where no time limit is known."""

    run_id: str
    block: HumanBlock | None
    deadline: datetime | None
    problem: str | None = None
    holder: Holder | None = None

    @property
    def block_id(self) -> str:
        """What tells this wait of the run from its next; empty when unknown."""
        return self.block.block_id if self.block else ""


@dataclass(frozen=True, slots=True)
class CodeWait:
    """A run that may ask for a one-time code. `is_certain` only where the release says that it waits now; only then
    is there a deadline."""

    run_id: str
    identifier: str | None
    is_certain: bool = False
    deadline: datetime | None = None
    handed_by: str | None = None
    handed_at: datetime | None = None


def approval_of(skyvern: Skyvern, run: Run) -> Approval | None:
    """The approval a run waits for, or None when it is not paused. What cannot be read is a sentence in it."""
    if run.status != "paused":
        return None
    try:
        block = _waiting_block(skyvern, run)
    except SkyvernError as error:
        return Approval(run.run_id, None, None, problem=error.sentence)
    seconds = hints_of(skyvern, inner_id(run)).timeouts.get(block.label) if block else None
    until = block.since + timedelta(seconds=seconds) if block and block.since and seconds else None
    return Approval(run.run_id, block, until)


def code_of(skyvern: Skyvern, run: Run) -> CodeWait | None:
    """The code a live run may ask for, or None when nothing hints at one. Skyvern 1.0.16 to 1.0.23 said when a run
    waited; since 1.0.24 no release does, so that a run with an identifier is all that can be told."""
    if run.is_over or run.status == "paused":
        return None
    if run.raw.get("waiting_for_verification_code") is True:
        since = parse_time(run.raw.get("verification_code_polling_started_at"))
        named = run.raw.get("verification_code_identifier") or run.request.get("totp_identifier")
        return CodeWait(run.run_id, str(named) if named else None, True, since + POLLED_FOR if since else None)
    named = run.request.get("totp_identifier") or run.raw.get("totp_identifier")
    if not named and run_kind(run.run_id) == "workflow_run":
        named = next(iter(hints_of(skyvern, run.run_id).identifiers), None)
    return CodeWait(run.run_id, str(named)) if named else None


def inner_id(run: Run) -> str:
    """The id of the workflow run inside a task v2, else the run's own."""
    inner = run.raw.get("workflow_run_id")
    return inner if run_kind(run.run_id) == "task_v2" and isinstance(inner, str) and inner else run.run_id


def hints_of(skyvern: Skyvern, run_id: str) -> RunHints:
    """What the run's workflow says about its waits, remembered: a run's workflow does not change under it. Empty when
    Skyvern does not tell. Raises nothing."""
    key = (skyvern.connection.url, run_id)
    with _hints_lock:
        if key in _hints:
            return _hints[key]
    try:
        found = skyvern.get_hints(run_id)
    except Missing:
        found = RunHints({}, ())
    except SkyvernError:
        return RunHints({}, ())
    with _hints_lock:
        _hints[key] = found
        while len(_hints) > MOST_HINTS:
            _hints.popitem(last=False)
    return found


def held(approval: Approval, holders: dict[tuple[str, str], Holder]) -> Approval:
    """The approval with whoever has said "I have this"."""
    return replace(approval, holder=holders.get((approval.run_id, approval.block_id)))


def _waiting_block(skyvern: Skyvern, run: Run) -> HumanBlock | None:
    try:
        return skyvern.get_waiting_block(run.run_id)
    except SkyvernError:
        workflow = run.request.get("workflow_id")
        if not workflow:
            raise
        return skyvern.get_hidden_waiting_block(str(workflow), run.run_id)
