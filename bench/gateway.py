"""A call that is charged beside one that is not, and beside LiteLLM alone: alone and in a crowd of sixteen."""

from __future__ import annotations

import statistics

from .program import Door, ratio
from .result import Result

ROUNDS = 5
ALONE_SECONDS, CROWD_SECONDS = 0.6, 1.0
STRAIGHT, LITELLM, IN_FRONT = "upstream", "LiteLLM alone", "Skyvern UI in front of LiteLLM"
CHARGED, UNCHARGED = "charged", "not charged"
MOST_ADDED_MS, MOST_OF_LITELLM = 10, 2.0


def measure_gateway(doors: dict[str, Door], databases: list[str]) -> list[Result]:
    """`doors`: STRAIGHT, for each database its name with CHARGED and with UNCHARGED, and if there is one LITELLM and
    IN_FRONT. Five short rounds through all doors in turn; ratios are taken within each round."""
    for name in (LITELLM, IN_FRONT):
        if name in doors:
            doors[name].warm()
    rounds = [_round(doors) for _ in range(ROUNDS + 1)][1:]
    alone, crowd = [one for one, _ in rounds], [many for _, many in rounds]
    results = []
    for name in databases:
        charged, free = f"{name}, {CHARGED}", f"{name}, {UNCHARGED}"
        added = statistics.median(each[charged] - each[STRAIGHT] for each in alone)
        results.append(Result(f"Added by a charged call at the median, 1 connection, {name}", f"{added:.2f} ms",
                              f"≤ {MOST_ADDED_MS} ms", added <= MOST_ADDED_MS))
        results.append(Result(f"A charged call against one that costs nothing, 1 connection, {name}",
                              f"{ratio(alone, charged, free):.2f} times ({_median(alone, free):.2f} to "
                              f"{_median(alone, charged):.2f} ms)"))
        results.append(Result(f"The same, 16 connections, {name}",
                              f"{ratio(crowd, charged, free):.2f} of its rate ({_median(crowd, free):.0f} to "
                              f"{_median(crowd, charged):.0f} a second)"))
    if LITELLM in doors:
        added = ratio(alone, IN_FRONT, LITELLM)
        results.append(Result("A charged call in front of LiteLLM, against LiteLLM alone, 1 connection",
                              f"{added:.2f} times ({_median(alone, LITELLM):.1f} to {_median(alone, IN_FRONT):.1f} ms)",
                              f"≤ {MOST_OF_LITELLM}", added <= MOST_OF_LITELLM))
        results.append(Result("The same, 16 connections",
                              f"{ratio(crowd, IN_FRONT, LITELLM):.2f} of its rate ({_median(crowd, LITELLM):.0f} to "
                              f"{_median(crowd, IN_FRONT):.0f} a second)"))
    return results


def _round(doors: dict[str, Door]) -> tuple[dict[str, float], dict[str, float]]:
    """Milliseconds with one connection and calls per second with sixteen, by door."""
    return ({name: door.told(1, ALONE_SECONDS)["median_ms"] for name, door in doors.items()},
            {name: door.told(16, CROWD_SECONDS)["per_second"] for name, door in doors.items()})


def _median(rounds: list[dict[str, float]], name: str) -> float:
    return statistics.median(each[name] for each in rounds)
