"""A long list as a file, a piece at a time: never whole in memory."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

PIECE = 16_384  # characters


def csv_pieces(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """CSV, a few kilobytes at a time. The cells are written as they are: see csv_cells.safe_cell."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow(row)
        if out.tell() > PIECE:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def json_pieces(noun: str, rows: Iterable[Mapping[str, Any] | str]) -> Iterator[str]:
    """One object: the rows by this name, how many they are, and `incomplete`: a row that is a text says why the list
    is not whole; null when it is."""
    count, incomplete = 0, None
    yield f'{{"{noun}": ['
    for row in rows:
        if isinstance(row, str):
            incomplete = row
            continue
        yield (",\n" if count else "\n") + json.dumps(row, ensure_ascii=False)
        count += 1
    yield f'\n], "count": {count}, "incomplete": {json.dumps(incomplete)}}}\n'
