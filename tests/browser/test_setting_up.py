"""First contact: the wizard from an empty folder, with a key found on this machine, and with the sandbox."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.sandbox_server import Sandbox, running_sandbox
from tests.support.databases import SqliteTemplate
from tests.support.server import Server, running_server, wait_for

from .window import SIZES, Window

PASSWORD = "a long sentence of mine"


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[tuple[Server, Sandbox]]:
    """A server nobody has set up, and beside it a Skyvern that left its key in a file."""
    with running_sandbox(run_seconds=1.0, seeded=True) as skyvern, \
            SqliteTemplate(tmp_path).fresh(tmp_path) as database:
        left = tmp_path / "skyvern.env"
        left.write_text(f"PORT=8000\nSKYVERN_API_KEY='{skyvern.key}'\n")
        with running_server(database, tmp_path, SANDBOX="1", SKYVERN_KEY_PATHS=str(left),
                            SKYVERN_API_URL=skyvern.url) as server:
            yield server, skyvern


def window_on(chromium: Any, server: Server, size: str) -> Window:
    width, height = SIZES[size]
    context = chromium.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce", locale="en-GB")
    return Window(context, server.url)


def test_from_nothing_to_a_first_task(chromium: Any, fresh: tuple[Server, Sandbox]) -> None:
    server, skyvern = fresh
    key = skyvern.key
    opened = window_on(chromium, server, "desk")
    page = opened.open("/")
    assert opened.path == "/setup"
    opened.check()
    page.fill("#name", "Ada Example")
    page.fill("#email", "ada@example.com")
    page.fill("#password", "short")
    page.locator("main form").evaluate("form => { form.noValidate = true; }")
    opened.expected = {422}
    opened.press("main form [type=submit]")
    page.wait_for_selector("[data-invalid]")
    assert page.input_value("#name") == "Ada Example"
    opened.check()
    opened.expected = set()
    page.fill("#password", PASSWORD)
    opened.press("main form [type=submit]")
    assert opened.path == "/setup/connection"
    offers = page.locator(".offer")
    assert offers.count() == 2
    assert key not in page.content()
    opened.check()
    opened.open("/settings")
    assert page.locator("[id=password]").count() == 1
    opened.check()
    opened.expected = {422}
    opened.press("button[name=found]:not([value=sandbox])")
    assert "Enter your own password" in page.inner_text("#password-error")
    opened.check()
    opened.expected = set()
    opened.open("/setup/connection")
    opened.press(offers.first.locator("[type=submit]"))
    assert opened.path == "/setup/done"
    opened.check()
    opened.press(page.get_by_text("Start a first task", exact=True))
    page.fill("#prompt", "Read the price of the reading lamp")
    opened.press("#task-form .btn--primary")
    page.wait_for_url("**/runs/tsk_*")
    opened.until(lambda: page.inner_text("#run-header .pill") == "completed", "the end", 25)
    assert key not in page.content()
    # The settings afterwards: nothing pretends to know a password, the key is not asked for again without need.
    opened.open("/settings")
    assert page.input_value("#key") == page.input_value("#password") == ""
    opened.check()
    page.fill("#password", PASSWORD)
    opened.press(page.locator("form:has(#key) .form__actions [type=submit]"))
    page.wait_for_selector(".flashes .notice--ok")
    opened.check()
    # And with Skyvern's process gone.
    os.kill(skyvern.pid, signal.SIGTERM)
    wait_for(lambda: not _listens(skyvern.url), 10, "the end of Skyvern")
    for path in ("/dashboard", "/runs"):
        opened.open(path)
        assert "Skyvern cannot be reached" in opened.words
        assert page.locator("main a[href='/doctor']").is_visible()
        opened.check()
    assert opened.wrong == []
    opened.context.close()


def test_the_sandbox_on_a_phone(chromium: Any, fresh: tuple[Server, Sandbox]) -> None:
    server, _ = fresh
    opened = window_on(chromium, server, "phone")
    page = opened.open("/setup")
    opened.check()
    page.fill("#name", "Ada")
    page.fill("#email", "ada@example.com")
    page.fill("#password", PASSWORD)
    opened.press("main form [type=submit]")
    opened.check()
    opened.press(page.get_by_text("Skip this for now", exact=True))
    assert "Almost ready" in opened.words
    opened.check()
    for path in ("/dashboard", "/runs", "/tasks"):
        opened.open(path)
        assert "not connected" in opened.words
        assert page.locator("main a[href='/settings']").first.is_visible()
        opened.check()
    opened.open("/setup/connection")
    page.fill("#url", "http://127.0.0.1:9")
    page.fill("#key", "wrong.key.here")
    opened.expected = {422}
    opened.press(page.locator("form:has(#key) .form__actions [type=submit]"))
    page.wait_for_selector(".notice--bad")
    assert page.input_value("#url") == "http://127.0.0.1:9"
    opened.check()
    opened.expected = set()
    opened.press(page.locator(".offer").filter(has_text="No Skyvern at hand").locator("[type=submit]"))
    assert opened.path == "/setup/done"
    assert "sandbox" in opened.words
    opened.check()
    opened.press(page.get_by_text("Dashboard", exact=True))
    assert "This is the sandbox" in opened.words
    opened.check()
    opened.open("/settings")
    opened.check()
    assert opened.wrong == []
    opened.context.close()


def _listens(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", urlsplit(url).port or 80)) == 0
