"""What became of every row, beside what was in the table: as CSV for spreadsheets, as JSON for programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ...csv_cells import safe_cell
from ...diagnosis.plain import plain_reason
from ...models.batch import Batch, BatchRow

OWN = ("row", "status", "run_id", "run_url", "failure_reason")
MOST_OUTPUT_COLUMNS = 300
Rows = Callable[[], Iterable[BatchRow]]


def as_csv(batch: Batch, rows: Rows, base: str) -> Iterator[str]:
    """The columns of the table, then ours, then those of the outputs: one for each key, and one for each key inside a
    key that holds an object; last the whole output as JSON. Cells that a spreadsheet would run get an apostrophe in
    front. `rows` is called twice; `base` is our public address."""
    columns = list(_output_columns(rows()))
    headings = [*batch.headings, *_apart(OWN, batch.headings), *_apart(columns, batch.headings), "output_json"]
    yield "\ufeff" + _line(headings)
    for row in rows():
        flat = flattened(row.output)
        told = [str(row.number), row.state, row.run_id or "", _url(base, row), plain_reason(row.problem)]
        output = [_text(flat.get(name)) for name in columns]
        yield _line([*row.cells, *told, *output, "" if row.output is None else _text(row.output, True)])


def as_json(batch: Batch, rows: Rows, base: str) -> Iterator[str]:
    """One object: the batch, and `rows` with their cells, what was sent, and what came back."""
    head = {"id": batch.id, "title": batch.title, "workflow_id": batch.wpid, "state": batch.state,
            "file_name": batch.file_name}
    yield '{"batch": ' + json.dumps(head, ensure_ascii=False) + ', "rows": ['
    for place, row in enumerate(rows()):
        told = {"row": row.number, "status": row.state, "attempt": row.attempt, "run_id": row.run_id,
                "run_url": _url(base, row) or None, "earlier_runs": row.earlier,
                "failure_reason": plain_reason(row.problem) or None,
                "cells": dict(zip(batch.headings, row.cells, strict=False)), "inputs": row.inputs, "output": row.output}
        yield (",\n" if place else "\n") + json.dumps(told, ensure_ascii=False)
    yield "\n]}\n"


def flattened(output: Any) -> dict[str, Any]:
    """The keys of an output; those of an object inside as `key.inner`. What is no object is under `output`."""
    if output is None:
        return {}
    if not isinstance(output, dict):
        return {"output": output}
    found: dict[str, Any] = {}
    for key, value in output.items():
        if isinstance(value, dict) and value:
            found |= {f"{key}.{inner}": each for inner, each in value.items()}
        else:
            found[str(key)] = value
    return found


def _output_columns(rows: Iterable[BatchRow]) -> dict[str, None]:
    found: dict[str, None] = {}
    for row in rows:
        for name in flattened(row.output):
            if len(found) < MOST_OUTPUT_COLUMNS:
                found.setdefault(name)
    return found


def _apart(names: Iterable[str], taken: Iterable[str]) -> list[str]:
    known = {each.casefold() for each in taken}
    return [f"skyvern_{name}" if name.casefold() in known else name for name in names]


def _text(value: Any, is_json: bool = False) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) and not is_json else json.dumps(value, ensure_ascii=False)


def _url(base: str, row: BatchRow) -> str:
    return f"{base}/runs/{row.run_id}" if row.run_id else ""


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([safe_cell(each) for each in cells])
    return out.getvalue()
