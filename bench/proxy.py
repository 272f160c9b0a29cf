"""What a proxied call costs: 4.4 kB of JSON, straight, through bare gevent, through nginx, through the product."""

from __future__ import annotations

import statistics

from .process import told
from .result import Result

PATH = "/v1/workflows"
OURS = "/api/skyvern" + PATH
ROUNDS = 7
ALONE_SECONDS, CROWD_SECONDS = 0.5, 0.8
MOST_ADDED_MS, LEAST_OF_BARE = 1.5, 0.32

Doors = dict[str, tuple[int, str, str]]


def measure_proxy(doors: Doors) -> list[Result]:
    """`doors`: port, path and cookie by name; "upstream" and "bare gevent" must be among them. The rounds are short,
    and each compares only what was measured within it, so that a noisy moment hits all alike."""
    rounds = [_round(doors, ALONE_SECONDS, CROWD_SECONDS) for _ in range(ROUNDS + 1)][1:]
    results = []
    for name in doors:
        added = statistics.median(alone[name] - alone["upstream"] for alone, _ in rounds)
        rate = statistics.median(crowd[name] for _, crowd in rounds)
        of_bare = statistics.median(crowd[name] / crowd["bare gevent"] for _, crowd in rounds)
        ours = name.startswith("Skyvern UI")
        if name != "upstream":
            results.append(Result(f"Added at the median, 1 connection, {name}", f"{added:.2f} ms",
                                  f"≤ {MOST_ADDED_MS} ms" if ours else "", added <= MOST_ADDED_MS if ours else None))
        results.append(Result(f"Requests per second, 16 connections, {name}",
                              f"{rate:.0f} ({of_bare:.2f} of bare gevent)",
                              f"≥ {LEAST_OF_BARE} of bare gevent" if ours else "",
                              of_bare >= LEAST_OF_BARE if ours else None))
    return results


def _round(doors: Doors, alone_seconds: float, crowd_seconds: float) -> tuple[dict[str, float], dict[str, float]]:
    """Milliseconds with one connection and requests per second with sixteen, by door."""
    alone, crowd = {}, {}
    for name, (port, path, cookie) in doors.items():
        one = told("load", port, path, 1, alone_seconds, cookie)
        many = told("load", port, path, 16, crowd_seconds, cookie)
        if one["failed"] or many["failed"]:
            raise RuntimeError(f"{name} answered with errors")
        alone[name], crowd[name] = one["median_ms"], many["per_second"]
    return alone, crowd
