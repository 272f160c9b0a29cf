"""Who wants to be told about what: watches, and the notices they gave.

A watch is of one run, of every later run of a workflow, of what the doctor finds, or of the credits of services (kinds
`doctor` and `credits`; their notices have `doctor:<check>` or `credits:<service>` in place of a run), or of a schedule
(kind `schedule`, `schedule:<workflow>/<schedule>`). A notice is one message to one person on one occasion; the unique
key of watch, run and occasion is what makes it once, whoever notices first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ..audit import Actor, record
from ..database import writing
from ..extensions import db
from ..models import Claim, User
from ..models.columns import new_id, now
from ..models.watch import Notice, Watch
from ..sealed import Sealer
from ..skyvern.values import FAILED_STATUSES

OF_RUNS = ("run", "workflow")
OUTCOMES = ("all", "trouble", "paused")
MOST_WATCHES = 100
KEPT = timedelta(days=30)
PAUSED = "paused"
DOCTOR, OF_DOCTOR = "doctor", "doctor:"
CREDITS, OF_CREDITS = "credits", "credits:"
SCHEDULE, OF_SCHEDULE = "schedule", "schedule:"
FOR_ADMINS = (DOCTOR, CREDITS)
TROUBLES = (*FAILED_STATUSES, "gone", "failing", "missed", "warning", "critical", "empty")


class TooMany(Exception):
    """This person watches as much as one person may."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked to be told: `kind` is `run`, `workflow`, `doctor`, `credits` or `schedule`, `secret` signs
    webhooks."""

    kind: str
    target_id: str
    title: str
    channel: str
    address: str
    outcomes: str
    secret: str | None = None


def watch(user_id: str, wish: Wish, sealer: Sealer, actor: Actor, **details: Any) -> str:
    """Begins a watch, or changes and reopens the one to the same place; its id. `details` are for its row in the
    audit. Raises TooMany."""
    with writing() as session:
        same = and_(Watch.user_id == user_id, Watch.kind == wish.kind, Watch.target_id == wish.target_id,
                    Watch.channel == wish.channel, Watch.address == wish.address)
        row = session.scalar(select(Watch).where(same).with_for_update())
        if row is None or row.ended_at is not None:
            count = session.scalar(select(func.count()).where(Watch.user_id == user_id, Watch.ended_at.is_(None)))
            if (count or 0) >= MOST_WATCHES:
                raise TooMany
        if row is None:
            row = Watch(id=new_id(), user_id=user_id, kind=wish.kind, target_id=wish.target_id,
                        channel=wish.channel, address=wish.address)
            session.add(row)
        if row.ended_at is not None or row.looked_at is None:
            row.created_at = row.looked_at = now()
        row.title, row.outcomes, row.ended_at = wish.title[:200], wish.outcomes, None
        row.secret = sealer.seal(wish.secret, secret_place(row.id)) if wish.secret else None
        record(actor, "watch.create", wish.kind, wish.target_id, channel=wish.channel, to=_receiver(wish.address),
               outcomes=wish.outcomes, **details)
        return row.id


def _receiver(address: str) -> str | None:
    """Whom a webhook tells, without the path: that often holds a secret."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if address else None


def secret_place(watch_id: str) -> str:
    """What the sealed secret of a webhook is bound to."""
    return f"watch:secret:{watch_id}"


def stop(user_id: str, watch_id: str, actor: Actor) -> bool:
    """Ends a watch of this person; what is not sent yet is not sent any more. False when it is none of theirs."""
    with writing() as session:
        row = session.scalar(select(Watch).where(Watch.id == watch_id, Watch.user_id == user_id).with_for_update())
        if row is None:
            return False
        if row.ended_at is None:
            row.ended_at = now()
            session.execute(update(Notice).where(Notice.watch_id == watch_id, Notice.status == "due")
                            .values(status="stopped", problem=None))
            record(actor, "watch.stop", row.kind, row.target_id, channel=row.channel)
    return True


def list_watches(user_id: str) -> list[Watch]:
    """What this person is told about, the newest first."""
    query = select(Watch).where(Watch.user_id == user_id, Watch.ended_at.is_(None))
    return list(db.session.scalars(query.order_by(Watch.created_at.desc(), Watch.id)))


def list_notices(user_id: str, most: int = 100) -> list[Notice]:
    """What this person was told, or is about to be, the newest first."""
    query = select(Notice).where(Notice.user_id == user_id).order_by(Notice.created_at.desc(), Notice.id)
    return list(db.session.scalars(query.limit(most)))


def watches_of(user_id: str, target_ids: Sequence[str]) -> list[Watch]:
    """This person's open watches of these runs and workflows."""
    query = select(Watch).where(Watch.user_id == user_id, Watch.target_id.in_(target_ids), Watch.ended_at.is_(None))
    return list(db.session.scalars(query.order_by(Watch.created_at)))


def wants_browser_news(user_id: str) -> bool:
    """True when a page of this person should ask for news: something is watched, or waits to be shown."""
    watched = select(Watch.id).where(Watch.user_id == user_id, Watch.ended_at.is_(None), Watch.channel == "browser")
    due = select(Notice.id).where(Notice.user_id == user_id, Notice.channel == "browser", Notice.status == "due")
    return bool(db.session.scalar(select(or_(watched.exists(), due.exists()))))


def open_watches() -> list[Watch]:
    """All runs and workflows that are watched for people who may still come in."""
    return list(db.session.scalars(_open(Watch.kind.in_(OF_RUNS))))


def watches_of_the_doctor() -> list[Watch]:
    """Who wants to hear what the doctor finds and may still come in."""
    return list(db.session.scalars(_open(Watch.kind == DOCTOR)))


def watches_of_credits() -> list[Watch]:
    """Who wants to hear when the credits of a service run low and may still come in."""
    return list(db.session.scalars(_open(Watch.kind == CREDITS)))


def watches_of_schedules() -> list[Watch]:
    """Who wants to hear when a schedule does not do what it should, and may still come in."""
    return list(db.session.scalars(_open(Watch.kind == SCHEDULE)))


def _open(*which: ColumnElement[bool]) -> Select[tuple[Watch]]:
    return select(Watch).join(User, User.id == Watch.user_id).where(
        Watch.ended_at.is_(None), may_come_in(), *which).order_by(Watch.created_at)


def anything_watched() -> bool:
    """Whether there are runs or workflows to look at. Holds no connection afterwards."""
    try:
        return db.session.scalar(select(Watch.id).where(Watch.ended_at.is_(None), Watch.kind.in_(OF_RUNS))
                                 .limit(1)) is not None
    finally:
        db.session.remove()


def may_come_in() -> ColumnElement[bool]:
    """The people who are not banned this moment."""
    return or_(User.banned.is_(None), User.banned.is_(False), User.ban_expires <= now())


def may_see(user_id: str, run_id: str, private_runs: bool) -> bool:
    """Whether this person exists, may come in, and may see this run. What the doctor finds and how services stand
    is for admins."""
    role = db.session.scalar(select(User.role).where(User.id == user_id, may_come_in()))
    if role is None:
        return False
    if role == "admin" or not (private_runs or is_for_admins(run_id)):
        return True
    if is_for_admins(run_id):
        return False
    return db.session.scalar(select(Claim.actor_id).where(Claim.upstream_id == claimed_as(run_id))) == user_id


def claimed_as(run_id: str) -> str:
    """By which id somebody owns what a notice is about: the run's, or the schedule's."""
    return run_id.rpartition("/")[2] if run_id.startswith(OF_SCHEDULE) else run_id


def is_for_admins(run_id: str) -> bool:
    """Whether a notice with this in place of a run is about what the doctor found, or about credits."""
    return run_id.startswith((OF_DOCTOR, OF_CREDITS))


def is_wanted(outcomes: str, occasion: str, status: str) -> bool:
    """Whether a watch for these outcomes is about this occasion (`over` or `paused…`) with this status."""
    if occasion.startswith(PAUSED):
        return True
    return outcomes == "all" or (outcomes == "trouble" and status in TROUBLES)


def told_of(watch_ids: Iterable[str], run_ids: Iterable[str]) -> set[tuple[str, str, str]]:
    """(watch, run, occasion) of every notice there is for these watches and runs."""
    rows = db.session.execute(select(Notice.watch_id, Notice.run_id, Notice.occasion)
                              .where(Notice.watch_id.in_(list(watch_ids)), Notice.run_id.in_(list(run_ids))))
    return {(row.watch_id, row.run_id, row.occasion) for row in rows}


def tell(watches: Iterable[Watch], run_id: str, occasion: str, content: dict[str, Any], private_runs: bool) -> int:
    """Makes the notices of this occasion, each once whoever else does the same, and ends the watches of a run that
    is over. How many are new."""
    new, is_over = 0, occasion == "over"
    dialect: Any = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    with writing() as session:
        for each in watches:
            if is_wanted(each.outcomes, occasion, content["status"]) and may_see(each.user_id, run_id, private_runs):
                moment = now()
                new += session.execute(dialect.insert(Notice).values(
                    id=new_id(), watch_id=each.id, user_id=each.user_id, run_id=run_id, occasion=occasion,
                    channel=each.channel, address=each.address, content=content, status="due", tries=0,
                    next_try_at=moment, created_at=moment,
                ).on_conflict_do_nothing(index_elements=["watch_id", "run_id", "occasion"])
                    .returning(Notice.id)).first() is not None
            if is_over and each.kind == "run":
                session.execute(update(Watch).where(Watch.id == each.id, Watch.ended_at.is_(None))
                                .values(ended_at=now()))
    return new


def look_from(workflow_id: str, moment: datetime) -> None:
    """Every run of this workflow that was created before is dealt with. `moment` is naive UTC."""
    with writing() as session:
        session.execute(update(Watch).where(Watch.kind == "workflow", Watch.target_id == workflow_id,
                                            Watch.looked_at < moment).values(looked_at=moment))


def forget() -> None:
    """Drops what was over a month ago."""
    with writing() as session:
        old = now() - KEPT
        session.execute(delete(Notice).where(Notice.created_at < old, Notice.status.not_in(("due", "sending"))))
        rest = select(Notice.id).where(Notice.watch_id == Watch.id)
        session.execute(delete(Watch).where(Watch.ended_at < old, ~rest.exists()))
