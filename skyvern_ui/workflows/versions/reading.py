"""Versions of a workflow, as Skyvern reads them out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ...skyvern.client import Skyvern
from ...skyvern.errors import Failed, Missing

SIZE, AT_ONCE = 20, 6
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Versions:
    """One page of versions, the newest first, and the one below the last of them, to compare it with."""

    rows: tuple[Json, ...]
    below: Json | None
    total: int
    more: bool


def versions(upstream: Skyvern, wpid: str, page: int) -> Versions:
    """So many versions of it. Where all at once are more than one answer may hold (500 blocks, saved a hundred times),
    those of the page are asked for one by one. Raises the errors of Skyvern."""
    first = (page - 1) * SIZE
    try:
        every = upstream.list_versions(wpid)
    except Failed:
        return _one_by_one(upstream, wpid, first)
    every.sort(key=number_of, reverse=True)
    below = every[first + SIZE] if len(every) > first + SIZE else None
    return Versions(tuple(every[first:first + SIZE]), below, len(every), below is not None)


def number_of(version: Json) -> int:
    """Its number; 0 for one that says none."""
    found = version.get("version")
    return found if isinstance(found, int) else 0


def _one_by_one(upstream: Skyvern, wpid: str, first: int) -> Versions:
    newest = number_of(upstream.get_workflow(wpid))
    wanted = range(newest - first, max(newest - first - SIZE - 1, 0), -1)

    def ask(number: int) -> Json | None:
        try:
            return upstream.get_workflow(wpid, number)
        except Missing:
            return None

    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        found = [each for each in pool.map(ask, wanted) if each is not None]
    below = found.pop() if len(wanted) > SIZE and len(found) > SIZE else None
    return Versions(tuple(found), below, newest, below is not None)
