"""What a Skyvern frame socket says, and what our viewers are told.

Contract: `/api/v1/stream/{tasks,workflow_runs}/{id}` and `/v1/stream/browser_sessions/{id}` send JSON text
with `status` and, when there is a picture, `screenshot` in base64 (PNG unless `format` says jpeg),
`url`, `viewport_width`, `viewport_height`. A bad key is answered in plain text.
"""

from __future__ import annotations

import binascii
import json
import time
from typing import NamedTuple

from skyvern_ui.relay.server_frame import server_frame

ENDED = frozenset({"completed", "failed", "terminated", "canceled", "timed_out", "session_expired"})
NOT_FOUND = "not_found"
GAVE_UP = "timeout"


SENTENCES = {
    "connecting": "Connecting to the browser of this run.",
    "waiting": "Waiting for the first picture: the browser is opening, or its page stands still.",
    "live": "Live.",
    "reconnecting": "The picture was interrupted. It comes back by itself.",
    "over": "The run is over.",
    "unavailable": "There is no live picture of this run.",
    "unavailable key_refused": "Skyvern does not accept the stored key, so there is no live picture.",
    "unavailable not_found": "Skyvern has no browser for this run any more.",
    "unavailable timeout": "No picture came for five minutes, so Skyvern stopped the live view.",
    "unavailable vnc_only": "This Skyvern streams by VNC only; the newest screenshot is shown instead.",
    "unavailable failed": "The live picture failed. The newest screenshot is shown instead.",
}


class Frame(NamedTuple):
    """One picture. `wire` is the binary WebSocket frame, built once and sent to every viewer."""

    image: bytes
    media_type: str
    status: str
    url: str
    width: int
    height: int
    at: float
    wire: bytes


class State(NamedTuple):
    """How the view stands, in a word: connecting, waiting, live, reconnecting, over or unavailable.

    `status` is Skyvern's last word on the run; `reason` says why a view is unavailable: key_refused,
    not_found, timeout, vnc_only. `is_final` means that nothing follows.
    """

    name: str
    status: str = ""
    reason: str = ""
    url: str = ""
    width: int = 0
    height: int = 0

    @property
    def is_final(self) -> bool:
        return self.name in ("over", "unavailable")

    @property
    def wire(self) -> bytes:
        """The text WebSocket frame: a JSON object with the fields that say something."""
        said = {"state" if key == "name" else key: value for key, value in self._asdict().items() if value}
        said["sentence"] = SENTENCES.get(f"{self.name} {self.reason}", SENTENCES[self.name])
        return server_frame(json.dumps(said).encode(), text=True)


class Note(NamedTuple):
    """Something said beside the picture: JSON of ours, for one viewer."""

    text: str

    @property
    def wire(self) -> bytes:
        """The text WebSocket frame."""
        return server_frame(self.text.encode(), text=True)


class Said(NamedTuple):
    """One message of the upstream: a picture or none, a status or none, or the end in words."""

    frame: Frame | None
    status: str
    final: State | None


def read_message(message: str | bytes) -> Said:
    """Understand one message. What cannot be understood says nothing; raises nothing."""
    try:
        data = json.loads(message)
    except (ValueError, RecursionError):
        return Said(None, "", _refusal(message))
    if not isinstance(data, dict):
        return Said(None, "", None)
    status = data.get("status")
    status = status if isinstance(status, str) else ""
    return Said(_picture(data, status), status, _ending(status))


def _refusal(message: str | bytes) -> State | None:
    text = message if isinstance(message, str) else ""
    return State("unavailable", reason="key_refused") if "credential" in text[:200].lower() else None


def _ending(status: str) -> State | None:
    if status in ENDED:
        return State("over", status=status)
    if status in (NOT_FOUND, GAVE_UP):
        return State("unavailable", status=status, reason=status)
    return None


def _picture(data: dict[str, object], status: str) -> Frame | None:
    encoded = data.get("screenshot")
    if not isinstance(encoded, str) or not encoded:
        return None
    try:
        image = binascii.a2b_base64(encoded)
    except ValueError:
        return None
    media_type = _media_type(image)
    if media_type is None:
        return None
    url = data.get("url")
    return Frame(
        image, media_type, status, url if isinstance(url, str) else "",
        _size(data.get("viewport_width")), _size(data.get("viewport_height")),
        time.monotonic(), server_frame(image, text=False),
    )  # fmt: skip


def _media_type(image: bytes) -> str | None:
    """By the first bytes, not by what the message claims: nothing but a picture reaches a viewer."""
    if image.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/png" if image.startswith(b"\x89PNG\r\n\x1a\n") else None


def _size(value: object) -> int:
    return value if isinstance(value, int) and 0 < value < 100_000 else 0
