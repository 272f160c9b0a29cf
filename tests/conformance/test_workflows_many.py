"""Twenty rows of a table become twenty runs of the real Skyvern, each once, and their results stand beside them."""

from __future__ import annotations

import csv
import io
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.conftest import FirstVisit
from tests.conformance.person import Person
from tests.conformance.workflows import DOOR
from tests.real.site import Site

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(480)]
ROWS, AT_ONCE = 20, 4
LAMPS = [f"Lamp {number}" for number in range(1, ROWS + 1)]


@pytest.fixture(scope="module")
def pricing(newcomer: Person, first_visit: FirstVisit) -> str:
    """A workflow that doubles a number, by a branch that refuses to double thirteen."""
    parameters = [{"parameter_type": "workflow", "key": key, "workflow_parameter_type": kind}
                  for key, kind in (("lamp", "string"), ("price", "integer"))]
    double = {"block_type": "code", "label": "double", "parameter_keys": ["lamp", "price"],
              "code": "if price == 13:\n    raise ValueError('no such price')\ntwice = price * 2\nname = lamp"}
    answer = newcomer.visitor().post(f"{DOOR}/v1/workflows", json={"json_definition": {
        "title": "Double a price", "workflow_definition": {"parameters": parameters, "blocks": [double]}}})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["workflow_permanent_id"])


def test_twenty_rows_are_run_once_each_and_joined(ada: Person, pricing: str, site: Site, tmp_path: Path) -> None:
    table = tmp_path / "lamps.csv"
    table.write_text("Name,Price,Shelf\n" + "".join(f"{lamp},{place + 4},S{place}\n"
                                                    for place, lamp in enumerate(LAMPS)))
    ada.open(f"/workflows/{pricing}/batches/new")
    ada.page.set_input_files("#file", table)
    ada.press("main form[action$='/batches'] .btn--primary")
    ada.page.select_option("#c-lamp", label="Name")
    ada.page.select_option("#c-price", label="Price")
    ada.press("main form[action$='/mapping'] .btn--primary")
    assert f"{ROWS} runs" in ada.words
    ada.page.fill("#at_once", str(AT_ONCE))
    ada.press("main form[action$='/start'] .btn--primary")
    counted = f"{ROWS} of {ROWS} over"
    ada.until(lambda: counted in ada.page.inner_text("#batch-count"), 400, "every row to end")  # the page polls
    visitor = ada.visitor()
    rows = {row["Name"]: row for row in csv.DictReader(io.StringIO(
        visitor.get(f"{ada.path}/results.csv").content.decode("utf-8-sig")))}
    assert list(rows) == LAMPS
    real = {run["workflow_run_id"]: run for run in visitor.get(
        f"{DOOR}/v1/workflows/{pricing}/runs?page_size=100").json()}
    assert len(real) == ROWS and {row["run_id"] for row in rows.values()} == set(real)
    for place, lamp in enumerate(LAMPS):
        row, price = rows[lamp], place + 4
        assert row["Shelf"] == f"S{place}" and row["Price"] == str(price)
        assert row["status"] == real[row["run_id"]]["status"] == ("failed" if price == 13 else "completed"), row
        if price != 13:
            assert row["double_output.twice"] == str(price * 2) and row["double_output.name"] == lamp, row
    assert "no such price" in rows[LAMPS[9]]["failure_reason"]
    assert 1 < most_together(list(real.values())) <= AT_ONCE


def most_together(runs: list[Any]) -> int:
    """How many were under way at the same moment, by Skyvern's own clock."""
    moments = sorted([(run["created_at"], 1) for run in runs] + [(run["finished_at"], -1) for run in runs])
    return max(accumulate(step for _, step in moments))
