"""Our own database: does it answer, is its schema ours, can it be written to, is there room?"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import delete, insert, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from ...database import POOL, is_lock_error
from ...extensions import db
from ...health import head
from ...models import Lease
from ...models.columns import now
from ..check import Patient
from ..deploy.rules import workers_of
from ..finding import Finding, Verdict, ok
from .gathered import gathered
from .own_files import database_file, file_system_of, is_on_network

CHECK = "own-database"
SLOW_SECONDS = 0.25
MEGABYTE = 1024 * 1024
LITTLE_ROOM, NO_ROOM, LONG_LOG = 500 * MEGABYTE, 50 * MEGABYTE, 512 * MEGABYTE
OLDEST_POSTGRES = 13
READER_CONNECTIONS = 16  # of models/reader.py, beside SQLAlchemy's pool
PER_WORKER = POOL["pool_size"] + POOL["max_overflow"] + READER_CONNECTIONS
Facts = dict[str, str]


def look_at_database(patient: Patient) -> Finding:
    """One finding, by the worst of what is wrong. It writes, and takes back what it wrote."""
    facts: Facts = {"Kind": "SQLite" if patient.settings.sqlite else "PostgreSQL"}
    with patient.app.app_context():
        try:
            with db.engine.connect() as connection:
                troubles = [*_speed(connection, facts), *_schema(connection, facts)]
                troubles += _postgres(connection, facts) if not patient.settings.sqlite else _sqlite(connection, facts)
        except SQLAlchemyError as error:
            return _away(error, facts)
        if not any(each.code in ("schema_missing", "read_only") for each in troubles):
            troubles += _write()
    file = database_file(patient.settings)
    troubles += _room(file, facts) if file else []
    return gathered(ok(CHECK, "own", "Our database answers and can be written to", *facts.items()), troubles)


def pool_findings(connection: Connection, workers: int, facts: Facts) -> list[Finding]:
    """Whether all connections that our workers may open fit into what PostgreSQL allows."""
    most = int(connection.execute(text("SHOW max_connections")).scalar_one())
    kept = int(connection.execute(text("SHOW superuser_reserved_connections")).scalar_one())
    wanted = workers * PER_WORKER
    facts["Connections"] = f"{wanted} for {workers} workers, of {most - kept}"
    if wanted <= most - kept:
        return []
    fits = max(1, (most - kept) // PER_WORKER)
    return [_finding("warn", "too_many_connections", "PostgreSQL allows fewer connections than our workers may open",
                     "At full load some requests would be answered with 503.",
                     f"Set WEB_CONCURRENCY to {fits} or less, or raise max_connections to {wanted + kept} at least.")]


def _speed(connection: Connection, facts: Facts) -> list[Finding]:
    times = []
    for _ in range(3):
        begun = time.monotonic()
        connection.execute(text("SELECT 1")).scalar_one()
        times.append(time.monotonic() - begun)
    usual = sorted(times)[1]
    facts["Answers in"] = f"{usual * 1000:.1f} ms"
    if usual <= SLOW_SECONDS:
        return []
    return [_finding("warn", "database_slow", "Our database answers slowly", "Every page asks it at least once.",
                     "Put the database beside this server, or look at what else uses its machine.")]


def _schema(connection: Connection, facts: Facts) -> list[Finding]:
    try:
        with connection.begin_nested() if connection.in_transaction() else connection.begin():
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except SQLAlchemyError:
        found = None
    wanted = head()
    facts["Schema"] = f"{found or 'none'} (this version's is {wanted})"
    if found == wanted:
        return []
    if found is None:
        return [_finding("fail", "schema_missing", "The database has no tables of ours yet",
                         "It is empty, or DATABASE_URL leads to another one.", "$ python -m skyvern_ui migrate")]
    return [_finding("fail", "schema_other", "The database belongs to another version of this server",
                     "An older schema is brought up to date at the start; a newer one was made by a newer version.",
                     "$ python -m skyvern_ui migrate", "If that changes nothing, install the newer version.")]


def _postgres(connection: Connection, facts: Facts) -> Iterator[Finding]:
    version = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    facts["PostgreSQL"] = f"{version // 10_000}.{version % 10_000}"
    if connection.execute(text("SELECT pg_is_in_recovery()")).scalar_one():
        yield _finding("fail", "read_only", "The database is a read-only copy",
                       "Nothing can be saved there: no sign-in, no audit row, and so no run.",
                       "Set DATABASE_URL to the primary server.")
    if version // 10_000 < OLDEST_POSTGRES:
        yield _finding("warn", "postgres_old", "This PostgreSQL is no longer maintained",
                       f"Release {version // 10_000} gets no security fixes.", "Move to a supported release.")
    yield from pool_findings(connection, workers_of(os.environ), facts)


def _sqlite(connection: Connection, facts: Facts) -> Iterator[Finding]:
    journal = str(connection.execute(text("PRAGMA journal_mode")).scalar_one())
    facts["Journal"] = journal
    if journal != "wal":
        yield _finding("warn", "no_wal", "SQLite does not use its write-ahead log here",
                       "Reading and writing block each other. Some file systems do not allow the log.",
                       "Put INSTANCE_DIR on a local disk.")


def _write() -> list[Finding]:
    """A row of ours is written and taken back, in the way in which everything here is written."""
    row = {"name": f"doctor-{time.time_ns()}", "holder": "doctor", "until": now()}
    try:
        with db.engine.connect().execution_options(writing=True) as connection, connection.begin() as transaction:
            connection.execute(insert(Lease).values(**row))
            connection.execute(delete(Lease).where(Lease.name == row["name"]))
            transaction.rollback()
        return []
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", error)
        if is_lock_error(cause):
            return [_finding("fail", "database_locked", "Somebody else holds the database's write lock",
                             "It was not free within five seconds: a backup, a shell, or another program.",
                             "End what else has the file open.")]
        if "full" in str(cause).lower() or "no space" in str(cause).lower():
            return [_finding("fail", "storage_full", "The disk of the database is full", "Nothing can be saved.",
                             "Free some space on it.")]
        return [_finding("fail", "cannot_write", "The database can be read but not written",
                         "The account or the file has no right to write, or the disk is mounted read-only.",
                         "Give the database's user all rights on its tables, or make the file writable.",
                         evidence=(("Error", type(cause).__name__),))]


def _room(file: Path, facts: Facts) -> Iterator[Finding]:
    try:
        free = shutil.disk_usage(file.parent).free
        log = file.with_name(file.name + "-wal")
        log_size = log.stat().st_size if log.exists() else 0
    except OSError:
        return
    facts["Free on its disk"] = f"{free // MEGABYTE:,} MiB"
    facts["File system"] = file_system_of(file) or "unknown"
    if free < LITTLE_ROOM:
        yield _finding("fail" if free < NO_ROOM else "warn", "little_room", "The disk of the database is nearly full",
                       "When it is full, nothing can be saved, and nobody can sign in.", "Free some space on it.")
    if log_size > LONG_LOG:
        yield _finding("warn", "long_log", "SQLite's write-ahead log has grown very long",
                       "Something has kept a read open for long, so that the log cannot be folded in.",
                       "Restart this server.", evidence=(("Log", f"{log_size // MEGABYTE:,} MiB"),))
    if is_on_network(file):
        yield _finding("fail", "network_file_system", "SQLite lies on a network file system",
                       "Its locks are not kept there: the database can be damaged.",
                       "Put INSTANCE_DIR on a local disk, or use PostgreSQL.")


def _away(error: SQLAlchemyError, facts: Facts) -> Finding:
    cause = getattr(error, "orig", None) or error
    said, nobody = str(cause).lower(), "Nobody can sign in, and no run can start."
    evidence = (("Error", type(cause).__name__), *facts.items())
    for word, code, title, fix in (
            ("password authentication", "database_password", "The database does not accept our password",
             "Correct the password in DATABASE_URL."),
            ("does not exist", "database_unknown", "The database or its user does not exist",
             "Create it, or correct DATABASE_URL."),
            ("too many", "database_busy", "The database has no connection left for us",
             "Raise max_connections, or lower WEB_CONCURRENCY."),
            ("resolve", "database_name", "The database's host is not known", "Correct the host in DATABASE_URL."),
            ("unable to open", "database_file", "The database file cannot be opened",
             "Let the server's user write into the folder of the database.")):
        if word in said:
            return _finding("fail", code, title, nobody, fix, evidence=evidence)
    return _finding("fail", "database_away", "Our database does not answer", nobody,
                    "Start the database, and see that DATABASE_URL leads to it.", evidence=evidence)


def _finding(verdict: Verdict, code: str, title: str, explain: str, *fix: str,
             evidence: tuple[tuple[str, str], ...] = ()) -> Finding:
    return Finding(CHECK, "own", verdict, code, title, explain, fix, evidence)
