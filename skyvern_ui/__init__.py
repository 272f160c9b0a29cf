"""Skyvern UI: the front door of a self-hosted Skyvern."""

from __future__ import annotations

import json
import os

from flask import Flask

from . import assets, errors, formatters, guard, headers, log, shell
from .artifacts.origins import origins_of
from .config import Settings
from .database import engine_options, watch_sqlite
from .extensions import csrf, db, migrate
from .proxy.pools import Pools
from .relay.viewport import Viewports
from .sealed import Sealer
from .settings.rules import Connections
from .skyvern.connection import Connection
from .sockets import sock
from .streams import Streams


def create_app(settings: Settings | None = None) -> Flask:
    """The application, ready to serve. Raises BadSetting with one sentence when it must not start."""
    settings = settings or Settings.from_env()
    app = Flask(__name__)
    app.config.from_mapping(shell.flask_config(settings), SETTINGS=settings,
                            SQLALCHEMY_DATABASE_URI=settings.database_url,
                            SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings))
    log.configure(settings)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(shell.MIGRATIONS), render_as_batch=True)
    sock.init_app(app)
    with app.app_context():
        if settings.sqlite:
            watch_sqlite(db.engine)
    sealer = Sealer(settings.secret_keys)
    app.extensions["sealer"] = sealer
    app.extensions["connections"] = Connections(settings, sealer, _sandbox())
    app.extensions["pools"], app.extensions["secrets"] = Pools(), {}
    app.extensions["origins"] = origins_of(settings)
    app.extensions["viewports"] = Viewports()
    app.url_map.merge_slashes = False
    for room in (log, guard, headers, errors, assets, formatters, shell):
        room.register(app)
    csrf.init_app(app)
    app.extensions["streams"] = Streams(app.extensions["reader"])
    shell.register_features(app)
    return app


def _sandbox() -> Connection | None:
    """The simulated Skyvern that was started beside us, if one was."""
    found = os.environ.get("SKYVERN_UI_SANDBOX")
    return Connection(**json.loads(found), is_sandbox=True) if found else None
