"""What an import would create, shown before anything is sent, and then carried out once."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from ...audit import Actor
from ...skyvern.client import Skyvern
from ...skyvern.errors import SkyvernError
from ...skyvern.values.library import WorkflowRow, count_blocks
from ..definition.problems import problems
from ..library.bulk_rules import AT_ONCE, LATE, Deed, send_few
from ..library.copy_rules import without_hidden
from .reading import Found, Trouble

CHOICES = ("import", "skip", "version")
MOST_PROBLEMS, SECONDS = 20, 100.0


@dataclass(frozen=True, slots=True)
class Existing:
    """A workflow that is there already: the one the file is of, or one of the same title."""

    wpid: str
    title: str
    version: int | None
    folder_id: str | None
    is_same: bool


@dataclass(frozen=True, slots=True)
class Item:
    """One document of an import. `stops` is how many of its problems Skyvern refuses it for."""

    file: str
    line: int
    title: str
    blocks: int
    inputs: list[str]
    problems: list[str]
    stops: int
    document: dict[str, Any] = field(repr=False)
    existing: Existing | None = None

    @property
    def default(self) -> str:
        """What is chosen when nobody chooses."""
        if self.stops:
            return "skip"
        return "import" if self.existing is None else "skip"

    @property
    def choices(self) -> list[tuple[str, str]]:
        """What can be done with it, in words."""
        found = [("import", "Import as another one" if self.existing else "Import"), ("skip", "Leave out")]
        if self.existing:
            found.insert(1, ("version", f"As a new version of “{self.existing.title}”"))
        return found

    @classmethod
    def restored(cls, held: dict[str, Any]) -> Item:
        """The item that was kept as `asdict`."""
        existing = held["existing"]
        return cls(**{**held, "existing": Existing(**existing) if existing else None})


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one document. `wpid` is the workflow that there is now."""

    title: str
    file: str
    how: str
    wpid: str = ""
    problem: str = ""
    note: str = ""


def items_of(found: list[Found]) -> list[Item]:
    """The documents with what can be said of each; busy for some milliseconds each. Never raises."""
    return [_item(each) for each in found]


def matched(skyvern: Skyvern, items: list[Item], wpids: list[str | None]) -> list[Item]:
    """The items with the workflow that is there already, by id where the file names one, else by title. Raises the
    errors of Skyvern."""
    if not items:
        return []
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        known = list(pool.map(partial(_existing, skyvern), [item.title for item in items], wpids))
    return [Item.restored({**asdict(item), "existing": asdict(each) if each else None})
            for item, each in zip(items, known, strict=True)]


def packed(items: list[Item], troubles: list[Trouble]) -> dict[str, Any]:
    """As it is kept until it is confirmed."""
    return {"items": [asdict(item) for item in items], "troubles": [asdict(each) for each in troubles]}


def unpacked(held: dict[str, Any]) -> tuple[list[Item], list[Trouble]]:
    """What was kept."""
    return [Item.restored(each) for each in held["items"]], [Trouble(**each) for each in held["troubles"]]


def carry_out(skyvern: Skyvern, items: list[Item], choices: list[str], folder_id: str | None,
              actor: Actor) -> list[Done]:
    """Creates or saves what is chosen, six at a time and each once, for 100 seconds at most. New ones go into the
    folder. Raises nothing of Skyvern: each has its own outcome."""
    deadline, done = time.monotonic() + SECONDS, []
    deeds = [(str(place), _deed(skyvern, item, choice, folder_id)) for place, (item, choice)
             in enumerate(zip(items, choices, strict=True)) if choice != "skip"]
    told: dict[int, str | SkyvernError] = {}
    for start in range(0, len(deeds), AT_ONCE):
        few = deeds[start:start + AT_ONCE]
        if time.monotonic() > deadline:
            told |= {int(place): LATE for place, _ in few}
        else:
            told |= {int(place): answer for place, answer in send_few(few, actor)}
    notes = {int(place): deed.note for place, deed in deeds}
    for place, (item, choice) in enumerate(zip(items, choices, strict=True)):
        answer = told.get(place, "")
        problem = answer.sentence if isinstance(answer, SkyvernError) else LATE if answer == LATE else ""
        wpid = "" if problem or not isinstance(answer, str) else answer
        if choice == "version" and not problem and item.existing:
            wpid = item.existing.wpid
        done.append(Done(item.title, item.file, choice, wpid, problem, "" if problem else notes.get(place, "")))
    return done


def _deed(skyvern: Skyvern, item: Item, choice: str, folder_id: str | None) -> Deed:
    details = {"imported_from": item.file[-200:], "title": item.title}
    if choice == "version" and item.existing:
        there, document = item.existing, {**item.document, "folder_id": item.existing.folder_id}
        send = _without_answer(lambda: skyvern.update_workflow(there.wpid, document, there.version))
        return Deed("workflow.update", send, {**details, "before": there.version,
                                              "version": (there.version or 0) + 1}, about=there.wpid)
    document, note = without_hidden({**item.document, "folder_id": folder_id, "status": "published"})
    return Deed("workflow.create", lambda: str(skyvern.create_workflow(document).get("workflow_permanent_id") or ""),
                {**details, "version": 1}, note)


def _without_answer(send: Callable[[], object]) -> Callable[[], str]:
    def sent() -> str:
        send()
        return ""

    return sent


def _item(found: Found) -> Item:
    definition = found.document.get("workflow_definition") or {}
    told = problems(found.document)
    words = [f"{each.name}: {each.sentence}" if each.name else each.sentence
             for each in sorted(told, key=lambda each: not each.stops)]
    inputs = [str(each.get("key")) for each in definition.get("parameters") or []
              if each.get("parameter_type") == "workflow"]
    return Item(found.file, found.line, str(found.document["title"]), count_blocks(definition.get("blocks") or []),
                inputs, words[:MOST_PROBLEMS], sum(1 for each in told if each.stops), found.document)


def _existing(skyvern: Skyvern, title: str, wpid: str | None) -> Existing | None:
    if wpid is not None:
        try:
            return _known(WorkflowRow.from_json(skyvern.get_workflow(wpid)), True)
        except SkyvernError:
            pass
    rows = skyvern.list_library([("search_key", title[:200]), ("page_size", "50")])
    same = next((row for row in rows if row.title.casefold() == title.casefold()), None)
    return _known(same, False) if same else None


def _known(row: WorkflowRow, is_same: bool) -> Existing:
    return Existing(row.wpid, row.title, row.version, row.folder_id, is_same)
