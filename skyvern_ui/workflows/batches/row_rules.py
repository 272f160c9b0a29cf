"""The rows of a batch on their way. Whoever starts a row has first written a token on it, committed: so a start that
was lost can be found, and a row that somebody is starting is started by nobody else.

    waiting ──> starting ──> running ──> completed, failed, terminated, canceled, timed_out
       ^           │  └────> refused (Skyvern said no)
       └───────────┘  └────> unknown (nobody can know) ──> waiting or skipped
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update

from ...audit import Actor
from ...database import changed, writing
from ...extensions import db
from ...models import User
from ...models.batch import Batch, BatchRow
from ...models.columns import now
from .rules import CANCELED, ENDING, FINISHED, OPEN_ROWS, RUNNING, STOPPED, UNDER_WAY

SOONEST, LATEST = timedelta(seconds=1.5), timedelta(seconds=30)
GONE = "{name} was shut out, so nothing more is started in that name."


@dataclass(frozen=True, slots=True)
class Plan:
    """A batch as the round needs it, free of any transaction."""

    batch_id: str
    wpid: str
    state: str
    options: dict[str, Any]
    actor: Actor
    problem: str | None
    waits_until: datetime | None


@dataclass(frozen=True, slots=True)
class Ready:
    """A row that is being started, with its token; or one that is under way, with its run."""

    plan: Plan
    number: int
    token: str
    inputs: dict[str, Any]
    before: str | None
    run_id: str | None
    changed_at: datetime


def anything_to_do() -> bool:
    """Whether any batch is started or under way."""
    found = db.session.scalar(select(Batch.id).where(_is_active()).limit(1))
    db.session.remove()
    return found is not None


def due() -> list[Plan]:
    """The batches to look after. One whose owner was shut out stops here."""
    rows = db.session.execute(select(Batch, User).join(User, User.id == Batch.user_id).where(_is_active())
                              .order_by(Batch.created_at)).all()
    plans = [Plan(batch.id, batch.wpid, batch.state, dict(batch.options),
                  Actor("person", user.id, user.name, batch.ip_address, request_id=f"batch-{batch.id[:16]}"),
                  batch.problem, batch.waits_until) for batch, user in rows]
    shut_out = [batch.id for batch, user in rows if user.is_banned and batch.state == RUNNING]
    db.session.remove()
    for plan in plans:
        if plan.batch_id in shut_out:
            stop(plan.batch_id, GONE.format(name=plan.actor.name))
    return [plan for plan in plans if plan.batch_id not in shut_out]


def stop(batch_id: str, why: str) -> None:
    """Nothing more is started until somebody resumes it."""
    with writing() as session:
        session.execute(update(Batch).where(Batch.id == batch_id, Batch.state == RUNNING)
                        .values(state=STOPPED, problem=why[:1000]))


def wait(batch_id: str, why: str | None, seconds: float = 0.0) -> None:
    """Says why it does not go on just now, and for how long nothing is started; None: it goes on, unless it still has
    to wait."""
    until = now() + timedelta(seconds=seconds) if why and seconds else None
    may = [] if why else [or_(Batch.waits_until.is_(None), Batch.waits_until <= now())]
    with writing() as session:
        session.execute(update(Batch).where(Batch.id == batch_id, Batch.state == RUNNING, *may)
                        .values(problem=why, waits_until=until))


def take(plan: Plan) -> list[Ready]:
    """The next rows to start, no more than may be under way at once. Their tokens are committed when this returns; the
    batch's own row is locked meanwhile, and its owner is looked at once more."""
    with writing() as session:
        batch = session.get(Batch, plan.batch_id, with_for_update=True, populate_existing=True)
        owner = session.get(User, plan.actor.id, populate_existing=True)
        if batch is None or batch.state != RUNNING or (batch.waits_until and batch.waits_until > now()) \
                or owner is None or owner.is_banned:
            return []
        going = session.scalar(select(func.count()).select_from(BatchRow).where(
            BatchRow.batch_id == plan.batch_id, BatchRow.state.in_(UNDER_WAY))) or 0
        rows = session.scalars(select(BatchRow).where(
            BatchRow.batch_id == plan.batch_id, BatchRow.state == "waiting").order_by(BatchRow.number)
            .limit(max(0, batch.at_once - going))).all()
        for row in rows:
            row.state, row.attempt, row.changed_at = "starting", row.attempt + 1, now()
            row.token, row.looked_at = f"{row.number}-{row.attempt}-{secrets.token_hex(10)}", None
        found = [_ready(plan, row) for row in rows]
    db.session.remove()
    return found


def is_still_mine(row: Ready) -> bool:
    """Asked right before it is sent: False when the row was given back or settled while it stood in line. Its time
    begins anew, so that nobody takes a start that has only just been sent for one that was lost."""
    return _settle(row, ("starting",), state="starting")


def starting(plan: Plan) -> list[Ready]:
    """The rows that are being started, or that nobody heard the end of."""
    return _rows(plan, BatchRow.state == "starting")


def under_way(plan: Plan) -> list[Ready]:
    """The runs to ask about now: a young one often, one that has long been running now and then."""
    moment = now()
    return _rows(plan, BatchRow.state == "running", or_(BatchRow.looked_at.is_(None), BatchRow.looked_at < moment))


def began(row: Ready, run_id: str) -> bool:
    """The run exists. False when somebody else has settled this start."""
    return _settle(row, ("starting", "unknown"), state="running", run_id=run_id, problem=None,
                   looked_at=now() + SOONEST)


def give_back(row: Ready) -> bool:
    """It was certainly not started, and may be."""
    return _settle(row, ("starting",), state="waiting", token=None)


def refuse(row: Ready, sentence: str) -> bool:
    """Skyvern said no."""
    return _settle(row, ("starting",), state="refused", problem=sentence[:1000])


def ask_owner(row: Ready, why: str) -> bool:
    """Nobody can know whether it was started."""
    return _settle(row, ("starting",), state="unknown", problem=why)


def ended(row: Ready, status: str, problem: str | None, output: Any) -> bool:
    """Its run is over."""
    return _settle(row, ("running",), state=status, problem=problem[:2000] if problem else None, output=output)


def still_going(row: Ready) -> None:
    """Asked about again after a tenth of the time that it has taken so far."""
    pause = min(LATEST, max(SOONEST, (now() - row.changed_at) / 10))
    with writing() as session:
        session.execute(update(BatchRow).where(_is(row), BatchRow.state == "running")
                        .values(looked_at=now() + pause))


def close(plan: Plan) -> None:
    """The batch is over when none of its rows is open; also when it ends, whatever still waits for its owner."""
    left = select(BatchRow.number).where(BatchRow.batch_id == plan.batch_id, BatchRow.state.in_(
        UNDER_WAY if plan.state == ENDING else OPEN_ROWS)).exists()
    with writing() as session:
        done = session.execute(update(Batch).where(Batch.id == plan.batch_id, Batch.state == plan.state, ~left).values(
            state=CANCELED if plan.state == ENDING else FINISHED, finished_at=now(), problem=None, waits_until=None))
        if plan.state == ENDING and changed(done):  # a start that was given back while the batch was ending
            session.execute(update(BatchRow).where(BatchRow.batch_id == plan.batch_id, BatchRow.state == "waiting")
                            .values(state="canceled", problem="It was not started.", changed_at=now()))


def _is_active() -> ColumnElement[bool]:
    going = select(BatchRow.batch_id).where(BatchRow.state.in_(UNDER_WAY))
    return or_(Batch.state.in_((RUNNING, ENDING)), Batch.id.in_(going))


def _rows(plan: Plan, *conditions: ColumnElement[bool]) -> list[Ready]:
    rows = db.session.scalars(select(BatchRow).where(BatchRow.batch_id == plan.batch_id, *conditions)
                              .order_by(BatchRow.number).limit(100))
    found = [_ready(plan, row) for row in rows]
    db.session.remove()
    return found


def _ready(plan: Plan, row: BatchRow) -> Ready:
    return Ready(plan, row.number, row.token or "", dict(row.inputs), row.earlier[-1] if row.earlier else None,
                 row.run_id, row.changed_at)


def _is(row: Ready) -> ColumnElement[bool]:
    return (BatchRow.batch_id == row.plan.batch_id) & (BatchRow.number == row.number) & (BatchRow.token == row.token)


def _settle(row: Ready, states: tuple[str, ...], **values: Any) -> bool:
    with writing() as session:
        done = changed(session.execute(update(BatchRow).where(_is(row), BatchRow.state.in_(states))
                                       .values(**values, changed_at=now()))) == 1
    db.session.remove()
    return done
