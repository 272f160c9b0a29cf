"""Tables that are made to hurt: nothing grows, nothing stalls, and what is kept can be kept."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest
from flask import Flask

from skyvern_ui.workflows.batches.table import BadTable, read_table

from ..sandbox_server import Sandbox
from ..support.people import Browser, Page
from . import orders
from .batches.tables import draft, workflow
from .batches.test_tables import MAIN, spreadsheet

CELL = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>x</t></is></c></row>'


def refused(content: bytes) -> str:
    with pytest.raises(BadTable) as said:
        read_table("orders.xlsx", content)
    return str(said.value)


@pytest.mark.parametrize("numbers", [(1, 2, 2), (1, 3, 2), (1, 99_999_999_999), (1, -5), (1, 2 ** 31)])
def test_rows_of_a_sheet_are_numbered_as_sheets_are(numbers: tuple[int, ...]) -> None:
    """Each number is the key of a row in the database: none twice, none that does not fit."""
    assert "cannot be read" in refused(spreadsheet("".join(CELL.format(each) for each in numbers)))


@pytest.mark.parametrize("before", [" " * 5000, f"<!--{'x' * 5000}-->", "<!-- <a -->" * 600, "<?p <a ?>" * 600])
def test_a_document_type_is_found_wherever_it_hides(before: str) -> None:
    entities = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    sheet = (f'{before}{entities}<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t>'
             "</is></c></row></sheetData></worksheet>")
    begun = time.process_time()
    assert "cannot be read" in refused(spreadsheet(more={"xl/worksheets/sheet1.xml": sheet}))
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml",
                                  "xl/worksheets/sheet1.xml"])
@pytest.mark.parametrize("element", ["<a/>", "<row/>"])
def test_elements_without_number(part: str, element: str) -> None:
    begun = time.process_time()
    told = refused(spreadsheet(more={part: f'<sheetData xmlns="{MAIN}">{element * 1_500_000}</sheetData>'}))
    assert told and time.process_time() - begun < 5


@pytest.mark.parametrize("content", [b"name\nA\x00B", b"name,count\n" + b"A,1\n" * 600 + b"B\x00C,2\n",
                                     "name\nA\x00B\n".encode("utf-16"), b"\x00a\x00", b"\xff\xfea"])
def test_signs_that_no_text_has(content: bytes) -> None:
    assert len(refused(content)) > 20


def test_a_name_of_a_file_is_shown_and_kept_whatever_it_is(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    wpid = workflow(sandbox)
    body = (b'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n' + ben.token().encode() + b"\r\n"
            b"--b\r\nContent-Disposition: form-data; name=\"file\"; "
            b"filename*=UTF-8''a%00-%20b%22%3Cb%3E.csv\r\n\r\n"
            b"name,count\nAda,1\n\r\n--b--\r\n")
    page = Page(ben.client.post(f"/workflows/{wpid}/batches", data=body, content_type="multipart/form-data; boundary=b",
                                headers={"Origin": "http://localhost"}))
    assert page.status == 303, page.words
    page = ben.get(str(page.headers["Location"]))
    assert 'a- b"<b>' in page.words and 'b"<b>' not in page.text


@pytest.mark.parametrize("value", ['{"a": "\\u0000"}', '{"a": "\\ud800"}', '{"a": 1e999}', "[" * 900 + "]" * 900])
def test_json_that_nobody_can_keep(connected: Flask, ben: Browser, sandbox: Sandbox, value: str) -> None:
    """As an input of a run, and in a column of a table."""
    wpid = orders.workflow(sandbox, [{"parameter_type": "workflow", "key": "name", "workflow_parameter_type": "json"}])
    page = ben.post(f"/workflows/{wpid}/run", {"p-name": value})
    assert page.status == 422 and "valid JSON" in page.words
    assert sandbox.requests("/v1/run/workflows") == []
    table = io.StringIO()
    table.write('name\n"' + value.replace('"', '""') + '"\n')
    page = ben.post(f"{draft(ben, wpid, table.getvalue())}/mapping", {"c-name": "0"})
    assert page.status == 422 and "valid JSON" in page.words


@pytest.mark.parametrize("sent", [{"row": "9" * 5000}, {"row": "99999999999999999999"}, {"row": ["1", "-1", "x"]}])
def test_numbers_of_rows_that_there_cannot_be(connected: Flask, ben: Browser, sandbox: Sandbox, sent: dict[str, Any]
                                              ) -> None:
    where = draft(ben, workflow(sandbox))
    assert ben.post(f"{where}/mapping", {"c-name": "0", "c-count": "1"}).status == 303
    assert ben.post(f"{where}/start", {"title": "A\x00", "at_once": "0009" + "9" * 5000}).status == 422
    assert ben.post(f"{where}/start", {"title": "A\x00", "at_once": "2"}).status == 303
    assert ben.post(f"{where}/retries", sent).status == 303
    assert ben.post(f"{where}/rows/{10 ** 20}/answer", {"started": "skip"}).status in (303, 404)
