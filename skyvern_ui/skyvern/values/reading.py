"""Reading single fields out of Skyvern's JSON. Nothing here raises: what is not there is None or empty."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Json = Mapping[str, Any]


def parse_time(text: Any) -> datetime | None:
    """An ISO-8601 time from Skyvern; without an offset it is UTC. None for anything unreadable."""
    if not isinstance(text, str) or not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def read_text(data: Json, key: str) -> str | None:
    """A text, or None when it is absent or empty."""
    value = data.get(key)
    return str(value) if value not in (None, "") else None


def read_texts(data: Json, key: str) -> tuple[str, ...]:
    """A list of texts."""
    value = data.get(key)
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def read_dict(data: Json, key: str) -> dict[str, Any]:
    """An object."""
    value = data.get(key)
    return dict(value) if isinstance(value, dict) else {}


def read_int(data: Json, key: str) -> int | None:
    """A whole number; a bool is none."""
    value = data.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def read_float(data: Json, key: str) -> float | None:
    """A number; a bool, an infinity and a NaN are none."""
    value = data.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if abs(value) < 1e15 else None


def read_list(data: Json, key: str) -> list[Any]:
    """A list, or an empty one."""
    value = data.get(key)
    return value if isinstance(value, list) else []
