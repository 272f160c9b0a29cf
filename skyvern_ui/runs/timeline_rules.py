"""The story of a run as its page tells it: turns of loops, branches taken and not, steps, and a bounded piece of it.

Every entry has a key that stays the same from one poll to the next, so that what the reader opened stays open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..skyvern.client import Skyvern
from ..skyvern.errors import Missing, Rejected, SkyvernError
from ..skyvern.values import Block, Run, TimelineItem, run_kind
from .entry import Entry
from .story_rules import told, with_vain_steps

PART = 50  # entries of one level that are drawn at once
INLINE = 60  # entries of all levels that a page draws before the reader opens anything


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of one level: entries `start` to `end` of `total`, of the entry `of` (None at the top)."""

    key: str
    of: Entry | None
    entries: tuple[Entry, ...]
    start: int
    total: int

    @property
    def end(self) -> int:
        """The place after the last entry."""
        return self.start + len(self.entries)


def story(skyvern: Skyvern, run: Run) -> tuple[Entry, ...]:
    """What happened, oldest first. One call to Skyvern; a second one where the first is of no use (sub-runs are hidden
    from `/v1/runs`, older releases know no task 2.0 there), where a branch was taken (those not taken are only in the
    workflow's definition), or where a task broke (steps without an action are only among its steps). Raises the errors
    of Skyvern."""
    if run_kind(run.run_id) == "task":
        actions = skyvern.list_task_actions(run.run_id)
        is_broken = run.is_over and run.status != "completed"
        return with_vain_steps(told(actions), actions, skyvern.list_steps(run.run_id) if is_broken else [])
    try:
        items = skyvern.get_timeline(run.run_id)
    except (Missing, Rejected):
        run = skyvern.with_inner_run(run)
        inner, workflow = inner_of(run), workflow_of(run)
        if inner is None or workflow is None:
            raise
        items = skyvern.get_hidden_timeline(workflow, inner)
    return told(items, _definition(skyvern, run) if _has_choice(items) else ())


def inner_of(run: Run) -> str | None:
    """The workflow run that holds the detail of this run: its own id, or the hidden one of a task 2.0."""
    inner = run.run_id if run_kind(run.run_id) == "workflow_run" else run.raw.get("workflow_run_id")
    return inner if isinstance(inner, str) and run_kind(inner) == "workflow_run" else None


def workflow_of(run: Run) -> str | None:
    """The permanent id of its workflow, from whichever place this release puts it."""
    for found in (run.raw.get("workflow_permanent_id"), run.request.get("workflow_id"), run.raw.get("workflow_id")):
        if isinstance(found, str) and found.startswith("wpid_") and found[5:].isalnum() and found.isascii():
            return found
    return None


def find(entries: Iterable[Entry], key: str) -> Entry | None:
    """The entry with this key, at any depth."""
    return next((entry for entry in walk(entries) if entry.key == key), None)


def walk(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Every entry, parents before children."""
    for entry in entries:
        yield entry
        yield from walk(entry.children)


def labels_of(entries: Iterable[Entry]) -> dict[str, str]:
    """What each block and thought is called, by its id and by the id of the task inside it."""
    found = {entry.key: entry.title for entry in walk(entries)}
    return found | {entry.task_id: entry.title for entry in walk(entries) if entry.task_id}


def path_to(entries: Iterable[Entry], key: str) -> tuple[Entry, ...]:
    """The entries that lead to this one, it included; empty when there is none."""
    for entry in entries:
        if entry.key == key:
            return (entry,)
        if rest := path_to(entry.children, key):
            return (entry, *rest)
    return ()


def part(entries: tuple[Entry, ...], of: Entry | None = None, start: int | None = None, count: int = PART, *,
         is_live: bool = False, room: int = INLINE) -> Part:
    """One piece of a level, its small entries with all that is inside, as far as `room` entries go. Without a start
    it is the first piece, or the newest one of what still grows (in steps, so that polls do not shift it)."""
    total = len(entries)
    if start is None:
        start = max(0, (total - 1) // (PART // 2) * (PART // 2) - PART // 2) if is_live and total > PART else 0
    start = min(max(start, 0), max(total - 1, 0))
    shown = entries[start:start + max(1, min(count, PART))]
    return Part(of.key if of else "root", of, drawn(shown, room - len(shown), is_live), start, total)


def before(piece: Part) -> Part:
    """A piece that stands before one that is shown already: nothing follows it."""
    return replace(piece, total=piece.end)


def drawn(entries: Sequence[Entry], room: int, is_live: bool = False) -> tuple[Entry, ...]:
    """These entries, as many of them with their inside drawn as there is room for; in a live run the newest first."""
    marked = list(entries)
    for place in sorted(range(len(marked)), key=lambda p: (not marked[p].is_running, -p if is_live else p)):
        size = marked[place].size
        if 0 < size <= room:
            marked[place] = _opened(marked[place])
            room -= size
    return tuple(marked)


def search(entries: Iterable[Entry], words: str) -> tuple[tuple[Entry, ...], int]:
    """The entries that say these words, with what leads to them, and how many there are. As many are drawn as a page
    holds."""
    words = words.lower().strip()
    kept, hits = [], 0
    for entry in entries:
        inside, inner_hits = search(entry.children, words)
        own = entry.says(words)
        hits += inner_hits + own
        if own or inner_hits:
            kept.append(replace(entry, children=inside, is_drawn=bool(inside), is_open=bool(inside)))
    return tuple(kept), hits


def cut(entries: Iterable[Entry], room: int = INLINE) -> tuple[Entry, ...]:
    """The first `room` entries of a tree, parents before children."""
    found: list[Entry] = []
    for entry in entries:
        if room <= 0:
            break
        children = cut(entry.children, room - 1)
        kept = replace(entry, children=children)
        room -= 1 + kept.size
        found.append(kept)
    return tuple(found)


def _has_choice(items: Iterable[TimelineItem]) -> bool:
    return any(isinstance(i, Block) and (i.kind == "conditional" or _has_choice(i.children)) for i in items)


def _definition(skyvern: Skyvern, run: Run) -> list[Any]:
    inner = inner_of(run)
    try:
        workflow = skyvern.get_workflow_run(inner).get("workflow") if inner else None
    except SkyvernError:
        return []
    blocks = ((workflow or {}).get("workflow_definition") or {}).get("blocks") if isinstance(workflow, dict) else None
    return blocks if isinstance(blocks, list) else []


def _opened(entry: Entry) -> Entry:
    return replace(entry, is_drawn=True, children=tuple(_opened(child) for child in entry.children))
