"""The connection to Skyvern and the house rules: kept encrypted, in one row, versioned."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, text

from ..audit import Actor, record
from ..config import Settings
from ..database import writing
from ..extensions import db
from ..models import OrganizationSettings
from ..models.columns import new_id
from ..sealed import CannotOpen, Sealer, fingerprint, is_sealed
from ..skyvern import errors
from ..skyvern.connection import Connection, clean_key

SANDBOX_URL = "sandbox:"
LOCK_NUMBER = 7_205_531_979
PREFERENCES = {"private_runs": False, "unknown_gets": False}


class KeyUnreadable(errors.NoConnection):
    """The stored key was sealed with another SECRET_KEY."""

    code = "stored_key_unreadable"
    words = ("The stored Skyvern key cannot be read: SECRET_KEY has changed since it was saved. An administrator "
             "can enter the key again in the settings, or give the old SECRET_KEY after a comma.")


class KeyNeeded(Exception):
    """The host changes, so the key must be entered again: it must not be sent to a place nobody confirmed."""


class Overtaken(Exception):
    """Somebody else changed the settings after what this change was decided on."""


class Connections:
    """The current connection of one process, decrypted once for each version of the settings row."""

    def __init__(self, settings: Settings, sealer: Sealer, sandbox: Connection | None) -> None:
        self.settings, self.sealer, self.sandbox = settings, sealer, sandbox
        self._known: tuple[int, Connection | None, dict[str, Any]] | None = None

    def current(self, version: int) -> Connection:
        """The connection of this version of the settings. Raises NoConnection when there is none."""
        connection = self._load(version)[1]
        if connection is None:
            raise errors.NoConnection
        return connection

    def preferences(self, version: int) -> dict[str, Any]:
        """The house rules of this version of the settings."""
        return self._load(version)[2]

    def _load(self, version: int) -> tuple[int, Connection | None, dict[str, Any]]:
        known = self._known
        if known is not None and known[0] == version:
            return known
        row = load()
        preferences = PREFERENCES | ((row.preferences or {}) if row else {})
        connection = self._connection(row)
        db.session.remove()
        self._known = (version, connection, preferences)
        return self._known

    def _connection(self, row: OrganizationSettings | None) -> Connection | None:
        if row is not None and row.skyvern_api_url == SANDBOX_URL:
            return self.sandbox
        url = (row.skyvern_api_url if row else None) or self.settings.skyvern_api_url
        if row is not None and row.skyvern_api_key:
            if not url:
                return None
            try:
                return Connection(url, open_key(self.sealer, row))
            except CannotOpen as error:
                raise KeyUnreadable from error
        key = self.settings.skyvern_api_key
        return Connection(url, clean_key(key)) if url and key else None


def load() -> OrganizationSettings | None:
    """The one row of settings, the oldest if an adopted database held several."""
    return db.session.scalar(select(OrganizationSettings).order_by(OrganizationSettings.created_at).limit(1))


def place(row: OrganizationSettings) -> str:
    """What the sealed key is bound to."""
    return f"organization_settings:skyvern_api_key:{row.id}"


def open_key(sealer: Sealer, row: OrganizationSettings) -> str:
    """The key in clear. Raises CannotOpen."""
    stored = row.skyvern_api_key or ""
    return sealer.open(stored, place(row)) if is_sealed(stored) else stored


def same_host(old: str | None, new: str) -> bool:
    """True when a key given for the old address may go to the new one: scheme, host and port are the same."""
    if not old or old == SANDBOX_URL:
        return False
    a, b = Connection(old, ""), Connection(new, "")
    return (a.scheme, a.host.lower(), a.port) == (b.scheme, b.host.lower(), b.port)


def save_connection(sealer: Sealer, url: str, key: str | None, actor: Actor, fallback_url: str | None = None, *,
                    version: int | None = None, keeps_key: bool = False) -> None:
    """Stores the address and, if one is given, the key. Raises KeyNeeded when the host changes without a key, unless
    an admin has confirmed that the key may go there (`keeps_key`); Overtaken when `version` is not the settings' own
    any more."""
    with writing():
        row = _row_to_change(version)
        old = row.skyvern_api_url or fallback_url
        if key is None and url != SANDBOX_URL and not keeps_key \
                and not (row.skyvern_api_key and same_host(old, url)):
            raise KeyNeeded
        row.skyvern_api_url = url
        if key is not None:
            row.skyvern_api_key = sealer.seal(key, place(row))
        if url == SANDBOX_URL:
            row.skyvern_api_key = None
        row.version += 1
        record(actor, "connection.update", "settings", row.id, url=url, replaced=key is not None,
               fingerprint=fingerprint(key) if key else None)


def take_turn(version: int) -> None:
    """Moves the settings on to their next version, so that of all who decided on this one only one goes on. Raises
    Overtaken."""
    with writing():
        _row_to_change(version).version += 1


def save_preferences(changes: dict[str, Any], actor: Actor) -> None:
    """Stores house rules; unknown names are refused with KeyError."""
    for name in changes:
        PREFERENCES[name]
    with writing():
        row = _row_to_change()
        row.preferences = {**(row.preferences or {}), **changes}
        row.version += 1
        record(actor, "preferences.update", "settings", row.id, **changes)


def _row_to_change(version: int | None = None) -> OrganizationSettings:
    """The one row, held until the transaction ends; made if there is none. Call inside `writing()`. Raises Overtaken
    when it is not of this version."""
    oldest = select(OrganizationSettings).order_by(OrganizationSettings.created_at).limit(1).with_for_update()
    row = db.session.scalar(oldest)
    if row is None and db.engine.dialect.name == "postgresql":  # no row to hold: whoever makes it goes first
        db.session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": LOCK_NUMBER})
        row = db.session.scalar(oldest)
    if row is None:
        row = OrganizationSettings(id=new_id(), version=0)
        db.session.add(row)
    if version is not None and row.version != version:
        raise Overtaken
    return row
