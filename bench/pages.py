"""What a page weighs and how long we take for it, with a Skyvern behind it that answers at once."""

from __future__ import annotations

import gzip
import http.client
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .house import House
from .process import told
from .result import Result

CHROMIUM = Path("/usr/bin/chromium")
MOST_FIRST_KB, MOST_REQUESTS, MOST_NEXT_KB, MOST_MS = 80, 12, 15, 15


def measure_pages(house: House) -> list[Result]:
    """The first load and a navigation in Chromium, where it is installed; then each page's bytes and time."""
    paths = ["/dashboard", "/runs", _first_run(house), "/tasks", "/settings", "/settings/users", "/settings/audit",
             "/account"]
    results = list(_in_a_browser(house, paths)) if CHROMIUM.exists() else []
    for path in paths:
        size, plain = weight(house, path)
        time = told("load", house.port, path, 1, 0.8, house.cookies[0])
        if time["failed"]:
            raise RuntimeError(f"{path} answered with an error")
        name = re.sub(r"/\w+_\w+$", "/<id>", path)
        results.append(Result(f"{name}, compressed ({plain / 1000:.0f} kB plain)", f"{size / 1000:.1f} kB",
                              f"≤ {MOST_NEXT_KB} kB", size <= MOST_NEXT_KB * 1000))
        results.append(Result(f"{name}, our own time at the median", f"{time['median_ms']:.1f} ms", f"< {MOST_MS} ms",
                              time["median_ms"] < MOST_MS))
    return results


def weight(house: House, path: str) -> tuple[int, int]:
    """Bytes on the wire and bytes of HTML."""
    connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=10)
    connection.request("GET", path, headers={"Cookie": house.cookies[0], "Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status}")
    zipped = answer.getheader("Content-Encoding") == "gzip"
    return len(body), len(gzip.decompress(body)) if zipped else len(body)


def _first_run(house: House) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=10)
    connection.request("GET", "/runs", headers={"Cookie": house.cookies[0]})
    page = connection.getresponse().read().decode()
    connection.close()
    found = re.search(r'href="(/runs/(?:wr|tsk)_\w+)"', page)
    if found is None:
        raise RuntimeError("the list shows no run")
    return found[1]


def _in_a_browser(house: House, paths: list[str]) -> list[Result]:
    with watched_browser(house) as (page, traffic):
        page.goto(house.server.url + paths[0], wait_until="networkidle")
        first, requests = traffic.total, len(traffic.sizes)
        heaviest = 0.0
        for path in paths[1:]:
            traffic.sizes.clear()
            page.goto(house.server.url + path, wait_until="networkidle" if path != paths[2] else "load")
            heaviest = max(heaviest, traffic.total)
    return [
        Result("First load of /dashboard in Chromium, headers included", f"{first / 1000:.1f} kB",
               f"≤ {MOST_FIRST_KB} kB", first <= MOST_FIRST_KB * 1000),
        Result("Its requests", str(requests), f"≤ {MOST_REQUESTS}", requests <= MOST_REQUESTS),
        Result("Heaviest navigation after it, without pictures and films", f"{heaviest / 1000:.1f} kB",
               f"≤ {MOST_NEXT_KB} kB", heaviest <= MOST_NEXT_KB * 1000),
    ]


@contextmanager
def watched_browser(house: House) -> Iterator[tuple[Any, Traffic]]:
    """A page of a browser that holds nothing yet, signed in, and what comes to it over the network."""
    from playwright.sync_api import sync_playwright

    name, _, value = house.cookies[0].partition("=")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        try:
            context = browser.new_context()
            context.add_cookies([{"name": name, "value": value, "url": house.server.url}])
            page = context.new_page()
            session = context.new_cdp_session(page)
            session.send("Network.enable")
            traffic = Traffic()
            session.on("Network.responseReceived", traffic.answered)
            session.on("Network.loadingFinished", traffic.finished)
            yield page, traffic
        finally:
            browser.close()


class Traffic:
    """What came over the network, by request: not from the cache, and not a run's pictures and films."""

    def __init__(self) -> None:
        self.sizes: dict[str, float] = {}

    @property
    def total(self) -> float:
        return sum(self.sizes.values())

    def answered(self, event: dict[str, Any]) -> None:
        answer = event["response"]
        if answer["url"].startswith("http") and not answer.get("fromDiskCache") and "/artifacts/" not in answer["url"]:
            self.sizes[event["requestId"]] = 0.0

    def finished(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self.sizes:
            self.sizes[event["requestId"]] = event["encodedDataLength"]
