"""A chart of bars by day as plain geometry: what a template draws as SVG, and the sentence that says it.

Widths are percent, so that a chart fits any window without being stretched; heights are pixels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ...formatters import credits, rough_credits

HEIGHT, TOP = 160, 14  # pixels of the bars, and above them
SHADES = 5  # the last of them is for everything else
STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of one day's bar. `shade` from 0, the darkest."""

    shade: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """One day: where it stands, what it shows when pointed at."""

    day: date
    x: float
    width: float
    hit_x: float
    hit_width: float
    pieces: tuple[Piece, ...]
    amounts: tuple[int, ...]
    total: int
    title: str
    label: str
    is_minor: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """All of it. `lines`: pixel from above and the text at the edge. `sums`: what each series comes to."""

    columns: tuple[Column, ...]
    lines: tuple[tuple[float, str], ...]
    names: tuple[str, ...]
    sums: tuple[int, ...]
    total: int
    sentence: str


def chart(days: Sequence[date], series: Sequence[tuple[str, Mapping[date, int]]], today: date) -> Chart:
    """Stacked bars, thousandths of credits. The series come the largest first; at most SHADES are drawn."""
    names = tuple(name for name, _ in series)
    rows = [tuple(amounts.get(day, 0) for _, amounts in series) for day in days]
    totals = [sum(row) for row in rows]
    top, lines = _scale(max(totals, default=0))
    step = 100 / max(1, len(days))
    width = step * (0.72 if len(days) <= 31 else 0.8)
    every = 1 if len(days) <= 7 else 7 if len(days) <= 31 else 14
    columns = []
    for place, (day, row) in enumerate(zip(days, rows, strict=True)):
        is_today, back = day == today, len(days) - 1 - place
        said = ", ".join(f"{name} {credits(amount)}" for name, amount in zip(names, row, strict=True) if amount)
        title = f"{_written(day)}{' so far' if is_today else ''}: {credits(sum(row))} credits"
        columns.append(Column(
            day, _round(place * step + (step - width) / 2), _round(width), _round(place * step), _round(step),
            _stacked(row, top), row, sum(row), f"{title} ({said})" if len(names) > 1 and said else title,
            ("today" if is_today else f"{day.day} {day:%b}") if back % every == 0 else "",
            back // every % 2 == 1 and not 7 < len(days) <= 31))
    return Chart(tuple(columns), lines, names, tuple(sum(row[n] for row in rows) for n in range(len(names))),
                 sum(totals), _sentence(days, totals))


def ranked(sums: Mapping[str, int], most: int = SHADES) -> list[str]:
    """The names by what they come to, the largest first, without those that come to nothing. When there are more than
    fit, one place is left for the rest."""
    names = sorted((name for name, amount in sums.items() if amount), key=lambda name: (-sums[name], name))
    return names if len(names) <= most else names[:most - 1]


def _scale(largest: int) -> tuple[int, tuple[tuple[float, str], ...]]:
    """The top of the scale in thousandths, and three or four lines at round numbers."""
    if not largest:
        return 1, ((TOP + HEIGHT, "0"),)
    magnitude = 10 ** (len(str(largest)) - 1)
    step = next(int(part * magnitude / 10) or 1 for part in (*STEPS, 20, 25, 50, 100)
                if (int(part * magnitude / 10) or 1) * 4 >= largest)
    count = -(-largest // step)
    top = step * count
    return top, tuple((_round(TOP + HEIGHT * (1 - n / count)), _short(step * n)) for n in range(count + 1))


def _stacked(row: Sequence[int], top: int) -> tuple[Piece, ...]:
    pieces, reached = [], 0
    for shade, amount in enumerate(row):
        if amount <= 0:
            continue
        low, high = HEIGHT * reached / top, HEIGHT * (reached + amount) / top
        reached += amount
        gap = 1 if reached < sum(row) and high - low > 3 else 0
        pieces.append(Piece(shade, _round(TOP + HEIGHT - high + gap), _round(max(high - low - gap, 1))))
    return tuple(pieces)


def _sentence(days: Sequence[date], totals: Sequence[int]) -> str:
    over = f"in {len(days)} days" if len(days) > 1 else "today"
    if not sum(totals):
        return f"No credits were spent {over}."
    most = max(range(len(days)), key=lambda n: totals[n])
    return (f"{rough_credits(sum(totals))} credits {over}, the most on {_written(days[most])}: "
            f"{rough_credits(totals[most])}.")


def _written(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _short(thousandths: int) -> str:
    for size, letter in ((10**9, "M"), (10**6, "k")):
        if thousandths >= size:
            return f"{thousandths / size:.2f}".rstrip("0").rstrip(".") + letter
    return credits(thousandths)


def _round(number: float) -> float:
    return round(number, 2)
