"""Which errors are for the doctor: those that say nothing about what was asked, and much about what is broken."""

from __future__ import annotations

from ..skyvern import errors

TROUBLES = (errors.Unreachable, errors.TimedOut, errors.Broken, errors.Redirected, errors.Leaked, errors.Refused,
            errors.Failed)
OPENINGS = tuple(each.words for each in TROUBLES)
NO_TROUBLE = (errors.NoConnection.words, errors.Missing.words, errors.Blocked.words)


def is_for_doctor(error: Exception) -> bool:
    """Whether the way to Skyvern, or Skyvern itself, is what fails."""
    return isinstance(error, TROUBLES)


def tells_of_trouble(sentence: str, is_reading: object = False) -> bool:
    """The same of a sentence, where a page was handed no more than that. What Skyvern says of its own failures cannot
    be known; where something was only read (`is_reading`) every failure is for the doctor, but for those that say
    whose they are."""
    if sentence.startswith(OPENINGS):
        return True
    return bool(is_reading) and not sentence.startswith(NO_TROUBLE) and "settings" not in sentence
