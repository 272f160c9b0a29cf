"""How values read on a page: times, durations, sizes, ids, statuses. Pure functions, also filters."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask

from .diagnosis.excerpt import masked
from .diagnosis.plain import plain_reason

NOTHING = "–"

STATUS_WORDS = {
    "created": "created",
    "queued": "queued",
    "running": "running",
    "paused": "waiting for a person",
    "completed": "completed",
    "failed": "failed",
    "terminated": "stopped by its rules",
    "canceled": "canceled",
    "timed_out": "timed out",
    "timeout": "timed out",
    "skipped": "skipped",
    "pending": "pending",
    "retry": "starting again",
}

STATUS_TONES = {
    "running": "live",
    "retry": "live",
    "created": "wait",
    "queued": "wait",
    "pending": "wait",
    "paused": "warn",
    "completed": "ok",
    "failed": "bad",
    "terminated": "bad",
    "timed_out": "bad",
    "timeout": "bad",
}

RUN_KIND_WORDS = {
    "task_v1": "task",
    "task_v2": "task 2.0",
    "task_v3": "task 3.0",
    "workflow_run": "workflow",
    "openai_cua": "OpenAI CUA",
    "anthropic_cua": "Anthropic CUA",
    "ui_tars": "UI-TARS",
    "yutori_navigator": "Yutori Navigator",
}


def _aware(moment: datetime) -> datetime:
    """Skyvern writes UTC without saying so; a time without a zone is read as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def iso_time(moment: datetime | None) -> str:
    """The machine form for `<time datetime>`: UTC, whole seconds."""
    return "" if moment is None else _aware(moment).strftime("%Y-%m-%dT%H:%M:%SZ")


def exact_time(moment: datetime | None) -> str:
    """Reads "21 Nov 2026, 03:44:05 UTC"."""
    if moment is None:
        return NOTHING
    utc = _aware(moment)
    return f"{utc.day} {utc:%b %Y, %H:%M:%S} UTC"


def relative_time(moment: datetime | None, now: datetime | None = None) -> str:
    """Reads "3 min ago", "in 2 h", or the date when it is more than 30 days away."""
    if moment is None:
        return NOTHING
    utc = _aware(moment)
    seconds = (_aware(now or datetime.now(UTC)) - utc).total_seconds()
    distance = abs(seconds)
    if distance < 10:
        return "just now"
    if distance < 60:
        words = f"{int(distance)} s"
    elif distance < 3600:
        words = f"{int(distance // 60)} min"
    elif distance < 86400:
        words = f"{int(distance // 3600)} h"
    elif distance < 30 * 86400:
        days = int(distance // 86400)
        words = f"{days} day{'' if days == 1 else 's'}"
    else:
        return f"{utc.day} {utc:%b %Y}"
    return f"{words} ago" if seconds > 0 else f"in {words}"


def duration(value: timedelta | float | None) -> str:
    """Reads "3.6 s", "41 s", "2 m 58 s", "1 h 04 m", "2 d 3 h"; numbers are seconds."""
    if value is None:
        return NOTHING
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    if seconds < 0:
        return NOTHING
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} m {whole % 60:02d} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} m"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def elapsed(since: datetime | None, now: datetime | None = None) -> str:
    """How long something has been going on, in whole seconds: "2 m 58 s"."""
    if since is None:
        return NOTHING
    seconds = max(0, round((_aware(now or datetime.now(UTC)) - _aware(since)).total_seconds()))
    return f"{seconds} s" if seconds < 10 else duration(seconds)


def remaining(until: datetime | None, now: datetime | None = None) -> str:
    """How long there still is, in whole seconds: "1 h 58 m"; "0 s" when it is past."""
    if until is None:
        return NOTHING
    seconds = max(0, round((_aware(until) - _aware(now or datetime.now(UTC))).total_seconds()))
    return f"{seconds} s" if seconds < 10 else duration(seconds)


def filesize(count: int | None) -> str:
    """Reads "812 B", "4.4 kB", "64 MB": bytes in steps of 1000."""
    if count is None:
        return NOTHING
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5 or unit == "GB":
            return f"{size:.0f} {unit}" if unit == "B" or size >= 9.95 else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError("unreachable")


def short_id(text: str | None, keep: int = 6) -> str:
    """The prefix and the last characters: `wr_599350220310895092` reads `wr_…895092`."""
    if not text:
        return NOTHING
    prefix, mark, rest = text.rpartition("_")
    if not mark or len(rest) <= keep + 2:
        return text if len(text) <= 2 * keep + 2 else f"{text[:keep]}…{text[-keep:]}"
    return f"{prefix}_…{rest[-keep:]}"


def json_pretty(value: Any) -> str:
    """Indented JSON in the order it came, letters unescaped; what JSON cannot say is shown as text."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def json_kind(value: Any) -> str:
    """The word for a node of the output tree: object, list, text, number, flag or nothing."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, Mapping):
        return "object"
    if isinstance(value, Sequence):
        return "list"
    return "text"


def status_word(status: Any) -> str:
    """A status in plain words; one we do not know is shown as it is."""
    text = str(getattr(status, "value", status) or "")
    return STATUS_WORDS.get(text, text.replace("_", " ") or "unknown")


def status_tone(status: Any) -> str:
    """ok, bad, warn, live, wait or plain: which colour a status pill takes."""
    return STATUS_TONES.get(str(getattr(status, "value", status) or ""), "plain")


def run_kind_word(kind: str) -> str:
    """What a kind of run is called on a page; one we do not know is shown as it is."""
    return RUN_KIND_WORDS.get(kind, kind.replace("_", " "))


def sentence_case(text: str) -> str:
    """`MAX_STEPS_EXCEEDED` reads "Max steps exceeded"; abbreviations stay as they are."""
    words = text.replace("_", " ").strip().lower()
    for short in ("api", "llm", "url", "html", "har", "pdf", "id"):
        words = " ".join(short.upper() if word == short else word for word in words.split(" "))
    return words[:1].upper() + words[1:]


def grouped(number: float | None) -> str:
    """Thousands with a comma: 8,412."""
    return NOTHING if number is None else f"{number:,}"


def credits(thousandths: float | None) -> str:
    """Credits from thousandths of one, nothing lost: 9,970.5."""
    if thousandths is None:
        return NOTHING
    text = f"{thousandths / 1000:,.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def plain_credits(thousandths: int) -> str:
    """The same for programs: 9970.5."""
    return credits(thousandths).replace(",", "")


def rough_credits(thousandths: float | None) -> str:
    """Credits to compare at a glance: whole ones from a hundred on, else one decimal; what is tiny is exact."""
    if thousandths is None or abs(thousandths) < 1000:
        return credits(thousandths)
    return credits(round(thousandths, -3 if abs(thousandths) >= 100_000 else -2))


FILTERS = (
    iso_time, exact_time, relative_time, duration, elapsed, remaining, filesize, short_id, json_pretty, json_kind,
    status_word, status_tone, run_kind_word, sentence_case, grouped, credits, rough_credits, masked,
    plain_reason,
)  # fmt: skip


def register(app: Flask) -> None:
    for function in FILTERS:
        app.jinja_env.filters[function.__name__] = function
