"""What a guest may read of a run: nothing of how it was asked (unless the link says so), nothing of our house."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..runs.secret_rules import secrets_in

HIDDEN = "•••"
ALWAYS = ("webhook_url", "webhook_callback_url", "extra_http_headers", "cdp_connect_headers", "totp_identifier",
          "totp_verification_url", "totp_url", "browser_address", "browser_session_id", "browser_profile_id")
ASKED = ("prompt", "parameters", "url", "navigation_payload", "data_extraction_goal", "data")
INTERNAL = frozenset({
    "task_id", "workflow_run_id", "workflow_id", "workflow_permanent_id", "failure_reason", "failure_category",
    "errors", "downloaded_files", "output_parameter", "webhook_url", "webhook_callback_url", "browser_session_id",
    "parameters",
})  # fmt: skip
INTERNAL_ENDS = ("_artifact_ids", "_artifact_id", "_urls", "_screenshots")
INSIDE = re.compile(
    r"(?:file://|https?://(?:localhost|127\.|10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|\[))"
    r"[^\s\"'<>]*", re.I)
ADDRESS = re.compile(r"[^\s@<>\"'(),;:]{1,64}@[^\s@<>\"'(),;:]{1,255}[a-z0-9]", re.I)
SHORTEST, DEEPEST = 4, 20


class Redaction:
    """Reads texts and values for a guest. `asked` is the run's request, `typed` what was typed into pages, `never`
    what no guest reads (where Skyvern is), `people` the e-mail addresses of ours."""

    def __init__(self, asked: Mapping[str, Any], typed: Iterable[str], never: Iterable[str], people: Iterable[str], *,
                 shows_inputs: bool) -> None:
        self._people = frozenset(address.lower() for address in people)
        words = {word for word in never if word}
        for key in ALWAYS if shows_inputs else (*ALWAYS, *ASKED):
            words.update(_texts(asked.get(key)))
        for key in ASKED:
            words.update(_texts(list(secrets_in(asked.get(key)))))
        if not shows_inputs:
            words.update(typed)
        self._words: dict[str, list[str]] = {}  # by how they begin: one alternation of thousands takes seconds
        for word in sorted({_lower(word.strip()) for word in words}, key=len, reverse=True):
            if len(word) >= SHORTEST:
                self._words.setdefault(word[:SHORTEST], []).append(word)

    def text(self, text: str | None) -> str:
        """The text, with what is not for guests replaced."""
        clean = INSIDE.sub(HIDDEN, text or "")
        if "@" in clean:
            clean = ADDRESS.sub(lambda found: HIDDEN if found.group().lower() in self._people else found.group(), clean)
        return self._without_words(clean) if self._words else clean

    def _without_words(self, text: str) -> str:
        low, parts, done, at = _lower(text), [], 0, 0
        while at <= len(low) - SHORTEST:
            word = next((w for w in self._words.get(low[at:at + SHORTEST], ()) if low.startswith(w, at)), None)
            if word is None:
                at += 1
                continue
            parts += [text[done:at], HIDDEN]
            done = at = at + len(word)
        return "".join([*parts, text[done:]])

    def value(self, value: Any, depth: int = 0) -> Any:
        """A JSON value without Skyvern's own ids and addresses."""
        if depth > DEEPEST:
            return HIDDEN
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.value(each, depth + 1) for key, each in value.items()
                    if not _is_internal(str(key))}
        if isinstance(value, list):
            return [self.value(each, depth + 1) for each in value]
        if isinstance(value, str):
            return self.text(value)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return self.text(str(value)) if is_number and self.text(str(value)) != str(value) else value


def _lower(text: str) -> str:
    """In small letters, and as long as it was."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(c.lower()[0] for c in text)


def _is_internal(key: str) -> bool:
    return key in INTERNAL or key.endswith(INTERNAL_ENDS)


def _texts(value: Any) -> Iterator[str]:
    """Every text and number inside a value."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value
        yield from value.splitlines()
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
