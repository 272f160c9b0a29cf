"""Keys that a Skyvern on this machine left in files we may read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..config import Settings
from ..sealed import fingerprint
from ..skyvern.connection import clean_key


@dataclass(frozen=True, slots=True)
class Found:
    """A key that Skyvern left on this machine. Only the fingerprint is for showing."""

    key: str
    path: Path
    url: str

    def __repr__(self) -> str:
        return f"Found({self.path}, {self.fingerprint})"

    @property
    def fingerprint(self) -> str:
        """Tells two keys apart without giving either away."""
        return fingerprint(self.key)


def find_keys(settings: Settings) -> list[Found]:
    """Keys that a Skyvern on this machine left in readable files, each once. Raises nothing."""
    defaults = [Path(".env"), Path(".skyvern/credentials.toml"), settings.instance_dir / "skyvern" / ".env"]
    found: dict[str, Found] = {}
    for path in (*settings.skyvern_key_paths, *defaults):
        for candidate in ([path / ".env", path / ".skyvern/credentials.toml"] if path.is_dir() else [path]):
            for key in _keys_in(candidate):
                url = settings.skyvern_api_url or _url_near(candidate)
                found.setdefault(key, Found(key, candidate, url))
    return list(found.values())


def _keys_in(path: Path) -> Iterator[str]:
    try:
        text = path.read_text("utf-8")[:65_536]
        values = _toml_values(tomllib.loads(text)) if path.suffix == ".toml" else _env_values(text)
        yield from (key for key in map(clean_key, values) if re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", key))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return


def _env_values(text: str) -> Iterator[str]:
    return (m.group(1) for m in re.finditer(r"^\s*(?:export\s+)?SKYVERN_API_KEY\s*=\s*(.+)$", text, re.M))


def _toml_values(node: Any, name: str = "") -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _toml_values(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from _toml_values(value, name)
    elif isinstance(node, str) and any(word in name.lower() for word in ("cred", "key", "token")):
        yield node


def _url_near(path: Path) -> str:
    """The address in the same file, if it says one; else where Skyvern listens by default."""
    try:
        match = re.search(r"^\s*(?:export\s+)?PORT\s*=\s*['\"]?(\d{2,5})", path.read_text("utf-8"), re.M)
    except (OSError, UnicodeDecodeError):
        match = None
    return f"http://localhost:{match.group(1) if match else 8000}"
