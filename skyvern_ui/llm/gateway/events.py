"""A stream of events from a model, cut at its seams as it passes: what it said it used, and what the client may see.

Bytes go on as they came, event by event. The event that tells the usage is left out when the client did not ask for it,
because it is there for our books; an error that the model's server tells in its own words is told in ours.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ...audit import clean

MOST_EVENT = 8 * 1024 * 1024
DONE = b"data: [DONE]\n\n"
Tell = Callable[[Any], tuple[bytes, str]]


class TooLong(Exception):
    """One event is larger than any sound one."""


@dataclass(slots=True)
class Usage:
    """What a call used, as the model's server says. A number that is absent, negative or absurd counts as not said."""

    prompt: int | None = None
    completion: int | None = None
    images: int | None = None
    model: str = ""
    request_id: str = ""

    @property
    def tokens(self) -> int | None:
        """All tokens, or None when nothing was said."""
        if self.prompt is None and self.completion is None:
            return None
        return (self.prompt or 0) + (self.completion or 0)

    def read(self, answer: Any) -> None:
        """Takes over what an answer, or one event of a stream, says of itself."""
        if not isinstance(answer, dict):
            return
        self.model = _short(answer.get("model")) or self.model
        self.request_id = _short(answer.get("id")) or self.request_id
        said = answer.get("usage")
        if isinstance(said, dict):
            prompt = _count(said.get("prompt_tokens", said.get("input_tokens")))
            completion = _count(said.get("completion_tokens", said.get("output_tokens")))
            self.prompt, self.completion = _most(self.prompt, prompt), _most(self.completion, completion)


@dataclass(slots=True)
class Events:
    """Cuts a stream into events. `feed` gives those that are complete and may go on; `usage` fills itself. `tell` makes
    an error of the server an event of ours and a reason for the books."""

    keep_usage: bool
    tell: Tell | None = None
    usage: Usage = field(default_factory=Usage)
    has_content: bool = False
    is_done: bool = False
    has_failed: bool = False
    failed_by: str = ""
    _rest: bytes = b""
    _looked: int = 0
    _told: bytes = b""

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The events completed by this piece, as bytes that end with an empty line. Raises TooLong."""
        self._rest += piece
        while True:
            cut, length = _seam(self._rest, self._looked)
            if cut < 0:
                self._looked = max(0, len(self._rest) - 3)
                break
            event, self._rest, self._looked = self._rest[:cut + length], self._rest[cut + length:], 0
            if self._passes(event):
                yield event
            elif self._told:
                told, self._told = self._told, b""
                yield told
        if len(self._rest) > MOST_EVENT:
            raise TooLong

    def end(self) -> bytes:
        """What stood after the last empty line: an event that lacks only that is read, counted and withheld like any
        other. A part of one is left away: no client could read it, nor what comes after it."""
        rest, self._rest, self._looked = self._rest, b"", 0
        data = _data_of(rest)
        if data.strip() != b"[DONE]" and _object_of(data) is None:
            return b""
        passes, told, self._told = self._passes(rest), self._told, b""
        return rest.rstrip(b"\r\n") + b"\n\n" if passes else told

    def _passes(self, event: bytes) -> bool:
        data = _data_of(event)
        if data.strip() == b"[DONE]":
            self.is_done = True
            return True
        said = _object_of(data)
        if said is None:
            return True
        self.usage.read(said)
        if said.get("error"):
            return self._fails(said)
        choices = said.get("choices")
        rows = [each for each in choices if isinstance(each, dict)] if isinstance(choices, list) else []
        says = any(map(_says_something, rows))
        self.has_content = self.has_content or says
        return self.keep_usage or not said.get("usage") or says or any(row.get("finish_reason") for row in rows)

    def _fails(self, said: dict[str, Any]) -> bool:
        """The first error is told in our words; what follows it says nothing new."""
        if self.tell is not None and not self.has_failed:
            self._told, self.failed_by = self.tell(said)
        self.has_failed = True
        return self.tell is None


def _data_of(event: bytes) -> bytes:
    lines = event.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    return b"\n".join(line[5:].removeprefix(b" ") for line in lines if line.startswith(b"data:"))


def _object_of(data: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(data) if data else None
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _seam(data: bytes, begin: int) -> tuple[int, int]:
    """Where the first empty line is, and how long the seam is; -1 when there is none yet. Before `begin` is none."""
    found = [(data.find(seam, begin), len(seam)) for seam in (b"\n\n", b"\r\n\r\n", b"\r\r")]
    return min(((at, length) for at, length in found if at >= 0), default=(-1, 0))


def _says_something(choice: dict[str, Any]) -> bool:
    """Whatever a delta holds beside its role is something that the model made: servers have names of their own."""
    said = choice.get("delta") or choice.get("message") or choice.get("text")
    if isinstance(said, dict):
        return any(value for name, value in said.items() if name not in ("role", "provider_specific_fields"))
    return bool(said)


def _count(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value <= 10**9 else None


def _most(one: int | None, other: int | None) -> int | None:
    """Counts grow: a later smaller one does not take back what was used."""
    return other if one is None else one if other is None else max(one, other)


def _short(value: Any) -> str:
    return clean(value, 200) if isinstance(value, str) else ""
