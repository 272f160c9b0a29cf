from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from skyvern_ui import create_app
from skyvern_ui.audit import CLI
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.settings.rules import save_connection

from ..sandbox_server import Sandbox
from ..support.databases import PostgresTemplate, SqliteTemplate, settings_for
from ..support.people import add_people
from ..support.server import Server, running_server


@pytest.fixture(scope="module")
def workers() -> int:
    return 2


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    """More settings of the server, where a module wants them."""
    return {}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def running(request: pytest.FixtureRequest, workers: int, environment: dict[str, str],
            tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Flask]]:
    """gunicorn with workers of its own over a database of its own, and an application over the same database."""
    folder = tmp_path_factory.mktemp("served")
    template: Any = SqliteTemplate(folder) if request.param == "sqlite" else PostgresTemplate(
        request.getfixturevalue("postgres_server"), folder, name=f"served_{folder.name.replace('-', '_')}")
    with template.fresh(folder) as url, running_server(url, folder, workers=workers, **environment) as server:
        app = create_app(settings_for(url, folder))
        yield server, app
        with app.app_context():
            db.engine.dispose()
        assert "Traceback" not in server.log, server.log[-4000:]


@pytest.fixture
def served(running: tuple[Server, Flask], sandbox: Sandbox) -> Iterator[Server]:
    """The running server with nobody but Ada, Ben and Cleo, connected to the sandbox."""
    server, app = running
    with app.app_context():
        with writing() as session:
            for table in reversed(db.metadata.sorted_tables):
                session.execute(table.delete())
        db.session.remove()
    add_people(app)
    with app.app_context():
        save_connection(app.extensions["sealer"], sandbox.url, sandbox.key, CLI)
        db.session.remove()
        db.engine.dispose()
    yield server
    assert sandbox.key not in server.log, "the key is in the log"
