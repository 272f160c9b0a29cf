from __future__ import annotations

import json
from typing import Any

from flask import Response, abort, flash

from ..access import find_run, skyvern
from ..htmx import go_to
from ..request import actor, is_htmx, signed_in
from ..sockets import sock
from .blueprint import bp
from .control_rules import ask, browser_key
from .driving import Drive
from .viewing import NOT_DRIVEN, by_client, driven
from .vnc_driving import VncDrive


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
