"""What a website or a model writes is shown as text. Nothing in it runs, and nothing in it asks for anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .house import House
from .window import Window

HOSTILE = (
    'Hi"\'><img src=/pwned-1 onerror="window.pwned=1"><svg onload="window.pwned=2"></svg></title></textarea>'
    "</script><script>window.pwned=3</script>{{7*7}}${7*7}"
    '<b hx-on::load="window.pwned=4" hx-get="/pwned-2" hx-trigger="load" hx-vals="js:window.pwned=5">b</b>'
    '<i data-island data-island-src="/pwned-3.js">i</i><a href="javascript:window.pwned=6">a</a>'
)
TEXTS = {"title", "prompt", "failure_reason", "reasoning", "intention", "response", "filename", "navigation_goal",
         "error_code", "label", "description", "text", "detail", "created_by", "trigger_type", "user_detail_answer",
         "user_detail_query", "action_type", "category", "status_text", "file_name", "output", "url"}
TABS = ("overview", "screenshots", "recording", "output", "files", "inputs")


def poisoned(value: Any, key: str = "") -> Any:
    """The same document with hostile words wherever words stand."""
    if isinstance(value, dict):
        return {name: poisoned(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [poisoned(each, key) for each in value]
    return HOSTILE if key in TEXTS and (isinstance(value, str) or value is None) else value


@pytest.fixture
def hostile_run(house: House) -> str:
    """A failed run, its documents full of hostile words, as list, run, timeline and artifacts give them."""
    run = house.runs["failed"]
    for path in (f"/v1/runs/{run}/timeline", f"/v1/runs/{run}/artifacts", f"/v1/runs/{run}", "/v1/runs"):
        answer = house.sandbox.call("GET", path)
        if answer.status_code != 200:
            continue
        document = poisoned(answer.json())
        if path.endswith(run):
            document |= {"output": {HOSTILE: HOSTILE, "list": [HOSTILE, {"deep": HOSTILE}], "long": HOSTILE * 4},
                         "failure_reason": HOSTILE,
                         "errors": [{"error_code": HOSTILE, "reasoning": HOSTILE}],
                         "downloaded_files": [{"url": "file:///data/x", "filename": HOSTILE, "artifact_id": None,
                                               "file_size": 7, "checksum": HOSTILE, "modified_at": None}]}
        if path.endswith("/artifacts"):
            document = [{**each, "artifact_type": HOSTILE if at == 0 else each["artifact_type"],
                         "uri": f"file:///data/{HOSTILE}"} for at, each in enumerate(document)]
        house.fault(path, "status", status=200, body=document)
    return run


def test_a_run_full_of_hostile_words(house: House, window: Callable[..., Window], hostile_run: str) -> None:
    opened = window("ben")
    asked: list[str] = []
    opened.page.on("request", lambda request: asked.append(request.url))
    paths = [f"/runs/{hostile_run}?tab={tab}" for tab in TABS]
    for path in ("/dashboard", "/runs", *paths, f"/tasks?from={hostile_run}"):
        page = opened.open(path)
        page.locator("details").evaluate_all("all => all.forEach((each) => { each.open = true; })")
        assert page.evaluate("window.pwned") is None, path
        for trap in ("img[src*=pwned]", "[hx-get*=pwned]", "main [onerror], main [onload]", "a[href^=javascript]",
                     "[data-island-src*=pwned]"):
            assert not page.locator(trap).count(), (path, trap)
        shown = page.locator("main").evaluate(
            "e => e.textContent + [...e.querySelectorAll('input, textarea')].map((x) => x.value).join(' ')")
        assert "{{7*7}}${7*7}" in shown or path.endswith(("tab=screenshots", "tab=recording")), path
        assert "4949" not in shown, path
        opened.check()
    assert not [url for url in asked if "pwned" in url]


def test_hostile_words_in_our_own_forms(window: Callable[..., Window]) -> None:
    opened = window()
    page = opened.open("/settings/users/new")
    page.fill("#name", HOSTILE[:90])
    page.fill("#email", "fay@example.com")
    opened.press("main form [type=submit]")
    page.wait_for_selector(".copyable code")
    for path in ("/settings/users?q=fay", "/settings/audit", "/runs?q=" + "%3Cimg+src%3D%2Fpwned-4%3E%7B%7B7*7%7D%7D",
                 "/tasks?prompt=%3C%2Ftextarea%3E%3Cscript%3Ewindow.pwned%3D7%3C%2Fscript%3E"):
        page = opened.open(path)
        assert page.evaluate("window.pwned") is None
        assert not page.locator("img[src*=pwned]").count()
        opened.check()


def test_html_that_a_run_saved_is_source_and_never_a_page(house: House, window: Callable[..., Window]) -> None:
    run = house.runs["completed"]
    kept = house.sandbox.call("GET", f"/v1/runs/{run}/artifacts").json()
    saved = next(each["artifact_id"] for each in kept if each["artifact_type"] == "html_scrape")
    body = "<!doctype html><title>x</title><script>document.title='ran'; fetch('/api/auth/get-session')</script>seen"
    house.fault(f"/v1/artifacts/{saved}/content", "status", status=200, body=body,
                headers={"content-type": "text/html; charset=utf-8", "content-disposition": "inline"})
    opened = window()
    page = opened.open(f"/runs/{run}?tab=files")
    page.locator("details.files").evaluate_all("all => all.forEach((each) => { each.open = true; })")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator(f"a[href^='/artifacts/{saved}']").first.click()
    opened.until(lambda: "<script>" in page.inner_text("body"), "the source as text")
    assert page.title() != "ran"
    assert not [url for url in asked if "get-session" in url]
    opened.open("/account")
    opened.leaving = True
    with page.expect_download() as download:
        page.evaluate(f"location.href = '/artifacts/{saved}'")
    assert download.value.url.endswith(saved)


def test_an_artifact_is_no_script_no_frame_and_no_worker(house: House, window: Callable[..., Window]) -> None:
    run = house.runs["completed"]
    kept = house.sandbox.call("GET", f"/v1/runs/{run}/artifacts").json()
    saved = kept[0]["artifact_id"]
    house.fault(f"/v1/artifacts/{saved}/content", "status", status=200, body="window.pwned = 8",
                headers={"content-type": "text/javascript"})
    opened = window()
    page = opened.open("/account")
    before = len(house.sandbox.requests(f"/v1/artifacts/{saved}"))
    worker = page.evaluate(f"""navigator.serviceWorker.register("/artifacts/{saved}")
        .then(() => "registered", (error) => error.name)""")
    assert worker in ("SecurityError", "TypeError")
    for tag, key in (("script", "src"), ("iframe", "src"), ("object", "data"), ("embed", "src")):
        page.evaluate(f"""() => {{
          const e = document.createElement("{tag}");
          e.{key} = "/artifacts/{saved}";
          document.body.append(e);
        }}""")
    page.wait_for_function("since => performance.now() - since > 300", arg=page.evaluate("performance.now()"))
    assert page.evaluate("window.pwned") is None
    assert len(house.sandbox.requests(f"/v1/artifacts/{saved}")) == before
    assert opened.wrong, "the policy said nothing"
    opened.wrong.clear()
