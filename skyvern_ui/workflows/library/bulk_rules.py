"""One thing done to many workflows. Each write has its own row in the audit log, written before anything is sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ...audit import Actor, conclude, intend
from ...recorded import outcome_of
from ...skyvern import errors
from ...skyvern.client import Skyvern
from ...skyvern.values.tag import Tag
from .copy_rules import copy_of
from .list_rules import forget

MOST, AT_ONCE, SECONDS = 100, 6, 25.0  # the browser waits for thirty
NOT_FOUND = "There is no such workflow, or it was deleted."
LATE = "Time ran out before this one was asked; nothing was sent."
NOTHING = "Nothing had to be done."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one workflow. `problem` is empty when it was done; `note` says more; `made` is a new one's id;
    `is_unknown`: Skyvern may have done it all the same."""

    wpid: str
    title: str
    problem: str = ""
    note: str = ""
    made: str = ""
    is_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Deed:
    """What is sent for one workflow: under which name it is recorded, with which details, and what is sent. `send`
    returns the id of what came to be, or an empty text. `about` is the workflow, where that is not the key itself."""

    action: str
    send: Callable[[], str]
    details: dict[str, Any]
    note: str = ""
    about: str = ""


Prepare = Callable[[dict[str, Any]], Deed | str]


def read_all(skyvern: Skyvern, wpids: list[str]) -> dict[str, dict[str, Any] | str]:
    """The workflows as Skyvern reads them out, or why one cannot be read. Raises nothing of Skyvern."""
    def read(wpid: str) -> dict[str, Any] | str:
        try:
            return skyvern.get_workflow(wpid)
        except errors.SkyvernError as error:
            return _sentence(error)

    if not wpids:
        return {}
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return dict(zip(wpids, pool.map(read, wpids), strict=True))


def move_all(skyvern: Skyvern, wpids: list[str], folder_id: str | None, actor: Actor) -> list[Outcome]:
    """Puts each into the folder, or out of any. Raises nothing of Skyvern: each has its own outcome."""
    def prepare(workflow: dict[str, Any]) -> Deed | str:
        if (workflow.get("folder_id") or None) == folder_id:
            return "It is there already." if folder_id else "It is in no folder."
        wpid = str(workflow["workflow_permanent_id"])
        return Deed("workflow.move", _silent(partial(skyvern.move_workflow, wpid, folder_id)), {"folder": folder_id})

    return _do(skyvern, wpids, actor, prepare)


def label_all(skyvern: Skyvern, wpids: list[str], wanted: list[Tag], gone: list[Tag], actor: Actor) -> list[Outcome]:
    """Sets some labels on each and takes others away. Raises the errors of Skyvern when it cannot say which workflow
    carries what; nothing is sent then."""
    held = skyvern.list_labels_of_workflows(wpids) if wpids else {}

    def prepare(workflow: dict[str, Any]) -> Deed | str:
        wpid = str(workflow["workflow_permanent_id"])
        has = {tag.text for tag in held.get(wpid, ())}
        adds = [tag for tag in wanted if tag.text not in has]
        drops = [tag for tag in gone if tag.text in has]
        if not adds and not drops:
            return NOTHING
        details = {"set": ", ".join(t.text for t in adds) or None, "taken": ", ".join(t.text for t in drops) or None}
        return Deed("workflow.tag" if adds else "workflow.untag",
                    _silent(partial(skyvern.change_labels, wpid, adds, drops)), details)

    return _do(skyvern, wpids, actor, prepare)


def template_all(skyvern: Skyvern, wpids: list[str], is_template: bool, actor: Actor) -> list[Outcome]:
    """Makes each a template, or no longer one. Raises nothing of Skyvern."""
    def prepare(workflow: dict[str, Any]) -> Deed | str:
        if bool(workflow.get("is_template")) == is_template:
            return "It is a template already." if is_template else "It is no template."
        send = partial(skyvern.set_template, str(workflow["workflow_permanent_id"]), is_template)
        return Deed("workflow.set_template", _silent(send), {"is_template": is_template})

    return _do(skyvern, wpids, actor, prepare)


def copy_all(skyvern: Skyvern, wpids: list[str], actor: Actor, title: str | None = None) -> list[Outcome]:
    """Makes a copy of each beside it, called `title` or "<its title> (copy)". Raises nothing of Skyvern."""
    def prepare(workflow: dict[str, Any]) -> Deed | str:
        document, note = copy_of(workflow, title)

        def send() -> str:
            return str(skyvern.create_workflow(document).get("workflow_permanent_id") or "")

        return Deed("workflow.create", send, {"copy_of": workflow.get("workflow_permanent_id"), "version": 1}, note)

    return _do(skyvern, wpids, actor, prepare)


def delete_all(skyvern: Skyvern, wpids: list[str], actor: Actor) -> list[Outcome]:
    """Deletes each. Raises nothing of Skyvern."""
    def prepare(workflow: dict[str, Any]) -> Deed | str:
        wpid = str(workflow["workflow_permanent_id"])
        return Deed("workflow.delete", _silent(partial(skyvern.delete_workflow, wpid)), {"title": workflow["title"]})

    outcomes = _do(skyvern, wpids, actor, prepare)
    forget(each.wpid for each in outcomes if not each.problem)
    return outcomes


def _do(skyvern: Skyvern, wpids: list[str], actor: Actor, prepare: Prepare) -> list[Outcome]:
    """Reads all, then sends six at a time, for 25 seconds at most; each once."""
    deadline = time.monotonic() + SECONDS
    outcomes, deeds = {}, []
    for wpid, found in read_all(skyvern, wpids).items():
        if isinstance(found, str):
            outcomes[wpid] = Outcome(wpid, wpid, found)
            continue
        title = str(found.get("title") or "Untitled workflow")
        told = prepare(found)
        outcomes[wpid] = Outcome(wpid, title, note=told if isinstance(told, str) else told.note)
        if isinstance(told, Deed):
            deeds.append((wpid, told))
    for start in range(0, len(deeds), AT_ONCE):
        few = deeds[start:start + AT_ONCE]
        if time.monotonic() > deadline:
            outcomes |= {wpid: replace(outcomes[wpid], problem=LATE, note="") for wpid, _ in few}
            continue
        for wpid, answer in send_few(few, actor):
            if isinstance(answer, errors.SkyvernError):
                outcomes[wpid] = replace(outcomes[wpid], problem=answer.sentence, note="",
                                         is_unknown=outcome_of(answer) == "unknown")
            else:
                outcomes[wpid] = replace(outcomes[wpid], made=answer)
    return [outcomes[wpid] for wpid in wpids]


def send_few(deeds: list[tuple[str, Deed]], actor: Actor) -> Iterable[tuple[str, str | errors.SkyvernError]]:
    """Every one is recorded before any is sent, side by side; each is concluded with what became of it. Answers in
    order: the id of what came to be, or the error."""
    rows = [intend(actor, deed.action, "workflow",
                   None if deed.action == "workflow.create" else deed.about or wpid, **deed.details)
            for wpid, deed in deeds]
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        told = list(pool.map(lambda pair: _try(pair[1]), deeds))
    for (wpid, _), row, answer in zip(deeds, rows, told, strict=True):
        if isinstance(answer, errors.SkyvernError):
            conclude(row, outcome_of(answer), answer.status)
        else:
            conclude(row, "done", 200, answer or None)
        yield wpid, answer


def _try(deed: Deed) -> str | errors.SkyvernError:
    try:
        return deed.send()
    except errors.SkyvernError as error:
        return error


def _silent(send: Callable[[], object]) -> Callable[[], str]:
    def sent() -> str:
        send()
        return ""

    return sent


def _sentence(error: errors.SkyvernError) -> str:
    return NOT_FOUND if isinstance(error, errors.Missing) else error.sentence
