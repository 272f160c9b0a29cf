"""One thing done to many schedules, each with its own row in the audit log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ..audit import Actor, conclude, intend
from ..recorded import outcome_of
from ..skyvern.client import Skyvern
from ..skyvern.errors import Missing, SkyvernError
from ..skyvern.values.schedule import Schedule
from .rules import copy_of, sentence_of

MOST, AT_ONCE, SECONDS = 100, 6, 60.0
DEEDS = ("pause", "resume", "copy", "delete")
GONE = "There is no such schedule any more."
LATE = "Time ran out before this one was asked; nothing was sent."
ONCE = "It runs once: it can be canceled or moved, not paused."
NO_COPY = "It runs once. Open it and choose Duplicate, to give the copy a time of its own."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one. `problem` is empty when it was done; `note` says why nothing had to be done; `made` is the
    id of a copy."""

    wpid: str
    schedule_id: str
    title: str
    problem: str = ""
    note: str = ""
    made: str = ""


def do_all(skyvern: Skyvern, deed: str, chosen: list[tuple[str, str]], actor: Actor) -> list[Outcome]:
    """Does it to each (workflow, schedule), six at a time and for a minute at most, each sent once. Raises nothing of
    Skyvern: each has its own outcome."""
    deadline = time.monotonic() + SECONDS
    read = _side_by_side(chosen, lambda pair: _read(skyvern, pair))
    outcomes: dict[tuple[str, str], Outcome] = {}
    asked: list[Schedule] = []
    for pair, found in zip(chosen, read, strict=True):
        if isinstance(found, str):
            outcomes[pair] = Outcome(*pair, pair[1], found)
        elif (told := _beforehand(deed, found)) is not None:
            outcomes[pair] = told
        else:
            asked.append(found)
    rows = {each.schedule_id: intend(actor, f"schedule.{deed}", "schedule", each.schedule_id, workflow=each.wpid,
                                     among=len(asked)) for each in asked}
    done = _side_by_side(asked, lambda each: _send(skyvern, deed, each, deadline))
    for each, answer in zip(asked, done, strict=True):
        outcomes[each.wpid, each.schedule_id] = _concluded(each, answer, rows[each.schedule_id])
    return [outcomes[pair] for pair in chosen]


def _read(skyvern: Skyvern, pair: tuple[str, str]) -> Schedule | str:
    try:
        return skyvern.get_schedule(*pair)[0]
    except Missing:
        return GONE
    except SkyvernError as error:
        return sentence_of(error)


def _beforehand(deed: str, found: Schedule) -> Outcome | None:
    """What can be said without asking."""
    here = (found.wpid, found.schedule_id, found.title)
    if deed in ("pause", "resume") and found.is_once:
        return Outcome(*here, ONCE)
    if deed == "copy" and found.is_once:
        return Outcome(*here, NO_COPY)
    if deed == "pause" and not found.enabled:
        return Outcome(*here, note="was paused already")
    if deed == "resume" and found.enabled:
        return Outcome(*here, note="was not paused")
    return None


def _send(skyvern: Skyvern, deed: str, each: Schedule, deadline: float) -> Any:
    if time.monotonic() > deadline:
        return LATE
    here = (each.wpid, each.schedule_id)
    deeds: dict[str, Callable[[], Any]] = {
        "pause": lambda: skyvern.disable_schedule(*here), "resume": lambda: skyvern.enable_schedule(*here),
        "copy": lambda: skyvern.create_schedule(each.wpid, copy_of(each)),
        "delete": lambda: skyvern.delete_schedule(*here)}
    try:
        return deeds[deed]()
    except SkyvernError as error:
        return error


def _concluded(each: Schedule, answer: Any, row: str) -> Outcome:
    here = (each.wpid, each.schedule_id, each.title)
    if isinstance(answer, SkyvernError):
        conclude(row, outcome_of(answer), answer.status)
        return Outcome(*here, GONE if isinstance(answer, Missing) else sentence_of(answer))
    if isinstance(answer, str):
        conclude(row, "failed", None)
        return Outcome(*here, answer)
    made = answer[0].schedule_id if answer and answer[0].schedule_id != each.schedule_id else ""
    conclude(row, "done", 200, made or None)
    return Outcome(*here, made=made)


def _side_by_side(many: Iterable[Any], do: Callable[[Any], Any]) -> list[Any]:
    held = list(many)
    if not held:
        return []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(do, held))
