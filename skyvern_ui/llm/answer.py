"""What a model answered, and how its JSON is read. Nothing here raises."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..diagnosis.diagnosis import Reply


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one call. `value` is the decoded JSON, None when there was none. `detail` tells troubles of one name
    apart (relay.ask), `location` is where a redirect leads. `reply` is scrubbed of our key; `value` is as it came, and
    not for showing. `seconds` is how long it took."""

    reply: Reply
    value: Any = field(default=None, repr=False)
    detail: str = ""
    location: str = ""
    seconds: float = 0.0
    is_web_page: bool = False

    @property
    def status(self) -> int | None:
        """The HTTP status, or None."""
        return self.reply.status

    @property
    def text(self) -> str:
        """What it said, without our key."""
        return self.reply.text

    @property
    def is_good(self) -> bool:
        """True for a 2xx that came whole, with JSON in it."""
        return not self.reply.trouble and 200 <= (self.status or 0) < 300 and self.value is not None


def model_ids(value: Any) -> list[str]:
    """The names in an answer of `/models`, in its order; also as Ollama's own and Gemini's routes write them."""
    rows = value.get("data", value.get("models")) if isinstance(value, dict) else value
    found = [row.get("id") or row.get("name") or row.get("model") if isinstance(row, dict) else row
             for row in rows] if isinstance(rows, list) else []
    return [name[:300] for name in found if isinstance(name, str) and name][:5000]


def is_model_list(value: Any) -> bool:
    """Whether this JSON is a list of models at all, if an empty one."""
    return isinstance(value, dict) and isinstance(value.get("data", value.get("models")), list)


def content_of(value: Any) -> str | None:
    """What a chat answered; None when the JSON is not an answer to a chat."""
    try:
        message = value["choices"][0]["message"]
    except (KeyError, IndexError, TypeError):
        return None
    if not isinstance(message, dict):
        return None
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def why_ended(value: Any) -> str:
    """`stop`, `length`, … as the model's server calls it; empty when it does not say."""
    try:
        return str(value["choices"][0]["finish_reason"])
    except (KeyError, IndexError, TypeError):
        return ""
