"""Where an OpenAI-compatible model is and how it knows us."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Upstream:
    """One model at one address. `base` ends where `/models` and `/chat/completions` begin, usually with `/v1`.

    `name` is a short id for rows and history (`gateway`, `env`, `custom-oat_1`), `label` is for people, `origin` says
    where the address came from. `is_used` is False when it is known that only runs which name it use it."""

    name: str
    label: str
    base: str
    key: str = field(repr=False)
    model: str = ""
    origin: str = ""
    is_used: bool = True

    @property
    def host(self) -> str:
        """Host and port, for evidence."""
        return urlsplit(self.base).netloc
