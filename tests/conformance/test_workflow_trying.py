"""Blocks tried one by one on the real Skyvern: in one browser, watched live, each with what the earlier ones gave."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.conftest import FirstVisit
from tests.conformance.person import Person
from tests.conformance.workflows import DOOR, computing, ended, made, opening
from tests.real.site import Site
from tests.support.server import Visitor, wait_for

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(300)]


class Trier:
    """Ada, trying the blocks of a workflow."""

    def __init__(self, visitor: Visitor, wpid: str) -> None:
        self.visitor, self.here = visitor, f"/workflows/{wpid}/try"

    def page(self) -> str:
        return self.visitor.get(self.here).text

    def post(self, path: str, **sent: str) -> Any:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page())
        assert token
        return self.visitor.post(self.here + path, data={"csrf_token": token[1], **sent}, timeout=90)

    def attempt(self, label: str, how: str = "alone", **inputs: str) -> Any:
        """Tries it; the run once it is over."""
        answer = self.post("", **{how: label, **inputs})
        assert answer.status_code == 303, answer.text[-3000:]
        return ended(self.visitor, self.newest())

    def newest(self) -> str:
        """The run of the try that began last."""
        found = re.search(r'href="/runs/(wr_[^"?]+)"', self.page())
        assert found
        return found[1]


@pytest.fixture
def trier(newcomer: Person, first_visit: FirstVisit, site: Site) -> Iterator[Trier]:
    visitor = newcomer.visitor()
    tell = {**computing("told = compute_output['total'] + int(more)", "tell"),
            "parameter_keys": ["more", "compute_output"]}
    found = Trier(visitor, made(visitor, "Try me", opening(site.moving), computing("total = 6 * 7"), tell, more="1"))
    yield found
    found.post("/browser/closing")


def test_blocks_are_tried_in_one_browser_with_what_earlier_ones_gave(trier: Trier, site: Site) -> None:
    first = trier.attempt("open_page")
    assert first["status"] == "completed", first["failure_reason"]
    session = str(first["browser_session_id"])
    is_now = trier.visitor.get(f"{DOOR}/v1/browser_sessions/{session}").json()["status"]
    assert is_now in ("created", "running"), "it stays open"
    socket = trier.visitor.socket(f"{trier.here}/frames")
    try:
        said = wait_for(lambda: next((text for text in (socket.receive(5),) if site.moving in str(text)), None), 30,
                        "the page that the block has opened")
        assert json.loads(said)["state"] == "live"
    finally:
        socket.free()
    second = trier.attempt("compute")
    assert second["status"] == "completed" and second["output"]["compute_output"]["total"] == 42, second
    third = trier.attempt("tell", **{"p-more": "8"})
    assert third["status"] == "completed" and third["output"]["tell_output"]["told"] == 50, third
    assert third["run_request"]["parameters"] == {"more": "8"} and third["browser_session_id"] == session
    assert "compute_output" in trier.page() and "tell_output" in trier.page()
    listed = [row["run_id"] for row in trier.visitor.get(f"{DOOR}/v1/runs?page_size=100").json()]
    assert not {first["run_id"], second["run_id"], third["run_id"]} & set(listed), "tries stay out of the lists"
    onwards = trier.attempt("compute", "onwards", **{"p-more": "1"})
    assert onwards["status"] == "completed" and "Go on with tell" in trier.page(), onwards
    assert trier.post("/next", after=onwards["run_id"]).status_code == 303
    last = ended(trier.visitor, trier.newest())
    assert last["output"]["tell_output"]["told"] == 43 and last["browser_session_id"] == session, last
    assert trier.post("/browser/extension").status_code == 303 and "Half an hour more" in trier.page()
