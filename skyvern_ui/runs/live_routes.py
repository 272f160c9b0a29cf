from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app

from ..access import connection, find_run, latest_connection, skyvern
from ..metrics import VIEWERS
from ..relay.show import show
from ..relay.wire import ClientSocket, ServerSocket
from ..request import signed_in
from ..skyvern.live import frame_path, socket_target
from ..sockets import sock
from .audience import Member, audience_of
from .blueprint import bp
from .control_rules import browser_key

MOST_SOCKETS = 8


@sock.route("/<run_id>/frames", bp)
def watch_run(run_id: str) -> Any:
    """What the browser of this run shows: states as text, pictures as binary messages. Read-only."""
    person, there = signed_in(), connection()
    found = skyvern().with_browser(find_run(person, run_id))
    path, key = frame_path(found), browser_key(found)
    if path is None:
        return Response("There is no live picture of this run.\n", 404, mimetype="text/plain")
    streams, viewports = current_app.extensions["streams"], current_app.extensions["viewports"]
    if streams.count_of(person.session_id) >= MOST_SOCKETS:
        return Response("Eight sockets are open for this session already.\n", 429, mimetype="text/plain")
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    is_by_vnc = key is not None and skyvern().is_shown_by_vnc(key)

    def run(browser: ServerSocket) -> None:
        with streams.holding(person, lambda code: browser.close(code, linger=0.2)), VIEWERS.track_inprogress():
            viewer = viewports.watch((there.url, path), opener(app, path))
            with audience_of(app).joined(Member(run_id, key, person.id, viewer, is_by_vnc)):
                show(viewer, browser)

    return run


def opener(app: Flask, path: str, query: str = "") -> Callable[[], ClientSocket]:
    """Opens a socket of Skyvern by the connection as it is when it is opened, and again after each drop."""

    def open_upstream() -> ClientSocket:
        with app.app_context():
            now = latest_connection()
        return ClientSocket.connect(now.scheme, now.host, now.port, socket_target(now, path, query),
                                    [("host", now.authority)], context=app.extensions["pools"].trusted(now))

    return open_upstream
