"""How a WebSocket ends: the codes of RFC 6455 7.4."""

from __future__ import annotations

MAY_BE_SENT = frozenset({*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)})


class Closed(Exception):
    """The leg is over. `code` is the peer's close code; 1005 without one, 1006 without a close frame."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason
