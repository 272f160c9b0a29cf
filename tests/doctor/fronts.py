"""Our application on a socket of its own, and what may stand in front of it."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from skyvern_ui import create_app
from skyvern_ui.doctor.check import Patient, RequestFacts
from skyvern_ui.extensions import db
from skyvern_ui.skyvern.connection import Connection

from ..support.databases import settings_for
from ..support.postgres import free_port
from ..support.serving import serving


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:
        pass


@contextmanager
def public_app(database_url: str, folder: Path, **more: str) -> Iterator[Flask]:
    """An application that answers at its PUBLIC_URL, which may also be given."""
    port = free_port()
    settings = settings_for(database_url, folder, **{"PUBLIC_URL": f"http://127.0.0.1:{port}", **more})
    app = create_app(settings)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    app.config["LISTENS_AT"] = f"http://127.0.0.1:{port}"
    with serving(cast(socketserver.BaseServer, server)):
        yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    app.extensions["reader"].close()


def patient(app: Flask, url: str = "", key: str = "a-key-of-skyvern", *, thorough: bool = False,
            request: RequestFacts | None = None) -> Patient:
    """A patient as `read_patient` makes it, connected to `url`."""
    connection = Connection(url, key) if url else None
    return Patient(app, app.config["SETTINGS"], connection, "" if url else "not connected", (), request, thorough)
