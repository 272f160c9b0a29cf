"""Tags of runs: labels, and values in groups (api 3.8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .reading import Json, read_text

RESERVED = "skyvern."
GROUP = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
LONGEST_VALUE, MOST_TERMS = 256, 20


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag. `key` is its group; a plain label has none."""

    key: str | None
    value: str

    @property
    def text(self) -> str:
        """As people write it: `label` or `group:value`."""
        return f"{self.key}:{self.value}" if self.key else self.value

    @property
    def is_system(self) -> bool:
        """True for what Skyvern notes by itself, in its reserved groups."""
        return bool(self.key and self.key.startswith(RESERVED))

    @property
    def document(self) -> dict[str, Any]:
        """As `POST /v1/runs/{id}/tags` takes it."""
        return {"key": self.key, "value": self.value} if self.key else {"value": self.value}

    @classmethod
    def from_json(cls, data: Json) -> Tag:
        """Never raises."""
        return cls(read_text(data, "key"), str(data.get("value") or ""))


class BadTag(ValueError):
    """A text that is no tag, with the sentence that says why."""


def parse_tag(text: str) -> Tag:
    """A tag that a person typed. Raises BadTag for what Skyvern would refuse with 422 (api 3.8)."""
    key, colon, value = (part.strip() for part in text.partition(":"))
    if not colon:
        key, value = "", key
    if not value or (colon and not key):
        raise BadTag("Write a label, or group:value.")
    if len(value) > LONGEST_VALUE:
        raise BadTag("A tag may be 256 characters long.")
    if "," in value or not value.isprintable():
        raise BadTag("A tag must not hold a comma or a line break.")
    if colon and not GROUP.fullmatch(key):
        raise BadTag("A group starts with a letter or a digit and holds only letters, digits, _ . and -, at most 64.")
    if key.startswith(RESERVED):
        raise BadTag("Groups that begin with skyvern. belong to Skyvern.")
    return Tag(key or None, value)


def parse_terms(texts: list[str]) -> tuple[str, ...]:
    """The terms of a filter: `label`, `group:*`, `group:value`, each once. Raises BadTag where Skyvern says 400."""
    terms: dict[str, None] = {}
    for term in (part.strip() for text in texts for part in text.split(",")):
        key, colon, value = (part.strip() for part in term.partition(":"))
        if not term:
            continue
        if colon and not (key and value) or not term.isprintable() or len(term) > 330:
            raise BadTag("A tag to look for is a label, group:value or group:*.")
        terms[f"{key}:{value}" if colon else term] = None
    if len(terms) > MOST_TERMS:
        raise BadTag("At most 20 tags can be looked for at once.")
    return tuple(terms)


def fits(tags: tuple[Tag, ...], terms: tuple[str, ...]) -> bool:
    """Whether a run with these tags is one that is looked for: all groups, and of one group any value (api 3.8)."""
    held, keys, values = {t.text for t in tags}, {t.key for t in tags}, {t.value for t in tags}
    groups: dict[str, bool] = {}
    for term in terms:
        key, colon, value = term.partition(":")
        if not colon and term not in values or value == "*" and key not in keys:
            return False
        if colon and value != "*":
            groups[key] = groups.get(key, False) or term in held
    return all(groups.values())
