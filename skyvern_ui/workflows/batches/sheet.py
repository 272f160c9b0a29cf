"""The first sheet of a spreadsheet (.xlsx, ECMA-376), read for its texts only.

Nothing is unpacked before it is known how large it becomes, and nothing is read beyond what was announced. Formulas are
not computed and their last results are not used: they stay the text that they are.
"""

from __future__ import annotations

import codecs
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import IO, Any
from xml.etree import ElementTree

from .table import LONGEST_CELL, MOST_COLUMNS, BadTable, Table, table_of

MOST_PARTS, MOST_UNPACKED, MOST_SHARED = 2000, 64 * 1024 * 1024, 500_000
MOST_SMALL, LAST_ROW = 4 * 1024 * 1024, 1_048_576  # bytes of a part that is read whole; the last row a sheet can have
MOST_ELEMENTS, MOST_BLANK = 100_000, 100_000  # that are held at once; rows, with or without anything in them
BROKEN = "The spreadsheet cannot be read. Open it, save it as .xlsx or as CSV, and choose it again."
BOMB = "Unpacked, the spreadsheet is larger than 64 MB. Save the sheet as CSV, and choose that."
NOT_XLSX = "This is a ZIP file, but not a spreadsheet that can be read. Save it as .xlsx or as CSV."
REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
DATES = frozenset((*range(14, 23), *range(45, 48)))
CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
Element = ElementTree.Element


def read_sheet(content: bytes) -> Table:
    """The table of the first sheet. Raises BadTable."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            _check(parts)
            return _read(parts)
    except (zipfile.BadZipFile, zlib.error, ElementTree.ParseError, LookupError, ValueError, NotImplementedError,
            RuntimeError, EOFError, OverflowError) as error:
        if isinstance(error, BadTable):
            raise
        raise BadTable(BROKEN) from error


def _check(parts: zipfile.ZipFile) -> None:
    listed = parts.infolist()
    if "xl/workbook.xml" not in parts.namelist():
        raise BadTable(NOT_XLSX)
    if len(listed) > MOST_PARTS or sum(each.file_size for each in listed) > MOST_UNPACKED:
        raise BadTable(BOMB)


def _read(parts: zipfile.ZipFile) -> Table:
    book = _whole(parts, "xl/workbook.xml")
    sheets = [each for each in book.iter() if _plain(each) == "sheet"]
    if not sheets:
        raise BadTable("There is no sheet in it.")
    from_1904 = any(_plain(each) == "workbookPr" and each.get("date1904") in ("1", "true") for each in book.iter())
    links = {each.get("Id"): str(each.get("Target")) for each in _whole(parts, "xl/_rels/workbook.xml.rels")}
    target = links[str(sheets[0].get(REL))]
    path = target.lstrip("/") if target.startswith("/") else "xl/" + target
    notes = [f"The sheet “{str(sheets[0].get('name'))[:60]}” was read."]
    if len(sheets) > 1:
        notes[0] += f" The file holds {len(sheets) - 1} more, which {'are' if len(sheets) > 2 else 'is'} left out."
    reader = _Cells(_shared(parts), _date_styles(parts), from_1904)
    with _opened(parts, path) as sheet:
        records = list(reader.records(sheet))
    return table_of(records, notes, reader.formulas)


class _Cells:
    """Cells as texts."""

    def __init__(self, shared: list[str], dates: set[int], from_1904: bool) -> None:
        self._shared, self._dates, self.formulas = shared, dates, 0
        self._first_day = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30)

    def records(self, sheet: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
        number = count = held = 0
        for _, element in ElementTree.iterparse(sheet, ("end",)):
            held += 1
            if held > MOST_ELEMENTS or count > MOST_BLANK:
                raise BadTable(BOMB)
            if _plain(element) != "row":
                continue
            said, before, held = element.get("r"), number, 0
            number, count = int(said) if said else number + 1, count + 1
            if not before < number <= LAST_ROW:
                raise BadTable(BROKEN)
            if cells := self._row(element):
                yield number, cells
            element.clear()

    def _row(self, row: Element) -> list[str]:
        cells: list[str] = []
        for cell in row:
            found = CELL.fullmatch(str(cell.get("r") or ""))
            place = _column(found[1]) if found else len(cells)
            text = self._text(cell)
            if not text:
                continue
            if place >= MOST_COLUMNS:
                raise BadTable(f"There are more than {MOST_COLUMNS} columns, which is the most that can be used.")
            if len(text) > LONGEST_CELL:
                raise BadTable(f"The cell {cell.get('r')} is longer than {LONGEST_CELL:,} characters.")
            cells += [""] * (place + 1 - len(cells))
            cells[place] = text
        return cells

    def _text(self, cell: Element) -> str:
        kind, held = cell.get("t", "n"), {_plain(each): each for each in cell}
        if "f" in held:
            self.formulas += 1
            return "=" + (held["f"].text or "").strip()
        if kind == "inlineStr":
            return _runs(held["is"]) if "is" in held else ""
        value = (held["v"].text or "") if "v" in held else ""
        if kind == "s" and value:
            return self._shared[int(value)]
        if kind == "b":
            return "true" if value == "1" else "false"
        if kind == "n" and value and int(cell.get("s") or 0) in self._dates:
            return self._moment(value)
        return _number(value) if kind == "n" else value

    def _moment(self, value: str) -> str:
        days = float(value)
        moment = self._first_day + timedelta(seconds=round(days * 86_400))
        if days < 1:
            return moment.strftime("%H:%M:%S")
        return moment.strftime("%Y-%m-%d" if moment.time() == datetime.min.time() else "%Y-%m-%dT%H:%M:%S")


def _number(value: str) -> str:
    """A number as people write it: spreadsheets keep 3 as 3, but 0.1 + 0.2 and 1E+15 in their own way."""
    try:
        number = float(value)
    except ValueError:
        return value
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else f"{number:.15g}"


def _shared(parts: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in parts.namelist():
        return []
    found: list[str] = []
    with _opened(parts, "xl/sharedStrings.xml") as source:
        held = 0
        for _, element in ElementTree.iterparse(source, ("end",)):
            held += 1
            if _plain(element) == "si":
                found.append(_runs(element))
                element.clear()
                held = 0
            if len(found) > MOST_SHARED or held > MOST_ELEMENTS:
                raise BadTable(BOMB)
    return found


def _runs(element: Element) -> str:
    """The text of a cell, whatever its letters look like; not how it is pronounced (`rPh`)."""
    told = []
    for each in element:
        if _plain(each) == "t":
            told.append(each.text or "")
        elif _plain(each) == "r":
            told += [inner.text or "" for inner in each if _plain(inner) == "t"]
    return "".join(told)


def _date_styles(parts: zipfile.ZipFile) -> set[int]:
    """Which cell styles show a number as a date or a time."""
    if "xl/styles.xml" not in parts.namelist():
        return set()
    styles = _whole(parts, "xl/styles.xml")
    custom = {int(each.get("numFmtId") or 0) for each in styles.iter()
              if _plain(each) == "numFmt" and _is_date(str(each.get("formatCode") or ""))}
    cells: list[Any] = next((list(each) for each in styles.iter() if _plain(each) == "cellXfs"), [])
    return {place for place, each in enumerate(cells) if int(each.get("numFmtId") or 0) in DATES | custom}


def _is_date(code: str) -> bool:
    if re.search(r"\[(?:h+|m+|s+)\]", code, re.I):
        return False  # how long something takes
    plain = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", code).lower()
    return bool(re.search(r"[ymdhs]", plain)) and "general" not in plain


def _whole(parts: zipfile.ZipFile, path: str) -> Element:
    if parts.getinfo(path).file_size > MOST_SMALL:
        raise BadTable(BOMB)
    with _opened(parts, path) as source:
        return ElementTree.parse(source).getroot()


def _opened(parts: zipfile.ZipFile, path: str) -> IO[bytes]:
    """A part for reading. None of a spreadsheet has a document type, and one that has may be made to grow."""
    with parts.open(path) as source:
        if not _begins_with_an_element(source.read(4096).replace(b"\x00", b"")):
            raise BadTable(BROKEN)
    return parts.open(path)


def _begins_with_an_element(head: bytes) -> bool:
    """Whether the first thing that is neither blank, comment nor instruction is an element, and not a document type
    that hides behind them."""
    rest = head.removeprefix(codecs.BOM_UTF8).removeprefix(codecs.BOM_UTF16_LE).removeprefix(codecs.BOM_UTF16_BE)
    while (rest := rest.lstrip()).startswith((b"<?", b"<!--")):
        _, ended, rest = rest.partition(b"?>" if rest.startswith(b"<?") else b"-->")
        if not ended:
            return False
    return rest[:1] == b"<" and (rest[1:2].isalpha() or rest[1:2] == b"_")


def _plain(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
