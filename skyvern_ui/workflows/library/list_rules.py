"""One page of the library, with what our own tables know: favourites, drafts, who edited."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, func, select

from ...database import writing
from ...extensions import db
from ...models import AuditLog, WorkflowFavourite
from ...skyvern.client import Skyvern
from ...skyvern.values.library import WorkflowRow
from .filter_rules import Filters

LOOK_SIZE, LOOK_PAGES, SHELF_PAGES = 100, 20, 2
SAVED = ("workflow.create", "workflow.update", "workflow.create_from_prompt")


@dataclass(frozen=True, slots=True)
class LibraryPage:
    """One page; `more` when others follow. `looked_at`: so many were looked through and there may be more."""

    rows: list[WorkflowRow]
    more: bool
    looked_at: int | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Who saved a workflow last through this product, and when (UTC)."""

    name: str
    at: datetime


def list_page(skyvern: Skyvern, filters: Filters, wanted: set[str] | None) -> LibraryPage:
    """The page that is asked for. `wanted` limits it to these ids, which Skyvern cannot do: its list is then looked
    through, 2,000 workflows at most. Raises the errors of Skyvern."""
    if wanted is not None:
        return _look_through(skyvern, filters, wanted)
    page, size = filters.page, filters.page_size
    rows = skyvern.list_library([*filters.asked, ("page", str(page)), ("page_size", str(size))])
    follows = len(rows) == size and bool(skyvern.list_library(
        [*filters.asked, ("page", str(page * size + 1)), ("page_size", "1")]))
    return LibraryPage(rows, follows)


def _look_through(skyvern: Skyvern, filters: Filters, wanted: set[str], most_pages: int = LOOK_PAGES) -> LibraryPage:
    found: list[WorkflowRow] = []
    missing, page, ended = set(wanted), 0, not wanted
    while missing and page < most_pages and not ended:
        page += 1
        rows = skyvern.list_library([*filters.asked, ("page", str(page)), ("page_size", str(LOOK_SIZE))])
        found += [row for row in rows if row.wpid in missing]
        missing -= {row.wpid for row in rows}
        ended = len(rows) < LOOK_SIZE
    start = (filters.page - 1) * filters.page_size
    return LibraryPage(found[start:start + filters.page_size], len(found) > start + filters.page_size,
                       page * LOOK_SIZE if missing and not ended else None)


def shelf(skyvern: Skyvern, favourites: set[str], size: int) -> tuple[list[WorkflowRow], bool]:
    """What somebody most likely came for: some of their favourites among the 200 workflows saved last (True), or
    without any there those that were saved last. Raises the errors of Skyvern."""
    if favourites and (starred := _look_through(skyvern, Filters(page_size=size), favourites, SHELF_PAGES).rows):
        return starred, True
    return skyvern.list_library([("page", "1"), ("page_size", str(size))]), False


def anything_at_all(skyvern: Skyvern) -> bool:
    """Whether Skyvern has any workflow. Raises its errors."""
    return bool(skyvern.list_library([("page", "1"), ("page_size", "1")]))


def favourites_of(user_id: str) -> set[str]:
    """The workflows this person marked with a star."""
    found = set(db.session.scalars(select(WorkflowFavourite.wpid).where(WorkflowFavourite.user_id == user_id)))
    db.session.remove()
    return found


def mark(user_id: str, wpid: str, is_favourite: bool) -> None:
    """Sets or takes the star; the same again changes nothing."""
    with writing() as session:
        session.execute(delete(WorkflowFavourite).where(
            WorkflowFavourite.user_id == user_id, WorkflowFavourite.wpid == wpid))
        if is_favourite:
            session.add(WorkflowFavourite(user_id=user_id, wpid=wpid))
    db.session.remove()


def forget(wpids: Iterable[str]) -> None:
    """Takes everybody's stars from workflows that were deleted."""
    with writing() as session:
        session.execute(delete(WorkflowFavourite).where(WorkflowFavourite.wpid.in_(list(wpids))))
    db.session.remove()


def edits_of(wpids: list[str]) -> dict[str, Edit]:
    """Who saved each of these last, where that happened here: from the audit."""
    saved = and_(AuditLog.resource_id.in_(wpids), AuditLog.action.in_(SAVED), AuditLog.outcome == "done")
    last = select(AuditLog.resource_id, func.max(AuditLog.created_at).label("at")).where(saved).group_by(
        AuditLog.resource_id).subquery()
    rows = db.session.execute(select(AuditLog.resource_id, AuditLog.user_name, AuditLog.created_at).join(
        last, and_(AuditLog.resource_id == last.c.resource_id, AuditLog.created_at == last.c.at)).where(saved))
    found = {str(row.resource_id): Edit(str(row.user_name), row.created_at) for row in rows}
    db.session.remove()
    return found
