"""Folders of workflows: made, named, deleted with or without what is in them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from ...audit import Actor
from ...parcels import begin, conclude
from ...recorded import send_recorded
from ...skyvern.client import Skyvern
from ...skyvern.values.library import Folder, WorkflowRow
from ..library.list_rules import forget

SHOWN, MOST_NOTED, PAGE = 10, 200, 100


class Taken(Exception):
    """There is a folder of this name, or it is being made; `str()` is its name."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a folder: its workflows, those saved last first."""

    rows: list[WorkflowRow]

    @property
    def shown(self) -> list[WorkflowRow]:
        return self.rows[:SHOWN]

    @property
    def more(self) -> int:
        return max(0, len(self.rows) - SHOWN)


def contents_of(skyvern: Skyvern, folder: Folder) -> Contents:
    """What is in it, at most 1,000. Raises the errors of Skyvern."""
    rows: list[WorkflowRow] = []
    statuses = [("status", word) for word in ("published", "draft", "auto_generated", "importing", "import_failed")]
    for page in range(1, 11):
        found = skyvern.list_library([("page", str(page)), ("page_size", str(PAGE)), ("folder_id", folder.folder_id),
                                      *statuses])
        rows += found
        if len(found) < PAGE:
            break
    return Contents(rows)


def create_folder(skyvern: Skyvern, title: str, description: str, actor: Actor) -> Folder:
    """Makes a folder; of a name there is one, also when two people make it at the same moment. Raises Taken with
    nothing sent, and the errors of Skyvern, with the row of the audit concluded."""
    place = hashlib.sha256(f"folder {title.casefold()}".encode("utf-8", "surrogatepass")).hexdigest()
    owner = actor.id or ""
    if not begin(owner, "folder", place, timedelta(seconds=90)):
        raise Taken(title)
    try:
        for each in skyvern.list_folders():
            if each.title.casefold() == title.casefold():
                raise Taken(each.title)
        return send_recorded(lambda: skyvern.create_folder(title, description), actor, "folder.create", None,
                             resource="folder", made=lambda folder: folder.folder_id, title=title)
    finally:
        conclude(owner, "folder", place, None)


def update_folder(skyvern: Skyvern, folder: Folder, title: str, description: str, actor: Actor) -> None:
    """Names and describes it anew. Raises the errors of Skyvern, with the row of the audit concluded."""
    send_recorded(lambda: skyvern.update_folder(folder.folder_id, title, description), actor, "folder.update",
                  folder.folder_id, resource="folder", title=title, before=folder.title)


def delete_folder(skyvern: Skyvern, folder: Folder, held: Contents, with_workflows: bool, actor: Actor) -> None:
    """Deletes it; its workflows too, or they are in no folder then. Raises the errors of Skyvern, with the row of the
    audit concluded, which names the workflows."""
    ids = [row.wpid for row in held.rows]
    send_recorded(lambda: skyvern.delete_folder(folder.folder_id, with_workflows), actor, "folder.delete",
                  folder.folder_id, resource="folder", title=folder.title, with_workflows=with_workflows,
                  workflows=", ".join(ids[:MOST_NOTED]) or None, count=len(ids))
    if with_workflows:
        forget(ids)
