"""A window of the browser that notes everything that goes wrong in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

CHECKS = (Path(__file__).parent / "checks.js").read_text()
TELL_VIOLATIONS = """document.addEventListener("securitypolicyviolation", (event) => console.error(
    `policy: ${event.violatedDirective} kept out ${event.blockedURI} ${event.sample}`));"""
SIZES = {"desk": (1440, 900), "phone": (390, 844)}


class Window:
    """One page of one person. `wrong` grows with console messages, failed requests and calls to other hosts."""

    def __init__(self, context: Any, base: str) -> None:
        self.context, self.base = context, base
        self.page = context.new_page()
        self.page.set_default_timeout(15_000)
        self.page.add_init_script(TELL_VIOLATIONS)
        self.wrong: list[str] = []
        self.expected: set[int] = set()
        self.leaving = False
        self.pages = 0
        self.asked_on: dict[Any, int] = {}
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.wrong.append(f"a script broke: {error}"))
        self.page.on("request", self._asked)
        self.page.on("requestfailed", self._failed)

    def open(self, path: str, status: int = 200) -> Any:
        """Goes to a page of ours and expects this status."""
        self.leaving = True
        self.expected = {status} if status >= 400 else set()
        answer = self.page.goto(self.base + path)
        self.leaving = False
        assert answer is not None and answer.status == status, f"{path}: {answer and answer.status}"
        return self.page

    def check(self) -> None:
        """The page as it is drawn is well, in light and in dark, and nothing has gone wrong on the way."""
        wrong = list(self.wrong)
        for theme in ("dark", "light"):
            self.page.emulate_media(color_scheme=theme)
            wrong += [f"{theme}: {line}" for line in self.page.evaluate(CHECKS)]
        assert wrong == [], f"{self.page.url}:\n" + "\n".join(wrong)

    def press(self, what: Any) -> None:
        """Clicks what leads to another page, and waits until that has loaded."""
        self.leaving = True
        with self.page.expect_navigation():
            (self.page.locator(what) if isinstance(what, str) else what).click()
        self.leaving = False

    def until(self, question: Callable[[], Any], what: str, seconds: float = 15) -> Any:
        """The first true answer; the browser goes on meanwhile."""
        deadline = time.monotonic() + seconds
        while not (found := question()):
            assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what} on {self.page.url}"
            self.page.wait_for_timeout(25)
        return found

    @property
    def words(self) -> str:
        return " ".join(self.page.inner_text("body").split())

    @property
    def path(self) -> str:
        """Where the page is, once it is there: an address changes before the page under it does."""
        self.page.wait_for_load_state("domcontentloaded")
        parts = urlsplit(self.page.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def close(self) -> None:
        self.leaving = True
        self.page.close()

    def _said(self, message: Any) -> None:
        if message.type not in ("error", "warning"):
            return
        if any(f"responded with a status of {status}" in message.text for status in self.expected):
            return
        if self.leaving and "WebSocket is closed before" in message.text:
            return  # a page that is left while its socket was still being opened
        self.wrong.append(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def _asked(self, request: Any) -> None:
        self.pages += request.is_navigation_request()
        self.asked_on[request] = self.pages
        if not request.url.startswith((self.base + "/", "data:", "blob:")):
            self.wrong.append(f"asked another host: {request.url}")

    def _failed(self, request: Any) -> None:
        is_of_the_page_before = self.leaving or self.asked_on.get(request, 0) < self.pages
        is_cut_short = "ERR_ABORTED" in (request.failure or "")  # what a media element or a new page no longer wants
        if not (is_cut_short and (is_of_the_page_before or request.resource_type == "media")):
            self.wrong.append(f"{request.failure}: {request.method} {request.url}")
