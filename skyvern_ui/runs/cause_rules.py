"""What the model had to do with a run's end: Skyvern's reason, translated, and what the doctor saw at that time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from ..diagnosis.diagnosis import Diagnosis
from ..diagnosis.excerpt import masked
from ..diagnosis.table import is_guess, translate_text
from ..doctor.history.standing_rules import model_state_at
from ..extensions import db
from ..skyvern.values import FAILED_STATUSES, Category, Run

OF_MODEL = "LLM_ERROR"
STEP_ERRORS = ("LLMProviderError", "LLMProviderErrorRetryableTask")
NO_CAUSE = "LLMProvider"
ASKED = ("model-answer", "model-thorough")  # checks that make the model say something
FORMER_CODES = {"model": "unclear"}  # what was stored before the table of errors


@dataclass(frozen=True, slots=True)
class Seen:
    """What the doctor saw of the model nearest to the end of a run; `at` is aware, `is_failing` when the model did not
    answer as it should, `has_answered` when it was asked something and answered."""

    title: str
    fix: tuple[str, ...]
    is_failing: bool
    has_answered: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a run failed, when it was the model. `raw` are Skyvern's own words without keys, for admins only. A guess
    comes with what was seen of the model, where somebody looked."""

    found: Diagnosis
    is_guess: bool
    raw: str
    seen: Seen | None = None


def cause_of(run: Run, categories: tuple[Category, ...], step_failures: tuple[str, ...] = ()) -> Cause | None:
    """The model's part in how this run ended; None when it had none, or nobody says so. One read of our own database
    when Skyvern only guesses. Raises nothing."""
    if run.status not in FAILED_STATUSES:
        return None
    reason, moment = run.failure_reason or "", run.finished_at or run.created_at
    blamed = any(each.name == OF_MODEL for each in categories) or any(each in STEP_ERRORS for each in step_failures)
    found = translate_text(reason, now=moment) or (translate_text(NO_CAUSE) if blamed else None)
    if found is None:
        return None
    if not is_guess(found):
        return Cause(found, False, masked(reason))
    return Cause(found, True, masked(reason), _seen_at(moment) if moment else None)


def model_error_of(reason: str, category: str = "") -> str:
    """The code of the model's part in a failure, as the board of failures keeps it; empty when the model had none."""
    found = translate_text(reason) or (translate_text(NO_CAUSE) if category == OF_MODEL else None)
    return found.code if found else ""


def _seen_at(moment: datetime) -> Seen | None:
    try:
        state = model_state_at(moment)
        if state is None:
            return None
        worst = state.worst
        near = min(max(moment.replace(tzinfo=None), worst.began_at), worst.last_at)
        answered = any(each.check.startswith(ASKED) and each.verdict == "ok" for each in state.periods)
        return Seen(state.finding.title, state.finding.fix, state.is_failing, answered,
                    near.replace(tzinfo=moment.tzinfo))
    except SQLAlchemyError:
        return None
    finally:
        db.session.remove()
