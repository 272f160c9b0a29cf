"""The editor over a workflow of 200 blocks beside one of ten: opening it, and each kind of edit, bytes and time."""

from __future__ import annotations

import gzip
import re
import statistics
import time
from dataclasses import dataclass

from tests.support.server import Visitor

from .house import House
from .pages import CHROMIUM, watched_browser
from .result import Result

FEW, MANY, ROUNDS = 10, 200, 15
LABEL, OTHER = "rest_3", "open_4"  # a card to type in, and one that is moved
MOST_FIRST_KB, MOST_OPEN_KB, MOST_EDIT_KB, MOST_EDIT_MS = 80, 30, 5, 100
Held = dict[str, str]


@dataclass(frozen=True)
class Answer:
    """What one request took: milliseconds, bytes on the wire, and the text."""

    ms: float
    size: int
    text: str


def measure_editor(house: House, small: str, large: str) -> list[Result]:
    """`small` and `large` are the workflows of ten and of 200 blocks in the house."""
    found: dict[str, tuple[list[Answer], list[Answer]]] = {}
    desks = [Desk(house, wpid) for wpid in (small, large)]
    for _ in range(ROUNDS):
        for place, desk in enumerate(desks):
            for name, answer in desk.work().items():
                found.setdefault(name, ([], []))[place].append(answer)
    results = []
    for name, (few, many) in found.items():
        is_open = name == "Opening it"
        size, most = many[-1].size, MOST_OPEN_KB if is_open else MOST_EDIT_KB
        whole = name in ("Opening it", "Moving a block", "Undo")  # these draw the list of cards
        results.append(Result(f"{name}, {MANY} blocks, compressed ({len(many[-1].text) / 1000:.0f} kB plain)",
                              f"{size / 1000:.1f} kB", f"≤ {most if not whole else MOST_OPEN_KB} kB",
                              size <= (most if not whole else MOST_OPEN_KB) * 1000))
        times = [statistics.median(each.ms for each in answers) for answers in (few, many)]
        target = ("", None) if is_open else (f"≤ {MOST_EDIT_MS} ms", times[1] <= MOST_EDIT_MS)
        results.append(Result(f"{name}, {MANY} blocks, our own time at the median",
                              f"{times[1]:.1f} ms ({FEW} blocks: {times[0]:.1f})", *target))
    return results + (_in_a_browser(house, large) if CHROMIUM.exists() else [])


class Desk:
    """One draft, worked on as the scripts of the page do."""

    def __init__(self, house: House, wpid: str) -> None:
        self.base, self.turn = f"/workflows/{wpid}/edit", 0
        self.visitor = Visitor(house.server)
        self.visitor.headers["Accept-Encoding"] = "gzip"
        self.visitor.cookies.set(*house.cookies[0].split("=", 1))
        self.page = self._ask("GET", self.base, script=False)

    def work(self) -> dict[str, Answer]:
        """Opens it, opens a card, types, moves, undoes."""
        self.turn += 1
        self.page = self._ask("GET", self.base, script=False)
        card = self._ask("GET", f"{self.base}/block?label={LABEL}")
        typed = dict(re.findall(r'<input type="hidden"[^>]*name="([\w.]+)" value="([^"]*)"', card.text))
        typed |= {"label": LABEL, "f.wait_sec": str(1 + self.turn), "f.model": "", "rest": ""}
        done = {"Opening it": self.page, "Opening a card": card, "Typing in it": self._send("block", typed)}
        done["Moving a block"] = self._send("block/place", {"label": OTHER, "direction": "down"})
        done["Undo"] = self._send("position", {"to": "undo"})
        return done

    def _send(self, route: str, fields: Held) -> Answer:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page.text)
        if token is None:
            raise RuntimeError(f"{self.base} has no form")
        return self._ask("POST", f"{self.base}/{route}", fields | {"csrf_token": token[1]})

    def _ask(self, method: str, path: str, fields: Held | None = None, *, script: bool = True) -> Answer:
        begun = time.perf_counter()
        answer = self.visitor.request(method, path, data=fields, stream=True,
                                      headers={"HX-Request": "true"} if script else None)
        body = answer.raw.read(decode_content=False)
        took = (time.perf_counter() - begun) * 1000
        if answer.status_code != 200:
            raise RuntimeError(f"{method} {path}: {answer.status_code}")
        zipped = answer.headers.get("content-encoding") == "gzip"
        return Answer(took, len(body), (gzip.decompress(body) if zipped else body).decode())


def _in_a_browser(house: House, wpid: str) -> list[Result]:
    with watched_browser(house) as (page, traffic):
        begun = time.perf_counter()
        page.goto(f"{house.server.url}/workflows/{wpid}/edit", wait_until="load")
        page.wait_for_selector("#editor[data-ready]")
        took, first = (time.perf_counter() - begun) * 1000, traffic.total
        page.click(f".block[data-label='{LABEL}'] .block__open")
        box = page.locator(f".block[data-label='{LABEL}'] [name='f.wait_sec']")
        box.wait_for()
        begun = time.perf_counter()
        with page.expect_response(re.compile("/edit/block$")):
            box.fill("77")
            box.blur()
        kept = (time.perf_counter() - begun) * 1000
    return [
        Result(f"First load of the editor, {MANY} blocks, in Chromium, nothing kept", f"{first / 1000:.1f} kB",
               f"≤ {MOST_FIRST_KB} kB", first <= MOST_FIRST_KB * 1000),
        Result("Until it can be worked in, in Chromium", f"{took:.0f} ms"),
        Result("From leaving a box until the draft has it, in Chromium", f"{kept:.0f} ms"),
    ]
