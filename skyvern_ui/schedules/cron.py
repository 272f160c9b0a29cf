"""Cron expressions of five fields, read strictly, and the moments they mean in a time zone.

Skyvern 1.0.56 reads them with croniter 3 and decides what is due anew each minute. Measured against that: a time that
a clock change leaves out comes at the end of the gap, one that comes twice comes the first time, and a day of the
month together with a day of the week means either of them. `@hourly` and its like are read as what they stand for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ALIASES = {"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
           "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *"}
MONTHS = {name: number for number, name in enumerate(
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)}
WEEKDAYS = {name: number for number, name in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])}
FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}), ("hour", 0, 23, {}), ("day of the month", 1, 31, {}), ("month", 1, 12, MONTHS),
    ("day of the week", 0, 7, WEEKDAYS))
LEAST_MINUTES, DAY_MINUTES = 5, 24 * 60
FARTHEST = timedelta(days=366 * 9)  # a 29 February that falls out in 2100 comes within


class BadCron(ValueError):
    """Not an expression that can be used. The text is one sentence."""


@dataclass(frozen=True, slots=True)
class Fire:
    """A moment (UTC) when it is due. `shift` is "gap" when the clock leaves the wanted time out that day, "twice" when
    it comes twice."""

    moment: datetime
    shift: str = ""


@dataclass(frozen=True, slots=True)
class Cron:
    """An expression as sets of numbers; weekdays from 0, a Sunday. `last_day`: the last day of each month as well."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    last_day: bool = False

    @property
    def any_day(self) -> bool:
        return len(self.days) == 31

    @property
    def any_weekday(self) -> bool:
        return len(self.weekdays) == 7

    @property
    def times(self) -> tuple[tuple[int, int], ...]:
        """(hour, minute) of each time on a day."""
        return tuple((hour, minute) for hour in self.hours for minute in self.minutes)

    def is_on(self, day: date) -> bool:
        """Whether it is due on this day of the calendar."""
        if day.month not in self.months:
            return False
        by_day = day.day in self.days or (self.last_day and (day + timedelta(days=1)).day == 1)
        by_weekday = day.isoweekday() % 7 in self.weekdays
        if self.any_day or self.any_weekday:
            return by_day and by_weekday
        return by_day or by_weekday

    def fires(self, zone: ZoneInfo, after: datetime) -> Iterator[Fire]:
        """The moments after `after` (aware), in order, each once; ends after nine years without one."""
        day, last, told = after.astimezone(zone).date() - timedelta(days=1), after, after
        while day.year < 9999:
            found = sorted({fire_at(datetime(day.year, day.month, day.day, *time), zone) for time in self.times},
                           key=lambda fire: (fire.moment, fire.shift)) if self.is_on(day) else []
            for fire in found:
                if fire.moment > told:
                    told = last = fire.moment
                    yield fire
            day += timedelta(days=1)
            if day > (last + FARTHEST).date():
                return


def fire_at(local: datetime, zone: ZoneInfo) -> Fire:
    """When a clock in this zone shows `local` (naive): the first time, or the end of the gap that swallows it."""
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    before, after = first.utcoffset(), second.utcoffset()
    assert before is not None and after is not None
    if before == after:
        return Fire(first.astimezone(UTC))
    if before > after:
        return Fire(first.astimezone(UTC), "twice")
    return Fire(_change_between(second.astimezone(UTC), first.astimezone(UTC), zone), "gap")


@lru_cache(maxsize=512)
def parse(text: str) -> Cron:
    """An expression of five fields, or one of the @ names. Raises BadCron."""
    fields = ALIASES.get(text.strip().lower(), text).split()
    if text.strip().startswith("@") and len(fields) == 1:
        raise BadCron(f"{text.strip()[:20]} is not one of {', '.join(ALIASES)}.")
    if len(fields) != 5:
        raise BadCron(f"A cron expression has five fields: minute, hour, day, month, weekday. This has {len(fields)}.")
    last_day = fields[2].lower() == "l"
    values = [() if last_day and place == 2 else _values(part, *FIELDS[place]) for place, part in enumerate(fields)]
    minutes, hours, days, months, weekdays = values
    cron = Cron(minutes, hours, days, months, tuple(sorted({day % 7 for day in weekdays})), last_day)
    if next(cron.fires(ZoneInfo("UTC"), datetime.now(UTC)), None) is None:
        raise BadCron("There is no such day: this would never run.")
    if least_gap(cron) < LEAST_MINUTES:
        raise BadCron(f"That is too often: Skyvern wants {LEAST_MINUTES} minutes between two runs.")
    return cron


def least_gap(cron: Cron) -> int:
    """The fewest minutes between two of its moments, clock changes aside."""
    marks = [hour * 60 + minute for hour, minute in cron.times]
    gaps = [later - earlier for earlier, later in zip(marks, marks[1:], strict=False)]
    start = date(2024, 1, 1)  # a leap year
    due = [cron.is_on(start + timedelta(days=number)) for number in range(732)]
    if any(one and other for one, other in zip(due, due[1:], strict=False)):
        gaps.append(marks[0] + DAY_MINUTES - marks[-1])
    return min(gaps, default=DAY_MINUTES)


def _values(part: str, name: str, least: int, most: int, names: dict[str, int]) -> tuple[int, ...]:
    found: set[int] = set()
    for piece in part.split(","):
        span, slash, step_text = piece.partition("/")
        step = _number(step_text, name, 1, most or 1, {}, piece) if slash else 1
        if span == "*":
            first, last = least, 6 if name == "day of the week" else most
        else:
            begin, dash, end = span.partition("-")
            first = _number(begin, name, least, most, names, piece)
            last = _number(end, name, least, most, names, piece) if dash else most if slash else first
            if last < first and name == "day of the week" and last == 0:
                last = 7  # fri-sun
            if last < first:
                raise BadCron(f"“{piece[:30]}” in the {name} runs backwards.")
        found.update(range(first, last + 1, step))
    return tuple(sorted(found))


def _number(text: str, name: str, least: int, most: int, names: dict[str, int], piece: str) -> int:
    number = names.get(text.lower())
    if number is None and text.isascii() and text.isdecimal() and len(text) < 4:
        number = int(text)
    if number is None or not least <= number <= most:
        raise BadCron(f"“{piece[:30]}” is not a {name}: use numbers from {least} to {most}"
                      f"{', names' if names else ''}, *, lists (1,3), ranges (1-5) and steps (*/2).")
    return number


def _change_between(early: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """The moment (UTC, whole seconds) at which the offset changes between the two."""
    low, high = int(early.timestamp()), int(late.timestamp())
    start = datetime.fromtimestamp(low, zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == start:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)
