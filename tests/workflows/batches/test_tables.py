"""Tables out of files: what separates the cells, how letters are written, what a spreadsheet holds, what is refused."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from skyvern_ui.workflows.batches.mapping_rules import Assignment, guess, read_rows, unused
from skyvern_ui.workflows.batches.results import flattened
from skyvern_ui.workflows.batches.table import BadTable, Table, read_table
from skyvern_ui.workflows.launch.inputs import Input

TEXT = "name,count\nÄda,3\n\"Ben, B.\",\"4\"\n"


def read(content: bytes | str, name: str = "table.csv") -> Table:
    return read_table(name, content.encode() if isinstance(content, str) else content)


@pytest.mark.parametrize(("codec", "said"), [
    ("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("utf-16-be", "UTF-16"),
    ("cp1252", "Latin-1"), ("latin-1", "Latin-1")])
def test_letters_are_read_as_they_were_written(codec: str, said: str) -> None:
    table = read(TEXT.encode(codec))
    assert table.headings == ("name", "count") and table.rows == (("Äda", "3"), ("Ben, B.", "4"))
    assert table.numbers == (2, 3) and said in table.notes[0]


@pytest.mark.parametrize(("separator", "word"), [(",", "commas"), (";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_what_stands_between_the_cells_is_found(separator: str, word: str) -> None:
    other = "," if separator != "," else ";"
    lines = [["name", "price"], [f"a{other}b", f"1{other}5"], ["c\nd", f"2{other}5"]]
    text = "\r\n".join(separator.join(f'"{cell}"' if "\n" in cell else cell for cell in line) for line in lines)
    table = read(text)
    assert table.rows == ((f"a{other}b", f"1{other}5"), ("c\nd", f"2{other}5")) and word in table.notes[0]


def test_one_column_blank_lines_short_rows_and_headings() -> None:
    assert read("name\nAda\nBen").rows == (("Ada",), ("Ben",))
    table = read("name,,name,\n\nAda\n,,x,\n  ,,,\n")
    assert table.headings == ("name", "Column 2", "name (2)", "Column 4")
    assert table.rows == (("Ada", "", "", ""), ("", "", "x", "")) and table.numbers == (3, 4)


@pytest.mark.parametrize(("content", "words"), [
    ("", "empty"), ("name,count\n", "no rows"), ("\n \n", "empty"), ("a,b\n1,2,3\n", "row 2 has 3 cells"),
    (b"\xd0\xcf\x11\xe0" + b"x" * 99, "older kind"), (b"%PDF-1.7", "neither"), (b"\x89PNG\r\n\x1a\n", "neither"),
    (bytes(range(256)) * 9, "neither"), ("a\n" + "1\n" * 5001, "more than 5,000 rows"), (b"PK\x03\x04broken", "cannot"),
    (",".join(map(str, range(201))) + "\n1\n", "at most 200"), ("a\n\"" + "x" * 140_000, "cannot be read|longer"),
    (b"x" * (5 * 1024 * 1024 + 1), "5 MB"), (b"\xff\xfea", "UTF-16")])
def test_what_is_no_table_is_said_in_a_sentence(content: bytes | str, words: str) -> None:
    with pytest.raises(BadTable, match=words):
        read(content)


def test_formulas_stay_the_text_that_they_are() -> None:
    table = read("name\n=1+1\n\"=HYPERLINK(\"\"http://x\"\")\"\n-5\n")
    assert table.rows == (("=1+1",), ('=HYPERLINK("http://x")',), ("-5",))
    assert "2 cells that begin with = are formulas" in table.notes[1]


# Spreadsheets

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRINGS = ("<si><t>name</t></si><si><r><t>Ä</t></r><r><t>da</t></r><rPh><t>no</t></rPh></si><si><t>count</t></si>"
           "<si><t>day</t></si>")
ROWS = ('<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>2</v></c><c r="D1" t="s"><v>3</v></c></row>'
        '<row r="3"><c r="A3" t="s"><v>1</v></c><c r="B3"><v>3</v></c><c r="D3" s="1"><v>45292</v></c></row>'
        '<row r="4"><c r="A4" t="inlineStr"><is><t>Ben</t></is></c><c r="B4"><f>SUM(B1:B3)</f><v>7</v></c>'
        '<c r="C4" t="b"><v>1</v></c><c r="D4" s="2"><v>45292.5</v></c></row>'
        '<row r="5"><c r="A5" t="e"><v>#N/A</v></c><c r="B5"><v>0.30000000000000004</v></c></row>'
        '<row r="900"><c r="A900"/></row>')
STYLES = ('<numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd hh:mm"/></numFmts>'
          '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs>')


def spreadsheet(rows: str = ROWS, more: dict[str, Any] | None = None) -> bytes:
    out = io.BytesIO()
    parts = {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/'
                           'relationships"><sheets><sheet name="Orders" r:id="rId1"/><sheet name="B" r:id="rId2"/>'
                           "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="x"><Relationship Id="rId1" '
                                      'Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{STRINGS}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{STYLES}</styleSheet>', **(more or {})}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in parts.items():
            made.writestr(name, text)
    return out.getvalue()


def test_the_first_sheet_of_a_spreadsheet() -> None:
    table = read(spreadsheet(), "orders.xlsx")
    assert table.headings == ("name", "count", "Column 3", "day") and table.numbers == (3, 4, 5)
    assert table.rows == (("Äda", "3", "", "2024-01-01"), ("Ben", "=SUM(B1:B3)", "true", "2024-01-01T12:00:00"),
                          ("#N/A", "0.3", "", ""))
    assert "“Orders”" in table.notes[0] and "1 more" in table.notes[0] and "One cell" in table.notes[1]


def test_a_spreadsheet_that_would_grow_is_refused_before_it_does() -> None:
    with pytest.raises(BadTable, match="larger than 64 MB"):
        read(spreadsheet(more={"xl/media/big.bin": b"\0" * (65 * 1024 * 1024)}))
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet>&b;</worksheet>'
    with pytest.raises(BadTable, match="cannot be read"):
        read(spreadsheet(more={"xl/worksheets/sheet1.xml": bomb}))
    with pytest.raises(BadTable, match="cannot be read"):
        read(spreadsheet('<row r="1"><c r="A1" t="s"><v>99</v></c></row>'))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("content.xml", "x")
    with pytest.raises(BadTable, match="ZIP"):
        read(out.getvalue())
    lying = bytearray(spreadsheet())
    place = lying.rindex(b"PK\x01\x02")
    lying[place + 24:place + 28] = (1).to_bytes(4, "little")  # says that a part is one byte long
    with pytest.raises(BadTable):
        read(bytes(lying))


# Columns and inputs

INPUTS = (Input("shop_name", "string", "", None), Input("count", "integer", "", None), Input("mail", "string", "", "x"))


def test_columns_are_guessed_by_name() -> None:
    assert guess(INPUTS, ["Count", "Shop Name", "other"]) == {"shop_name": 1, "count": 0}
    assert guess(INPUTS, ["shopname", "counts", "count"]) == {"shop_name": 0, "count": 2}
    assert guess(INPUTS, ["shop_nam"]) == {"shop_name": 0} and guess(INPUTS, ["price"]) == {}


def test_every_row_is_read_and_the_first_wrong_cells_are_named() -> None:
    chosen = Assignment({"shop_name": 0, "count": 1}, {"mail": "a@example.com"})
    rows = [(2, ["A", "1"]), (3, ["B", "many"]), (4, ["", "2"]), (5, ["C", ""])]
    reading = read_rows(INPUTS, chosen, ["Shop", "Count", "Rest"], rows)
    assert reading.inputs[0] == {"shop_name": "A", "count": 1, "mail": "a@example.com"}
    assert reading.inputs[1] is None and reading.inputs[2] == {"shop_name": "", "count": 2, "mail": "a@example.com"}
    assert reading.wrong_rows == 2 and [(cell.number, cell.column, cell.text) for cell in reading.wrong] == [
        (3, "Count", "many"), (5, "Count", "")]
    assert unused(["Shop", "Count", "Rest"], chosen) == ["Rest"]
    assert set(read_rows(INPUTS, Assignment({}, {}), ["a"], rows).constants) == {"count"}


def test_outputs_become_columns() -> None:
    assert flattened({"a": {"b": 1, "c": [2]}, "d": "x", "e": {}}) == {"a.b": 1, "a.c": [2], "d": "x", "e": {}}
    assert flattened(None) == {} and flattened("text") == {"output": "text"}
