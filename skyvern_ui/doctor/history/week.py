"""The last seven days of each layer, in pieces of two hours: what a page can draw without a script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..check import LAYERS
from .period import Period

DAYS, PIECE = 7, timedelta(hours=2)
PIECES = DAYS * 24 // 2
WORST = ("fail", "unknown", "warn", "ok")
WORDS = {"fail": "failing", "unknown": "not known", "warn": "a warning", "ok": "all well", "none": "nobody looked"}


@dataclass(frozen=True, slots=True)
class Piece:
    """Two hours: the worst verdict in them, and it in words."""

    verdict: str
    words: str


@dataclass(frozen=True, slots=True)
class LayerWeek:
    """A layer and its pieces, the oldest first; `summary` says the same in words."""

    key: str
    label: str
    pieces: tuple[Piece, ...]
    summary: str


def week_of(periods: Iterable[Period], moment: datetime) -> list[LayerWeek]:
    """The layers of which anything was seen in the last seven days. `moment` is naive UTC."""
    until = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=2 - moment.hour % 2)
    begin = until - PIECES * PIECE
    seen: dict[str, list[set[str]]] = {}
    for each in periods:
        first = max(0, int((each.began_at - begin) // PIECE))
        last = min(PIECES - 1, int(((each.ended_at or each.last_at) - begin) // PIECE))
        row = seen.setdefault(each.layer, [set() for _ in range(PIECES)])
        for number in range(first, last + 1):
            row[number].add(each.verdict)
    return [_layer(key, seen[key], begin) for key in (*LAYERS, *sorted(set(seen) - set(LAYERS))) if key in seen]


def _layer(key: str, row: Sequence[set[str]], begin: datetime) -> LayerWeek:
    verdicts = [next((word for word in WORST if word in seen), "none") for seen in row]
    pieces = tuple(Piece(verdict, f"{begin + number * PIECE:%a %d %b, %H:%M} UTC: {WORDS[verdict]}")
                   for number, verdict in enumerate(verdicts))
    bad = verdicts.count("fail")
    summary = f"failed in {bad * 2} of the last {DAYS * 24} hours" if bad else "never failed while anybody looked"
    return LayerWeek(key, LAYERS.get(key, key), pieces, summary)
