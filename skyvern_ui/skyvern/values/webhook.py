"""What Skyvern tells its webhooks: the message as it would be sent, and how sending it went."""

from __future__ import annotations

from dataclasses import dataclass

from .reading import Json, read_dict, read_int, read_text

LONGEST_ANSWER = 4096


@dataclass(frozen=True, slots=True)
class WebhookPreview:
    """What Skyvern posts at the end of a run: `payload` is the very text, signed; `url` where it goes by itself."""

    url: str | None
    payload: str
    header_names: tuple[str, ...]

    @classmethod
    def from_json(cls, data: Json) -> WebhookPreview:
        """Never raises."""
        return cls(read_text(data, "default_webhook_url"), str(data.get("payload") or ""),
                   tuple(sorted(str(name) for name in read_dict(data, "headers"))))


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one sending went. `status` is the receiver's HTTP status, None when it never answered; `latency` is in
    milliseconds; `body` the beginning of what it said."""

    url: str | None
    status: int | None
    latency: int | None
    body: str
    error: str | None

    @property
    def is_good(self) -> bool:
        """True when the receiver took it."""
        return self.error is None and self.status is not None and 200 <= self.status < 300

    @classmethod
    def from_json(cls, data: Json) -> Delivery:
        """Never raises; what the receiver said is cut at 4 KiB."""
        return cls(read_text(data, "target_webhook_url"), read_int(data, "status_code"),
                   read_int(data, "latency_ms"), (read_text(data, "response_body") or "")[:LONGEST_ANSWER],
                   read_text(data, "error"))
