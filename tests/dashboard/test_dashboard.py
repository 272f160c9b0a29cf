"""The dashboard counts what its reader may see, and nothing else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from skyvern_ui.workflows.library.list_rules import shelf

from ..runs.starting import finished, start
from ..sandbox_server import Sandbox
from ..support.people import Browser, Page
from ..workflows.library.shelf import put


@pytest.fixture(autouse=True)
def with_skyvern(connected: Flask) -> Flask:
    return connected


def figure(page: Page, label: str) -> str:
    tile = next(each for each in page.all(".stat") if each.select_one(".stat__label").get_text(strip=True) == label)
    return str(tile.select_one(".stat__value").get_text(strip=True))


def test_with_private_runs_nobody_counts_what_they_may_not_see(ada: Browser, ben: Browser, cleo: Browser,
                                                               sandbox: Sandbox) -> None:
    bens = [start(ben, "Find the lamp"), start(ben, "Find the lamp [fail]")]
    going = start(ben, "Compare all lamps [slow]")
    for run_id in bens:
        finished(sandbox, run_id)
    assert figure(cleo.get("/dashboard"), "Runs, 24 hours") == "3"
    assert bens[1] in cleo.get("/dashboard").text
    ada.post("/settings/preferences", {"private_runs": "y"})
    page = cleo.get("/dashboard")
    for label in ("Running now", "Runs, 24 hours", "Failed, 24 hours"):
        assert figure(page, label) == "0", label
    for path in ("/dashboard", "/dashboard/running", "/dashboard/failures"):
        text = cleo.get(path).text
        assert not any(run_id in text for run_id in (*bens, going)), path
    own = ben.get("/dashboard")
    assert figure(own, "Runs, 24 hours") == "3" and bens[1] in own.text and going in own.text


def test_own_favourites_stand_ready_to_run_and_without_any_what_was_saved_last(ada: Browser, ben: Browser,
                                                                             sandbox: Sandbox) -> None:
    assert not ada.get("/dashboard").all("#dashboard-workflows")
    wpids = [put(sandbox, f"Order lamp {number}", {"key": "lamp"}) for number in range(6)]
    shown = ada.get("/dashboard")
    assert shown.one("#dashboard-workflows h2").get_text() == "Workflows"
    assert [each["href"] for each in shown.all("#dashboard-workflows .rows__link")] == [
        f"/workflows/{wpid}" for wpid in wpids[:0:-1]]
    ada.post(f"/workflows/{wpids[0]}/favourite", {"on": "1"})
    starred = ada.get("/dashboard")
    assert starred.one("#dashboard-workflows h2").get_text() == "Favourite workflows"
    assert [each["href"] for each in starred.all("#dashboard-workflows a.btn")] == [f"/workflows/{wpids[0]}/run"]
    assert ben.get("/dashboard").one("#dashboard-workflows h2").get_text() == "Workflows", "stars are one's own"


def test_without_the_list_of_workflows_the_rest_stands(ada: Browser, sandbox: Sandbox) -> None:
    put(sandbox, "Order a lamp")
    sandbox.fault("/v1/workflows", "status", status=500)
    page = ada.get("/dashboard")
    assert page.status == 200 and figure(page, "Running now") == "0" and not page.all("#dashboard-workflows")


def test_an_old_favourite_is_not_looked_for_without_end() -> None:
    asked: list[str] = []

    def list_library(query: list[tuple[str, str]]) -> list[Any]:
        asked.append(dict(query)["page"])
        return [SimpleNamespace(wpid=f"wpid_{number}") for number in range(int(dict(query)["page_size"]))]

    skyvern: Any = SimpleNamespace(list_library=list_library)
    rows, are_favourites = shelf(skyvern, {"wpid_of_long_ago"}, 5)
    assert len(rows) == 5 and not are_favourites
    assert asked == ["1", "2", "1"], "two hundred are looked through, then those saved last are shown"
