"""Join two WebSockets: what one says the other hears, in order, nothing dropped, nothing queued."""

from __future__ import annotations

import threading
from collections.abc import Callable

from skyvern_ui.relay.closing import Closed
from skyvern_ui.relay.leg import Leg

Message = str | bytes
Filter = Callable[[Message], Message | None]

LOST_UPSTREAM = 1011
LOST_BROWSER = 1001


def pump(
    browser: Leg,
    upstream: Leg,
    *,
    up: Filter | None = None,
    down: Filter | None = None,
    parting: Callable[[Closed], None] | None = None,
    explain: Callable[[Closed], Closed] | None = None,
) -> Closed:
    """Carry messages both ways until one side ends, then end the other with the same code.

    A message is taken only when the one before it has been written, so a slow side slows the other.
    Text stays text and binary stays binary. `up` and `down` may change a message, drop it by returning
    None, or end the relay by raising `Closed` with the code the browser is to see. An upstream lost
    without a close frame becomes 1011 for the browser, a lost browser becomes 1001 for the upstream.
    `parting` is called once when it is the browser's side that ends, before the upstream is closed and before
    the browser hears of it; `explain` puts the end of the upstream into the browser's words.
    Both legs are over when this returns; it returns how the relay ended.
    """
    ended: list[Closed] = []

    def carry(source: Leg, sink: Leg, change: Filter | None, lost: int) -> None:
        try:
            while True:
                message = source.receive()
                if message is not None and change is not None:
                    message = change(message)
                if isinstance(message, str):
                    sink.send_text(message)
                elif message is not None:
                    sink.send_bytes(message)
        except Closed as closed:
            ended.append(closed)
            if ended[0] is closed:
                end(closed, source, sink, lost)
        except BaseException:
            sink.abort()
            source.abort()
            raise

    def end(closed: Closed, source: Leg, sink: Leg, lost: int) -> None:
        """Only the side that ended first says how; the other one's goodbye must not overtake it."""
        try:
            if source is browser and parting is not None:
                parting(closed)
            said = explain(closed) if source is upstream and explain is not None else closed
            sink.close(lost if said.code == 1006 else said.code, said.reason)
            source.close(closed.code, closed.reason)
        finally:
            sink.abort()
            source.abort()

    downwards = threading.Thread(target=carry, args=(upstream, browser, down, LOST_UPSTREAM), name="pump", daemon=True)
    downwards.start()
    try:
        carry(browser, upstream, up, LOST_BROWSER)
    finally:
        upstream.abort()
        downwards.join(5.0)
        upstream.free()
    return ended[0]
