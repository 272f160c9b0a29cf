"""The connection to Skyvern: kept encrypted, tested in words, found on this machine where it can be."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ..audit import Actor, record
from ..config import Settings
from ..database import writing
from ..extensions import db
from ..models import OrganizationSettings
from ..models.columns import new_id
from ..sealed import CannotOpen, Sealer, fingerprint, is_sealed
from ..skyvern import errors
from ..skyvern.client import Skyvern
from ..skyvern.connection import Connection, clean_key, clean_url

SANDBOX_URL = "sandbox:"
PREFERENCES = {"private_runs": False, "unknown_gets": False}


class KeyUnreadable(errors.NoConnection):
    """The stored key was sealed with another SECRET_KEY."""

    code = "stored_key_unreadable"
    words = ("The stored Skyvern key cannot be read: SECRET_KEY has changed since it was saved. An administrator "
             "can enter the key again in the settings, or give the old SECRET_KEY after a comma.")


class KeyNeeded(Exception):
    """The host changes, so the key must be entered again: it must not be sent to a place nobody confirmed."""


@dataclass(frozen=True, slots=True)
class Found:
    """A key that Skyvern left on this machine. Only the fingerprint is for showing."""

    key: str
    path: Path
    url: str

    def __repr__(self) -> str:
        return f"Found({self.path}, {self.fingerprint})"

    @property
    def fingerprint(self) -> str:
        """Tells two keys apart without giving either away."""
        return fingerprint(self.key)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a connection test found, in words. `part` is the field it is about: url, key or none."""

    ok: bool
    title: str
    sentence: str
    part: str | None = None
    version: str | None = None


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


def save_connection(sealer: Sealer, url: str, key: str | None, actor: Actor, fallback_url: str | None = None) -> None:
    """Stores the address and, if one is given, the key. Raises KeyNeeded when the host changes without a key."""
    with writing() as session:
        row = session.scalar(select(OrganizationSettings).order_by(OrganizationSettings.created_at).limit(1)
                             .with_for_update())
        if row is None:
            row = OrganizationSettings(id=new_id(), version=0)
            session.add(row)
        old = row.skyvern_api_url or fallback_url
        if key is None and url != SANDBOX_URL and not (row.skyvern_api_key and same_host(old, url)):
            raise KeyNeeded
        row.skyvern_api_url = url
        if key is not None:
            row.skyvern_api_key = sealer.seal(key, place(row))
        if url == SANDBOX_URL:
            row.skyvern_api_key = None
        row.version += 1
        record(actor, "connection.update", "settings", row.id, url=url, replaced=key is not None,
               fingerprint=fingerprint(key) if key else None)


def save_preferences(changes: dict[str, Any], actor: Actor) -> None:
    """Stores house rules; unknown names are refused with KeyError."""
    for name in changes:
        PREFERENCES[name]
    with writing() as session:
        row = session.scalar(select(OrganizationSettings).order_by(OrganizationSettings.created_at).limit(1)
                             .with_for_update())
        if row is None:
            row = OrganizationSettings(id=new_id(), version=0)
            session.add(row)
        row.preferences = {**(row.preferences or {}), **changes}
        row.version += 1
        record(actor, "preferences.update", "settings", row.id, **changes)


def test_connection(url: str, key: str) -> Verdict:
    """Asks Skyvern at this address with this key and says what is wrong, layer by layer. Raises nothing.

    The address: heartbeat without a key (api 1.5). The key: `GET /api/v1/organizations` (api 1.1).
    """
    skyvern = Skyvern(Connection(url, key))
    try:
        beat = skyvern.get_heartbeat()
    except errors.Unreachable:
        return Verdict(False, "Nothing answers at this address",
                       "Check host and port, and that Skyvern is running. From inside a container, localhost is the "
                       "container itself: use the service's name, such as http://skyvern:8000.", "url")
    except errors.TimedOut:
        return Verdict(False, "No answer in time", "Something accepts the connection but does not answer.", "url")
    except errors.Redirected:
        return Verdict(False, "This address points elsewhere",
                       "It answered with a redirect. Enter the address it leads to: redirects are never followed, "
                       "so that the key goes nowhere else.", "url")
    except errors.SkyvernError:
        return Verdict(False, "This is not Skyvern's API",
                       "Something answers, but not as Skyvern's API does. Its own front end (port 8080) is another "
                       "server: the API usually has port 8000.", "url")
    if "running" not in beat.lower() or "<" in beat:
        return Verdict(False, "This is not Skyvern's API",
                       "A web page answered. Enter the address of the API (usually port 8000), not of a front end.",
                       "url")
    if not key:
        return Verdict(False, "The key is missing", "Skyvern answers. Now it needs a key.", "key")
    try:
        skyvern.list_organizations()
    except errors.Refused as error:
        known = error.upstream_status == 404
        return Verdict(False, "Skyvern does not accept this key",
                       "The key belongs to another database: its organisation does not exist here." if known else
                       "Skyvern runs, but refuses the key. It may be cut off, out of date or of another installation. "
                       "The current one is in the .env file of the folder where Skyvern was started.", "key")
    except errors.SkyvernError as error:
        return Verdict(False, "Skyvern runs, but cannot check the key", error.sentence)
    version = None
    try:
        version = skyvern.get_version()
    except errors.SkyvernError:
        pass
    return Verdict(True, "Connected", f"Skyvern {version} accepts the key." if version else "Skyvern accepts the key.",
                   None, version)


def find_keys(settings: Settings) -> list[Found]:
    """Keys that a Skyvern on this machine left in readable files, each once. Raises nothing."""
    defaults = [Path(".env"), Path(".skyvern/credentials.toml"), settings.instance_dir / "skyvern" / ".env"]
    found: dict[str, Found] = {}
    for path in (*settings.skyvern_key_paths, *defaults):
        for candidate in ([path / ".env", path / ".skyvern/credentials.toml"] if path.is_dir() else [path]):
            for key in _keys_in(candidate):
                url = settings.skyvern_api_url or _url_near(candidate)
                found.setdefault(key, Found(key, candidate, url))
    return list(found.values())


def _keys_in(path: Path) -> Iterator[str]:
    try:
        text = path.read_text("utf-8")[:65_536]
        values = _toml_values(tomllib.loads(text)) if path.suffix == ".toml" else _env_values(text)
        yield from (key for key in map(clean_key, values) if re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", key))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return


def _env_values(text: str) -> Iterator[str]:
    return (m.group(1) for m in re.finditer(r"^\s*(?:export\s+)?SKYVERN_API_KEY\s*=\s*(.+)$", text, re.M))


def _toml_values(node: Any, name: str = "") -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _toml_values(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from _toml_values(value, name)
    elif isinstance(node, str) and any(word in name.lower() for word in ("cred", "key", "token")):
        yield node


def _url_near(path: Path) -> str:
    """The address in the same file, if it says one; else where Skyvern listens by default."""
    try:
        match = re.search(r"^\s*(?:export\s+)?PORT\s*=\s*['\"]?(\d{2,5})", path.read_text("utf-8"), re.M)
    except (OSError, UnicodeDecodeError):
        match = None
    return f"http://localhost:{match.group(1) if match else 8000}"


__all__ = ["Connections", "Found", "KeyNeeded", "KeyUnreadable", "Verdict", "clean_key", "clean_url", "find_keys",
           "save_connection", "save_preferences", "test_connection"]
