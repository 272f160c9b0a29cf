"""Sockets on which a page watches or drives a browser, whatever it belongs to: a run, or a session that stays open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app

from ..access import connection, latest_connection, skyvern
from ..metrics import VIEWERS
from ..relay.show import show
from ..relay.wire import ClientSocket, ServerSocket
from ..request import actor, signed_in
from ..skyvern.live import browser_path, frame_path, socket_target
from ..skyvern.values import Run
from .audience import Member, audience_of
from .control_rules import browser_key
from .driving import MOST_MESSAGE, Drive

MOST_SOCKETS = 8
NOT_DRIVEN = "Nobody can drive this browser: for a task, Skyvern takes input only in a browser session."


def watched(found: Run) -> Any:
    """A socket that shows the browser of this run, or the refusal of one. `found` comes with its browser."""
    person, there = signed_in(), connection()
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
            with audience_of(app).joined(Member(found.run_id, key, person.id, viewer, is_by_vnc)):
                show(viewer, browser)

    return run


def driven(found: Run, make: Callable[..., Drive]) -> Any:
    """A socket that drives the browser of this run, or the refusal of one."""
    person, there = signed_in(), connection()
    key, path = browser_key(found), frame_path(found)
    if key is None or path is None:
        return Response(NOT_DRIVEN + "\n", 404, mimetype="text/plain")
    if found.is_over:
        return Response("This run is over. Its browser cannot be driven any more.\n", 409, mimetype="text/plain")
    streams, viewports = current_app.extensions["streams"], current_app.extensions["viewports"]
    if streams.count_of(person.session_id) >= MOST_SOCKETS:
        return Response("Eight sockets are open for this session already.\n", 429, mimetype="text/plain")
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    drive = make(app=app, key=key, actor=actor(), may_force=person.is_admin,
                 watch=lambda: viewports.watch((there.url, path), opener(app, path)))

    def run(browser: ServerSocket) -> None:
        with streams.holding(person, lambda code: drive.sign_out(browser, code)):
            drive.run(browser)

    run.most = MOST_MESSAGE  # type: ignore[attr-defined]
    return run


def by_client(socket: str, key: str) -> Callable[[str], ClientSocket]:
    """Opens one of Skyvern's sockets for this browser, under the id that a tab goes by."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    return lambda viewer: opener(app, browser_path(socket, key), f"client_id={viewer}")()


def opener(app: Flask, path: str, query: str = "") -> Callable[[], ClientSocket]:
    """Opens a socket of Skyvern by the connection as it is when it is opened, and again after each drop."""

    def open_upstream() -> ClientSocket:
        with app.app_context():
            now = latest_connection()
        return ClientSocket.connect(now.scheme, now.host, now.port, socket_target(now, path, query),
                                    [("host", now.authority)], context=app.extensions["pools"].trusted(now))

    return open_upstream
