"""The page of a run: every tab for every kind, its facts, files and inputs, and what it does when things go wrong."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from ..sandbox_server import Sandbox
from ..support.people import Browser
from .stories import WHEN, block, run, tell, tell_run

TABS = ("overview", "screenshots", "recording", "output", "files", "inputs", "code", "diagnostics")


@pytest.fixture(autouse=True)
def with_skyvern(connected: Flask) -> Flask:
    return connected


def artifact(number: int, kind: str, **more: object) -> dict[str, object]:
    return {"artifact_id": f"a_{number}", "artifact_type": kind, "uri": f"file:///data/{number}_{kind}.png",
            "file_size": 4000, "created_at": WHEN.format(number % 60), **more}


@pytest.mark.parametrize("kind", ["tsk_1", "tsk_v2_1", "wr_1"])
@pytest.mark.parametrize("tab", TABS)
def test_every_tab_stands_for_every_kind_with_nothing_in_it(ben: Browser, sandbox: Sandbox, kind: str, tab: str
                                                            ) -> None:
    tell_run(sandbox, kind, run_type={"wr_1": "workflow_run", "tsk_1": "task_v1"}.get(kind, "task_v2"))
    page = ben.get(f"/runs/{kind}?tab={tab}")
    assert page.status == 200 and page.one(".tabs [aria-current]")["href"].startswith(f"/runs/{kind}")


def test_a_tab_that_is_none_is_not_found(ben: Browser, sandbox: Sandbox) -> None:
    tell_run(sandbox, "wr_1")
    assert ben.get("/runs/wr_1?tab=nonsense").status == 404


def test_a_failure_says_its_category_how_sure_and_why(ben: Browser, sandbox: Sandbox) -> None:
    tell(sandbox, "/v1/workflows/runs/wr_1", {
        "workflow_run_id": "wr_1", "workflow_id": "wpid_1", "total_cost": 0.0213,
        "webhook_failure_reason": "It said 500",
        "failure_category": [{"category": "ELEMENT_NOT_FOUND", "confidence_float": 0.8, "reasoning": "No button."},
                             {"category": "UNKNOWN", "confidence_float": 0.1}]})
    tell_run(sandbox, "wr_1", status="failed", failure_reason="The lamp is gone.",
             errors=[{"error_code": "OUT_OF_STOCK", "reasoning": "Sold out."}])
    header = ben.get("/runs/wr_1").one("#run-header").get_text(" ")
    for words in ("The lamp is gone.", "Element not found", "80 % sure", "No button.", "Unknown", "OUT_OF_STOCK",
                  "Sold out.", "$0.0213", "It said 500"):
        assert words in header


def test_a_run_that_will_be_tried_again_says_so_and_shows_its_attempts(ben: Browser, sandbox: Sandbox) -> None:
    attempts = [{"attempt_number": 1, "status": "failed", "failure_reason": "Model away", "started_at": WHEN.format(1)},
                {"attempt_number": 2, "status": "running", "started_at": WHEN.format(9)}]
    tell_run(sandbox, "wr_1", status="queued", finished_at=None, attempt=2, attempts=attempts, retry_pending=True)
    header = ben.get("/runs/wr_1").one("#run-header").get_text(" ")
    assert "Skyvern tries again" in header and "All 2 attempts" in header and "Model away" in header


def test_an_unknown_status_survives_and_counts_as_live(ben: Browser, sandbox: Sandbox) -> None:
    tell_run(sandbox, "wr_1", status="meditating", finished_at=None)
    page = ben.get("/runs/wr_1")
    assert page.one("#run-header .pill").text == "meditating" and page.one("#run-header")["hx-trigger"]


def test_paused_is_live_so_the_page_goes_on_asking(ben: Browser, sandbox: Sandbox) -> None:
    """Defect 11 of the earlier overlay: at the moment a human was needed, polling stopped and Cancel was hidden."""
    tell_run(sandbox, "wr_1", status="paused", finished_at=None)
    page = ben.get("/runs/wr_1")
    assert page.one("#run-header")["hx-trigger"] and page.one("#run-timeline")["hx-trigger"]
    assert page.all('form[action="/runs/wr_1/cancellation"]')


def test_a_paused_run_of_an_old_release_is_read_by_its_older_name(ben: Browser, sandbox: Sandbox) -> None:
    tell(sandbox, "/v1/runs/wr_1/timeline", [block(1, "ask")])
    tell(sandbox, "/v1/runs/wr_1", {"detail": "Unexpected error: ValueError"}, status=500)
    tell(sandbox, "/v1/workflows/runs/wr_1", {"workflow_run_id": "wr_1", "workflow_id": "wpid_1", "status": "paused",
                                              "workflow_title": "Ask first", "created_at": WHEN.format(1),
                                              "parameters": {"lamp": "Alva"}, "outputs": {"x": 1}})
    page = ben.get("/runs/wr_1?tab=inputs")
    assert page.status == 200 and "Ask first" in page.one("h1").text and "Alva" in page.words


def test_a_hidden_sub_run_and_an_inner_task_have_pages(ben: Browser, sandbox: Sandbox) -> None:
    tell(sandbox, "/v1/workflows/runs/wr_9", {"workflow_run_id": "wr_9", "workflow_id": "wpid_9", "status": "completed",
                                              "workflow_title": "The child", "created_at": WHEN.format(1)})
    tell(sandbox, "/api/v1/workflows/wpid_9/runs/wr_9/timeline", [block(1, "child_block")])
    page = ben.get("/runs/wr_9")
    assert page.status == 200 and "The child" in page.one("h1").text and "child_block" in page.words
    tell(sandbox, "/api/v1/tasks/tsk_9", {"task_id": "tsk_9", "status": "failed", "failure_reason": "No lamp.",
                                          "request": {"navigation_goal": "Find a lamp", "url": "https://example.com"},
                                          "created_at": WHEN.format(1)})
    page = ben.get("/runs/tsk_9")
    assert page.status == 200 and "Find a lamp" in page.one("h1").text and "No lamp." in page.words


@pytest.mark.parametrize("fault", ["reset", "garbage", "truncate"])
def test_a_run_that_cannot_be_read_keeps_the_shell_and_offers_to_try_again(ben: Browser, sandbox: Sandbox, fault: str
                                                                           ) -> None:
    sandbox.fault("/", fault, count=30)
    page = ben.get("/runs/wr_1?tab=output")
    assert page.status in (502, 504) and page.one("h1") and page.one(".nav")
    assert page.one('a.btn[href="/runs/wr_1?tab=output"]').text == "Try again" and "wr_1" in page.words


def test_files_have_names_sizes_blocks_and_never_the_address_inside(ben: Browser, sandbox: Sandbox) -> None:
    """Defect 17 of the earlier overlay: names were blank and links led inside."""
    file = {"url": "file:///data/internal/report.csv", "filename": "report.csv", "file_size": 66, "artifact_id": "a_5",
            "checksum": "a" * 64}
    old = {"url": "http://skyvern.internal:9090/x/old.csv", "filename": "old.csv", "file_size": 7, "artifact_id": None}
    tell_run(sandbox, "wr_1", downloaded_files=[file, old], output={"save_output": {"downloaded_files": [file]}},
             artifacts=[artifact(6, "download", uri="file:///data/other.pdf")])
    page = ben.get("/runs/wr_1?tab=files")
    for words in ("save", "report.csv", "66 B", "old.csv", "offers no way to fetch it", "other.pdf"):
        assert words in page.words
    assert page.one('a[href="/artifacts/a_5?download=1"]')
    assert "internal" not in page.text and "file://" not in page.text


def test_inputs_hide_what_is_secret_by_its_name(ben: Browser, sandbox: Sandbox) -> None:
    hidden = {"password": "s3cret-1", "apiKey": "s3cret-2", "card_number": "s3cret-3", "shop-token": "s3cret-4",
              "login": {"user": "Ada", "pin": "s3cret-5"}, "otp_code": "s3cret-6"}
    tell_run(sandbox, "wr_1", [block(1, "sign_in", navigation_goal="Sign in as Ada")],
             run_request={"workflow_id": "wpid_1", "parameters": {**hidden, "city": "Bergen", "monkey": "Bobo"},
                          "extra_http_headers": {"X-Shop": "s3cret-7"}, "totp_identifier": "ada@example.com"})
    page = ben.get("/runs/wr_1?tab=inputs")
    assert "s3cret" not in page.text and "not shown" in page.words
    for words in ("Bergen", "Bobo", "Ada", "X-Shop", "ada@example.com", "Sign in as Ada"):
        assert words in page.words


def test_screenshots_come_a_page_at_a_time_under_their_blocks(ben: Browser, sandbox: Sandbox) -> None:
    shots = [artifact(n, "screenshot_action", workflow_run_block_id=f"wrb_{1 + n // 30}",
                      created_at=f"2026-11-21T07:{n // 60:02d}:{n % 60:02d}") for n in range(60)]
    tell_run(sandbox, "wr_1", [block(1, "first"), block(2, "second")], shots)
    page = ben.get("/runs/wr_1?tab=screenshots")
    pictures = page.all(".gallery__picture")
    assert len(pictures) == 24 and all(p["loading"] == "lazy" for p in pictures) and "36 to come" in page.words
    last = ben.get("/runs/wr_1?tab=screenshots&from=48")
    assert len(last.all(".gallery__picture")) == 12 and last.one(".gallery__place").text == "second"
    assert ben.get("/runs/wr_1?tab=screenshots&from=99999").status == 200


def test_every_recording_is_there_to_play_and_to_keep(ben: Browser, sandbox: Sandbox) -> None:
    tell_run(sandbox, "wr_1", artifacts=[artifact(n, "recording") for n in (1, 2)])
    page = ben.get("/runs/wr_1?tab=recording")
    assert [v["src"] for v in page.all("video")] == ["/artifacts/a_1", "/artifacts/a_2"]
    assert page.all('a[href="/artifacts/a_2?download=1"]') and "Part 2 of 2" in page.words


def test_code_is_shown_as_source_with_a_download(ben: Browser, sandbox: Sandbox) -> None:
    tell(sandbox, "/v1/scripts/wpid_1/blocks", {"blocks": {"search": "await page.click('<b>')"}, "version": 3,
                                                "main_script": "main()"})
    tell_run(sandbox, "wr_1", run_request={"workflow_id": "wpid_1"})
    page = ben.get("/runs/wr_1?tab=code")
    assert [p.text for p in page.all(".source__text")] == ["main()", "await page.click('<b>')"]
    assert "Generated, version 3" in page.words
    answer = ben.get("/runs/wr_1/source/2")
    assert answer.text == "await page.click('<b>')" and "attachment" in answer.headers["Content-Disposition"]
    assert ben.get("/runs/wr_1/source/9").status == 404


def test_the_header_of_a_live_run_costs_a_304_when_nothing_changed(ben: Browser, sandbox: Sandbox) -> None:
    signed = "https://example.com/v1/artifacts/a_1/content?expiry={}&sig=x"
    sandbox.fault("/v1/runs/wr_1", "status", status=200, body=json.dumps(
        run("wr_1", status="running", recording_url=signed.format(1), output={"url": signed.format(1)})))
    first = ben.get("/runs/wr_1/header")
    assert first.status == 200
    tell_run(sandbox, "wr_1", status="running", recording_url=signed.format(2), output={"url": signed.format(2)})
    assert ben.get("/runs/wr_1/header", headers={"If-None-Match": first.headers["ETag"]}).status == 304
    sandbox.fault("/v1/runs/wr_2", "status", count=1, status=200, body=json.dumps(run("wr_2")))
    over = ben.get("/runs/wr_2/header")
    assert over.headers["HX-Trigger-After-Settle"] == "run-over" and over.headers["ETag"]
