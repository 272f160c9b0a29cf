"""What Skyvern answers to a driver, in words for the driver's page (api 5.3)."""

from __future__ import annotations

import json
from typing import Any

READY = "ready"
REASONS = {
    "navigate-error": {
        "invalid_url": "Skyvern does not take this address.",
        "blocked": "Skyvern does not allow this address.",
        "failed": "The page could not be opened.",
    },
    "file-upload-error": {
        "invalid_file": "Skyvern did not take the file.",
        "file_too_large": "Skyvern did not take the file: it is too large.",
        "expected_one_file_input": "The page must have exactly one field for files. It has none, or several.",
    },
    "file-upload-complete": {"": "The file is in the page's field."},
}
CLOSINGS = {
    1002: "Skyvern does not accept the stored key.",
    4404: "Skyvern has no browser to drive any more.",
    4408: "The browser was not ready in time.",
    4409: "The run is ending, so its browser cannot be driven.",
    4410: "The browser has no open page to drive.",
    4411: "The page went away while it was driven.",
}
LOST = "The connection to the browser was lost."


def read_answer(message: str | bytes) -> tuple[str, str | None]:
    """(kind, JSON for the page with a sentence, or None). Unknown kinds and anything else say nothing."""
    try:
        data: Any = json.loads(message)
    except (ValueError, RecursionError):
        return "", None
    kind = data.get("kind") if isinstance(data, dict) else None
    if kind == READY:
        return READY, None
    if not isinstance(kind, str) or kind not in REASONS:
        return "", None
    reason, sentences = data.get("reason"), REASONS[kind]
    word = reason if isinstance(reason, str) and reason in sentences else ""
    return kind, tell(kind, sentences.get(word, "Skyvern could not do that."), reason=word or None)


def tell(kind: str, sentence: str = "", **more: object) -> str:
    """A message for the page: JSON with its kind, a sentence, and what else says something."""
    said = {"kind": kind, "sentence": sentence, **more}
    return json.dumps({key: value for key, value in said.items() if value not in ("", None)})


def closing_sentence(code: int) -> str:
    """Why Skyvern ended the input socket, in words."""
    return CLOSINGS.get(code, LOST)
