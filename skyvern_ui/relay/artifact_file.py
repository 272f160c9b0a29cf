"""Skyvern's old file server, which hands out any path it is asked for: only paths that we signed.

Contract: `GET /artifact/{image,recording,json,text}?path=<absolute path>` on port 9090 of Skyvern's own
front-end container; `recording` insists on a Range header.
"""

from __future__ import annotations

import hashlib
import hmac
import posixpath
import re
import time
from collections.abc import Sequence
from urllib.parse import quote, unquote_to_bytes

from skyvern_ui.skyvern.errors import Blocked

ROOTS = ("/data/artifacts", "/data/videos", "/data/har")
_ENDINGS = {
    "image": (".png", ".jpg", ".jpeg", ".webp", ".gif"),
    "recording": (".webm", ".mp4"),
    "json": (".json", ".har"),
    "text": (".txt", ".log", ".html", ".json", ".har", ".svg", ".xml"),
}
_SHAPE = re.compile(r"/artifact/(image|recording|json|text)\?path=((?:[A-Za-z0-9\-._~/]|%[0-9A-Fa-f]{2})+)")
_VALID_FOR = 12 * 3600


class FileServer:
    """The one configured artifact origin and the key that proves a path came from us."""

    def __init__(self, origin: str, secret: bytes, *, roots: Sequence[str] = ROOTS) -> None:
        """`origin` is `http://host:port` exactly; `secret` at least 16 bytes; `roots` absolute folders."""
        if len(secret) < 16:
            raise ValueError("the signing secret is too short")
        self.origin = origin.rstrip("/").lower()
        self._secret = secret
        self._roots = tuple(root.rstrip("/") + "/" for root in roots)

    def url_of(self, kind: str, path: str) -> str:
        """The file server's URL of a path; `kind` is image, recording, json or text. Raises `Blocked`."""
        target = f"/artifact/{kind}?path={quote(path, safe='/')}"
        self.check_shape(target)
        return self.origin + target

    def sign_path(self, url: str, *, seconds: int = _VALID_FOR) -> str:
        """A signature for one URL of `url_of`, to be sent beside it; it holds for `seconds`."""
        until = int(time.time()) + seconds
        return f"{until}.{self._mac(url, until)}"

    def verify(self, url: str, signature: str | None) -> None:
        """Raise `Blocked` unless `signature` was made here for exactly this URL and still holds."""
        until, _, mac = (signature or "").partition(".")
        if not (until.isascii() and until.isdigit() and len(until) < 12):
            raise Blocked
        if not hmac.compare_digest(mac.encode(), self._mac(url, int(until)).encode()) or int(until) < time.time():
            raise Blocked

    def check_shape(self, target: str) -> str:
        """The kind of a target that may be asked for, or `Blocked`: one plain path below a known folder."""
        shape = _SHAPE.fullmatch(target)
        if shape is None:
            raise Blocked
        try:
            path = unquote_to_bytes(shape[2]).decode("utf-8")
        except UnicodeDecodeError:
            raise Blocked from None
        if (
            not path.startswith(self._roots)
            or posixpath.normpath(path) != path
            or not path.lower().endswith(_ENDINGS[shape[1]])
            or any(ord(char) < 32 or ord(char) == 127 or char == "\\" for char in path)
        ):
            raise Blocked
        return shape[1]

    def _mac(self, url: str, until: int) -> str:
        return hmac.new(self._secret, f"{until}\n{url}".encode(), hashlib.sha256).hexdigest()
