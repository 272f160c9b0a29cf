"""When it is worth to ask again: what headers and sentences say about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

LONGEST = timedelta(days=62)  # the longest window of a plan is a month
BEIJING = timezone(timedelta(hours=8))  # Zhipu and Z.ai print their resets so, in every language
PRINTED = re.compile(r"(?:reset at|重置时间[为是:：]?|将在|until|try again at)\s{0,3}"
                     r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T](\d{1,2}):(\d{2})(?::(\d{2}))?", re.I)
IN_WORDS = re.compile(r"(?:retry|try again|available again|retry after|cooldown)\D{0,24}?"
                      r"(\d{1,6}(?:\.\d{1,9})?)\s{0,2}(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hours?)\b",
                      re.I)
GEMINI_DELAY = re.compile(r"^(\d{1,6}(?:\.\d{1,9})?)s$")
DURATION = re.compile(r"(\d{1,6}(?:\.\d{1,9})?)(ms|s|m|h|d)")
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
RESETS = ("x-ratelimit-reset-requests", "x-ratelimit-reset-tokens", "x-ratelimit-reset", "ratelimit-reset",
          "anthropic-ratelimit-requests-reset")


def asks_to_wait_until(headers: Mapping[str, str], text: str, leaves: tuple[tuple[str, str], ...],
                       now: datetime) -> datetime | None:
    """The time the answer names, aware and in UTC; None when it names none, or nonsense. The printed reset counts
    before the headers: it speaks of the plan, they of the minute. Raises nothing."""
    for found in (_printed(text), _header(headers, now), _in_words(text, leaves, now)):
        if found is not None and now - timedelta(minutes=1) <= found <= now + LONGEST:
            return max(found, now)
    return None


def _printed(text: str) -> datetime | None:
    said = PRINTED.search(text)
    if said is None:
        return None
    try:
        year, month, day, hour, minute = (int(part) for part in said.groups()[:5])
        return datetime(year, month, day, hour, minute, int(said.group(6) or 0), tzinfo=BEIJING).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _header(headers: Mapping[str, str], now: datetime) -> datetime | None:
    millis = _number(headers.get("retry-after-ms", ""))
    if millis is not None:
        return _after(now, millis / 1000)
    after = headers.get("retry-after", "").strip()
    seconds = _number(after)
    if seconds is not None:
        return _after(now, seconds)
    if after:
        return _date(after)
    told = [_reset(headers[name], now) for name in RESETS if headers.get(name)]
    known = [each for each in told if each is not None]
    return max(known) if known else None


def _reset(value: str, now: datetime) -> datetime | None:
    """Seconds, `6m0s`, an ISO date, or a moment in seconds or milliseconds since 1970."""
    number = _number(value)
    if number is not None:
        if number > 1e12:
            return _moment(number / 1000)
        return _moment(number) if number > 1e9 else _after(now, number)
    parts = DURATION.findall(value[:40])
    if parts and "".join("".join(part) for part in parts) == value.strip():
        return _after(now, sum(float(amount) * UNITS[unit] for amount, unit in parts))
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _in_words(text: str, leaves: tuple[tuple[str, str], ...], now: datetime) -> datetime | None:
    for path, value in leaves:
        delay = GEMINI_DELAY.match(value) if path.lower().endswith("retrydelay") else None
        if delay:
            return _after(now, float(delay.group(1)))
    said = IN_WORDS.search(text[:8192])
    if said is None:
        return None
    unit = said.group(2).lower()
    scale = UNITS["ms"] if unit.startswith(("ms", "milli")) else UNITS[unit[0]]
    return _after(now, float(said.group(1)) * scale)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < 1e14 else None


def _after(now: datetime, seconds: float) -> datetime | None:
    return now + timedelta(seconds=seconds) if seconds <= LONGEST.total_seconds() else None


def _moment(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
