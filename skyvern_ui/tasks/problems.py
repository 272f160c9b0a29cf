"""Why Skyvern did not start or make what it was asked for, as the form says it."""

from __future__ import annotations

from dataclasses import dataclass

from ..diagnosis.diagnosis import Diagnosis
from ..diagnosis.table import translate_text
from ..skyvern.errors import Failed, Rejected, SkyvernError, TimedOut

WRAPPED = "Failed to create workflow. Error:"
TOO_LONG = ("It took too long, so nobody knows whether it happened all the same. Look at the runs before trying again; "
            "a slow model is the usual reason.")


@dataclass(frozen=True, slots=True)
class Problem:
    """`title` says what did not happen, `sentence` why. `cause` is set when it was the model: then that is shown."""

    title: str
    sentence: str
    status: int
    cause: Diagnosis | None = None


def problem_of(error: SkyvernError, title: str, refused: str) -> Problem:
    """The error in words. What the model did wrong is 503 when trying again may help, else 502; what Skyvern refuses
    is 422."""
    if isinstance(error, Rejected | Failed):
        cause = translate_text(error.sentence)
        if cause is not None:
            return Problem(title, cause.title, 502 if cause.retry == "no" else 503, cause)
    if isinstance(error, Rejected):
        return Problem(refused, error.sentence, 422)
    if isinstance(error, TimedOut):
        return Problem(title, TOO_LONG, error.status)
    return Problem(title, error.sentence.removeprefix(WRAPPED).strip(), error.status)
