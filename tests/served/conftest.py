from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from skyvern_ui import create_app
from skyvern_ui.audit import CLI
from skyvern_ui.extensions import db
from skyvern_ui.settings.rules import save_connection

from ..sandbox_server import Sandbox
from ..support.databases import settings_for
from ..support.people import add_people
from ..support.server import Server, running_server


@pytest.fixture
def workers() -> int:
    return 2


@pytest.fixture
def served(database_url: str, tmp_path: Path, sandbox: Sandbox, workers: int) -> Iterator[Server]:
    """Two workers over a database with Ada, Ben and Cleo, connected to the sandbox."""
    app = create_app(settings_for(database_url, tmp_path))
    add_people(app)
    with app.app_context():
        save_connection(app.extensions["sealer"], sandbox.url, sandbox.key, CLI)
        db.session.remove()
        db.engine.dispose()
    with running_server(database_url, tmp_path, workers=workers) as server:
        yield server
        assert sandbox.key not in server.log, "the key is in the log"
        assert "Traceback" not in server.log, server.log[-4000:]
