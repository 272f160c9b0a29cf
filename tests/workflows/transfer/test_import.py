"""Imports: shown first, carried out once, each document with its own outcome; exports import back unchanged."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any

import pytest
import yaml
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skyvern_ui.workflows.definition.document import document_of
from skyvern_ui.workflows.transfer.files import content
from skyvern_ui.workflows.transfer.reading import read_files

from ...sandbox_server import Sandbox
from ...support.people import Browser, Page
from ..library.shelf import folder, put, recorded, writes

pytestmark = pytest.mark.usefixtures("with_skyvern")


def text(title: str, **block: Any) -> str:
    step = {"block_type": "goto_url", "label": "open_shop", "url": "https://shop.example.com", **block}
    return yaml.safe_dump({"title": title, "workflow_definition": {"parameters": [
        {"parameter_type": "workflow", "workflow_parameter_type": "string", "key": "lamp"}], "blocks": [step]}})


def bring(browser: Browser, *files: tuple[str, str | bytes], pasted: str = "") -> Page:
    sent = [(io.BytesIO(data.encode() if isinstance(data, str) else data), name) for name, data in files]
    data = {"csrf_token": browser.token(), "files": sent, "text": pasted}
    answer = browser.client.post("/workflows/import", data=data, headers={"Origin": "http://localhost"},
                                 content_type="multipart/form-data")
    return Page(answer)


def titles(sandbox: Sandbox) -> list[str]:
    return sorted(each["title"] for each in sandbox.call("GET", "/v1/workflows?page_size=100").json())


def test_nothing_is_created_before_it_is_confirmed_and_then_once(connected: Flask, ben: Browser,
                                                                 sandbox: Sandbox) -> None:
    sandbox.forget_calls()
    page = bring(ben, ("a.yaml", text("A") + "---\n" + text("B")), ("broken.yaml", "title: [\n"))
    assert page.status == 303 and writes(sandbox) == []
    where = str(page.headers["Location"])
    preview = ben.get(where)
    assert "2 workflows to import" in preview.words and "1 block · 1 input: lamp" in preview.words
    assert "broken.yaml, line" in preview.words
    assert [each["value"] for each in preview.all("input[checked]")] == ["import", "import"]
    done = ben.post(where, {"choice-0": "import", "choice-1": "skip"})
    assert done.status == 303 and titles(sandbox) == ["A"]
    report = ben.get(str(done.headers["Location"]))
    assert "1 of 2 imported" in report.words and "left out" in report.words
    assert ben.post(where, {}).status == 409 and ben.get(where).status == 409 and titles(sandbox) == ["A"]
    made = report.one("a.table__title")["href"].rsplit("/", 1)[1]
    assert recorded(connected, "workflow.create") == [("workflow.create", made, "Ben", "done")]


def test_what_is_there_already_is_left_out_unless_said_otherwise(connected: Flask, ben: Browser,
                                                                 sandbox: Sandbox) -> None:
    there = put(sandbox, "Order")
    where = str(bring(ben, ("a.yaml", text("order", url="https://shop.example.com/new"))).headers["Location"])
    page = ben.get(where)
    assert "same title" in page.words and page.one("input[checked]")["value"] == "skip"
    assert [each["value"] for each in page.all('input[name="choice-0"]')] == ["import", "version", "skip"]
    ben.post(where, {"choice-0": "version"})
    now = sandbox.call("GET", f"/v1/workflows/{there}").json()
    assert now["version"] == 2 and now["workflow_definition"]["blocks"][0]["url"].endswith("/new")
    assert recorded(connected, "workflow.update") == [("workflow.update", there, "Ben", "done")]


def test_a_version_that_somebody_else_saved_meanwhile_is_not_overwritten(ben: Browser, sandbox: Sandbox) -> None:
    there = put(sandbox, "Order")
    where = str(bring(ben, ("a.yaml", text("Order"))).headers["Location"])
    sandbox.call("POST", f"/v1/workflows/{there}", json={"json_definition": yaml.safe_load(text("Order"))})
    report = ben.get(str(ben.post(where, {"choice-0": "version"}).headers["Location"]))
    assert "0 of 1 imported" in report.words and "Concurrent update" in report.words
    assert sandbox.call("GET", f"/v1/workflows/{there}").json()["version"] == 2


def test_new_ones_go_into_a_folder_and_never_into_a_foreign_one(ben: Browser, sandbox: Sandbox) -> None:
    shelf = folder(sandbox, "Shop")
    where = str(bring(ben, ("a.yaml", "folder_id: fld_elsewhere\n" + text("A"))).headers["Location"])
    ben.post(where, {"folder": shelf})
    assert sandbox.call("GET", f"/v1/workflows?folder_id={shelf}").json()[0]["title"] == "A"


def test_what_skyvern_would_refuse_is_said_before_and_told_after(ben: Browser, sandbox: Sandbox) -> None:
    twice = yaml.safe_load(text("A"))
    twice["workflow_definition"]["blocks"] *= 2
    where = str(bring(ben, ("a.json", json.dumps(twice)), ("b.yaml", text("B"))).headers["Location"])
    page = ben.get(where)
    assert "Skyvern would refuse it" in page.words
    assert [each["value"] for each in page.all("input[checked]")] == ["skip", "import"]
    report = ben.get(str(ben.post(where, {"choice-0": "import"}).headers["Location"]))
    assert "1 of 2 imported" in report.words and "unique" in report.words and titles(sandbox) == ["B"]


def test_bad_files_leave_the_form_as_it_was(ben: Browser, sandbox: Sandbox) -> None:
    sandbox.forget_calls()
    assert "Choose a file first" in bring(ben).words
    page = bring(ben, ("a.zip", b"PK\x03\x04x"), pasted="title: [oops")
    assert page.status == 422 and "oops" in page.one("#text").get_text() and "damaged" in page.words
    assert "what was pasted, line " in page.words and sandbox.requests("/v1/") == []
    assert bring(ben, ("big.yaml", b"x" * (21 * 1024 * 1024))).status == 413


def test_an_import_is_private_and_proven(ben: Browser, cleo: Browser, nobody: Browser, sandbox: Sandbox) -> None:
    where = str(bring(ben, ("a.yaml", text("A"))).headers["Location"])
    assert cleo.get(where).status == 404 and cleo.post(where, {}).status == 404
    assert ben.post(where, {"choice-0": "burn"}).status == 422 and ben.post(where, {"folder": "x"}).status == 422
    assert bring(ben, pasted=text("P")).status == 303 and nobody.get("/workflows/import").status == 303
    sent = {"text": text("A"), "csrf_token": "forged"}
    assert ben.client.post("/workflows/import", data=sent, headers={"Origin": "http://localhost"}).status_code == 403
    assert titles(sandbox) == []


def test_with_skyvern_away_the_import_waits(ben: Browser, sandbox: Sandbox) -> None:
    where = str(bring(ben, ("a.yaml", text("A"))).headers["Location"])
    sandbox.fault("/api/v1/workflows", "status", status=500)
    report = ben.get(str(ben.post(where).headers["Location"]))
    assert "0 of 1 imported" in report.words and titles(sandbox) == []


def test_one_is_exported_and_imports_back_unchanged(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    wpid = put(sandbox, "Größe: *", {"key": "lamp", "default_value": "2026-01-01"}, extra_http_headers={"a": "no"})
    before = document_of(sandbox.call("GET", f"/v1/workflows/{wpid}").json())
    for kind in ("yaml", "json"):
        answer = ben.client.get(f"/workflows/{wpid}/export.{kind}")
        assert answer.status_code == 200 and f"-{wpid}.{kind}" in answer.headers["Content-Disposition"]
        found, troubles = read_files([("a." + kind, answer.data)])
        assert troubles == [] and found[0].document == before
    assert len(recorded(connected, "workflow.export")) == 2
    assert ben.get(f"/workflows/{wpid}/export.xml").status == 404
    assert ben.get("/workflows/wpid_4/export.yaml").status == 404


def test_many_are_exported_as_a_zip_that_names_what_is_missing(ben: Browser, sandbox: Sandbox) -> None:
    ids = [put(sandbox, "Order"), put(sandbox, "Order")]
    data = {"csrf_token": ben.token(), "workflow_id": [*ids, "wpid_404"]}
    answer = ben.client.post("/workflows/export.zip", data=data, headers={"Origin": "http://localhost"})
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        names = archive.namelist()
        assert names == [f"order-{ids[0]}.yaml", f"order-{ids[1]}.yaml", "left-out.txt"]
        assert "wpid_404" in archive.read("left-out.txt").decode()
    found, troubles = read_files([("all.zip", answer.data)])
    assert [each.wpid for each in found] == ids and troubles == []
    assert ben.post("/workflows/export.zip", {}).status == 422
    assert ben.post("/workflows/export.zip", {"workflow_id": "wr_1"}).status == 422


TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=30)
VALUES = st.recursive(st.none() | st.booleans() | st.integers(-10**6, 10**6) | TEXTS,
                      lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
                      max_leaves=6)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(title=TEXTS.filter(str.strip), more=st.dictionaries(TEXTS.filter(str.strip), VALUES, max_size=3),
       kind=st.sampled_from(["yaml", "json"]))
def test_every_export_imports_back_unchanged(title: str, more: dict[str, Any], kind: str) -> None:
    known = {"workflow_permanent_id", "workflow_id", "title", "workflow_definition", "json_definition"}
    block = {"block_type": "goto_url", "label": "a", "url": "https://shop.example.com",
             **{f"x_{re.sub('[^a-z]', '_', key)}": value for key, value in more.items()}}
    read = {"title": title, "workflow_definition": {"parameters": [], "blocks": [block]},
            **{key: value for key, value in more.items() if key not in known}}
    found, troubles = read_files([(f"a.{kind}", content(read, kind))])
    assert troubles == [] and found[0].document == document_of(read)
