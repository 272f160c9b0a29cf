"""A person at a real browser, in front of Skyvern UI: looks, clicks, waits until something has come to pass."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from tests.support.server import Server, Visitor

CHROMIUM = "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--no-first-run"]
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
CANVAS = "() => { const c = document.querySelector('canvas'); return c && !c.hidden ? c.toDataURL() : '' }"


class Person:
    """One person's browser. What goes wrong on a page is collected in `broken`."""

    def __init__(self, browser: Any, server: Server, name: str, email: str, password: str) -> None:
        self.server, self.name, self.email, self.password = server, name, email, password
        self.context = browser.new_context(viewport=WIDE)
        self.page = self.context.new_page()
        self.broken: list[str] = []
        self.page.on("pageerror", lambda error: self.broken.append(str(error)))
        self.page.on("console", self._hear)
        self.context.on("request", self._look_at)

    def open(self, path: str) -> None:
        self.page.goto(self.server.url + path)

    def press(self, what: Any) -> None:
        """Clicks what leads to another page, and waits until that has loaded."""
        with self.page.expect_navigation():
            (self.page.locator(what) if isinstance(what, str) else what).click()

    def until(self, question: Callable[[], Any], seconds: float, what: str) -> Any:
        """The first true answer; fails after `seconds`."""
        deadline = time.monotonic() + seconds
        while not (found := question()):
            assert time.monotonic() < deadline, f"waited {seconds} s for {what}; the page says: {self.words[:1500]}"
            self.page.wait_for_timeout(50)
        return found

    @property
    def words(self) -> str:
        """The visible text of the page."""
        return str(self.page.inner_text("body"))

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    @property
    def status(self) -> str | None:
        """The status that the page of a run shows."""
        return self.page.get_attribute("#run-header .pill", "data-status")

    def picture(self) -> str:
        """What the canvas of the live view shows, or nothing as long as it shows nothing."""
        return str(self.page.evaluate(CANVAS))

    def start_task(self, prompt: str, url: str, **more: str) -> str:
        """Fills in /tasks and starts it; the id of the run whose page opens."""
        self.open("/tasks")
        self.page.fill("[name=prompt]", prompt)
        self.page.fill("[name=url]", url)
        for name, value in more.items():
            self.page.fill(f"[name={name}]", value)
        self.page.click("#task-form .btn--primary")
        self.page.wait_for_url("**/runs/tsk_*")
        return self.path.rsplit("/", 1)[-1]

    def visitor(self) -> Visitor:
        """The same person with a plain HTTP client."""
        return self.server.visitor().sign_in(self.email, self.password)

    def _hear(self, said: Any) -> None:
        """Errors of the page. Skyvern replaces a film by its finished form: what was asked for meanwhile is gone. And
        htmx tells of the poll that a change of page cut off."""
        if said.text.startswith(("htmx:afterRequest", "htmx:sendError", "htmx:sendAbort")):
            return
        if said.type == "error" and "/artifacts/" not in said.location.get("url", ""):
            self.broken.append(said.text)

    def _look_at(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != urlsplit(self.server.url).netloc:
            self.broken.append(f"asked another host: {request.url}")
