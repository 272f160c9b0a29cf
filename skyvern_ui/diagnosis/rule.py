"""One row of the table: what an answer looks like, and what it then means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .clues import Clues
from .diagnosis import Layer, Retry, Who

KINDS = ("html", "json", "text", "empty")


@dataclass(frozen=True, slots=True)
class When:
    """What must be so, all of it; what is left empty may be anything.

    `status` are HTTP statuses, `code` a provider's own codes or types (lower case), `at` the end of a JSON path and the
    value there, `words` a pattern in what was said, `host` one in who was asked or is named, `trouble` what kept the
    answer from coming, `asked` what was asked for, `body` its kind: html, json, text, empty. `unless` are words that
    must not be there."""

    status: tuple[int, ...] = ()
    code: tuple[str, ...] = ()
    at: tuple[str, str] | None = None
    words: re.Pattern[str] | None = None
    host: re.Pattern[str] | None = None
    trouble: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    unless: re.Pattern[str] | None = None

    def fits(self, clues: Clues) -> bool:
        """True when these clues are such. Cheap questions come first."""
        return bool(
            (not self.trouble or clues.trouble in self.trouble)
            and (not self.asked or clues.asked in self.asked)
            and (not self.status or clues.status in self.status)
            and (not self.code or not clues.codes.isdisjoint(self.code))
            and (not self.body or clues.kind in self.body)
            and (self.at is None or clues.has_at(*self.at))
            and (self.host is None or self.host.search(clues.hosts))
            and (self.words is None or self.words.search(clues.text))
            and (self.unless is None or not self.unless.search(clues.text))
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One cause. It holds when any of `when` fits. `code` is stable, snake_case and no other rule has it; `title` is
    one sentence, `explain` at most three, `fix` what to do, in order."""

    code: str
    layer: Layer
    who: Who
    retry: Retry
    title: str
    explain: str
    fix: tuple[str, ...]
    when: tuple[When, ...]

    def fits(self, clues: Clues) -> bool:
        """True when any of its ways to be recognised fits."""
        return any(when.fits(clues) for when in self.when)


def words(pattern: str) -> re.Pattern[str]:
    """A pattern for `words`, `host` and `unless`: case does not matter. Alternatives of plain words only, so that a
    hostile text costs no more than its length."""
    return re.compile(pattern, re.IGNORECASE)


def codes(*names: str | Iterable[int]) -> tuple[str, ...]:
    """Codes as `When.code` wants them."""
    return tuple(str(each).lower() for name in names for each in ([name] if isinstance(name, str) else name))
