"""What an error means, in one shape for pages, programs and tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

Layer = Literal["network", "gateway", "litellm", "provider", "skyvern"]
Retry = Literal["no", "backoff", "at"]
Who = Literal["caller", "operator", "provider"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered, as it came, or what kept the answer from coming.

    `status` is None when no HTTP answer came; then `trouble` says why: `refused`, `name`, `tls`, `timeout`, `reset`,
    `redirect`, `garbage` (not HTTP), `unsendable`; or what only the asker sees in an answer that looks good: `not_seen`
    (the picture), `not_json`, `other_organisation`. `host` is who was asked, `asked` what for: `models`, `chat`,
    `image`, `embedding`, `json`, `skyvern`, `socket` (then `status` is the handshake's, `body` the first message, and
    `trouble` may be `closed_` and the number it was closed with). `body` may be cut to its first 64 KiB."""

    status: int | None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    host: str = ""
    trouble: str = ""
    asked: str = "chat"
    model: str = ""

    @property
    def text(self) -> str:
        """The body as text, whatever its bytes are."""
        return self.body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a diagnosis was read from; never a key, and of the body only a short excerpt."""

    status: int | None = None
    host: str = ""
    model: str = ""
    upstream_code: str = ""
    request_id: str = ""
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One cause. `code` is stable and snake_case; `retry_at` is set when `retry` is `at` and the answer said when."""

    layer: Layer
    code: str
    title: str
    explain: str
    fix: tuple[str, ...]
    retry: Retry
    who: Who
    evidence: Evidence = Evidence()
    retry_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """For programs: texts, lists and numbers only."""
        return {**asdict(self), "fix": list(self.fix), "retry_at": self.retry_at.isoformat() if self.retry_at else None}
