"""The product under gunicorn with one worker, connected to the benchmark's upstream, with people signed in."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psutil
from flask import Flask

from skyvern_ui import create_app
from skyvern_ui.audit import CLI
from skyvern_ui.auth.rules import token_hash
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import Session
from skyvern_ui.models.columns import now
from skyvern_ui.settings.rules import save_connection
from tests.support.databases import settings_for
from tests.support.people import add_people
from tests.support.server import Server, running_server

KEY = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvXzEyMyJ9.bench-" + "k" * 43


@dataclass(frozen=True)
class House:
    """A running product: where, and the cookies of sessions that are signed in."""

    server: Server
    cookies: list[str]

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def worker(self) -> psutil.Process:
        """gunicorn's one worker."""
        return psutil.Process(self.server.process.pid).children()[0]


@contextmanager
def open_house(database_url: str, folder: Path, upstream: int, key: str = KEY, sessions: int = 1,
               **more: str) -> Iterator[House]:
    """Migrated database in, running product out. Ada, an admin, owns all the sessions. `more` are settings of it."""
    app = create_app(settings_for(database_url, folder))
    add_people(app)
    with app.app_context():
        save_connection(app.extensions["sealer"], f"http://127.0.0.1:{upstream}", key, CLI)
        cookies = _sign_in(app, sessions)
        db.session.remove()
        db.engine.dispose()
    with running_server(database_url, folder, **more) as server:
        yield House(server, cookies)


def _sign_in(_app: Flask, sessions: int) -> list[str]:
    tokens = [secrets.token_urlsafe(32) for _ in range(sessions)]
    with writing() as session:
        for token in tokens:
            session.add(Session(token=token_hash(token), user_id="user-ada", expires_at=now() + timedelta(days=1)))
    return [f"skyvern_ui={token}" for token in tokens]
