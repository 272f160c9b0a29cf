"""Who wants to hear when a schedule does not do what it should, and how each of these watches stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from ..audit import Actor
from ..database import writing
from ..extensions import db
from ..models.columns import now
from ..models.schedule_watch import ScheduleWatch
from ..models.watch import Watch
from ..notices import rules as notices
from ..sealed import Sealer

MOST_FAILURES = 20


@dataclass(frozen=True, slots=True)
class Watched:
    """One watch of one schedule. Moments are naive UTC."""

    watch_id: str
    wpid: str
    schedule_id: str
    title: str
    channel: str
    address: str
    failures: int
    missed: bool
    state: str
    since: datetime
    judged_until: datetime


def begin(user_id: str, wpid: str, wish: notices.Wish, failures: int, missed: bool, sealer: Sealer,
          actor: Actor) -> str:
    """Begins to watch a schedule, or changes the watch that goes to the same place; its id. What was due before is not
    missed. Raises TooMany."""
    watch_id = notices.watch(user_id, wish, sealer, actor, failures=failures, missed=missed)
    with writing() as session:
        row = session.get(ScheduleWatch, watch_id, with_for_update=True)
        if row is None:
            row = ScheduleWatch(watch_id=watch_id, wpid=wpid)
            session.add(row)
        row.failures, row.missed, row.state, row.since, row.judged_until = failures, missed, "ok", now(), now()
    return watch_id


def all_watched() -> list[Watched]:
    """Every open watch of a schedule whose person may come in. Holds no connection afterwards."""
    query = select(Watch, ScheduleWatch).join(ScheduleWatch, ScheduleWatch.watch_id == Watch.id)
    ids = [each.id for each in notices.watches_of_schedules()]
    return _read(query.where(Watch.id.in_(ids)))


def watches_of(user_id: str, wpid: str, schedule_id: str) -> list[Watched]:
    """This person's open watches of a schedule."""
    query = select(Watch, ScheduleWatch).join(ScheduleWatch, ScheduleWatch.watch_id == Watch.id)
    return _read(query.where(Watch.user_id == user_id, Watch.kind == notices.SCHEDULE, Watch.ended_at.is_(None),
                             Watch.target_id == target(wpid, schedule_id)).order_by(Watch.created_at))


def target(wpid: str, schedule_id: str) -> str:
    """What a watch of a schedule names it by: Skyvern finds a schedule only through its workflow."""
    return f"{wpid}/{schedule_id}"


def anything_watched() -> bool:
    """Whether any schedule is watched. Holds no connection afterwards."""
    try:
        open_one = select(Watch.id).where(Watch.kind == notices.SCHEDULE, Watch.ended_at.is_(None)).limit(1)
        return db.session.scalar(open_one) is not None
    finally:
        db.session.remove()


def conclude(one: Watched, state: str, judged_until: datetime, content: dict[str, Any], occasion: str,
             private_runs: bool) -> bool:
    """Writes down how it stands and, when that is news, makes the notice: both or neither, and once whoever looks at
    the same time. Whether it was news. `judged_until` is naive UTC; a state `gone` ends the watch."""
    news = (one.state == "ok") is not (state == "ok")
    kept = state if news or state == "ok" else one.state
    with writing() as session:
        mine = session.execute(update(ScheduleWatch).where(
            ScheduleWatch.watch_id == one.watch_id, ScheduleWatch.state == one.state,
            ScheduleWatch.judged_until == one.judged_until,
        ).values(state=kept, judged_until=judged_until, looked_at=now(),
                 **({"since": now()} if news else {})).returning(ScheduleWatch.watch_id)).first()
        if mine is None:
            return False
        if news:
            watch = session.get(Watch, one.watch_id)
            if watch is not None and watch.ended_at is None:
                topic = notices.OF_SCHEDULE + target(one.wpid, one.schedule_id)
                notices.tell([watch], topic, occasion, content, private_runs)
        if state == "gone":
            session.execute(update(Watch).where(Watch.id == one.watch_id, Watch.ended_at.is_(None))
                            .values(ended_at=now()))
    return news


def _read(query: Any) -> list[Watched]:
    try:
        return list(_watched(db.session.execute(query).all()))
    finally:
        db.session.remove()


def _watched(rows: Iterable[Any]) -> Iterable[Watched]:
    for watch, row in rows:
        yield Watched(watch.id, row.wpid, watch.target_id.partition("/")[2], watch.title or "", watch.channel,
                      watch.address, row.failures, row.missed, row.state, row.since, row.judged_until)
