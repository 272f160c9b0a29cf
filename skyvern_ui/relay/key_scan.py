"""The second net under promise 1: no answer that holds one of our secrets is passed on."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from urllib.parse import quote

from skyvern_ui.skyvern.errors import Leaked

_SHORTEST = 8
_ESCAPE = re.compile(rb"\\u00([0-9A-Fa-f]{2})")


class Secrets:
    """The spellings to look for: as it is, with JSON's escaped slashes, and URL-encoded. Build once, share."""

    __slots__ = ("_base64", "_plain", "forms", "longest", "starts")

    def __init__(self, secrets: Sequence[bytes]) -> None:
        """A secret shorter than 8 bytes is ignored: it would match by chance."""
        forms: dict[bytes, None] = {}
        for secret in secrets:
            if len(secret) < _SHORTEST:
                continue
            encoded = quote(secret, safe="")
            lower = _lower_escapes(encoded)
            for form in (secret, secret.replace(b"/", b"\\/"), encoded.encode(), lower.encode()):
                forms[form] = None
        self.forms = tuple(forms)
        self.longest = max(map(len, self.forms), default=0)
        self._plain = tuple(secret for secret in secrets if len(secret) >= _SHORTEST)
        self._base64 = tuple(core for secret in self._plain for core in _base64_cores(secret))
        self.starts = tuple((form[:1], form) for form in self.forms)

    def is_encoded_in(self, data: bytes) -> bool:
        """Whether a short text holds a secret in base64 (however aligned) or written with JSON's `\\u00XX`.

        For counting: such an answer is passed on, since this second net cannot undo every encoding.
        """
        if any(core in data for core in self._base64):
            return True
        if b"\\u00" not in data:
            return False
        text = _ESCAPE.sub(lambda found: bytes((int(found[1], 16),)), data)
        return any(secret in text for secret in self._plain)


class KeyScan:
    """Looks through one stream for secrets, however it is cut into chunks.

    Only an end that could be the beginning of a secret is held back, so events are not delayed.
    """

    __slots__ = ("_held", "_secrets")

    def __init__(self, secrets: Sequence[bytes] | Secrets) -> None:
        self._secrets = secrets if isinstance(secrets, Secrets) else Secrets(secrets)
        self._held = b""

    def feed(self, chunk: bytes) -> bytes:
        """What may be sent on now. Raises `Leaked` as soon as a secret is complete."""
        data = self._held + chunk if self._held else chunk
        self.check(data)
        keep = self._beginning_at_end(data)
        if not keep:
            self._held = b""
            return data
        self._held = data[-keep:]
        return data[:-keep]

    def end(self) -> bytes:
        """What was held back, now that nothing follows."""
        held, self._held = self._held, b""
        return held

    def check(self, data: bytes) -> None:
        """Raise `Leaked` if `data` alone holds a secret."""
        for form in self._secrets.forms:
            if form in data:
                raise Leaked

    def is_encoded_in(self, data: bytes) -> bool:
        """What `Secrets.is_encoded_in` says of a short text."""
        return self._secrets.is_encoded_in(data)

    def _beginning_at_end(self, data: bytes) -> int:
        """How many bytes at the end of `data` are a true prefix of a secret; the longest such."""
        tail = data[1 - self._secrets.longest :] if self._secrets.longest > 1 else b""
        longest = 0
        for first, form in self._secrets.starts:
            at = tail.find(first)
            while at >= 0:
                if len(tail) - at <= longest:
                    break
                if form.startswith(tail[at:]):
                    longest = len(tail) - at
                    break
                at = tail.find(first, at + 1)
        return longest


def _base64_cores(secret: bytes) -> list[bytes]:
    """What base64 makes of a secret inside a longer text, at each of the three places it can begin."""
    cores = []
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + secret).rstrip(b"=")
        sure = (before + len(secret)) * 8 // 6
        cores.append(encoded[-(-before * 8 // 6) : sure])
    return [form for core in cores for form in {core, core.translate(_URL_SAFE)}]


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def _lower_escapes(encoded: str) -> str:
    parts = encoded.split("%")
    return parts[0] + "".join(f"%{part[:2].lower()}{part[2:]}" for part in parts[1:])
