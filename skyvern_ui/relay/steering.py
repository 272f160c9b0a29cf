"""What may be said to a browser that a person drives: every message is read and built anew from an allow-list.

Contract: `/api/v1/stream/cdp_input/…` and `/v1/stream/cdp_input/…` (api 5.3). Coordinates are pixels of the page's
viewport. Words of our own (`take-control`, `cede-control`, `give-control`, `keep-control`) go nowhere; they are ours.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

MOST_TEXT = 64 * 1024
MOST_FILE = 10 * 1024 * 1024
MOST_COORDINATE = 10_000
MOST_URL, MOST_NAME = 2083, 255
OUR_WORDS = frozenset({"take-control", "cede-control", "give-control", "keep-control"})
MOUSE_TYPES, BUTTONS = ("mousePressed", "mouseReleased", "mouseMoved"), ("left", "middle", "right", "none")
KEY_TYPES = ("keyDown", "rawKeyDown", "keyUp")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(?!\d)", re.IGNORECASE)

NOT_UNDERSTOOD = "That was not understood, so nothing was passed on to the browser."
NO_ADDRESS = "That is no address that can be opened. Write it like example.com/page."
ONLY_WEB = "Only addresses that begin with http or https can be opened."
NO_FILE = "That file was not sent: its name or its content is not in order."
TOO_LARGE = "That file was not sent: it is larger than 10 MiB."

Fields = dict[str, Any]


class Said(NamedTuple):
    """One message understood: `wire` goes up as it is; without it the message ends here, with a sentence if wrong."""

    kind: str
    wire: str | None = None
    problem: str = ""
    is_forced: bool = False
    is_move: bool = False


def read_input(message: str | bytes) -> Said:
    """Understand one message of the driver's page. Raises nothing; what is not on the list goes nowhere."""
    data = _object(message)
    kind = data.get("kind") or data.get("type") if data is not None else None
    if data is None or not isinstance(kind, str):
        return Said("", problem=NOT_UNDERSTOOD)
    if kind in OUR_WORDS:
        return Said(kind, is_forced=data.get("take") is True)
    build = _BUILDERS.get(kind)
    if build is None or (kind != "fileUpload" and len(message) > MOST_TEXT):
        return Said("", problem=NOT_UNDERSTOOD)
    built = build(data)
    if isinstance(built, str):
        return Said(kind, problem=built)
    return Said(kind, json.dumps({"kind": kind, **built}), is_move=built.get("eventType") == "mouseMoved")


def kind_of(message: str | bytes) -> str | None:
    """The kind of a message in Skyvern's own reading (`kind`, else `type`); None for what is no JSON object."""
    data = _object(message)
    if data is None:
        return None
    kind = data.get("kind") or data.get("type")
    return kind if isinstance(kind, str) else ""


def _object(message: str | bytes) -> Mapping[str, Any] | None:
    try:
        data = json.loads(message) if isinstance(message, str) else None
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _mouse(data: Mapping[str, Any]) -> Fields | str:
    point = _point(data)
    if data.get("eventType") not in MOUSE_TYPES or point is None:
        return NOT_UNDERSTOOD
    button = data.get("button", "none")
    clicks = _whole(data.get("clickCount", 0), 0, 3)
    if button not in BUTTONS or clicks is None:
        return NOT_UNDERSTOOD
    return {"eventType": data["eventType"], **point, "button": button, "clickCount": clicks,
            "modifiers": _modifiers(data)}


def _wheel(data: Mapping[str, Any]) -> Fields | str:
    point = _point(data)
    across, down = (_whole(data.get(name, 0), -MOST_COORDINATE, MOST_COORDINATE) for name in ("deltaX", "deltaY"))
    if point is None or across is None or down is None:
        return NOT_UNDERSTOOD
    return {**point, "deltaX": across, "deltaY": down, "modifiers": _modifiers(data)}


def _key(data: Mapping[str, Any]) -> Fields | str:
    key, code, text = data.get("key", ""), data.get("code", ""), data.get("text", "")
    if data.get("eventType") not in KEY_TYPES or not all(isinstance(t, str) for t in (key, code, text)):
        return NOT_UNDERSTOOD
    if not (0 < len(key) <= 32 and len(code) <= 32 and len(text) <= 1 and _is_plain(key + code + text)):
        return NOT_UNDERSTOOD
    built = {"eventType": data["eventType"], "key": key, "code": code, "modifiers": _modifiers(data)}
    number = data.get("windowsVirtualKeyCode")
    if number is not None:
        number = _whole(number, 0, 254)
        if number is None:
            return NOT_UNDERSTOOD
        built["windowsVirtualKeyCode"] = number
    return built | ({"text": text} if text and data["eventType"] == "keyDown" else {})


def _navigate(data: Mapping[str, Any]) -> Fields | str:
    url = data.get("url")
    url = url.strip() if isinstance(url, str) else ""
    if not url or len(url) > MOST_URL or not _is_plain(url) or " " in url:
        return NO_ADDRESS
    scheme = _SCHEME.match(url)
    if scheme and scheme[1].lower() not in ("http", "https"):
        return ONLY_WEB
    return {"url": url}


def _upload(data: Mapping[str, Any]) -> Fields | str:
    name, kind, content = data.get("fileName"), data.get("mimeType"), data.get("content")
    if not isinstance(name, str) or not isinstance(kind, str) or not isinstance(content, str):
        return NO_FILE
    if len(content) > (MOST_FILE + 2) // 3 * 4:
        return TOO_LARGE
    if not 0 < len(name) <= MOST_NAME or not _is_plain(name) or set(name) & set("/\\") or name in (".", ".."):
        return NO_FILE
    if len(kind) > MOST_NAME or not _is_plain(kind):
        return NO_FILE
    try:
        size = len(base64.b64decode(content, validate=True))
    except (binascii.Error, ValueError):
        return NO_FILE
    if size > MOST_FILE:
        return TOO_LARGE
    return {"fileName": name, "mimeType": kind or "application/octet-stream", "content": content}


def _nothing(_data: Mapping[str, Any]) -> Fields | str:
    return {}


_BUILDERS: dict[str, Callable[[Mapping[str, Any]], Fields | str]] = {
    "mouseEvent": _mouse, "wheelEvent": _wheel, "keyEvent": _key, "navigateEvent": _navigate, "fileUpload": _upload,
    "goBackEvent": _nothing, "goForwardEvent": _nothing, "reloadEvent": _nothing,
}  # fmt: skip


def _point(data: Mapping[str, Any]) -> Fields | None:
    x, y = (_whole(data.get(name), 0, MOST_COORDINATE) for name in ("x", "y"))
    return None if x is None or y is None else {"x": x, "y": y}


def _modifiers(data: Mapping[str, Any]) -> int:
    bits = data.get("modifiers", 0)
    return bits & 15 if isinstance(bits, int) and not isinstance(bits, bool) else 0


def _whole(value: object, least: int, most: int) -> int | None:
    """A whole number within bounds; None for what is no number. Skyvern's own reading stumbles over infinity."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return max(least, min(int(value), most))


def _is_plain(text: str) -> bool:
    return all(c.isprintable() for c in text)
