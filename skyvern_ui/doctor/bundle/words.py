"""The server in words: its settings without their secrets, what it runs on."""

from __future__ import annotations

import os
import platform
import sqlite3
from dataclasses import fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import text

from ...config import Settings
from ...extensions import db
from ..report import own_version

PACKAGES = ("flask", "werkzeug", "jinja2", "flask-sqlalchemy", "sqlalchemy", "flask-migrate", "alembic", "psycopg",
            "gevent", "greenlet", "gunicorn", "flask-sock", "wsproto", "requests", "urllib3", "flask-wtf", "wtforms",
            "cryptography", "argon2-cffi", "structlog", "prometheus-client")
SECRET, SET, UNSET = {"secret_keys", "setup_token", "metrics_token"}, "set", "not set"


def settings_in_words(settings: Settings) -> dict[str, Any]:
    """Each setting. A secret only says whether it is set, a path only its last part."""
    told: dict[str, Any] = {}
    for field in fields(settings):
        value = getattr(settings, field.name)
        if field.name == "database_url":
            parts = urlsplit(value)
            told["database"] = "SQLite" if settings.sqlite else f"PostgreSQL at {parts.hostname}:{parts.port or 5432}"
        elif field.name == "mail":
            told["mail"] = f"{value.scheme} to {value.host}:{value.port}" if value else UNSET
        elif not field.repr or field.name in SECRET or field.name.endswith(("_key", "_token")):
            told[field.name] = SET if value else UNSET
        else:
            told[field.name] = _plain(value)
    return {**told, "secret_keys": f"{len(settings.secret_keys)} set",
            "workers": os.environ.get("WEB_CONCURRENCY", "1")}


def ground() -> dict[str, Any]:
    """What this server runs on. Call it inside an application; one read of our database."""
    dialect = db.engine.dialect.name
    try:
        revision = db.session.scalar(text("SELECT version_num FROM alembic_version"))
        release = sqlite3.sqlite_version if dialect == "sqlite" else db.session.scalar(text("SHOW server_version"))
    finally:
        db.session.remove()
    return {"skyvern_ui": own_version(), "schema": revision, "database": f"{dialect} {release}",
            "python": platform.python_version(), "system": f"{platform.system()} {platform.release()}",
            "machine": platform.machine(), "in_container": Path("/.dockerenv").exists(),
            "packages": {name: found for name in PACKAGES if (found := _version(name))}}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return f"…/{value.name}"
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
