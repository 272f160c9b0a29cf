"""Growth: the list with 10 and with 10,000 runs, a run's page with 10 and with 1,000 actions, a poll of each kind."""

from __future__ import annotations

import http.client
import statistics
import time
from dataclasses import dataclass

from .house import House
from .pages import CHROMIUM, watched_browser, weight
from .result import Result

ROUNDS, EACH = 7, 12  # rounds in turn; requests of each address in a round
MOST_GROWTH, MOST_FIRST_KB = 1.5, 100
LIST, MANY_RUNS, MANY_ACTIONS = "/runs", 10_000, 1_000


@dataclass(frozen=True)
class Place:
    """An address of one of the houses; with a tag, as a browser asks that has this very fragment."""

    house: House
    path: str
    tag: str = ""


def measure_runs(few: House, many: House, small_run: str, large_run: str) -> list[Result]:
    """`few` is a house over ten runs, `many` one over 10,000 that holds both runs."""
    small, large = f"/runs/{small_run}", f"/runs/{large_run}"
    results = _growth("/runs, 10,000 runs against 10", Place(few, LIST), Place(many, LIST), is_list=True)
    results += _growth("/runs/<id>, 1,000 actions against 10", Place(many, small), Place(many, large), is_list=False)
    for path, name in ((LIST, "/runs with 10,000 runs"), (large, "/runs/<id> with 1,000 actions")):
        size, plain = weight(many, path)
        results.append(Result(f"{name}, compressed ({plain / 1000:.0f} kB plain)", f"{size / 1000:.1f} kB",
                              f"≤ {MOST_FIRST_KB} kB", size <= MOST_FIRST_KB * 1000))
    if CHROMIUM.exists():
        first = _first_paint(many, large)
        results.append(Result("First paint of it in Chromium, nothing kept, without pictures", f"{first / 1000:.1f} kB",
                              f"≤ {MOST_FIRST_KB} kB", first <= MOST_FIRST_KB * 1000))
    for path, name in (("/runs/table", "The list's table"), (f"{large}/timeline", "The timeline, 1,000 actions")):
        results += _polls(name, many, path)
    return results


def _growth(what: str, small: Place, large: Place, *, is_list: bool) -> list[Result]:
    times = _in_turn(small, large)
    ratio = statistics.median(b / a for a, b in times)
    told = " to ".join(f"{statistics.median(column):.1f}" for column in zip(*times, strict=True))
    target = (f"≤ {MOST_GROWTH}", ratio <= MOST_GROWTH) if is_list else ("", None)
    return [Result(f"{what}, our own time", f"{ratio:.2f} times ({told} ms)", *target)]


def _polls(name: str, house: House, path: str) -> list[Result]:
    """A poll that finds nothing new beside the same one answered whole."""
    answer, body = _ask(house, path)
    tag = answer.getheader("ETag")
    if tag is None:
        raise RuntimeError(f"{path} has no tag")
    again, empty = _ask(house, path, tag)
    if again.status != 304:
        raise RuntimeError(f"{path} has changed: {again.status}")
    ratio = statistics.median(b / a for a, b in _in_turn(Place(house, path), Place(house, path, tag)))
    return [Result(f"{name}: a poll with nothing new, of the whole one's {len(body) / 1000:.1f} kB",
                   f"{ratio:.2f} of its time, {len(empty)} bytes")]


def _in_turn(one: Place, other: Place) -> list[tuple[float, float]]:
    """Median milliseconds of both, round by round, the upstream answering from memory."""
    for place in (one, other):
        _median(place)
    return [(_median(one), _median(other)) for _ in range(ROUNDS)]


def _median(place: Place) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", place.house.port, timeout=20)
    times = []
    try:
        for _ in range(EACH):
            begun = time.perf_counter()
            connection.request("GET", place.path, headers=_headers(place.house, place.tag))
            answer = connection.getresponse()
            answer.read()
            times.append((time.perf_counter() - begun) * 1000)
            if answer.status != (304 if place.tag else 200):
                raise RuntimeError(f"{place.path}: {answer.status}")
    finally:
        connection.close()
    return statistics.median(times)


def _ask(house: House, path: str, tag: str = "") -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=20)
    connection.request("GET", path, headers=_headers(house, tag))
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def _headers(house: House, tag: str) -> dict[str, str]:
    held = {"Cookie": house.cookies[0], "Accept-Encoding": "gzip"}
    return held | {"If-None-Match": tag} if tag else held


def _first_paint(house: House, path: str) -> float:
    """Bytes over the network until the page has loaded, in a browser that holds nothing of it."""
    with watched_browser(house) as (page, traffic):
        page.goto(house.server.url + path, wait_until="load")
        return traffic.total
