"""How a socket ends."""

from __future__ import annotations

import time
from typing import Any

from skyvern_ui.relay.closing import Closed


def end_of(socket: Any, seconds: float = 6) -> Closed:
    """Reads on until the socket is closed, and says how. Fails when it stays open."""
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            socket.receive(0.2)
    except Closed as closed:
        return closed
    raise AssertionError("the socket stayed open")
