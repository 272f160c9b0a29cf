"""Where Skyvern is and how it knows us."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .key_text import unwrap


@dataclass(frozen=True, slots=True)
class Connection:
    """An address and a key. `url` is an origin with an optional path in front of Skyvern's own prefixes."""

    url: str
    key: str = field(repr=False)
    is_sandbox: bool = False

    @property
    def scheme(self) -> str:
        """`http` or `https`."""
        return urlsplit(self.url).scheme

    @property
    def host(self) -> str:
        """The host name or address, without port."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The port, by the scheme's default if none is written."""
        return urlsplit(self.url).port or (443 if self.scheme == "https" else 80)

    @property
    def authority(self) -> str:
        """Host and port as they are written in the address: what goes into the Host header."""
        return urlsplit(self.url).netloc

    @property
    def path(self) -> str:
        """What stands in front of `/v1` and `/api/v1`: usually nothing."""
        return urlsplit(self.url).path.rstrip("/")

    @property
    def label(self) -> str:
        """What people may be told about where it is."""
        return "Sandbox" if self.is_sandbox else "Skyvern"


def clean_key(text: str) -> str:
    """A pasted key without what commonly sticks to it: quotes, spaces, line breaks, `Bearer `, a variable name."""
    return unwrap(text).key


def clean_url(text: str) -> str:
    """A pasted address as an origin: a doubled prefix or slash at its end is dropped. Raises ValueError."""
    text = text.strip()
    if text.endswith("://"):
        raise ValueError("The address must look like http://host:8000.")
    text = text.rstrip("/")
    for prefix in ("/api/v1", "/api/v2", "/v1"):
        text = text.removesuffix(prefix)
    text = text.rstrip("/")
    if "://" not in text:
        text = "http://" + text
    parts = urlsplit(text)
    port = parts.port
    bad_text = not text.isascii() or not text.isprintable() or " " in text or "\\" in text or "%" in text
    if bad_text or parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ValueError("The address must look like http://host:8000.")
    if "@" in parts.netloc or parts.query or parts.fragment or "?" in text or "#" in text:
        raise ValueError("The address must hold no user name, question mark or fragment.")
    return text
