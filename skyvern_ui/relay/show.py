"""Show a live view to one browser: frames go down, nothing but a goodbye may come up."""

from __future__ import annotations

import threading
from collections.abc import Callable

from skyvern_ui.relay.closing import Closed
from skyvern_ui.relay.frames import State
from skyvern_ui.relay.leg import Leg
from skyvern_ui.relay.viewport import Viewer

CHECK_EVERY = 1.0


def show(viewer: Viewer, browser: Leg, *, check: Callable[[], Closed | None] | None = None) -> Closed:
    """Send states (text, JSON) and pictures (binary) until the view or the browser ends.

    `check` is asked about once a second and may answer how to close: `Closed(4401, "signed out")` for a
    session that has ended. A browser that sends data is closed with 1008. Leaves the view and ends the
    leg whichever way it ends; returns how it ended, 1000 after a final state.
    """
    heard: list[Closed] = []

    def listen() -> None:
        try:
            if browser.receive() is not None:
                browser.close(1008, "this view is read-only")
                heard.append(Closed(1008))
        except Closed as closed:
            heard.append(closed)
        finally:
            browser.abort()

    listener = threading.Thread(target=listen, name="viewer", daemon=True)
    listener.start()
    try:
        ended = _send_all(viewer, browser, check, heard)
    finally:
        viewer.leave()
        browser.abort()
        listener.join(5.0)
    return heard[0] if heard and ended.code == 1006 else ended


def _send_all(viewer: Viewer, browser: Leg, check: Callable[[], Closed | None] | None, heard: list[Closed]) -> Closed:
    try:
        while not heard:
            item = viewer.next(CHECK_EVERY)
            verdict = check() if check is not None else None
            if verdict is not None:
                browser.close(verdict.code, verdict.reason)
                return verdict
            if item is None:
                continue
            browser.send_frame(item.wire)
            if isinstance(item, State) and item.is_final:
                browser.close(1000, item.name)
                return Closed(1000, item.name)
        return heard[0]
    except Closed as closed:
        return closed
