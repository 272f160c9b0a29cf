from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Response, abort, current_app, flash

from ..access import connection, find_run, skyvern
from ..htmx import go_to
from ..relay.wire import ClientSocket, ServerSocket
from ..request import actor, is_htmx, signed_in
from ..skyvern.live import browser_path, frame_path
from ..skyvern.values import Run
from ..sockets import sock
from .blueprint import bp
from .control_rules import ask, browser_key
from .driving import MOST_MESSAGE, Drive
from .live_routes import MOST_SOCKETS, opener
from .vnc_driving import VncDrive

NOT_DRIVEN = "Nobody can drive this browser: for a task, Skyvern takes input only in a browser session."


@sock.route("/<run_id>/control", bp)
def drive_run(run_id: str) -> Any:
    """Driving the browser of a run: the page's input goes up, Skyvern's answers come down, one driver at a time."""
    found = skyvern().with_browser(find_run(signed_in(), run_id))
    return driven(found, lambda key, **more: Drive(key=key, **more, open_upstream=by_client("cdp_input", key)))


@sock.route("/<run_id>/vnc", bp)
def drive_run_by_vnc(run_id: str) -> Any:
    """As drive_run where Skyvern shows the browser by VNC: the bytes of RFB."""
    found = skyvern().with_browser(find_run(signed_in(), run_id))
    return driven(found, lambda key, **more: VncDrive(key=key, **more, open_upstream=by_client("vnc", key),
                                                      open_messages=by_client("messages", key)))


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


@bp.post("/<run_id>/control/request")
def create_control_request(run_id: str) -> Any:
    key = browser_key(skyvern().with_browser(find_run(signed_in(), run_id)))
    if key is None:
        abort(409, NOT_DRIVEN)
    driver, me = ask(key, actor()), signed_in()
    if driver is None:
        told = "Nobody drives this browser now. You can take it."
    elif driver.holder_id == me.id:
        told = "You drive this browser yourself."
    elif driver.asked_by_id == me.id:
        told = f"{driver.holder_name} was asked."
    else:
        told = f"{driver.asked_by_name or 'Somebody'} has asked already."
    if is_htmx():
        return Response(status=204, headers={"HX-Trigger": json.dumps({"toast": {"kind": "info", "text": told}})})
    flash(told)
    return go_to("runs.show_run", run_id=run_id)
