"""Starting a workflow in a browser: a form that loses nothing, code to copy, a table from file to results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workflows import orders
from tests.workflows.batches import tables

from .house import House
from .window import Window

LOOKS = pytest.mark.parametrize("size", ["desk", "phone"])


@LOOKS
def test_the_form_keeps_everything_and_starts(house: House, window: Callable[..., Window], tmp_path: Path, size: str
                                              ) -> None:
    wpid, opened = orders.order(house.sandbox), window(size=size)
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.7 simulated")
    page = opened.open(f"/workflows/{wpid}/run")
    opened.check()
    page.fill("#p-name", "Ada\nExample")
    page.fill("#p-count", "many")
    page.check("#p-really-1")
    page.set_input_files("#file-papers", tmp_path / "paper.pdf")
    page.locator("#options summary").nth(3).click()
    page.fill("#run_metadata", "customer: acme")
    opened.expected = {422}
    opened.press("#launch-form .card__foot .btn--primary")
    opened.check()
    assert "Not started yet" in page.locator(":focus").inner_text(), "what is wrong is heard first"
    assert page.input_value("#p-name") == "Ada\nExample" and page.is_checked("#p-really-1")
    assert "paper.pdf is uploaded" in opened.words and page.is_visible("#run_metadata")
    page.locator(".notice--bad a").click()
    page.fill("#p-count", "3")
    opened.press("#launch-form .card__foot .btn--primary")
    assert opened.path.startswith("/runs/wr_")
    told = house.sandbox.call("GET", f"/v1{opened.path}").json()["run_request"]
    assert told["parameters"]["count"] == 3 and "file_" in told["parameters"]["papers"]
    assert told["parameters"]["name"].split() == ["Ada", "Example"] and told["run_metadata"] == {"customer": "acme"}


def test_going_back_and_starting_again_is_another_run(house: House, window: Callable[..., Window]) -> None:
    wpid, opened = orders.workflow(house.sandbox, []), window()
    page = opened.open(f"/workflows/{wpid}/run")
    keys = [page.input_value("#launch-form [name=press]")]
    opened.press("#launch-form .card__foot .btn--primary")
    first, opened.leaving = opened.path, True
    page.go_back()
    opened.leaving = False
    keys.append(page.input_value("#launch-form [name=press]"))
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")  # from the browser's memory
    keys.append(page.input_value("#launch-form [name=press]"))
    assert len(set(keys)) == 3 and all(len(key) == 32 for key in keys)
    opened.press("#launch-form .card__foot .btn--primary")
    assert opened.path.startswith("/runs/wr_") and opened.path != first and "sent twice" not in opened.words


def test_copying_what_is_filled_in(house: House, window: Callable[..., Window]) -> None:
    wpid, opened = orders.order(house.sandbox), window()
    page = opened.open(f"/workflows/{wpid}/run")
    page.fill("#p-name", "It's me")
    page.get_by_role("button", name="Copy as…").press("Enter")
    dialog = page.get_by_role("dialog", name="Start it from a program")
    dialog.wait_for()
    opened.check()
    assert "It'\"'\"'s me" in dialog.locator("#snippet-curl").inner_text() and "left out" in dialog.inner_text()
    dialog.get_by_text("TypeScript").click()
    assert dialog.locator("#snippet-typescript").is_visible() and not dialog.locator("#snippet-curl").is_visible()
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Copy as…", "where it was left"
    assert page.input_value("#p-name") == "It's me"


@LOOKS
def test_a_table_from_file_to_results(house: House, window: Callable[..., Window], tmp_path: Path, size: str) -> None:
    wpid, opened = tables.workflow(house.sandbox), window(size=size)
    (tmp_path / "orders.csv").write_text("Name;How many;Note\nAda;1;=x\nBen;many;\nCleo;3;c\n", "utf-8")
    page = opened.open(f"/workflows/{wpid}/batches")
    opened.press(page.get_by_role("link", name="Start the first one"))
    opened.check()
    page.set_input_files("#file", tmp_path / "orders.csv")
    opened.press(page.get_by_role("button", name="Read the file"))
    assert page.locator("#c-name option:checked").inner_text() == "Name"
    assert page.locator("#p-count").is_visible(), "no column is called like it"
    page.select_option("#c-count", label="How many")
    assert not page.locator("#p-count").is_visible(), "the column gives the value"
    opened.expected = {422}
    opened.press(page.get_by_role("button", name="Check every row"))
    opened.check()
    assert "1 of 3 rows does not fit" in page.locator(":focus").inner_text()
    page.check("#leave_out")
    opened.press(page.get_by_role("button", name="Check every row"))
    opened.check()
    page.fill("#at_once", "3")
    opened.press(page.get_by_role("button", name="Start 2 runs"))
    if size == "phone":
        opened.check()
        return
    page.locator("#batch .card__head .pill", has_text="finished").wait_for(timeout=40_000)
    opened.check()
    assert "2 of 2 over" in opened.words and page.locator("#batch tbody .pill", has_text="completed").count() == 2
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    text = Path(download.value.path()).read_text("utf-8-sig")
    assert text.startswith("Name,How many,Note,row,status") and "Ada,1,'=x,2,completed,wr_" in text
    opened.press(page.locator("#batch tbody a.link").first)
    assert opened.path.startswith("/runs/wr_")
