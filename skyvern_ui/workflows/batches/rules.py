"""Batches: one table, many runs of a workflow. Made as a draft, filled in step by step, started once.

    draft ──start──> running <──> paused          every change of state is one conditional statement, so that two
                       │  └─────> stopped         people, or two workers, never both do it
                       └─> ending ──> canceled
                       └─> finished
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, delete, func, insert, or_, select, update

from ...audit import Actor, record
from ...database import changed, writing
from ...extensions import db
from ...models.batch import Batch, BatchRow
from ...models.columns import new_id, now
from .table import Table

DRAFT, RUNNING, PAUSED, STOPPED, ENDING = "draft", "running", "paused", "stopped", "ending"
FINISHED, CANCELED = "finished", "canceled"
UNDER_WAY = ("starting", "running")
OPEN_ROWS = ("waiting", "starting", "running", "unknown")
FAILED_ROWS = ("failed", "terminated", "timed_out", "canceled", "refused")
MOST_AT_ONCE, CHUNK = 10, 500
DRAFTS_LAST = timedelta(days=7)


def create_draft(wpid: str, title: str, file_name: str, table: Table, actor: Actor) -> str:
    """Keeps the table as a draft of this person's; its id."""
    batch_id = new_id()
    with writing() as session:
        session.add(Batch(id=batch_id, wpid=wpid, title=title[:200], user_id=actor.id, file_name=file_name[-200:],
                          headings=list(table.headings), mapping={}, options={}, at_once=2, state=DRAFT,
                          notes=list(table.notes)))
        session.flush()
        rows = [{"batch_id": batch_id, "number": number, "cells": list(cells), "inputs": {}, "state": "waiting",
                 "attempt": 0, "earlier": [], "changed_at": now()}
                for number, cells in zip(table.numbers, table.rows, strict=True)]
        for start_ in range(0, len(rows), CHUNK):
            session.execute(insert(BatchRow), rows[start_:start_ + CHUNK])
            time.sleep(0)  # whoever else is served here goes on in between
        record(actor, "batch.create", "batch", batch_id, workflow=wpid, rows=len(rows))
    db.session.remove()
    return batch_id


def find(batch_id: str) -> Batch | None:
    """The batch, free of any transaction; None when there is none."""
    found = db.session.get(Batch, batch_id, populate_existing=True)
    if found is not None:
        db.session.expunge(found)
    db.session.remove()
    return found


def batches_of(wpid: str, user_id: str, everybody: bool) -> list[Batch]:
    """The newest fifty batches of a workflow: this person's drafts, and of those that were started everybody's or their
    own."""
    mine = Batch.user_id == user_id
    seen = or_(mine, Batch.state != DRAFT) if everybody else mine
    found = list(db.session.scalars(select(Batch).where(Batch.wpid == wpid, seen)
                                    .order_by(Batch.created_at.desc()).limit(50)))
    db.session.expunge_all()
    db.session.remove()
    return found


def counts_of(batch_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """How many rows of each batch are in which state."""
    rows = db.session.execute(select(BatchRow.batch_id, BatchRow.state, func.count()).where(
        BatchRow.batch_id.in_(batch_ids)).group_by(BatchRow.batch_id, BatchRow.state))
    found: dict[str, dict[str, int]] = {batch_id: {} for batch_id in batch_ids}
    for batch_id, state, count in rows:
        found[batch_id][state] = int(count)
    db.session.remove()
    return found


def rows_of(batch_id: str, states: Sequence[str] = (), after: int = 0, most: int = 50) -> list[BatchRow]:
    """Rows in their order, from behind a number on, free of any transaction."""
    query = select(BatchRow).where(BatchRow.batch_id == batch_id, BatchRow.number > after)
    if states:
        query = query.where(BatchRow.state.in_(states))
    found = list(db.session.scalars(query.order_by(BatchRow.number).limit(most)))
    db.session.expunge_all()
    db.session.remove()
    return found


def every_row(batch_id: str) -> Iterator[BatchRow]:
    """All rows in their order, a few hundred at a time; no connection is held between them."""
    after = 0
    while rows := rows_of(batch_id, after=after, most=CHUNK):
        yield from rows
        after = rows[-1].number


def save_mapping(batch_id: str, mapping: dict[str, Any], options: dict[str, Any],
                 inputs: Iterable[tuple[int, dict[str, Any] | None]], actor: Actor) -> bool:
    """What each row of a draft will send; a row without inputs will be left out. False when it is no draft any more."""
    moment = now()
    values = [{"batch_id": batch_id, "number": number, "inputs": each or {},
               "state": "skipped" if each is None else "waiting", "changed_at": moment} for number, each in inputs]
    with writing() as session:
        if not _moved(session, batch_id, (DRAFT,), mapping=mapping, options=options):
            return False
        for start_ in range(0, len(values), CHUNK):
            session.execute(update(BatchRow), values[start_:start_ + CHUNK])
            time.sleep(0)
        record(actor, "batch.update", "batch", batch_id)
    db.session.remove()
    return True


def start(batch_id: str, title: str, at_once: int, actor: Actor) -> bool:
    """A draft begins, once: from here on rows are started in this person's name and from this address."""
    with writing() as session:
        done = _moved(session, batch_id, (DRAFT,), state=RUNNING, title=title[:200], created_at=now(),
                      at_once=max(1, min(MOST_AT_ONCE, at_once)), ip_address=actor.ip)
        if done:
            record(actor, "batch.start", "batch", batch_id)
    return done


def pause(batch_id: str, actor: Actor) -> bool:
    """Nothing more is started; what is under way goes on."""
    return _change(batch_id, (RUNNING,), "batch.pause", actor, state=PAUSED, problem=None)


def resume(batch_id: str, actor: Actor) -> bool:
    """It goes on where it was."""
    return _change(batch_id, (PAUSED, STOPPED), "batch.resume", actor, state=RUNNING, problem=None, waits_until=None)


def cancel(batch_id: str, actor: Actor) -> bool:
    """What waits is never started. What is under way is left to whoever asks."""
    with writing() as session:
        done = _moved(session, batch_id, (RUNNING, PAUSED, STOPPED), state=ENDING, problem=None)
        if done:
            session.execute(update(BatchRow).where(BatchRow.batch_id == batch_id, BatchRow.state == "waiting")
                            .values(state="canceled", problem="It was not started.", changed_at=now()))
            record(actor, "batch.cancel", "batch", batch_id)
    return done


def retry(batch_id: str, numbers: Sequence[int] | None, actor: Actor) -> int:
    """The rows that did not end well once more, or those of these numbers that did not: how many. Their runs stay
    linked."""
    which = [BatchRow.batch_id == batch_id, BatchRow.state.in_(FAILED_ROWS)]
    if numbers is not None:
        which.append(BatchRow.number.in_(numbers))
    with writing() as session:
        batch = session.get(Batch, batch_id, with_for_update=True, populate_existing=True)
        if batch is None or batch.state == DRAFT:
            return 0
        rows = list(session.scalars(select(BatchRow).where(*which)))
        for row in rows:
            row.earlier = [*row.earlier, row.run_id] if row.run_id else row.earlier
            row.state, row.run_id, row.token, row.problem, row.output = "waiting", None, None, None, None
            row.changed_at = now()
        if rows:
            if batch.state != PAUSED:
                batch.state = RUNNING
            batch.finished_at = batch.problem = batch.waits_until = None
            record(actor, "batch.retry", "batch", batch_id, rows=len(rows))
    return len(rows)


def answer(batch_id: str, number: int, started: str, actor: Actor) -> bool:
    """What the owner knows of a start that nobody else knows of: `no` (start it) or `skip`. False when it is no
    question any more."""
    values: dict[str, Any] = {"state": "skipped"}
    if started == "no":
        values = {"state": "waiting", "token": None, "problem": None}
    with writing() as session:
        goes_on = select(Batch.id).where(Batch.id == batch_id, Batch.state.in_((RUNNING, PAUSED, STOPPED))).exists()
        done = changed(session.execute(update(BatchRow).where(
            BatchRow.batch_id == batch_id, BatchRow.number == number, BatchRow.state == "unknown",
            *([goes_on] if started == "no" else [])).values(**values, changed_at=now()))) == 1
        if done:
            record(actor, "batch.answer", "batch", batch_id, row=number, answer=started)
    return done


def remove(batch_id: str, actor: Actor) -> bool:
    """Deletes a batch of which nothing is under way, with its rows. The runs stay in Skyvern."""
    with writing() as session:
        open_ = select(BatchRow.number).where(BatchRow.batch_id == batch_id, BatchRow.state.in_(UNDER_WAY)).exists()
        done = changed(session.execute(delete(Batch).where(Batch.id == batch_id, Batch.state != RUNNING, ~open_))) == 1
        if done:
            record(actor, "batch.delete", "batch", batch_id)
    return done


def forget_drafts() -> int:
    """Removes drafts that were left for a week. How many."""
    with writing() as session:
        return changed(session.execute(delete(Batch).where(and_(
            Batch.state == DRAFT, Batch.created_at < now() - DRAFTS_LAST))))


def _change(batch_id: str, states: Sequence[str], action: str, actor: Actor, **values: Any) -> bool:
    with writing() as session:
        done = _moved(session, batch_id, states, **values)
        if done:
            record(actor, action, "batch", batch_id)
    return done


def _moved(session: Any, batch_id: str, states: Sequence[str], **values: Any) -> bool:
    """Changes a batch that is in one of these states. False when it is not."""
    return changed(session.execute(update(Batch).where(Batch.id == batch_id, Batch.state.in_(states))
                                   .values(**values))) == 1
