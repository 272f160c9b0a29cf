"""A draft becomes a version at Skyvern: once, never over a version that its maker has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, update

from ...audit import Actor
from ...claims import claim
from ...database import changed, writing
from ...models import WorkflowDraft
from ...models.columns import now
from ...parcels import begin, conclude
from ...recorded import outcome_of, send_recorded
from ...skyvern.client import Skyvern
from ...skyvern.errors import Failed, Rejected, SkyvernError
from .packing import packed
from .rules import Draft, Stale

Json = dict[str, Any]
CONFLICT = 409
COPY, BEING_SAVED, SAVED_WITHIN = "copy of draft", 0, timedelta(seconds=90)


class Overtaken(Exception):
    """Somebody saved since the draft began. Nothing was written; `read` is what Skyvern has now."""

    def __init__(self, read: Json) -> None:
        super().__init__("Somebody else saved this workflow since your draft began.")
        self.read = read


@dataclass(frozen=True)
class Saved:
    """What came to be."""

    wpid: str
    version: int


def save(skyvern: Skyvern, draft: Draft, actor: Actor) -> Saved:
    """The draft as the next version of its workflow, or as a new workflow; then the draft is gone. Recorded, sent once.
    Raises Overtaken, and the errors of Skyvern; the draft stays then. With TimedOut nobody knows whether it was
    saved."""
    if draft.is_new:
        return create(skyvern, draft, draft.document, actor)
    newest = skyvern.get_workflow(draft.wpid)
    if newest.get("version") != draft.base_version:
        raise Overtaken(newest)
    version = (draft.base_version or 0) + 1
    try:
        answer = send_recorded(
            lambda: skyvern.update_workflow(draft.wpid, draft.document, draft.base_version), actor, "workflow.update",
            draft.wpid, resource="workflow", version=version, before=draft.base_version, title=_title(draft.document))
    except Rejected as error:
        if error.status == CONFLICT:
            raise Overtaken(skyvern.get_workflow(draft.wpid)) from error
        raise
    made = answer.get("version")
    version = made if isinstance(made, int) else version
    _saved(draft, draft.wpid, version)
    return Saved(draft.wpid, version)


def create(skyvern: Skyvern, draft: Draft, document: Json, actor: Actor) -> Saved:
    """The document as a new workflow; then the draft is gone. Recorded, sent once. Raises Stale when it is being saved
    already, and the errors of Skyvern."""
    if not _take(draft):
        raise Stale
    try:
        answer = send_recorded(lambda: skyvern.create_workflow(document), actor, "workflow.create", None,
                               resource="workflow", made=lambda made: made.get("workflow_permanent_id"), version=1,
                               title=_title(document), copy_of=None if draft.is_new else draft.wpid)
    except SkyvernError as error:
        if outcome_of(error) != "unknown":
            _give_back(draft)
        raise
    wpid = answer.get("workflow_permanent_id")
    if not isinstance(wpid, str) or not wpid:
        raise Failed("Skyvern answered without the id of the workflow that it made.")
    claim(wpid, "workflow", actor)
    if draft.is_new:
        _saved(draft, wpid, 1)
    else:
        with writing() as session:
            session.execute(delete(WorkflowDraft).where(_is(draft)))
    return Saved(wpid, 1)


def _take(draft: Draft) -> bool:
    """Whether this is the only window that makes a workflow of the draft: two clicks are one workflow. Given up after a
    minute and a half, which no call lasts."""
    if draft.id is None:
        return False
    if not draft.is_new:
        return begin(draft.user_id, COPY, _place(draft), SAVED_WITHIN)
    with writing() as session:
        return changed(session.execute(update(WorkflowDraft).where(_is(draft), or_(
            WorkflowDraft.base_version.is_(None), WorkflowDraft.updated_at < now() - SAVED_WITHIN)).values(
                base_version=BEING_SAVED, updated_at=now()))) == 1


def _give_back(draft: Draft) -> None:
    if not draft.is_new:
        conclude(draft.user_id, COPY, _place(draft), None)
    else:
        with writing() as session:
            session.execute(update(WorkflowDraft).where(WorkflowDraft.id == draft.id).values(base_version=None))


def _saved(draft: Draft, wpid: str, version: int) -> None:
    """The draft is gone. What another window changed while it was being saved is a change of the new version."""
    with writing() as session:
        if draft.id is not None and not changed(session.execute(delete(WorkflowDraft).where(_is(draft)))):
            session.execute(update(WorkflowDraft).where(WorkflowDraft.id == draft.id).values(
                wpid=wpid, base=packed(draft.document), base_version=version))


def _is(draft: Draft) -> ColumnElement[bool]:
    return (WorkflowDraft.id == draft.id) & (WorkflowDraft.position == draft.position)


def _place(draft: Draft) -> str:
    """The one copy that can be made of this draft as it is now."""
    return f"{COPY} {draft.id} {draft.position}"


def _title(document: Json) -> str:
    return str(document.get("title") or "")[:200]
