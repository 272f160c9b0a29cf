from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache

from skyvern_ui import create_app
from skyvern_ui.audit import CLI
from skyvern_ui.extensions import db
from skyvern_ui.settings.rules import save_connection

from .sandbox_server import Sandbox, running_sandbox
from .support.databases import PostgresTemplate, SqliteTemplate, order_is_asked_for, settings_for
from .support.mail_sink import Sink, running_sink
from .support.once import CHEAP, cheap_hashes, rules_compiled_once
from .support.people import PASSWORD, Browser, add_people
from .support.postgres import binaries, running_postgres
from .support.receiver import Receiver, running_receiver

REQUIRE_ALL = os.environ.get("REQUIRE") == "all"
CHEAPLY = CHEAP.hash(PASSWORD)
LOOPBACK = ("127.", "::1", "localhost")
pytest_plugins = ["tests.real.fixtures"]


def lacking(what: str) -> None:
    """Skips by name what this machine cannot do; with REQUIRE=all that is a failure."""
    if REQUIRE_ALL:
        pytest.fail(f"REQUIRE=all, but {what} is not installed")
    pytest.skip(f"{what} is not installed")


@pytest.fixture(autouse=True, scope="session")
def no_outside_network() -> Iterator[None]:
    """A test that reaches for another host fails."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"a test tried to reach {address[0]}")
        return connect(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


@pytest.fixture(autouse=True, scope="session")
def once() -> Iterator[None]:
    """What would be a third of the suite's time is done once a process."""
    with rules_compiled_once(), cheap_hashes():
        yield


@pytest.fixture(autouse=True, scope="session")
def rows_in_no_order() -> Iterator[None]:
    with order_is_asked_for():
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    if binaries() is None:
        lacking("PostgreSQL")
    with running_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return {}


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, templates: dict[str, Any], tmp_path: Path,
                 tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated, empty database, once of each kind."""
    if request.param not in templates:
        folder = tmp_path_factory.mktemp(request.param)
        if request.param == "sqlite":
            templates["sqlite"] = SqliteTemplate(folder)
        else:
            templates["postgres"] = PostgresTemplate(request.getfixturevalue("postgres_server"), folder)
    with templates[request.param].fresh(tmp_path) as url:
        yield url


@pytest.fixture
def app_settings() -> dict[str, str]:
    """Settings a test module wants otherwise."""
    return {}


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates that were compiled once, for all applications of this process: it is a third of a page's time."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def empty_app(database_url: str, tmp_path: Path, app_settings: dict[str, str],
              compiled_templates: FileSystemBytecodeCache) -> Iterator[Flask]:
    """An application nobody has set up yet."""
    app = create_app(settings_for(database_url, tmp_path, **app_settings))
    app.jinja_env.bytecode_cache = compiled_templates
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    app.extensions["reader"].close()


@pytest.fixture
def app(empty_app: Flask) -> Flask:
    """An application with Ada, Ben and Cleo."""
    add_people(empty_app, CHEAPLY)
    return empty_app


def _signed_in(app: Flask, key: str) -> Browser:
    browser = Browser(app)
    assert browser.sign_in(f"{key}@example.com").status == 303
    browser.name = key
    return browser


@pytest.fixture
def ada(app: Flask) -> Browser:
    return _signed_in(app, "ada")


@pytest.fixture
def ben(app: Flask) -> Browser:
    return _signed_in(app, "ben")


@pytest.fixture
def cleo(app: Flask) -> Browser:
    return _signed_in(app, "cleo")


@pytest.fixture
def nobody(app: Flask) -> Browser:
    return Browser(app)


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Sandbox]:
    """One sandbox for all tests, empty, with hooks to see and to spoil its answers."""
    with running_sandbox(run_seconds=1.0) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Sandbox:
    """The sandbox with nothing remembered and no faults."""
    sandbox_process.forget()
    return sandbox_process


@pytest.fixture
def connected(app: Flask, sandbox: Sandbox) -> Flask:
    """The application, connected to the sandbox."""
    with app.app_context():
        save_connection(app.extensions["sealer"], sandbox.url, sandbox.key, CLI)
        db.session.remove()
    return app


@pytest.fixture
def one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits are counted in windows of the clock: for this test it is one moment, so that no window turns."""
    monkeypatch.setattr("skyvern_ui.auth.limits.time", SimpleNamespace(time=lambda: 1_800_000_007))


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running_sink() as sink:
        yield sink


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        yield receiver
