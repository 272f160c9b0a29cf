"""Time zones: which there are, how far they are from UTC, and when their clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

UTC_ZONE = ZoneInfo("UTC")
LEFT_OUT = ("posix/", "right/", "Etc/", "SystemV/", "US/", "Canada/", "Brazil/", "Chile/", "Mexico/")


class NoZone(ValueError):
    """There is no such time zone."""


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """The zones by their usual names, UTC first: what is offered. More are understood."""
    found = {name for name in available_timezones() if "/" in name and not name.startswith(LEFT_OUT)}
    return ("UTC", *sorted(found))


def zone(name: str) -> ZoneInfo:
    """Raises NoZone."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise NoZone(name) from error


def zone_of(name: str) -> ZoneInfo:
    """The zone, or UTC when this machine does not know it."""
    try:
        return zone(name)
    except NoZone:
        return UTC_ZONE


def offset(name: ZoneInfo, when: datetime) -> str:
    """“UTC+02:00” at that moment."""
    behind = when.astimezone(name).utcoffset() or timedelta()
    minutes = int(behind.total_seconds() // 60)
    sign, minutes = ("-", -minutes) if minutes < 0 else ("+", minutes)
    return f"UTC{sign}{minutes // 60:02d}:{minutes % 60:02d}" if minutes else "UTC"


def changes(name: ZoneInfo, since: datetime, until: datetime) -> list[tuple[datetime, int]]:
    """(when, by how many minutes the clocks go forward, or back when negative) between the two, at most two years."""
    found, step = [], timedelta(hours=6)
    at = since.astimezone(UTC)
    until = min(until.astimezone(UTC), at + timedelta(days=731))
    before = at.astimezone(name).utcoffset() or timedelta()
    while at < until:
        at += step
        after = at.astimezone(name).utcoffset() or timedelta()
        if after != before:
            found.append((at, int((after - before).total_seconds() // 60)))
            before = after
    return found
