"""Why runs failed, as far as Skyvern knows: some of its reasons only guess at the model."""

from __future__ import annotations

from datetime import UTC, datetime

from ...diagnosis.table import is_guess, translate_text
from ...skyvern.client import Skyvern
from ...skyvern.errors import Missing, SkyvernError
from ...skyvern.values import FAILED_STATUSES, RunRow

NEWEST, READ = 10, 3


def guessed_about_the_model(skyvern: Skyvern, since: datetime) -> bool:
    """Whether one of the newest runs that failed since (naive UTC) has a reason that only guesses at the model. One
    list, and three runs at most. Raises nothing: what cannot be read gives no reason to ask."""
    try:
        fresh = [row for row in _newest(skyvern) if row.finished_at and row.finished_at >= since.replace(tzinfo=UTC)]
        return any(is_guess_at_the_model(skyvern.get_run(row.run_id).failure_reason or "") for row in fresh[:READ])
    except SkyvernError:
        return False


def is_guess_at_the_model(reason: str) -> bool:
    """Whether these words blame the model without knowing."""
    found = translate_text(reason)
    return found is not None and is_guess(found)


def _newest(skyvern: Skyvern) -> list[RunRow]:
    asked = [("page", "1"), ("page_size", str(NEWEST)), *(("status", each) for each in FAILED_STATUSES)]
    try:
        return skyvern.list_runs(asked)
    except Missing:
        return skyvern.list_runs_legacy(asked)
