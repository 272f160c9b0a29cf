"""The second net under promise 1: no answer that holds one of our secrets is passed on."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from skyvern_ui.skyvern.errors import Leaked

_SHORTEST = 8


class Secrets:
    """The spellings to look for: as it is, with JSON's escaped slashes, and URL-encoded. Build once, share."""

    __slots__ = ("forms", "longest", "starts")

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
        self.starts = tuple((form[:1], form) for form in self.forms)


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


def _lower_escapes(encoded: str) -> str:
    parts = encoded.split("%")
    return parts[0] + "".join(f"%{part[:2].lower()}{part[2:]}" for part in parts[1:])
