"""The one read every request makes: who is this, and is the connection to Skyvern still the one we know?

It runs on raw connections in autocommit, outside the ORM: one prepared round trip (DESIGN.md 8 has the figures).
A ban, a role change, a revoked session or a new setting is therefore seen by the very next request.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Any

import psycopg

from ..config import Settings
from ..database import POSTGRES
from .columns import now
from .gathering import Gathering, Unavailable

__all__ = ["Reader", "SignedIn", "Unavailable"]

COLUMNS = """s.id, s.expires_at, s.updated_at, u.id, u.name, u.email, u.role, u.banned, u.ban_expires,
 (SELECT max(o.version) FROM organization_settings o)"""
FIND = f'SELECT {COLUMNS} FROM session s JOIN "user" u ON u.id = s.user_id WHERE s.token = ?'
FIND_MANY = f'SELECT s.token, {COLUMNS} FROM session s JOIN "user" u ON u.id = s.user_id WHERE s.token = ANY(?)'
ALIVE = 'SELECT s.id, s.expires_at, u.banned, u.ban_expires, u.role FROM session s JOIN "user" u ON u.id = s.user_id'

MOST_CONNECTIONS, WAIT_SECONDS = 16, 3.0


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who a session belongs to, as of this request. What Flask-Login calls the current user."""

    session_id: str
    expires_at: datetime
    updated_at: datetime
    id: str
    name: str
    email: str
    role: str
    banned: bool
    settings_version: int

    is_authenticated = True
    is_active = True
    is_anonymous = False

    @property
    def is_admin(self) -> bool:
        """True for role admin."""
        return self.role == "admin"

    def get_id(self) -> str:
        """The session, not the person: signing out one browser leaves the others alone."""
        return self.session_id


class Reader:
    """A few raw connections of this process, opened on first use, replaced when they break."""

    def __init__(self, settings: Settings) -> None:
        self._idle: list[Any] = []
        self._together = Gathering(self._find_many)
        if settings.sqlite:
            path = settings.database_url.removeprefix("sqlite:///")
            self._open: Callable[[], Any] = lambda: _open_sqlite(path)
            self._room: SimpleQueue[None] | None = None
            self._errors: tuple[type[Exception], ...] = (sqlite3.Error,)
        else:
            url = settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1)
            self._open = lambda: _open_postgres(url)
            self._room = SimpleQueue()
            for _ in range(MOST_CONNECTIONS):
                self._room.put(None)
            self._errors = (psycopg.Error, OSError)

    def find(self, token_hash: str) -> SignedIn | None:
        """The session with this token hash and its person; None when there is none or it has run out.
        Raises Unavailable when the database does not answer."""
        row = self._find_one(token_hash) if self._room is None else self._together.find(token_hash)
        if row is None:
            return None
        (sid, expires, updated, uid, name, email, role, banned, ban_expires, version) = row
        expires, updated, ban_expires = _moment(expires), _moment(updated), _moment(ban_expires)
        if expires is None or expires <= now():
            return None
        is_banned = bool(banned) and (ban_expires is None or ban_expires > now())
        return SignedIn(sid, expires, updated or expires, uid, name, email, role or "user", is_banned, version or 0)

    def _find_one(self, token_hash: str) -> Any:
        rows = self._ask(FIND, (token_hash,))
        return rows[0] if rows else None

    def _find_many(self, token_hashes: Sequence[str]) -> dict[str, Any]:
        return {row[0]: row[1:] for row in self._ask(FIND_MANY, (list(token_hashes),))}

    def alive(self, session_ids: Sequence[str]) -> dict[str, str]:
        """Which of these sessions may go on, with the role each person has now."""
        if not session_ids:
            return {}
        marks = ", ".join(["?"] * len(session_ids))
        rows = self._ask(f"{ALIVE} WHERE s.id IN ({marks})", tuple(session_ids))
        moment = now()
        return {
            sid: role or "user"
            for sid, expires, banned, ban_expires, role in rows
            if (end := _moment(expires)) and end > moment
            and not (bool(banned) and ((until := _moment(ban_expires)) is None or until > moment))
        }

    def scalar(self, query: str) -> Any:
        """The first value of a fixed query without parameters."""
        rows = self._ask(query, ())
        return rows[0][0] if rows else None

    def close(self) -> None:
        """Lets every idle connection go."""
        while self._idle:
            with suppress(Exception):
                self._idle.pop().close()

    def _ask(self, query: str, values: tuple[Any, ...]) -> list[Any]:
        if self._room is None:
            return self._ask_once_more_if_stale(query, values)
        try:
            self._room.get(timeout=WAIT_SECONDS)
        except Empty:
            raise Unavailable from None
        try:
            return self._ask_once_more_if_stale(query.replace("?", "%s"), values)
        finally:
            self._room.put(None)

    def _ask_once_more_if_stale(self, query: str, values: tuple[Any, ...]) -> list[Any]:
        for last in (False, True):
            fresh = not self._idle or last
            try:
                connection = self._open() if fresh else self._idle.pop()
            except self._errors as error:
                raise Unavailable from error
            try:
                rows: list[Any] = connection.execute(query, values).fetchall()
            except self._errors as error:
                with suppress(Exception):
                    connection.close()
                if last or fresh:
                    raise Unavailable from error
                continue
            except BaseException:
                with suppress(Exception):
                    connection.close()
                raise
            self._idle.append(connection)
            return rows
        raise Unavailable


def _open_sqlite(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=0, isolation_level=None,
                                 check_same_thread=False)
    connection.execute("PRAGMA query_only=ON")
    return connection


def _open_postgres(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url, autocommit=True, prepare_threshold=1, **POSTGRES)


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
