"""One migrated database of each kind, emptied between tests."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import event
from sqlalchemy.engine import Engine

from skyvern_ui import create_app
from skyvern_ui.audit import CLI
from skyvern_ui.config import Settings
from skyvern_ui.extensions import db
from skyvern_ui.migrating import bring_up_to_date
from skyvern_ui.settings.rules import save_connection

from ..sandbox_server import Sandbox
from .people import add_people

SECRET = "test-" + "0123456789abcdef" * 3


def settings_for(url: str, folder: Path, **more: str) -> Settings:
    """Settings as a test needs them: nothing from the real environment."""
    return Settings.from_env({"DATABASE_URL": url, "INSTANCE_DIR": str(folder), "SECRET_KEY": SECRET, "SANDBOX": "0",
                              **more})


@contextmanager
def order_is_asked_for() -> Iterator[None]:
    """Rows come the other way round from SQLite wherever a query names no order: PostgreSQL promises none either."""
    def turn_round(connection: Any, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA reverse_unordered_selects=ON")

    event.listen(Engine, "connect", turn_round)
    yield
    event.remove(Engine, "connect", turn_round)


def tables() -> list[str]:
    """Every table of ours, quoted."""
    return [f'"{table.name}"' for table in db.metadata.sorted_tables]


def prepare(url: str, folder: Path, sandbox: Sandbox) -> None:
    """Ada, Ben and Cleo in a migrated database, connected to the sandbox."""
    app = create_app(settings_for(url, folder))
    add_people(app)
    with app.app_context():
        save_connection(app.extensions["sealer"], sandbox.url, sandbox.key, CLI)
        db.session.remove()
        db.engine.dispose()
    app.extensions["reader"].close()


class SqliteTemplate:
    """A migrated file that each test gets a copy of."""

    kind = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.file = folder / "template.db"
        app = create_app(settings_for(f"sqlite:///{self.file}", folder))
        bring_up_to_date(app)
        with app.app_context():
            db.session.remove()
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            db.engine.dispose()

    @contextmanager
    def fresh(self, folder: Path) -> Iterator[str]:
        copy = folder / "test.db"
        shutil.copy(self.file, copy)
        yield f"sqlite:///{copy}"


class PostgresTemplate:
    """A migrated database whose tables each test finds empty."""

    kind = "postgres"

    def __init__(self, server: str, folder: Path, name: str = "skyvern_ui_test") -> None:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        self.url = f"{server.rsplit('/', 1)[0]}/{name}"
        bring_up_to_date(create_app(settings_for(self.url, folder)))

    @contextmanager
    def fresh(self, folder: Path) -> Iterator[str]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            empty_all(connection)
        yield self.url


def empty_all(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Takes every row of ours away. TRUNCATE writes a new file for each table, which takes a hundred times as long as
    to delete the few rows that a test leaves; only the append-only one wants it."""
    names = tables()
    is_filled = " UNION ALL ".join(f"SELECT {n} WHERE EXISTS (SELECT 1 FROM {name})" for n, name in enumerate(names))
    filled = {number for (number,) in connection.execute(is_filled)}
    if '"ledger"' in names and names.index('"ledger"') in filled:
        connection.execute('TRUNCATE "ledger"')
    statements = [f"DELETE FROM {name}" for n, name in reversed(list(enumerate(names)))
                  if n in filled and name != '"ledger"']
    if statements:
        connection.execute("; ".join(statements))
