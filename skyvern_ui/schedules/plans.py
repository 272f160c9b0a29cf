"""A cadence between how a form asks for it and how Skyvern keeps it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ..skyvern.values.schedule import Schedule
from .cron import BadCron, Cron, fire_at, parse
from .zones import NoZone, zone, zone_of

WAYS = (("hourly", "Hours"), ("daily", "Days"), ("weekly", "Weekdays"), ("monthly", "Monthly"),
        ("interval", "Interval"), ("once", "Once"), ("cron", "Cron"))
UNITS = {"minutes": 60, "hours": 3600, "days": 86_400}
LEAST_SECONDS, MOST_SECONDS, LEAD = 300, 2**31 - 1, timedelta(seconds=90)
EVERY_HOURS = (1, 2, 3, 4, 6, 8, 12)
LAST_RUN = datetime(2100, 12, 31, tzinfo=UTC)
WHEN = ("how", "every_hours", "minute", "times", "days", "month_day", "every", "unit", "first", "run_at", "cron",
        "timezone")


class BadPlan(ValueError):
    """What was asked for cannot be. `fields` says what is wrong where."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(" ".join(fields.values()))
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Plan:
    """A cadence as Skyvern is sent it: `timing` is one of its three, with the zone."""

    timing: dict[str, Any] = field(default_factory=dict)

    def as_schedule(self, now: datetime) -> Schedule:
        """As it will be kept, for a look at what comes."""
        seconds = self.timing.get("interval_seconds")
        first = self.timing.get("first_fire_at")
        began = datetime.fromisoformat(first) if first else now + timedelta(seconds=seconds or 0)
        once = self.timing.get("run_at")
        return Schedule("", "", self.timing["timezone"], True, cron=self.timing.get("cron_expression"),
                        interval_seconds=seconds, first_fire_at=began.replace(microsecond=0) if seconds else None,
                        run_at=datetime.fromisoformat(once) if once else None)


def read_plan(typed: Mapping[str, Any], now: datetime, before: Schedule | None = None) -> Plan:
    """The plan of what was typed (texts by field; `days` a list). `before` is what it changes: moments that stay as
    they are may be past. Raises BadPlan."""
    name = str(typed.get("timezone") or "").strip() or "UTC"
    try:
        zone(name)
    except NoZone:
        raise BadPlan({"timezone": f"There is no time zone called “{name[:60]}”. Choose one such as Europe/Berlin."}) \
            from None
    how = typed.get("how")
    if how == "interval":
        return Plan({**_interval(typed, name, now, before), "timezone": name})
    if how == "once":
        kept = before.run_at if before else None
        return Plan({"run_at": _moment(typed, "run_at", name, now, kept), "timezone": name})
    if how not in dict(WAYS):
        raise BadPlan({"how": "Choose how often it runs."})
    text = str(typed.get("cron") or "").strip() if how == "cron" else _cron_of(str(how), typed)
    try:
        parse(text)
    except BadCron as error:
        raise BadPlan({"cron" if how == "cron" else "times": str(error)}) from error
    return Plan({"cron_expression": text, "timezone": name})


def typed_of(schedule: Schedule) -> dict[str, Any]:
    """The form as it would have been filled in for this schedule."""
    found: dict[str, Any] = {"timezone": schedule.timezone, "how": "cron", "cron": schedule.cron or ""}
    here = zone_of(schedule.timezone)
    if schedule.run_at is not None:
        return found | {"how": "once", "run_at": f"{schedule.run_at.astimezone(here):%Y-%m-%dT%H:%M}"}
    if schedule.interval_seconds:
        unit = next((name for name in ("days", "hours", "minutes") if schedule.interval_seconds % UNITS[name] == 0),
                    "seconds")
        first = schedule.first_fire_at
        return found | {"how": "interval", "every": str(schedule.interval_seconds // UNITS.get(unit, 1)), "unit": unit,
                        "first": f"{first.astimezone(here):%Y-%m-%dT%H:%M}" if first else ""}
    try:
        return found | _simple(parse(schedule.cron or ""))
    except BadCron:
        return found


def _cron_of(how: str, typed: Mapping[str, Any]) -> str:
    if how == "hourly":
        every = _whole(typed, "every_hours", 1, 12)
        return f"{_whole(typed, 'minute', 0, 59)} {'*' if every == 1 else f'*/{every}'} * * *"
    minute, hours = _times(str(typed.get("times") or ""))
    if how == "daily":
        return f"{minute} {hours} * * *"
    if how == "weekly":
        days = sorted({int(day) for day in typed.get("days") or () if str(day) in "0123456" and len(str(day)) == 1})
        if not days:
            raise BadPlan({"days": "Choose at least one day of the week."})
        return f"{minute} {hours} * * {','.join(map(str, days)) if len(days) < 7 else '*'}"
    day = str(typed.get("month_day") or "")
    return f"{minute} {hours} {'L' if day == 'last' else _whole(typed, 'month_day', 1, 31)} * *"


def _times(text: str) -> tuple[int, str]:
    """(minute, hours) of "09:00, 17:00": one expression has one set of minutes for all its hours."""
    found = [re.fullmatch(r"(\d{1,2})[:.h](\d{2})", part) for part in re.split(r"[,;\s]+", text.strip()) if part]
    marks = sorted({(int(each.group(1)), int(each.group(2))) for each in found if each})
    if not found or None in found or any(hour > 23 or minute > 59 for hour, minute in marks):
        raise BadPlan({"times": "Write times such as 09:00, or several: 09:00, 17:00."})
    if len({minute for _, minute in marks}) > 1:
        raise BadPlan({"times": "Several times need the same minute, as in 09:30, 17:30. For others make a second "
                                "schedule."})
    return marks[0][1], ",".join(str(hour) for hour, _ in marks)


def _whole(typed: Mapping[str, Any], name: str, least: int, most: int) -> int:
    text = str(typed.get(name) or "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and least <= int(text) <= most):
        raise BadPlan({name: f"A whole number from {least} to {most:,}."})
    return int(text)


def _interval(typed: Mapping[str, Any], name: str, now: datetime, before: Schedule | None) -> dict[str, Any]:
    size = UNITS.get(str(typed.get("unit")), 1 if typed.get("unit") == "seconds" else 60)
    seconds = _whole(typed, "every", 1, MOST_SECONDS // size) * size
    if seconds < LEAST_SECONDS:
        raise BadPlan({"every": "Skyvern wants 5 minutes between two runs."})
    if not str(typed.get("first") or "").strip():
        return {"interval_seconds": seconds}
    return {"interval_seconds": seconds,
            "first_fire_at": _moment(typed, "first", name, now, before.first_fire_at if before else None)}


def _moment(typed: Mapping[str, Any], name: str, zone_name: str, now: datetime, before: datetime | None) -> str:
    """A moment typed as a clock in the zone shows it, as Skyvern is sent it."""
    here = zone_of(zone_name)
    try:
        local = datetime.fromisoformat(str(typed.get(name) or "").strip())
        if local.tzinfo is not None:
            local = local.astimezone(here).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise BadPlan({name: "Enter a day and a time."}) from None
    if before is not None and f"{before.astimezone(here):%Y-%m-%dT%H:%M}" == f"{local:%Y-%m-%dT%H:%M}":
        return before.astimezone(UTC).isoformat()
    if not 1971 <= local.year <= LAST_RUN.year:
        raise BadPlan({name: f"Choose a day before {LAST_RUN.year + 1}."})
    fire = fire_at(local, here)
    if fire.shift == "gap":
        raise BadPlan({name: f"{local:%H:%M} does not exist on that day in {zone_name}: the clocks go forward. "
                             "Choose another time."})
    if fire.moment < now + LEAD:
        raise BadPlan({name: "Choose a moment at least two minutes from now."})
    return fire.moment.isoformat()


def _simple(cron: Cron) -> dict[str, Any]:
    """The form's own words for an expression that has them."""
    if len(cron.months) < 12 or len(cron.minutes) != 1:
        return {}
    minute, hours = cron.minutes[0], cron.hours
    free = cron.any_day and not cron.last_day
    if free and cron.any_weekday:
        step = 24 // len(hours)
        if step in EVERY_HOURS and hours == tuple(range(0, 24, step)) and len(hours) > 1:
            return {"how": "hourly", "every_hours": str(step), "minute": str(minute)}
    times = {"times": ", ".join(f"{hour:02d}:{minute:02d}" for hour in hours)}
    if free and cron.any_weekday:
        return {"how": "daily", **times}
    if free:
        return {"how": "weekly", "days": [str(day) for day in cron.weekdays], **times}
    if cron.any_weekday and (cron.last_day or len(cron.days) == 1):
        return {"how": "monthly", "month_day": "last" if cron.last_day else str(cron.days[0]), **times}
    return {}


def fallback(typed: Mapping[str, Any], names: Sequence[str] = WHEN) -> dict[str, Any]:
    """What a new form holds, with what was typed over it."""
    start: dict[str, Any] = {"how": "daily", "every_hours": "1", "minute": "0", "times": "09:00",
                             "days": ["1", "2", "3", "4", "5"], "month_day": "1", "every": "30", "unit": "minutes",
                             "first": "", "run_at": "", "cron": "0 9 * * 1-5", "timezone": "UTC"}
    return start | {name: typed[name] for name in names if name in typed}
