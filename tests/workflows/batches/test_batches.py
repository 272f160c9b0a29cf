"""A table becomes runs: file, columns, check, start; what goes wrong on the way; who may."""

from __future__ import annotations

import csv
import io
import json

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog, Claim
from skyvern_ui.models.batch import BatchRow

from ...sandbox_server import Sandbox
from ...support.people import Browser
from .. import orders
from . import tables
from .tables import TABLE, draft, rounds, rows, started, starts, state, states, upload


@pytest.fixture
def wpid(connected: Flask, sandbox: Sandbox) -> str:
    return tables.workflow(sandbox)


def test_from_a_file_to_its_results(connected: Flask, ben: Browser, sandbox: Sandbox, wpid: str) -> None:
    assert "No batches yet" in ben.get(f"/workflows/{wpid}/batches").words
    where = draft(ben, wpid)
    page = ben.get(f"{where}/mapping")
    assert page.one("#c-name option[selected]").get_text() == "name" and "commas" in page.words
    assert "Used by no input: note" in page.words and "One cell that begins with = is a formula" in page.words
    sent = ben.post(f"{where}/mapping", {"c-name": "0", "c-count": "1", "run_metadata": "customer: acme"})
    assert sent.headers["Location"] == f"{where}/preview"
    preview = ben.get(f"{where}/preview")
    assert "3 runs" in preview.words
    assert [cell.get_text() for cell in preview.all(".batch__sent tbody tr")[0].find_all("td")] == ["2", '"Ada"', "1"]
    assert ben.post(f"{where}/start", {"title": "x", "at_once": "11"}).status == 422
    assert ben.post(f"{where}/start", {"title": "Orders", "at_once": "2"}).status == 303
    assert ben.post(f"{where}/start", {"title": "Again", "at_once": "2"}).status == 303, "pressed twice"
    assert not starts(sandbox), "the round starts rows, not the page"
    going: list[int] = []

    def over() -> bool:
        going.append(states(connected, where).count("running"))
        return state(connected, where)[0] == "finished"

    rounds(connected, over)
    assert max(going) == 2, "no more than two at once"
    assert states(connected, where) == ["completed"] * 3
    assert {number: len(ids) for number, ids in starts(sandbox).items()} == {"2": 1, "3": 1, "4": 1}
    page = ben.get(where)
    assert "3 of 3 over" in page.words and page.one("#batch-title").get_text() == "Orders"
    assert not page.all("#batch[data-poll]"), "what is over is not asked about any more"
    run_id = rows(connected, where)[0].run_id
    assert page.one("#row-2 a.link")["href"] == f"/runs/{run_id}"
    asked = sandbox.call("GET", f"/v1/runs/{run_id}").json()["run_request"]
    assert asked["parameters"] == {"name": "Ada", "count": 1} and asked["run_metadata"]["customer"] == "acme"
    with connected.app_context():
        assert db.session.get(Claim, run_id).actor_id == "user-ben"  # type: ignore[union-attr]
        audit = db.session.scalars(select(AuditLog).where(AuditLog.action == "run.create")).all()
        assert [row.outcome for row in audit] == ["done"] * 3 and audit[0].ip_address == "127.0.0.1"
    listed = ben.get(f"/workflows/{wpid}/batches")
    assert "Orders" in listed.words and listed.one("progress")["value"] == "3"


def test_results_joined_back_to_the_rows(connected: Flask, ben: Browser, sandbox: Sandbox, wpid: str) -> None:
    where = started(ben, wpid, TABLE + "[fail],4,@x\n", at_once=4)
    rounds(connected, lambda: state(connected, where)[0] == "finished")
    answer = ben.client.get(f"{where}/results.csv")
    read = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert read[0][:8] == ["name", "count", "note", "row", "status", "run_id", "run_url", "failure_reason"]
    assert read[0][-1] == "output_json" and len(read) == 5 and read[1][2] == "'=x" and read[4][2] == "'@x"
    found = rows(connected, where)
    assert read[1][3:6] == ["2", "completed", found[0].run_id]
    assert read[1][6] == f"http://localhost/runs/{found[0].run_id}"
    assert json.loads(read[1][-1]) == found[0].output and len(read[0]) > 9
    assert read[4][4] == "failed" and read[4][7]
    told = json.loads(ben.client.get(f"{where}/results.json").get_data(as_text=True))
    assert told["batch"]["title"] == "Orders"
    assert told["rows"][0]["cells"] == {"name": "Ada", "count": "1", "note": "=x"}
    assert told["rows"][0]["inputs"] == {"name": "Ada", "count": 1} and told["rows"][0]["output"] == found[0].output
    assert ben.get(f"{where}/results.xml").status == 404


def test_rows_that_do_not_fit(connected: Flask, ben: Browser, sandbox: Sandbox, wpid: str) -> None:
    where = draft(ben, wpid, "name,count\nAda,many\n\nBen,2\n")
    page = ben.post(f"{where}/mapping", {"c-name": "0", "c-count": "1", "totp_identifier": "kept@example.com"})
    assert page.status == 422 and "1 of 2 rows does not fit" in page.words
    assert [cell.get_text() for cell in page.all(".batch__wrong td")][:3] == ["2", "count", "many"]
    assert page.one("#totp_identifier")["value"] == "kept@example.com"
    assert ben.get(f"{where}/preview").headers["Location"] == f"{where}/mapping"
    page = ben.post(f"{where}/mapping", {"c-name": "0", "p-count": ""})
    assert page.status == 422 and "needs this" in page.one("#p-count-error").get_text()
    sent = ben.post(f"{where}/mapping", {"c-name": "0", "c-count": "1", "leave_out": "1"})
    assert sent.status == 303 and "1 row that does not fit is left out" in ben.get(f"{where}/preview").words
    ben.post(f"{where}/start", {"title": "", "at_once": "1"})
    rounds(connected, lambda: state(connected, where)[0] == "finished")
    assert states(connected, where) == ["skipped", "completed"] and list(starts(sandbox)) == ["4"]
    assert "1 of 1 over" in ben.get(where).words and ben.get(f"{where}?state=skipped").one("tbody tr")["id"] == "row-2"
    assert ben.post(f"{where}/mapping", {"c-name": "0"}).status == 409, "started, so not changed any more"


def test_a_draft_is_discarded(connected: Flask, ben: Browser, cleo: Browser, wpid: str) -> None:
    where = draft(ben, wpid)
    assert ben.get(f"{where}/mapping").one("button[formaction$='/removal']")
    assert cleo.post(f"{where}/removal").status == 404
    assert ben.post(f"{where}/removal").headers["Location"] == f"/workflows/{wpid}/batches"
    assert ben.get(f"{where}/mapping").status == 404 and not rows(connected, where)


def test_what_skyvern_says_of_its_model_is_said_plainly(connected: Flask, ben: Browser, wpid: str) -> None:
    where = started(ben, wpid, "name,count\nAda,1\n")
    said = "litellm.AuthenticationError: OpenAIException - Incorrect API key provided: sk-abcdefgh"
    with connected.app_context():
        db.session.query(BatchRow).update({BatchRow.state: "failed", BatchRow.problem: said})
        db.session.commit()
        db.session.remove()
    assert "sk-abcdefgh" not in ben.get(where).text and ben.get(where).one(".batch__why").get_text()
    assert "sk-abcdefgh" not in ben.client.get(f"{where}/results.csv").get_data(as_text=True)


def test_one_value_for_all_rows(connected: Flask, ben: Browser, sandbox: Sandbox, wpid: str) -> None:
    where = started(ben, wpid, "who\nAda\n", **{"c-count": "", "p-count": "7"})
    rounds(connected, lambda: state(connected, where)[0] == "finished")
    assert rows(connected, where)[0].inputs == {"name": "Ada", "count": 7}


def test_files_that_are_no_tables(ben: Browser, wpid: str) -> None:
    for content, words in (("", "empty"), (b"%PDF-1", "neither"), ("a,b\n1,2,3\n", "row 2 has 3 cells")):
        page = upload(ben, wpid, content)
        assert page.status == 422 and words in page.one("#file-error").get_text()
    assert "Choose a file" in ben.post(f"/workflows/{wpid}/batches").one("#file-error").get_text()


def test_skyvern_refuses_a_row(connected: Flask, ben: Browser, sandbox: Sandbox, wpid: str) -> None:
    where = started(ben, wpid, at_once=1)
    orders.save_again(sandbox, wpid, [*tables.PARAMETERS, {
        "parameter_type": "workflow", "key": "new", "workflow_parameter_type": "integer"}])
    rounds(connected, lambda: state(connected, where)[0] == "finished")
    assert states(connected, where) == ["refused"] * 3 and "Missing value for parameter new" in ben.get(where).words
    assert not starts(sandbox)
    orders.save_again(sandbox, wpid, tables.PARAMETERS)
    assert "3 rows once more" in ben.get(ben.post(f"{where}/retries").headers["Location"]).words
    rounds(connected, lambda: state(connected, where)[0] == "finished")
    assert states(connected, where) == ["completed"] * 3


def test_a_failed_row_once_more_keeps_its_run(connected: Flask, ben: Browser, sandbox: Sandbox, wpid: str) -> None:
    where = started(ben, wpid, "name,count\n[fail],1\nBen,2\n")
    rounds(connected, lambda: state(connected, where)[0] == "finished")
    first = rows(connected, where)[0].run_id
    assert states(connected, where) == ["failed", "completed"] and first
    assert ben.post(f"{where}/retries", {"row": "3"}).status == 303 and states(connected, where)[1] == "completed"
    ben.post(f"{where}/retries", {"row": "2"})
    rounds(connected, lambda: state(connected, where)[0] == "finished")
    row = rows(connected, where)[0]
    assert row.earlier == [first] and row.attempt == 2 and row.run_id not in (None, first)
    assert ben.get(where).one("#row-2 .table__sub a")["href"] == f"/runs/{first}"
    assert len(ben.get(f"/runs/{row.run_id}").all(".lineage__link")) == 2, "the runs know each other"


def test_pausing_and_canceling(connected: Flask, ben: Browser, sandbox: Sandbox, wpid: str) -> None:
    where = started(ben, wpid, "name,count\n[slow],1\n[slow],2\n[slow],3\n")
    rounds(connected, lambda: states(connected, where).count("running") == 2)
    assert ben.post(f"{where}/removal").status == 303 and state(connected, where)[0] == "running", "still under way"
    ben.post(f"{where}/pause")
    rounds(connected, lambda: True)
    assert state(connected, where)[0] == "paused" and states(connected, where).count("running") == 2
    ben.post(f"{where}/pause/ending")
    assert state(connected, where)[0] == "running"
    page = ben.get(ben.post(f"{where}/cancellation", {"runs": "1"}).headers["Location"])
    assert "2 under way canceled" in page.words
    rounds(connected, lambda: state(connected, where)[0] == "canceled")
    assert states(connected, where) == ["canceled"] * 3 and len(starts(sandbox)) == 2
    again = ben.get(ben.post(f"{where}/pause").headers["Location"])
    assert "Somebody was quicker: this batch is canceled" in again.words
    assert ben.post(f"{where}/removal").headers["Location"] == f"/workflows/{wpid}/batches"
    assert ben.get(where).status == 404


def test_whose_batches_are(connected: Flask, ada: Browser, ben: Browser, cleo: Browser, nobody: Browser,
                           wpid: str) -> None:
    where = draft(ben, wpid)
    for stranger in (ada, cleo):
        assert stranger.get(f"{where}/mapping").status == 404 and stranger.post(f"{where}/start").status == 404
    assert "/login" in nobody.get(where).headers["Location"]
    assert cleo.get(where.replace(wpid, "wpid_other")).status == 404
    ben.post(f"{where}/mapping", {"c-name": "0", "c-count": "1"})
    ben.post(f"{where}/start", {"title": "Orders", "at_once": "1"})
    page = cleo.get(where)
    assert page.status == 200 and not page.all("form[action$='/pause']"), "seen by all, changed by its owner"
    assert cleo.post(f"{where}/pause").status == 403 and ada.post(f"{where}/pause").status == 303
    ada.post("/settings/preferences", {"private_runs": "y"})
    assert cleo.get(where).status == 404 and ada.get(where).status == 200
    assert where not in cleo.get(f"/workflows/{wpid}/batches").text


def test_a_poll_on_which_nothing_happened_costs_nothing(connected: Flask, ben: Browser, wpid: str) -> None:
    where = started(ben, wpid)
    first = ben.client.get(f"{where}/progress")
    again = ben.client.get(f"{where}/progress", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    ben.post(f"{where}/pause")
    assert ben.client.get(f"{where}/progress", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
