"""Audit rows as CSV and JSON, line by line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from ..models import AuditLog

COLUMNS = ("created_at", "user_name", "user_id", "actor_kind", "action", "resource", "resource_id", "outcome", "status",
           "ip_address", "user_agent", "session_id", "request_id", "details", "id")


def as_csv(rows: Iterable[AuditLog]) -> Iterator[str]:
    """CSV with a header. A value a spreadsheet would run as a formula gets an apostrophe in front."""
    yield _line(COLUMNS)
    for row in rows:
        yield _line([_cell(value) for value in _values(row)])


def as_json(rows: Iterable[AuditLog]) -> Iterator[str]:
    """One JSON array."""
    first = True
    yield "["
    for row in rows:
        yield ("" if first else ",\n") + json.dumps(dict(zip(COLUMNS, _values(row), strict=True)), ensure_ascii=False)
        first = False
    yield "]\n"


def _values(row: AuditLog) -> list[Any]:
    return [row.created_at.isoformat() + "Z", *(getattr(row, name) for name in COLUMNS[1:])]


def _cell(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else "" if value is None else str(value)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
