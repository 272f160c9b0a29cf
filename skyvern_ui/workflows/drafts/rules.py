"""What a person has changed in a workflow and not saved yet: one draft for each, with undo and redo.

Looking begins nothing: `looked_at` is a draft without a row until the first change. Revision 0 is what was found. A new
revision gets a number that was never used, so two tabs that change the same draft at once notice each other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from ...audit import clean
from ...database import changed, writing
from ...extensions import db
from ...models import DraftRevision, WorkflowDraft
from ...models.columns import new_id, now
from ..definition.document import document_of
from .packing import Json, TooLarge, packed, unpacked

__all__ = ["Draft", "Stale", "TooLarge", "current", "discard", "is_new_ref", "list_drafts", "looked_at", "new_draft",
           "open_draft", "put_on_top", "redo", "step", "undo"]

MOST_REVISIONS = 100
LONGEST_WORDS = 200
JOINS_WITHIN = timedelta(seconds=20)  # of typing in the same field: one step back, not twenty
NEW = "draft_"  # begins the `wpid` of a draft of a workflow that Skyvern does not know yet


class Stale(Exception):
    """Another window changed the draft since it was read. Nothing was written."""


@dataclass(frozen=True)
class Draft:
    """A draft as it was read. `wpid` begins with `draft_` while Skyvern does not know the workflow. `base` is what it
    is compared with: the document of `base_version`. `undoes` and `redoes` say in words what a step back or forth would
    do; None: there is none. `position` 0 is the base itself; `id` is None while nothing was changed."""

    id: str | None
    user_id: str
    wpid: str
    base_version: int | None
    base: Json
    document: Json
    position: int = 0
    undoes: str | None = None
    redoes: str | None = None
    updated_at: datetime | None = None

    @property
    def is_new(self) -> bool:
        return self.wpid.startswith(NEW)

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to save."""
        return self.is_new or self.document != self.base


@dataclass(frozen=True)
class Listed:
    """A draft by name, for lists. `updated_at` is UTC."""

    wpid: str
    title: str
    updated_at: datetime


def is_new_ref(wpid: str) -> bool:
    """Whether this names a draft of a new workflow rather than one of Skyvern's."""
    return wpid.startswith(NEW)


def looked_at(user_id: str, wpid: str, read: Json) -> Draft:
    """The workflow as `GET /v1/workflows/{wpid}` reads it out, as a draft in which nothing was changed. Writes
    nothing."""
    document = document_of(read)
    version = read.get("version")
    return Draft(None, user_id, wpid, version if isinstance(version, int) else None, document, document)


def current(user_id: str, wpid: str) -> Draft | None:
    """The draft that this person has of the workflow, or None."""
    try:
        row = db.session.scalar(select(WorkflowDraft).where(
            WorkflowDraft.user_id == user_id, WorkflowDraft.wpid == wpid))
        return _read(row) if row is not None else None
    finally:
        db.session.remove()


def open_draft(user_id: str, wpid: str, read: Json) -> Draft:
    """This person's draft: the one they have, or one begun from what Skyvern reads out. Raises TooLarge."""
    return current(user_id, wpid) or _begin(looked_at(user_id, wpid, read))


def new_draft(user_id: str, document: Json) -> Draft:
    """A draft of a workflow that Skyvern does not know yet. Raises TooLarge."""
    wpid = NEW + new_id()
    return _begin(Draft(None, user_id, wpid, None, document, document))


def step(draft: Draft, document: Json, what: str, joins: bool = False) -> Draft:
    """The draft with one more revision, `what` in words; whatever could be done again is gone. With `joins`, a
    revision of the same words made within the last 20 seconds is replaced. Raises Stale when another window was
    faster, and TooLarge; then nothing is written."""
    if document == draft.document:
        return draft
    held, what = packed(document), clean(what, LONGEST_WORDS)
    begun = draft if draft.id else _begin(draft)
    if begun.position != draft.position or begun.document != draft.document:
        raise Stale
    with writing() as session:
        number = 1 + int(session.scalar(select(func.max(DraftRevision.number)).where(
            DraftRevision.draft_id == begun.id)) or 0)
        moved = session.execute(update(WorkflowDraft).where(
            WorkflowDraft.id == begun.id, WorkflowDraft.position == begun.position)
            .values(position=number, updated_at=now()))
        if not changed(moved):
            raise Stale
        session.execute(delete(DraftRevision).where(
            DraftRevision.draft_id == begun.id, DraftRevision.number > begun.position))
        if joins and begun.position:
            session.execute(delete(DraftRevision).where(
                DraftRevision.draft_id == begun.id, DraftRevision.number == begun.position,
                DraftRevision.what == what, DraftRevision.made_at > now() - JOINS_WITHIN))
        session.add(DraftRevision(draft_id=begun.id, number=number, document=held, what=what))
        session.flush()
        _forget_the_oldest(begun.id)
    return _again(draft)


def put_on_top(draft: Draft, read: Json, document: Json) -> Draft:
    """The draft as a change of what Skyvern reads out now. Its steps end here: going back leads to that version, never
    to what was before it, which would undo what others saved. Raises Stale and TooLarge."""
    fresh = looked_at(draft.user_id, draft.wpid, read)
    base, held = packed(fresh.base), packed(document)
    with writing() as session:
        moved = session.execute(update(WorkflowDraft).where(
            WorkflowDraft.id == draft.id, WorkflowDraft.position == draft.position)
            .values(base=base, base_version=fresh.base_version, position=draft.position + 2, updated_at=now()))
        if not changed(moved):
            raise Stale
        session.execute(delete(DraftRevision).where(DraftRevision.draft_id == draft.id))
        session.flush()
        session.add(DraftRevision(draft_id=draft.id, number=draft.position + 1, document=base, what=""))
        session.add(DraftRevision(draft_id=draft.id, number=draft.position + 2, document=held,
                                  what=f"Put on top of version {fresh.base_version}"))
    return _again(draft)


def undo(user_id: str, wpid: str) -> Draft | None:
    """One step back; the same draft when there is none. None: there is no such draft."""
    return _walk(user_id, wpid, back=True)


def redo(user_id: str, wpid: str) -> Draft | None:
    """One step forth again, as `undo`."""
    return _walk(user_id, wpid, back=False)


def discard(user_id: str, wpid: str) -> bool:
    """Throws the draft away with all its steps. False: there was none."""
    with writing() as session:
        gone = session.execute(delete(WorkflowDraft).where(
            WorkflowDraft.user_id == user_id, WorkflowDraft.wpid == wpid))
    return changed(gone) > 0


def list_drafts(user_id: str) -> list[Listed]:
    """What this person has not saved, newest first."""
    rows = db.session.execute(
        select(WorkflowDraft.wpid, WorkflowDraft.updated_at, DraftRevision.document)
        .join(DraftRevision, (DraftRevision.draft_id == WorkflowDraft.id)
              & (DraftRevision.number == WorkflowDraft.position))
        .where(WorkflowDraft.user_id == user_id).order_by(WorkflowDraft.updated_at.desc())).all()
    db.session.remove()
    return [Listed(row.wpid, str(unpacked(row.document).get("title") or "Untitled workflow"), row.updated_at)
            for row in rows]


def _begin(draft: Draft) -> Draft:
    held = packed(draft.base)
    row_id = new_id()
    try:
        with writing() as session:
            session.add(WorkflowDraft(id=row_id, user_id=draft.user_id, wpid=draft.wpid, base=held,
                                      base_version=draft.base_version))
            session.flush()
            session.add(DraftRevision(draft_id=row_id, number=0, document=held, what=""))
    except IntegrityError:
        return _again(draft)  # another tab began it just now
    return replace(draft, id=row_id, updated_at=now())


def _again(draft: Draft) -> Draft:
    found = current(draft.user_id, draft.wpid)
    if found is None:
        raise Stale
    return found


def _walk(user_id: str, wpid: str, back: bool) -> Draft | None:
    number = DraftRevision.number
    with writing() as session:
        row = session.scalar(select(WorkflowDraft).where(
            WorkflowDraft.user_id == user_id, WorkflowDraft.wpid == wpid).with_for_update())
        if row is None:
            return None
        there = number < row.position if back else number > row.position
        to = session.scalar(select(number).where(DraftRevision.draft_id == row.id, there)
                            .order_by(number.desc() if back else number.asc()).limit(1))
        if to is not None:
            row.position, row.updated_at = to, now()
    return current(user_id, wpid)


def _forget_the_oldest(draft_id: str | None) -> None:
    kept = select(DraftRevision.number).where(DraftRevision.draft_id == draft_id).order_by(
        DraftRevision.number.desc()).limit(MOST_REVISIONS)
    db.session.execute(delete(DraftRevision).where(
        DraftRevision.draft_id == draft_id,
        DraftRevision.number < select(func.min(kept.subquery().c.number)).scalar_subquery()))


def _read(row: WorkflowDraft) -> Draft:
    rows: dict[int, Any] = {}
    for each in db.session.execute(select(DraftRevision.number, DraftRevision.what).where(
            DraftRevision.draft_id == row.id).order_by(DraftRevision.number)).all():
        rows[each.number] = each.what
    held = db.session.scalar(select(DraftRevision.document).where(
        DraftRevision.draft_id == row.id, DraftRevision.number == row.position))
    before = any(number < row.position for number in rows)
    after = next((number for number in rows if number > row.position), None)
    base = unpacked(row.base)
    return Draft(row.id, row.user_id, row.wpid, row.base_version, base, unpacked(held) if held else base, row.position,
                 rows.get(row.position) if before else None, rows[after] if after is not None else None,
                 row.updated_at)
