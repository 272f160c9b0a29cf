"""Who drives a browser: one person at a time over all workers and hosts, by one row for each browser.

The row is a lease. Its holder refreshes it every second and sends nothing on when the last refresh is older than
`GOOD_FOR`; whoever takes it from a living holder waits that long before the first word, so two never drive at once,
not even when a worker stalls. A holder not seen for `STALE_AFTER` is gone, and the browser is free.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, literal, literal_column, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ..audit import Actor, record
from ..database import changed, writing
from ..extensions import db
from ..models import Control
from ..models.columns import Moment, now
from ..skyvern.values import Run, run_kind

GOOD_FOR = 2.0  # seconds
STALE_AFTER = timedelta(seconds=6)
ASK_LASTS = timedelta(seconds=60)
FORGOTTEN_AFTER = timedelta(days=1)
CLOCK = "(clock_timestamp() AT TIME ZONE 'UTC')"  # PostgreSQL's own, the same for every host


@dataclass(frozen=True, slots=True)
class Driver:
    """Who drives, and who asks for it. `viewer` is the tab; empty while the browser is kept for somebody's next."""

    holder_id: str
    holder_name: str
    viewer: str
    asked_by_id: str | None = None
    asked_by_name: str | None = None

    @property
    def is_awaited(self) -> bool:
        """True while the browser was handed over and the person has not taken it up yet."""
        return not self.viewer


@dataclass(frozen=True, slots=True)
class Taking:
    """How taking went. `driver` is who drives now; `must_wait` that another may still be driving for `GOOD_FOR`."""

    is_mine: bool
    driver: Driver | None
    must_wait: bool = False


def browser_key(run: Run) -> str | None:
    """Skyvern's id of the browser a run works in; None for a run whose browser cannot be driven (a task of engine
    1.0 without a browser session: Skyvern has no input socket for it). `run` comes with its inner run."""
    if run.browser_session_id:
        return run.browser_session_id
    if run_kind(run.run_id) == "workflow_run":
        return run.run_id
    inner = run.raw.get("workflow_run_id") if run_kind(run.run_id) == "task_v2" else None
    return inner if isinstance(inner, str) and run_kind(inner) == "workflow_run" else None


def take(key: str, actor: Actor, viewer: str, *, by_force: bool = False) -> Taking:
    """Take the browser if it is free, the actor's own, or, for admins, `by_force`. Who may is for the caller."""
    moment = _moment()
    row = {"holder_id": actor.id or "", "holder_name": actor.name, "session_id": actor.session_id or "",
           "viewer": viewer, "taken_at": moment, "seen_at": moment, "asked_by_id": None, "asked_by_name": None,
           "asked_at": None}
    with writing() as session:
        session.execute(delete(Control).where(Control.seen_at < now() - FORGOTTEN_AFTER))
        before = session.execute(_reading().where(Control.key == key).with_for_update()).first()
        dialect: Any = postgresql if db.engine.dialect.name == "postgresql" else sqlite
        free = or_(Control.holder_id == (actor.id or ""), Control.seen_at < _ago(STALE_AFTER))
        upsert = dialect.insert(Control).values(key=key, **row).on_conflict_do_update(
            index_elements=["key"], set_=row, where=None if by_force else free).returning(Control.viewer)
        is_mine = session.execute(upsert).first() is not None
        if is_mine:
            was = _driver(before) if before is not None and before.is_fresh else None
            other = was.holder_name if was and was.holder_id != actor.id else None
            record(actor, "control.take", "browser", key, taken_from=other)
    if not is_mine:
        return Taking(False, driver_of([key]).get(key))
    db.session.remove()
    return Taking(True, Driver(actor.id or "", actor.name, viewer), bool(was and was.viewer not in ("", viewer)))


def refresh(key: str, viewer: str) -> Driver | None:
    """Say that the holder is still there. None when the browser is no longer this tab's."""
    try:
        with writing() as session:
            told = session.execute(
                update(Control).where(Control.key == key, Control.viewer == viewer).values(seen_at=_moment())
                .returning(*_columns())).first()
        return _driver(told) if told is not None else None
    finally:
        db.session.remove()


def release(key: str, viewer: str, actor: Actor, *, lost: str | None = None) -> bool:
    """Give the browser back; `lost` says why when it was not the person's own doing. False when it was not theirs."""
    try:
        with writing() as session:
            gone = changed(session.execute(delete(Control).where(Control.key == key, Control.viewer == viewer)))
            if gone:
                record(actor, "control.lose" if lost else "control.give", "browser", key, reason=lost)
        return bool(gone)
    finally:
        db.session.remove()


def hand_over(key: str, viewer: str, actor: Actor) -> str | None:
    """Keep the browser for whoever asked, for as long as a lease lasts. Their name, or None when nobody asks."""
    return _answer(key, viewer, actor, "control.give", "given_to", {
        "holder_id": Control.asked_by_id, "holder_name": Control.asked_by_name, "session_id": "", "viewer": "",
        "taken_at": _moment(), "seen_at": _moment()})


def keep(key: str, viewer: str, actor: Actor) -> str | None:
    """Answer no to whoever asked. Their name, or None when nobody asks."""
    return _answer(key, viewer, actor, "control.keep", "asked_by", {})


def _answer(key: str, viewer: str, actor: Actor, action: str, named: str, changes: dict[str, Any]) -> str | None:
    """What the holder says to whoever asks; nobody asks any more then."""
    try:
        with writing() as session:
            asked = session.execute(_reading().where(_mine_and_asked(key, viewer)).with_for_update()).first()
            if asked is None:
                return None
            session.execute(update(Control).where(Control.key == key).values(
                asked_by_id=None, asked_by_name=None, asked_at=None, **changes))
            record(actor, action, "browser", key, **{named: asked.asked_by_name})
            return str(asked.asked_by_name)
    finally:
        db.session.remove()


def ask(key: str, actor: Actor) -> Driver | None:
    """Ask whoever drives for the browser. The driver as it is now, whose `asked_by_id` says whether the actor is the
    one who asks (one at a time may, for a minute); None when nobody drives, so that it can simply be taken."""
    may = or_(Control.asked_by_id.is_(None), Control.asked_by_id == actor.id, Control.asked_at < _ago(ASK_LASTS))
    with writing() as session:
        asked = changed(session.execute(update(Control).where(
            Control.key == key, Control.seen_at >= _ago(STALE_AFTER), Control.holder_id != (actor.id or ""), may,
        ).values(asked_by_id=actor.id, asked_by_name=actor.name, asked_at=_moment())))
        if asked:
            record(actor, "control.ask", "browser", key)
    return driver_of([key]).get(key)


def driver_of(keys: Iterable[str]) -> dict[str, Driver]:
    """Who drives which of these browsers now. Reads; holds no connection afterwards."""
    try:
        rows = db.session.execute(_reading().where(Control.key.in_(list(keys)), _is_fresh())).all()
        return {row.key: _driver(row) for row in rows}
    finally:
        db.session.remove()


def _reading() -> Any:
    return select(*_columns())


def _columns() -> list[Any]:
    asks = and_(Control.asked_by_id.is_not(None), Control.asked_at >= _ago(ASK_LASTS))
    return [Control.key, Control.holder_id, Control.holder_name, Control.viewer, Control.asked_by_id,
            Control.asked_by_name, asks.label("is_asked"), _is_fresh().label("is_fresh")]


def _driver(row: Any) -> Driver:
    asked = (row.asked_by_id, row.asked_by_name) if row.is_asked else (None, None)
    return Driver(row.holder_id, row.holder_name, row.viewer, *asked)


def _mine_and_asked(key: str, viewer: str) -> ColumnElement[bool]:
    return and_(Control.key == key, Control.viewer == viewer, Control.asked_by_id.is_not(None),
                Control.asked_at >= _ago(ASK_LASTS))


def _is_fresh() -> ColumnElement[bool]:
    return Control.seen_at >= _ago(STALE_AFTER)


def _moment() -> ColumnElement[Any]:
    """This moment by the database's clock, where several hosts may write; SQLite has but one."""
    return literal_column(CLOCK, Moment) if db.engine.dialect.name == "postgresql" else literal(now(), Moment)


def _ago(span: timedelta) -> ColumnElement[Any]:
    moment = _moment()
    return moment - literal(span) if db.engine.dialect.name == "postgresql" else literal(now() - span, Moment)
