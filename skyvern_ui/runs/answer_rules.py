"""Who has a waiting run in hand, and who answers it: one row for each run decides over all workers and hosts.

`WaitingClaim.block_id` names the wait that is held; with `ANSWERED` in front, that this wait is being answered or was.
Only whoever writes that mark speaks to Skyvern, so that two people at once approve, or approve and reject, once. The
mark gives way when the same wait still stands `SETTLES` later: then Skyvern has not heard it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, false, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ..audit import Actor, conclude, intend, record
from ..database import changed, writing
from ..extensions import db
from ..models import WaitingClaim
from ..models.columns import now
from ..recorded import outcome_of
from ..skyvern import errors

ANSWERED = "answered:"
SETTLES = timedelta(seconds=45)  # longer than one call to Skyvern may be under way (transport: 5 + 30)
FORGOTTEN_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has it, since when (naive UTC)."""

    user_id: str
    name: str
    since: datetime


class Taken(Exception):
    """Somebody else has it. `name` says who."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class AnsweredAlready(Exception):
    """Somebody was faster. `name` says who, where we know it."""

    def __init__(self, name: str | None) -> None:
        super().__init__(name)
        self.name = name


def claim_wait(run_id: str, block_id: str, actor: Actor, over: str | None = None) -> None:
    """Say "I have this". Taking it from somebody else needs their id as `over`, so that nobody takes it unseen.
    Raises Taken, and AnsweredAlready when it is being answered."""
    with writing():
        before = _row(run_id, lock=True)
        may = or_(WaitingClaim.block_id != block_id, WaitingClaim.user_id.in_([actor.id or "", over or ""]))
        won = _put(run_id, block_id, actor, and_(may, or_(WaitingClaim.block_id != ANSWERED + block_id, _is_stale())))
        if won:
            other = before.user_name if before and before.block_id == block_id and before.user_id != actor.id else None
            record(actor, "wait.claim", "run", run_id, taken_from=other)
    if not won:
        found = holder_row(run_id)
        if found and found.block_id.startswith(ANSWERED):
            raise AnsweredAlready(found.user_name)
        raise Taken(found.user_name if found else "Somebody else")
    db.session.remove()


def release_wait(run_id: str, actor: Actor, *, as_admin: bool = False) -> bool:
    """Give it back; admins may for others. False when it was not the actor's to give."""
    whose = WaitingClaim.run_id == run_id
    if not as_admin:
        whose = and_(whose, WaitingClaim.user_id == (actor.id or ""))
    try:
        with writing() as session:
            before = _row(run_id, lock=True)
            gone = changed(session.execute(delete(WaitingClaim).where(
                whose, ~_is_answer())))
            if gone and before:
                record(actor, "wait.release", "run", run_id,
                       held_by=before.user_name if before.user_id != actor.id else None)
        return bool(gone)
    finally:
        db.session.remove()


def holders_of(run_ids: Iterable[str]) -> dict[tuple[str, str], Holder]:
    """Who has which wait, by run and block. Reads; holds no connection afterwards."""
    try:
        rows = db.session.scalars(select(WaitingClaim).where(WaitingClaim.run_id.in_(list(run_ids)))).all()
        return {(row.run_id, row.block_id): Holder(row.user_id, row.user_name, row.created_at) for row in rows}
    finally:
        db.session.remove()


def answered_by(run_id: str) -> str | None:
    """Who answered the last wait of this run, if that happened here."""
    row = holder_row(run_id)
    return row.user_name if row and row.block_id.startswith(ANSWERED) else None


def answer(run_id: str, block_id: str, action: str, send: Callable[[], None], actor: Actor, **details: Any) -> None:
    """Answer a wait: recorded as `action`, sent once, by one person. Raises AnsweredAlready when somebody is faster,
    here or elsewhere, and the errors of Skyvern, after which it may be tried again."""
    before = _win(run_id, block_id, actor)
    try:
        row = intend(actor, action, "run", run_id, **details)
    except BaseException:
        _give_back(run_id, block_id, before)
        raise
    try:
        send()
    except errors.SkyvernError as error:
        conclude(row, outcome_of(error), error.status)
        if isinstance(error, errors.Missing):
            _give_back(run_id, block_id, before)
            raise AnsweredAlready(None) from error
        if not isinstance(error, errors.TimedOut | errors.Broken):
            _give_back(run_id, block_id, before)
        raise
    conclude(row, "done", 200)


def holder_row(run_id: str) -> WaitingClaim | None:
    """The row of a run. Reads; holds no connection afterwards."""
    try:
        return _row(run_id)
    finally:
        db.session.remove()


def _win(run_id: str, block_id: str, actor: Actor) -> Holder | None:
    """Marks the wait as answered by the actor; returns who had it before. Raises AnsweredAlready."""
    with writing() as session:
        session.execute(delete(WaitingClaim).where(WaitingClaim.created_at < now() - FORGOTTEN_AFTER))
        found = _row(run_id, lock=True)
        before = (Holder(found.user_id, found.user_name, found.created_at)
                  if found and found.block_id == block_id else None)
        won = _put(run_id, ANSWERED + block_id, actor, or_(~_is_answer(), _is_stale(), _is_other(block_id)))
    if not won:
        raise AnsweredAlready(answered_by(run_id))
    db.session.remove()
    return before


def _give_back(run_id: str, block_id: str, before: Holder | None) -> None:
    """Takes the mark away: nothing was answered."""
    mark = and_(WaitingClaim.run_id == run_id, WaitingClaim.block_id == ANSWERED + block_id)
    try:
        with writing() as session:
            if before is None:
                session.execute(delete(WaitingClaim).where(mark))
            else:
                session.execute(update(WaitingClaim).where(mark).values(
                    block_id=block_id, user_id=before.user_id, user_name=before.name, created_at=before.since))
    finally:
        db.session.remove()


def _put(run_id: str, block_id: str, actor: Actor, where: ColumnElement[bool]) -> bool:
    values = {"block_id": block_id, "user_id": actor.id or "", "user_name": actor.name, "created_at": now()}
    dialect: Any = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(WaitingClaim).values(run_id=run_id, **values).on_conflict_do_update(
        index_elements=["run_id"], set_=values, where=where).returning(WaitingClaim.run_id)
    return db.session.execute(statement).first() is not None


def _row(run_id: str, lock: bool = False) -> WaitingClaim | None:
    query = select(WaitingClaim).where(WaitingClaim.run_id == run_id).execution_options(populate_existing=True)
    return db.session.scalar(query.with_for_update() if lock else query)


def _is_answer() -> ColumnElement[bool]:
    return WaitingClaim.block_id.startswith(ANSWERED, autoescape=True)


def _is_stale() -> ColumnElement[bool]:
    return and_(_is_answer(), WaitingClaim.created_at < now() - SETTLES)


def _is_other(block_id: str) -> ColumnElement[bool]:
    """Certainly another wait: a block that could not be told from the timeline may be any."""
    return WaitingClaim.block_id.not_in([ANSWERED, ANSWERED + block_id]) if block_id else false()
