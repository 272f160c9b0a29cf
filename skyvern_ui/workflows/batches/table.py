"""A table out of a file: text with separators, or a spreadsheet. Cells are texts; nothing is ever computed."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

MOST_BYTES, MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 5 * 1024 * 1024, 5000, 200, 100_000
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
LOOKED_AT = 50  # rows, to tell what separates the cells
MARKS = ((codecs.BOM_UTF8, "utf-8-sig", "UTF-8"), (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
         (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"))
FORMULAS = "{count} with = {are}. Formulas are never computed: they are sent as the text that they are."
NO_TEXT = "There are signs in this file that no text has (NUL). Save it as CSV in UTF-8, and choose it again."


class BadTable(ValueError):
    """A file that is no table we can use. The text is one or two sentences for whoever chose it."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings, all of the same length. `numbers` are those that a spreadsheet shows beside the rows, where
    the headings are row 1; `notes` say how the file was read."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]
    notes: tuple[str, ...]


def read_table(name: str, content: bytes) -> Table:
    """The table in a file. Raises BadTable. Half a second for the largest: call it aside."""
    from .sheet import read_sheet  # it gives its rows to `table_of`

    if len(content) > MOST_BYTES:
        raise BadTable("The file is larger than 5 MB. Split it, and start a batch for each part.")
    if not content.strip():
        raise BadTable("The file is empty.")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadTable("This is a spreadsheet of an older kind, or one with a password. Save it as .xlsx or as CSV.")
    if content.startswith(b"PK"):
        return read_sheet(content)
    if content.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf")) or _is_binary(content):
        raise BadTable(f"“{name[-80:]}” is neither a CSV file nor a spreadsheet.")
    return _read_text(content)


def table_of(records: Iterable[tuple[int, list[str]]], notes: list[str], formulas: int | None = None) -> Table:
    """Headings and rows out of numbered records. Blank ones are left out. Raises BadTable."""
    headings: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = []
    numbers: list[int] = []
    too_long: list[tuple[int, int]] = []
    for number, record in records:
        cells = record
        while cells and not cells[-1].strip():
            cells = cells[:-1]
        if not cells:
            continue
        if not headings:
            headings = _named(record if any(each.strip() for each in record) else cells)
            continue
        if len(cells) > len(headings):
            too_long.append((number, len(cells)))
            if len(too_long) > 4:
                break
        if len(rows) == MOST_ROWS:
            raise BadTable(f"There are more than {MOST_ROWS:,} rows. Split the file, and start a batch for each part.")
        rows.append((*cells, *[""] * (len(headings) - len(cells))))
        numbers.append(number)
    if too_long:
        told = ", ".join(f"row {number} has {count} cells" for number, count in too_long)
        raise BadTable(f"There are {len(headings)} headings, but {told}. Is a separator missing in the headings, or "
                       "are quotation marks missing around a text?")
    if not headings:
        raise BadTable("There is nothing in it.")
    if not rows:
        raise BadTable("There are headings and no rows below them.")
    count = formulas if formulas is not None else sum(cell.startswith("=") for row in rows for cell in row)
    if count:
        notes.append(FORMULAS.format(count="One cell that begins" if count == 1 else f"{count:,} cells that begin",
                                     are="is a formula" if count == 1 else "are formulas"))
    return Table(headings, tuple(rows), tuple(numbers), tuple(notes))


def _named(cells: list[str]) -> tuple[str, ...]:
    """Headings that can be told apart: none empty, none twice."""
    if len(cells) > MOST_COLUMNS:
        raise BadTable(f"There are {len(cells)} columns; at most {MOST_COLUMNS} can be used.")
    found: list[str] = []
    for place, cell in enumerate(cells, 1):
        name = " ".join(cell.split())[:200] or f"Column {place}"
        count = 2
        while name in found:
            name = f"{name.removesuffix(f' ({count - 1})')} ({count})"
            count += 1
        found.append(name)
    return tuple(found)


def _read_text(content: bytes) -> Table:
    text, encoding = _decoded(content)
    if "\x00" in text:
        raise BadTable(NO_TEXT)
    delimiter = _delimiter(text)
    notes = [f"Read as {encoding} with {DELIMITERS[delimiter]} between the cells."]
    try:
        return table_of(_records(text, delimiter), notes)
    except csv.Error as error:
        raise BadTable(f"The file cannot be read as a table: {error}.") from error


def _records(text: str, delimiter: str) -> Iterable[tuple[int, list[str]]]:
    for number, record in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1):
        if any(len(cell) > LONGEST_CELL for cell in record):
            raise BadTable(f"A cell of row {number} is longer than {LONGEST_CELL:,} characters. Is a quotation mark "
                           "missing?")
        yield number, record


def _decoded(content: bytes) -> tuple[str, str]:
    for mark, codec, name in MARKS:
        if content.startswith(mark):
            try:
                return content.decode(codec), name
            except UnicodeDecodeError as error:
                raise BadTable(f"The file says that it is {name} and is not.") from error
    if b"\x00" in content[:1000]:
        codec = "utf-16-le" if content[1:2] == b"\x00" else "utf-16-be"
        try:
            return content.decode(codec), "UTF-16"
        except UnicodeDecodeError as error:
            raise BadTable(NO_TEXT) from error
    try:
        return content.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252"), "Latin-1 (Windows-1252)"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "Latin-1"


def _delimiter(text: str) -> str:
    """What stands between the cells: whichever cuts the first rows most evenly, and into most cells."""
    head = text[:200_000]
    best, chosen = (0.0, 0), ","
    for each in DELIMITERS:
        try:
            widths = Counter(len(record) for record, _ in zip(csv.reader(io.StringIO(head, newline=""), delimiter=each),
                                                              range(LOOKED_AT), strict=False) if record)
        except csv.Error:
            continue
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        score = (count / max(1, widths.total()), width)
        if width > 1 and score > best:
            best, chosen = score, each
    return chosen


def _is_binary(content: bytes) -> bool:
    """True for bytes that no text holds, but for UTF-16, whose Latin letters have every other byte zero."""
    if content.startswith(tuple(mark for mark, _, _ in MARKS)):
        return False
    head = content[:2000]
    zeros = head[::2].count(0), head[1::2].count(0)
    if sum(zeros) and not (min(zeros) == 0 and max(zeros) > len(head) // 5):
        return True
    return sum(byte < 9 or 13 < byte < 32 for byte in head) > len(head) // 20 and not sum(zeros)
