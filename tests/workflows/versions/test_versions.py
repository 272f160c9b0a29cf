"""Versions: listed with who and what, compared, read, brought back; never over somebody else's save."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog
from skyvern_ui.workflows.definition.document import document_of, from_text

from ...sandbox_server import Sandbox
from ...support.people import Browser, Page
from ...support.server import wait_for
from ..lamps import lamps, read, save

LONG = "Show the large lamps, the newest first, and close the cookie banner before anything else is done there"


@pytest.fixture
def three(connected: Flask, sandbox: Sandbox) -> str:
    """Three versions: another goal, then another title."""
    wpid = lamps(sandbox)
    save(sandbox, wpid, look_at_large=LONG)
    save(sandbox, wpid, title="Compare lamps & more")
    return wpid


def test_the_list_says_what_each_version_changed(ben: Browser, three: str) -> None:
    page = ben.get(f"/workflows/{three}/versions")
    rows = [" ".join(row.get_text(" ").split()) for row in page.all(".versions tbody tr")]
    assert [row.split(" ")[:2] for row in rows] == [["Version", "3"], ["Version", "2"], ["Version", "1"]]
    assert "Settings: title" in rows[0] and "now" in rows[0]
    assert "1 block changed" in rows[1] and "The first version" in rows[2]
    assert all("from elsewhere" in row for row in rows), "nobody saved through us"
    assert [button["value"] for button in page.all("input[name=from][checked]")] == ["2"]


def test_two_are_compared_by_card_with_the_words_that_differ(ben: Browser, three: str) -> None:
    page = ben.get(f"/workflows/{three}/versions/compare?from=1&to=3")
    assert [each["data-how"] for each in page.all(".changed")] == ["changed"]
    text = page.one(".changes__text")
    assert [part.get_text() for part in text.select("del")] == []
    assert "Show the large lamps" in text.get_text() and "cookie banner" in text.select("ins")[0].get_text()
    assert "Compare three lamps" in page.one("dd.changes__values del").get_text()
    swapped = ben.get(f"/workflows/{three}/versions/compare?from=3&to=1")
    assert swapped.one(".changes__text del") and not swapped.all(".changes__text ins")


def test_two_are_compared_as_text_and_what_is_the_same_is_folded(ben: Browser, three: str) -> None:
    page = ben.get(f"/workflows/{three}/versions/compare?from=1&to=3&as=text")
    changed = page.all(".lines tr[data-kind=changed]")
    assert len(changed) == 2 and page.all(".lines__fold")
    assert any("cookie banner" in row.select_one(".lines__text--after").get_text() for row in changed)
    whole = ben.get(f"/workflows/{three}/versions/compare?from=1&to=3&as=text&all=1")
    assert not whole.all(".lines__fold") and len(whole.all(".lines tbody tr")) > 100
    same = ben.get(f"/workflows/{three}/versions/compare?from=3&to=3&as=text")
    assert "Both versions are the same" in same.words


@pytest.mark.parametrize(("path", "status"), [
    ("/versions/compare", 422), ("/versions/compare?from=x&to=1", 422), ("/versions/compare?from=1&to=99", 404),
    ("/versions/99", 404), ("/versions/0", 404), ("/versions/99999999999999999999", 404),
    ("/versions/99/restoration", 404), ("/versions/99/document.yaml", 404)])
def test_what_is_not_there_is_a_sentence(ben: Browser, three: str, path: str, status: int) -> None:
    page = ben.get(f"/workflows/{three}{path}")
    assert page.status == status and page.words


def test_one_version_is_read_and_its_file_is_the_document(ben: Browser, three: str, sandbox: Sandbox) -> None:
    page = ben.get(f"/workflows/{three}/versions/1")
    assert "Show the large lamps" in page.words and "then called “Compare three lamps”" in page.words
    assert len(page.all(".outline__card")) == 11
    file = ben.client.get(f"/workflows/{three}/versions/1/document.yaml")
    assert "attachment" in file.headers["Content-Disposition"]
    assert from_text(file.get_data(as_text=True)) == document_of(read(sandbox, three, 1))


def test_an_old_version_comes_back_as_a_new_one_and_says_who_did_it(
        ben: Browser, cleo: Browser, three: str, sandbox: Sandbox, connected: Flask) -> None:
    page = ben.get(f"/workflows/{three}/versions/1/restoration")
    assert "1 block changed" in page.words and "version 4" in page.words
    seen = page.one("input[name=seen]")["value"]
    sandbox.forget_calls()
    assert ben.post(f"/workflows/{three}/versions/1/restoration", {"seen": seen}).status == 303
    sent = [each["target"] for each in sandbox.requests() if each["method"] == "PUT"]
    assert sent == [f"/api/v1/workflows/{three}?expected_version=3"]
    assert document_of(read(sandbox, three)) == document_of(read(sandbox, three, 1))
    newest = cleo.get(f"/workflows/{three}/versions").all(".versions tbody tr")[0].get_text(" ")
    assert "Brought back version 1" in newest and "by Ben" in newest
    with connected.app_context():
        row = db.session.scalars(select(AuditLog).where(AuditLog.action == "workflow.update")).one()
        assert (row.outcome, row.resource_id, row.details) == ("done", three, {
            "before": 3, "version": 4, "restored_from": 1})


def test_a_save_in_between_is_never_written_over(ben: Browser, three: str, sandbox: Sandbox) -> None:
    save(sandbox, three, title="Saved by somebody")
    page = ben.post(f"/workflows/{three}/versions/1/restoration", {"seen": "3"})
    assert page.status == 409 and "Somebody has saved version 4 meanwhile" in page.words
    assert page.one("input[name=seen]")["value"] == "4" and "Saved by somebody" in page.words
    assert read(sandbox, three)["version"] == 4


def test_nor_is_one_at_the_very_moment(ben: Browser, three: str, sandbox: Sandbox) -> None:
    token = ben.token()
    sandbox.fault(f"/api/v1/workflows/{three}", "delay", seconds=0.7, count=2)
    with ThreadPoolExecutor(max_workers=1) as pool:
        answer = pool.submit(ben.post, f"/workflows/{three}/versions/1/restoration", {"seen": "3", "csrf_token": token})
        wait_for(lambda: sandbox.requests(f"/api/v1/workflows/{three}?version=1"), 10, "the old version to be read")
        save(sandbox, three, title="Saved by somebody")
        page = answer.result()
    assert page.status == 409 and "Somebody has saved version 4 at this very moment" in page.words
    assert read(sandbox, three)["title"] == "Saved by somebody"


def test_many_versions_come_by_page_even_where_all_at_once_are_too_many(
        ben: Browser, connected: Flask, sandbox: Sandbox) -> None:
    wpid = lamps(sandbox)
    for number in range(2, 24):
        save(sandbox, wpid, title=f"Title {number}")
    first = ben.get(f"/workflows/{wpid}/versions")
    assert len(first.all(".versions tbody tr")) == 20 and "23 in all" in first.words
    assert "Settings: title" in first.all(".versions tbody tr")[-1].get_text(" ")
    last = ben.get(f"/workflows/{wpid}/versions?page=2")
    assert [row.select_one("a").text for row in last.all(".versions tbody tr")] == [
        "Version 3", "Version 2", "Version 1"]
    sandbox.fault(f"/api/v1/workflows/{wpid}/versions", "status", status=500)
    alone = ben.get(f"/workflows/{wpid}/versions")
    assert not sandbox.faults_to_come(), "the fault was met"

    def told(page: Page) -> list[str]:
        return [row.select_one(".versions__told").text for row in page.all(".versions tbody tr")]

    assert told(alone) == told(first) and "23 in all" in alone.words


def test_skyvern_away_leaves_the_page_standing(ben: Browser, three: str, sandbox: Sandbox) -> None:
    for path in ("", "/runs", "/versions", "/versions/1", "/versions/compare?from=1&to=2", "/try", "/profile"):
        sandbox.fault(f"/api/v1/workflows/{three}", "status", status=500, count=1)
        page = ben.get(f"/workflows/{three}{path}")
        assert page.status == 502 and "Nothing is lost" in page.words, path
        assert page.all(f'a[href^="/workflows/{three}"]'), "a way to try again"
        sandbox.forget_faults()
