"""A time in which a check said the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ...models.checkup import Checkup
from ..finding import Finding


@dataclass(frozen=True, slots=True)
class Period:
    """From `began_at` to `last_at` (naive UTC) a check was seen like this. `ended_at` is when it was seen otherwise,
    or None while nothing else is known. `finding` is what it said last."""

    id: str
    check: str
    layer: str
    verdict: str
    code: str
    finding: Finding
    began_at: datetime
    last_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, row: Checkup) -> Period:
        """The row as a value that outlives its session."""
        return cls(row.id, row.check, row.layer, row.verdict, row.code, finding_of(row.finding), row.began_at,
                   row.last_at, row.ended_at)

    @property
    def is_open(self) -> bool:
        """True while nothing else was seen."""
        return self.ended_at is None

    @property
    def seconds(self) -> float:
        """How long it was so, as far as it was seen."""
        return ((self.ended_at or self.last_at) - self.began_at).total_seconds()

    def seconds_from(self, moment: datetime) -> float:
        """How far this moment is from when it was seen so; 0 within."""
        if moment < self.began_at:
            return (self.began_at - moment).total_seconds()
        return max(0.0, (moment - self.last_at).total_seconds())


@dataclass(frozen=True, slots=True)
class Change:
    """A check says something else than before; `before` is None when it had never been looked at."""

    before: Period | None
    after: Period


def finding_of(kept: dict[str, Any]) -> Finding:
    """A finding as it was written down; what a later release added or dropped does no harm."""
    def text(name: str, default: str = "") -> str:
        return str(kept.get(name, default))

    verdict: Any = text("verdict", "unknown")
    pairs = tuple((str(pair[0]), str(pair[1])) for pair in kept.get("evidence") or () if len(pair) == 2)
    return Finding(text("check"), text("layer"), verdict, text("code"), text("title"), text("explain"),
                   tuple(str(each) for each in kept.get("fix") or ()), pairs, text("mend"),
                   float(kept.get("seconds") or 0.0))


def naive(moment: datetime) -> datetime:
    """The same moment the way it is stored: UTC without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
