"""Tags of runs: what a tag is, which ones Skyvern sets by itself, and the grammar of the `tags` filter."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from skyvern_ui.sandbox.refusals import Refusal, invalid
from skyvern_ui.sandbox.shapes import moment

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
RESERVED = "skyvern."
MOST_TERMS, LONGEST_VALUE = 20, 256
Term = tuple[str | None, str | None]


@dataclass(frozen=True)
class Tag:
    """`key` is the tag's group; a label has none. `set_at` is in Unix seconds."""

    key: str | None
    value: str
    set_at: float
    set_by: str
    source: str = "manual"

    def document(self) -> dict[str, Any]:
        return {"key": self.key, "value": self.value, "source": self.source, "set_at": moment(self.set_at),
                "set_by": self.set_by}


def from_metadata(given: Any, when: float, person: str) -> list[Tag]:
    """The `run_metadata` of a request as tags."""
    held = given if isinstance(given, dict) else {}
    return [Tag(str(key), str(value), when, person) for key, value in held.items()]


def system_tags(run: Any, now: float) -> list[Tag]:
    """What Skyvern itself writes on a workflow run, in its reserved group names."""
    first = next((block.get("url") for block in run.blocks if block.get("url")), None) or run.url
    born, by = run.created, "system:creation-tagging"
    found = [Tag(f"{RESERVED}trigger", run.trigger, born, by, "system")]
    if first:
        found.append(Tag(f"{RESERVED}target_domain", urlsplit(first).netloc, born, by, "system"))
    over = run.finished(now)
    if over is not None:
        by = "system:completion-tagging"
        found += [Tag(f"{RESERVED}execution_mode", "agent", over, by, "system"),
                  Tag(f"{RESERVED}status", run.status(now), over, by, "system")]
    return found


def tags_of(run: Any, now: float) -> list[Tag]:
    """All tags of a run, labels first, then by group."""
    held = [*run.tags, *(system_tags(run, now) if run.kind == "workflow_run" else ())]
    return sorted(held, key=lambda tag: (tag.key is not None, tag.key or "", tag.value))


def read_terms(given: list[str]) -> list[Term]:
    """`label`, `group:*` and `group:value`, repeated or with commas; 400 for anything else."""
    terms: dict[Term, None] = {}
    for words in [] if given == [""] else given:
        for term in (part.strip() for part in words.split(",")):
            if not term:
                raise Refusal(400, "Invalid tag filter; empty term.")
            key, colon, value = (part.strip() for part in term.partition(":"))
            if colon and not (key and value):
                raise Refusal(400, f"Invalid tag filter '{term}'; expected 'label', 'key:*', or 'key:value'.")
            terms[(None, term) if not colon else (key, None if value == "*" else value)] = None
    if len(terms) > MOST_TERMS:
        raise Refusal(400, f"Too many tag filter terms; at most {MOST_TERMS} distinct terms are allowed.")
    return list(terms)


def tagged(run: Any, terms: Iterable[Term], now: float) -> bool:
    """Whether the run has all of them."""
    return carries(tags_of(run, now), terms)


def carries(tags: Iterable[Tag], terms: Iterable[Term]) -> bool:
    """Whether these tags are all that is asked for; of several values of one group, any. A label is looked for in every
    group."""
    held = {(tag.key, tag.value) for tag in tags}
    keys, values = {key for key, _ in held}, {value for _, value in held}
    groups: dict[str, bool] = {}
    for key, value in terms:
        if key is None and value not in values or key is not None and value is None and key not in keys:
            return False
        if key is not None and value is not None:
            groups[key] = groups.get(key, False) or (key, value) in held
    return all(groups.values())


def read_changes(body: dict[str, Any]) -> tuple[list[Term], list[Term]]:
    """The tags to set and to take away, as `POST …/tags` carries them. Refuses what Skyvern refuses."""
    wanted = [_tag(entry, place) for place, entry in enumerate(_list(body, "tags"))]
    gone: list[Term] = []
    for place, entry in enumerate(_list(body, "tags_to_delete")):
        key, value = entry.get("key") or None, entry.get("value") or None
        if (key is None) == (value is None):
            words = "each delete target must specify a key (group) or a value (label)" if key is None else \
                "a delete target must specify either a key (group) or a value (label), not both"
            raise _wrong(("body", "tags_to_delete", place), words, entry)
        if key is not None:
            check_key(key, ("body", "tags_to_delete", place, "key"))
        gone.append((key, value))
    return wanted, gone


def check_key(key: Any, where: tuple[str | int, ...]) -> None:
    if not isinstance(key, str) or not KEY.fullmatch(key):
        raise _wrong(where, "tag keys must start with a letter or a digit and hold letters, digits, _ . - only", key)
    if key.startswith(RESERVED):
        raise _wrong(where, f"tag keys must not start with the reserved '{RESERVED}' prefix", key)


def _tag(entry: Any, place: int) -> Term:
    key, value = entry.get("key") or None, entry.get("value")
    where = ("body", "tags", place, "value")
    if key is not None:
        check_key(key, ("body", "tags", place, "key"))
    if not isinstance(value, str) or not value.strip():
        raise _wrong(where, "tag value is required", value)
    value = value.strip()
    if len(value) > LONGEST_VALUE:
        raise _wrong(where, f"tag values must be at most {LONGEST_VALUE} characters", value)
    if "," in value:
        raise _wrong(where, "tag values must not contain ','", value)
    if key is None and ":" in value:
        raise _wrong(where[:-1], "standalone label values must not contain ':' (use a group, e.g. key:value)", entry)
    return key, value


def _list(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    held = body.get(name) or []
    if not isinstance(held, list) or not all(isinstance(entry, dict) for entry in held):
        raise _wrong(("body", name), f"{name} must be a JSON array of {{key, value}} objects", held)
    if len(held) > MOST_TERMS:
        raise _wrong(("body", name), f"{name} can include at most {MOST_TERMS} entries", held)
    return held


def _wrong(where: tuple[str | int, ...], words: str, given: Any) -> Refusal:
    return invalid(where, "value_error", f"Value error, {words}", given, error={})
