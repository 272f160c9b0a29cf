"""Filters that a person keeps under a name."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from ..audit import Actor, record
from ..database import writing
from ..extensions import db
from ..models import SavedView

MOST = 30


class CannotKeep(Exception):
    """A view that cannot be kept, with the sentence that says why."""


def views_of(user_id: str) -> Sequence[SavedView]:
    """This person's views, oldest first. Holds no connection afterwards."""
    try:
        views = db.session.scalars(select(SavedView).where(SavedView.user_id == user_id)
                                   .order_by(SavedView.created_at, SavedView.id)).all()
        db.session.expunge_all()
        return views
    finally:
        db.session.remove()


def view_of(user_id: str, view_id: str) -> SavedView | None:
    """One of this person's views; None for unknown and foreign ids alike."""
    return next((view for view in views_of(user_id) if view.id == view_id), None)


def keep(actor: Actor, name: str, query: str) -> str:
    """Keeps a new view and returns its id. Raises CannotKeep when the name is taken or there are thirty already."""
    user_id = actor.id or ""
    try:
        with writing() as session:
            count = session.scalar(select(func.count()).select_from(SavedView).where(SavedView.user_id == user_id))
            if (count or 0) >= MOST:
                raise CannotKeep("You have thirty views, which is the most. Remove one first.")
            view = SavedView(user_id=user_id, name=name, query=query)
            session.add(view)
            session.flush()
            record(actor, "view.create", "view", view.id, name=name)
            return view.id
    except IntegrityError as error:
        raise CannotKeep(f"You have a view called “{name}” already. Choose another name.") from error


def rename(actor: Actor, view_id: str, name: str) -> None:
    """Gives it another name. Raises CannotKeep when that is taken."""
    try:
        with writing() as session:
            view = session.get(SavedView, view_id)
            if view is not None and view.user_id == actor.id:
                view.name = name
                record(actor, "view.rename", "view", view_id, name=name)
    except IntegrityError as error:
        raise CannotKeep(f"You have a view called “{name}” already. Choose another name.") from error


def overwrite(actor: Actor, view_id: str, query: str) -> None:
    """Keeps other filters under the same name."""
    with writing() as session:
        view = session.get(SavedView, view_id)
        if view is not None and view.user_id == actor.id:
            view.query = query
            record(actor, "view.update", "view", view_id, name=view.name)


def remove(actor: Actor, view_id: str) -> None:
    """Forgets it."""
    with writing() as session:
        view = session.get(SavedView, view_id)
        if view is not None and view.user_id == actor.id:
            record(actor, "view.remove", "view", view_id, name=view.name)
            session.delete(view)
