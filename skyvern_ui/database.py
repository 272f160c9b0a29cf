"""How the two databases are spoken to.

SQLite: WAL, no busy wait inside the C library (it would freeze every greenlet), writes begin IMMEDIATE and wait
for the lock cooperatively for up to five seconds. PostgreSQL: psycopg 3, with statement and lock time-outs.
Every change to data happens inside `writing()`: one transaction, committed at its end or not at all.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import CursorResult, Result, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, scoped_session

from .config import Settings
from .extensions import db

LOCK_WAIT_SECONDS = 5.0
POOL = {"pool_size": 10, "max_overflow": 5, "pool_timeout": 2, "pool_pre_ping": True, "pool_recycle": 1800}
POSTGRES: dict[str, Any] = {"options": "-c statement_timeout=5000 -c lock_timeout=2000", "connect_timeout": 3}


def engine_options(settings: Settings) -> dict[str, Any]:
    """What Flask-SQLAlchemy hands to create_engine. Its errors name no values: those may be anybody's secrets."""
    if settings.sqlite:
        return {"connect_args": {"timeout": 0, "check_same_thread": False}, "pool_timeout": 2, "hide_parameters": True}
    return {**POOL, "connect_args": POSTGRES, "hide_parameters": True}


def watch_sqlite(engine: Engine) -> None:
    """Takes over BEGIN from the sqlite3 module, which would begin too late and wait in C."""
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)


@contextmanager
def writing() -> Iterator[scoped_session[Session]]:
    """One write transaction. A read before it in the same request is ended first; nesting joins the outer one."""
    session = cast("scoped_session[Session]", db.session)
    if session.info.get("writing"):
        yield session
        return
    session.rollback()
    session.connection(execution_options={"writing": True})
    session.info["writing"] = True
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["writing"] = False


def changed(result: Result[Any]) -> int:
    """How many rows an UPDATE or DELETE touched."""
    return cast("CursorResult[Any]", result).rowcount


def is_lock_error(error: BaseException) -> bool:
    """True for SQLite's answer that somebody else is writing."""
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=0"):
        _patiently(lambda: connection.execute(f"PRAGMA {pragma}"))  # noqa: B023 - called at once


def _begin_sqlite(connection: Connection) -> None:
    word = "BEGIN IMMEDIATE" if connection.get_execution_options().get("writing") else "BEGIN"
    _patiently(lambda: connection.exec_driver_sql(word))


def _patiently(attempt: Any) -> None:
    deadline = time.monotonic() + LOCK_WAIT_SECONDS
    while True:
        try:
            attempt()
            return
        except (sqlite3.OperationalError, OperationalError) as error:
            cause = getattr(error, "orig", error)
            if not is_lock_error(cause) or time.monotonic() > deadline:
                raise
        time.sleep(random.uniform(0.002, 0.02))
