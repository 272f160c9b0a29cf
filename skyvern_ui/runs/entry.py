"""One line of the story of a run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the story. `what` is block, turn, branch, step, action or thought; `children` are oldest first."""

    key: str
    what: str
    kind: str
    title: str
    status: str | None = None
    note: str | None = None
    problem: str | None = None
    lines: tuple[tuple[str, str], ...] = ()
    seconds: float | None = None
    at: datetime | None = None
    shot: str | None = None
    sub_run: str | None = None
    goes_on: bool = False
    children: tuple[Entry, ...] = ()
    is_drawn: bool = False
    is_open: bool = False
    task_id: str | None = None

    @property
    def asked(self) -> tuple[tuple[str, str], ...]:
        """What it was given to do: its goals, and the addresses it started from."""
        return ((("Goal", self.note),) if self.note else ()) + self.lines

    @property
    def is_running(self) -> bool:
        """True for what is going on now: it is shown open."""
        return self.status == "running"

    @property
    def size(self) -> int:
        """How many entries are inside, at every depth."""
        return sum(1 + child.size for child in self.children)

    def says(self, words: str) -> bool:
        """True when these words (lower case) are in what it shows."""
        texts = (self.title, self.kind.replace("_", " "), self.note, self.problem, *(t for _, t in self.lines))
        return any(words in text.lower() for text in texts if text)
