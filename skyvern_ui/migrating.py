"""Bringing the database up to date, once, however many processes start together.

PostgreSQL: an advisory lock. SQLite: a lock on a file beside the database. After the schema comes what needs our
own keys: a Skyvern key that the earlier overlay stored in clear is sealed in place.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, select, text

from .audit import CLI, record
from .config import Settings
from .database import writing
from .models import OrganizationSettings
from .sealed import is_sealed
from .settings.rules import place

LOCK_NUMBER = 7_205_531_977


def bring_up_to_date(app: Flask) -> None:
    """Runs what is missing, under a lock; those who waited find nothing left to do."""
    settings: Settings = app.config["SETTINGS"]
    with app.app_context(), locked(settings):
        upgrade()
        seal_old_keys(app)


def take_down(app: Flask, revision: str) -> None:
    """Goes back to an older revision; `base` empties the database."""
    with app.app_context(), locked(app.config["SETTINGS"]):
        downgrade(revision=revision)


@contextmanager
def locked(settings: Settings) -> Iterator[None]:
    """Only one process of all that share this database is inside."""
    if settings.sqlite:
        path = Path(settings.database_url.removeprefix("sqlite:///"))
        path.parent.mkdir(0o700, parents=True, exist_ok=True)
        with open(path.with_suffix(".lock"), "w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        return
    engine = create_engine(settings.database_url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:n)"), {"n": LOCK_NUMBER})
            yield
    finally:
        engine.dispose()


def seal_old_keys(app: Flask) -> None:
    """Seals keys stored in clear. Each is done once; the audit says so, without the key."""
    with writing() as session:
        for row in session.scalars(select(OrganizationSettings)):
            if row.skyvern_api_key and not is_sealed(row.skyvern_api_key):
                row.skyvern_api_key = app.extensions["sealer"].seal(row.skyvern_api_key.strip(), place(row))
                row.version += 1
                record(CLI, "connection.seal", "settings", row.id)
