"""Calls as CSV and JSON, line by line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...csv_cells import safe_cell

COLUMNS = ("created_at", "finished_at", "service", "key_id", "endpoint", "model", "state", "outcome", "credits", "held",
           "overrun", "byok", "tokens_in", "tokens_out", "images", "seconds", "sdk_retry", "upstream_status",
           "request_id", "ip", "run_id", "id")
ENDED = "Incomplete: the session it was asked for in has ended."
Row = Mapping[str, Any]


def as_csv(rows: Iterable[Row | str]) -> Iterator[str]:
    """CSV with a header, a few kilobytes at a time. What a spreadsheet would run gets an apostrophe in front; a file
    that is not whole ends with a line that begins with #."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(["# " + row] if isinstance(row, str) else [_cell(row[name]) for name in COLUMNS])
        if out.tell() > 16_384:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def as_json(rows: Iterable[Row | str]) -> Iterator[str]:
    """One object: `calls`, how many they are, and `incomplete`, which is null when that is all."""
    count, incomplete = 0, None
    yield '{"calls": ['
    for row in rows:
        if isinstance(row, str):
            incomplete = row
            continue
        said = json.dumps({name: row[name] for name in COLUMNS}, ensure_ascii=False)
        yield (",\n" if count else "\n") + said
        count += 1
    yield f'\n], "count": {count}, "incomplete": {json.dumps(incomplete)}}}\n'


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else safe_cell(str(value))
