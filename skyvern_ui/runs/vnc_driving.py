"""A turn at a browser that is shown by VNC: bytes of RFB both ways, and Skyvern's leave for them on a socket beside."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..holds import SOMEBODY_ELSE
from ..models.reader import Unavailable
from ..relay.leg import Closed
from ..relay.wire import ClientSocket, ServerSocket
from ..skyvern.errors import SkyvernError
from .driving import CEDE, TAKE, Drive


class VncDrive(Drive):
    """As a drive by input events, but the page speaks RFB in binary messages and only our own words as text. Skyvern
    lets keys and mouse through as long as the messages socket of the same client holds control (api 5.4, 5.5)."""

    def __init__(self, *args: Any, open_messages: Callable[[str], ClientSocket], **more: Any) -> None:
        super().__init__(*args, **more)
        self._open_messages = open_messages
        self._messages: ClientSocket | None = None
        self._is_parting = self._is_over = False
        self._handing = threading.Lock()

    def _drive(self, browser: ServerSocket) -> None:
        try:
            super()._drive(browser)
        finally:
            with self._handing:
                self._is_over, messages = True, self._messages
            if messages is not None:
                messages.free()

    def _up(self, message: str | bytes) -> str | bytes | None:
        if isinstance(message, str):
            super()._up(message)
            return None
        if not self._hold.is_good():
            raise Closed(SOMEBODY_ELSE, "You do not drive any more.")
        return message

    def _down(self, message: str | bytes, upstream: ClientSocket) -> str | bytes | None:
        """The first bytes prove that Skyvern knows this viewer; only then can it be given control."""
        if not self._is_ready:
            self._hold.wait_for_turn()
            self._take_by_message()
            self._is_ready = True
        return message if isinstance(message, bytes) else None

    def _part(self, closed: Closed, upstream: ClientSocket) -> None:
        with self._handing:
            self._is_parting, messages = True, self._messages
        if messages is not None:
            with suppress(Closed):
                messages.send_text(CEDE)
            messages.close(1000)
        super()._part(closed, upstream)

    def _say_goodbye(self, upstream: ClientSocket) -> None:
        """RFB has no word for it: the socket just closes."""

    def _take_by_message(self) -> None:
        try:
            messages = self._open_messages(self._hold.viewer)
        except SkyvernError as error:
            raise Closed(1011, error.sentence) from error
        except Unavailable as error:
            raise Closed(1013, "Our database does not answer. Try again in a moment.") from error
        with self._handing:
            is_over = self._is_over or self._is_parting
            if not is_over:
                self._messages = messages
        if is_over:  # the turn ended while this was opened: Skyvern must not hear that it goes on
            messages.free()
            raise Closed(1000)
        messages.send_text(TAKE)
        threading.Thread(target=self._listen, args=(messages,), name="messages", daemon=True).start()

    def _listen(self, messages: ClientSocket) -> None:
        """Nothing it says is passed on; without it there is no control, so its end is the end."""
        with suppress(Closed):
            while True:
                messages.receive()
        if self._browser is not None and not self._is_parting:
            self._browser.close(1011, "Skyvern ended the control of this browser.", linger=0.2)

    def _tell(self, text: str) -> None:
        """The page's RFB client takes no text."""
