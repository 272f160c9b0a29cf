"""How one run failed, read from Skyvern: the run, its task or its timeline, and which block it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ..skyvern.client import Skyvern
from ..skyvern.errors import Answered, Failed, SkyvernError
from ..skyvern.values import FAILED_STATUSES, Block, Run, RunRow, TimelineItem
from .cause_rules import model_error_of

T = TypeVar("T")
LONGEST_REASON, LONGEST = 2000, 200


@dataclass(frozen=True, slots=True)
class Reading:
    """How a run failed. What cannot be told is an empty text. `ended_at` is naive UTC."""

    run_id: str
    kind: str
    status: str
    title: str
    workflow_id: str
    category: str
    site: str
    block: str
    model_error: str
    error_code: str
    reason: str
    ended_at: datetime


def read_failure(skyvern: Skyvern, row: RunRow) -> Reading | None:
    """How the run of this row failed; None when Skyvern cannot say it just now. Three calls at most, raises nothing.
    What Skyvern refuses to tell for good is left empty."""
    try:
        run = skyvern.get_run(row.run_id)
    except Failed:
        return None
    except Answered:
        return _reading(row, None, None, "")
    except SkyvernError:
        return None
    nothing: tuple[TimelineItem, ...] = ()
    try:
        items = _unless_refused(lambda: skyvern.get_timeline(row.run_id), nothing) if _has_timeline(row) else nothing
        block = _failed_block(items)
        told = run.failure_categories[0] if run.failure_categories else ""
        return _reading(row, run, block, told or _unless_refused(lambda: _category(skyvern, row, block), ""))
    except SkyvernError:
        return None


def _unless_refused(ask: Callable[[], T], otherwise: T) -> T:
    """What Skyvern answers, or this when it says for good that there is no such thing."""
    try:
        return ask()
    except Failed:
        raise
    except Answered:
        return otherwise


def _has_timeline(row: RunRow) -> bool:
    return row.run_id.startswith(("wr_", "tsk_v2_"))


def _category(skyvern: Skyvern, row: RunRow, block: Block | None) -> str:
    """`GET /v1/runs/{id}` does not say it (1.0.56); the task or the workflow run does, and the block."""
    output = block.output if block is not None and isinstance(block.output, dict) else {}
    for told in output.get("failure_category") or ():
        if isinstance(told, dict) and told.get("category"):
            return str(told["category"])
    if row.run_id.startswith("tsk_v2_"):
        return ""
    told_by = skyvern.get_hidden_run(row.run_id).failure_categories
    return told_by[0] if told_by else ""


def _reading(row: RunRow, run: Run | None, block: Block | None, category: str) -> Reading:
    reason = ((run.failure_reason if run else None) or (block.failure_reason if block else None) or "")
    ended = (run.finished_at if run else None) or row.finished_at or row.created_at or datetime.now(UTC)
    return Reading(
        run_id=row.run_id, kind=row.kind, status=row.status,
        title=(row.title or (run.title if run else "") or "")[:LONGEST],
        workflow_id=row.workflow_permanent_id or "", category=category[:LONGEST],
        site=_site(run, block)[:LONGEST], block=f"{block.label} ({block.kind})"[:LONGEST] if block else "",
        model_error=model_error_of(reason, category), error_code=_error_code(run, block)[:LONGEST],
        reason=_clean(reason)[:LONGEST_REASON], ended_at=ended.astimezone(UTC).replace(tzinfo=None),
    )


def _failed_block(items: tuple[TimelineItem, ...]) -> Block | None:
    """The block the run failed at: the last that failed, and of nested ones the innermost."""
    failed = [block for block in _blocks(items)
              if block.status in FAILED_STATUSES and not block.continue_on_failure]
    return failed[-1] if failed else None


def _blocks(items: tuple[TimelineItem, ...]) -> Iterator[Block]:
    for item in items:
        if isinstance(item, Block):
            yield item
            yield from _blocks(item.children)


def _site(run: Run | None, block: Block | None) -> str:
    for address in (block.raw.get("final_url") if block else None, block.raw.get("url") if block else None,
                    run.request.get("url") if run else None):
        try:
            host = urlsplit(str(address or "")).hostname
        except ValueError:
            continue
        if host:
            return host
    return ""


def _error_code(run: Run | None, block: Block | None) -> str:
    told: list[Any] = [error.get("error_code") for error in run.errors] if run else []
    told += list(block.error_codes) if block else []
    if block is not None and isinstance(block.output, dict):
        told += [e.get("error_code") for e in block.output.get("errors") or () if isinstance(e, dict)]
    return next((str(code) for code in told if code), "")


def _clean(text: str) -> str:
    """Fit to be stored: PostgreSQL takes no NUL, and no lone surrogate is UTF-8."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
