"""Calls as CSV and JSON, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from ...csv_cells import safe_cell
from ...exports import csv_pieces, json_pieces

COLUMNS = ("created_at", "finished_at", "service", "key_id", "endpoint", "model", "state", "outcome", "credits", "held",
           "overrun", "byok", "tokens_in", "tokens_out", "images", "seconds", "sdk_retry", "upstream_status",
           "request_id", "ip", "run_id", "id")
ENDED = "Incomplete: the session it was asked for in has ended."
Row = Mapping[str, Any]


def as_csv(rows: Iterable[Row | str]) -> Iterator[str]:
    """CSV with a header, a few kilobytes at a time. What a spreadsheet would run gets an apostrophe in front; a file
    that is not whole ends with a line that begins with #."""
    cells = (["# " + row] if isinstance(row, str) else [_cell(row[name]) for name in COLUMNS] for row in rows)
    return csv_pieces(chain((COLUMNS,), cells))


def as_json(rows: Iterable[Row | str]) -> Iterator[str]:
    """One object: `calls`, how many they are, and `incomplete`, which is null when that is all."""
    picked = (row if isinstance(row, str) else {name: row[name] for name in COLUMNS} for row in rows)
    return json_pieces("calls", picked)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else safe_cell(str(value))
