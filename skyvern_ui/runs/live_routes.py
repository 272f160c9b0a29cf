from __future__ import annotations

from typing import Any

from flask import Response, current_app

from ..access import connection, find_run, latest_connection, skyvern
from ..metrics import VIEWERS
from ..relay.show import show
from ..relay.wire import ClientSocket, ServerSocket
from ..request import signed_in
from ..skyvern.live import frame_path, socket_target
from ..sockets import sock
from .blueprint import bp

MOST_SOCKETS = 8


@sock.route("/<run_id>/frames", bp)
def watch_run(run_id: str) -> Any:
    """What the browser of this run shows: states as text, pictures as binary messages. Read-only."""
    person, there = signed_in(), connection()
    path = frame_path(skyvern().with_inner_run(find_run(person, run_id)))
    if path is None:
        return Response("There is no live picture of this run.\n", 404, mimetype="text/plain")
    streams, viewports = current_app.extensions["streams"], current_app.extensions["viewports"]
    if streams.count_of(person.session_id) >= MOST_SOCKETS:
        return Response("Eight sockets are open for this session already.\n", 429, mimetype="text/plain")
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def open_upstream() -> ClientSocket:
        with app.app_context():
            now = latest_connection()
        return ClientSocket.connect(now.scheme, now.host, now.port, socket_target(now, path), [("host", now.authority)],
                                    context=app.extensions["pools"].trusted(now))

    def run(browser: ServerSocket) -> None:
        with streams.holding(person, lambda code: browser.close(code, linger=0.2)), VIEWERS.track_inprogress():
            show(viewports.watch((there.url, path), open_upstream), browser)

    return run
