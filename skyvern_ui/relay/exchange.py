"""One request and its answer's head, over one connection."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

from skyvern_ui.relay.answer import Answer, Wire, read_answer
from skyvern_ui.relay.request_head import Headers, Payload, request_head, request_pieces
from skyvern_ui.relay.sockets import HasFileno
from skyvern_ui.relay.watchman import WATCHMAN, Call

Finish = Callable[[socket.socket, bool], None]


class Exchange:
    """A request that is ready to be sent, at most once on each connection it is given."""

    def __init__(
        self,
        method: str,
        target: str,
        headers: Headers,
        body: Payload,
        first_byte: float,
        deadline: float,
        client: HasFileno | None,
    ) -> None:
        """`first_byte` in seconds, `deadline` a moment of `time.monotonic()`. Raises ValueError."""
        self._head, self._declared = request_head(method, target, headers, body)
        self._method = method
        self._body = body
        self._first_byte = first_byte
        self._deadline = deadline
        self._client = client
        self._is_read = method in ("GET", "HEAD")

    @property
    def is_repeatable(self) -> bool:
        """A read without a body: sending it again changes nothing (RFC 9110 9.2.2)."""
        return self._is_read and not self._body

    def over(self, sock: socket.socket, finish: Finish) -> Answer:
        """Send, and read the head. `finish(sock, is_reusable)` is called once, by the Answer.

        On an error the connection is closed here and `finish` is not called.
        """
        call = WATCHMAN.watch(self._client, sock, may_cut=self._is_read) if self._client else None
        try:
            wire = Wire(sock, self._deadline, call)
            all_sent = self._send(wire)
            first = time.monotonic() + self._first_byte
            return read_answer(wire, self._method, first, _ending(sock, call, all_sent, finish))
        except BaseException:
            if call is not None:
                WATCHMAN.forget(call)
            sock.close()
            raise

    def _send(self, wire: Wire) -> bool:
        """False when the upstream stopped listening: it may have answered early, so that is read next."""
        return all(wire.send(piece) for piece in request_pieces(self._head, self._declared, self._body))


def _ending(sock: socket.socket, call: Call | None, all_sent: bool, finish: Finish) -> Callable[[bool], None]:
    def end(is_reusable: bool) -> None:
        if call is not None:
            WATCHMAN.forget(call)
            is_reusable = is_reusable and not call.left
        finish(sock, is_reusable and all_sent)

    return end
