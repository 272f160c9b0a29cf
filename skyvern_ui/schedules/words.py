"""How a cadence reads in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from ..skyvern.values.schedule import Schedule
from .cron import BadCron, Cron, parse
from .zones import zone_of

DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")
MOST_TIMES = 6
UNITS = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def cadence(schedule: Schedule) -> str:
    """When it runs, in words: “Monday to Friday at 09:00”. What cannot be read stands as it is. Never raises."""
    if schedule.run_at is not None:
        return f"Once, {moment(schedule.run_at, zone_of(schedule.timezone))}"
    if schedule.interval_seconds:
        return every(schedule.interval_seconds)
    try:
        return of_cron(parse(schedule.cron or ""))
    except BadCron:
        return f"Cron {schedule.cron or '–'}"


def every(seconds: int) -> str:
    """“Every 90 minutes”, in the largest unit that divides it."""
    size, unit = next((size, unit) for size, unit in UNITS if seconds % size == 0)
    count = seconds // size
    return f"Every {unit}" if count == 1 else f"Every {count:,} {unit}s"


def of_cron(cron: Cron) -> str:
    """The expression in words."""
    months = f" in {listed(MONTHS[month - 1] for month in cron.months)}" if len(cron.months) < 12 else ""
    often, days = _often(cron), _days(cron)
    if often:
        return often + (f", {days[0].lower() + days[1:] if days.startswith('Day') else days}" if days else "") + months
    times = [f"{hour:02d}:{minute:02d}" for hour, minute in cron.times]
    said = listed(times) if len(times) <= MOST_TIMES else f"{len(times)} times from {times[0]} to {times[-1]}"
    return f"{days or 'Every day'}{months}{' at' if len(times) <= MOST_TIMES else ','} {said}"


def moment(when: datetime, zone: ZoneInfo) -> str:
    """“Mon 2 Nov 2026, 09:00” on a clock in this zone."""
    local = when.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}"


def listed(names: Iterable[str]) -> str:
    """“a, b and c”."""
    held = list(names)
    return f"{', '.join(held[:-1])} and {held[-1]}" if len(held) > 1 else "".join(held)


def _often(cron: Cron) -> str:
    """For what comes again and again on a day."""
    step = _step(cron.minutes, 60)
    if len(cron.hours) == 24 and len(cron.minutes) == 1:
        return f"Every hour at {cron.minutes[0]:02d} past" if cron.minutes[0] else "Every hour, on the hour"
    if len(cron.hours) == 24 and step and cron.minutes[0] == 0:
        return f"Every {step} minutes"
    hours = _step(cron.hours, 24)
    if hours and len(cron.minutes) == 1 and len(cron.hours) > 2:
        return f"Every {hours} hours, from {cron.hours[0]:02d}:{cron.minutes[0]:02d}"
    return ""


def _step(values: Sequence[int], whole: int) -> int:
    """The distance of values that divide the whole evenly, else 0."""
    step = values[1] - values[0] if len(values) > 1 else 0
    return step if step and whole % step == 0 and tuple(values) == tuple(range(values[0], whole, step)) else 0


def _days(cron: Cron) -> str:
    by_week = "" if cron.any_weekday else _weekdays(cron.weekdays)
    numbers = [str(day) for day in cron.days]
    by_month = ""
    if cron.last_day:
        by_month = "The last day of the month"
    elif not cron.any_day:
        by_month = f"Day{'s' if len(numbers) > 1 else ''} {listed(numbers)} of the month"
    return f"{by_month}, and {by_week}," if by_month and by_week else by_month or by_week


def _weekdays(days: Sequence[int]) -> str:
    week = [day or 7 for day in days]  # Monday first
    week.sort()
    if len(week) > 2 and week == list(range(week[0], week[-1] + 1)):
        return f"{DAYS[week[0]]} to {DAYS[week[-1] % 7]}"
    return listed(f"{DAYS[day % 7]}s" for day in week)
