"""A difference of two documents as it is read by people: by card, each field under its name, long texts by words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..definition.catalogue import DEFINITION_SETTINGS, SETTINGS, kind_of, parameter_kind_of
from ..definition.catalogue.kinds import Field, Kind
from ..definition.difference import Change, Difference, Entry, difference
from ..definition.walk import every_block, parameters
from .word_rules import MOST_WORK, Piece, pieces

Json = dict[str, Any]
ALL_THE_WORK = 6_000_000  # of finding words that differ, for one page
SHORT = 60
SAID = ("label", "key", "block_type", "parameter_type", "next_block_label", "loop_blocks")
HOW = {"added": "added", "removed": "removed", "changed": "changed", "moved": "moved"}
SECRET = ("password", "secret", "private_key", "passphrase", "access_key", "account_key")


@dataclass(frozen=True, slots=True)
class Changed:
    """One field: short values stand beside each other, of long ones `pieces` say what differs."""

    label: str
    before: str | None
    after: str | None
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """One block or parameter that is not as it was."""

    name: str
    how: str
    title: str
    icon: str
    changes: tuple[Changed, ...]


@dataclass(frozen=True, slots=True)
class Cards:
    """All of a difference."""

    settings: tuple[Changed, ...]
    parameters: tuple[Card, ...]
    blocks: tuple[Card, ...]
    words: str

    @property
    def is_empty(self) -> bool:
        return not (self.settings or self.parameters or self.blocks)


def cards(before: Json, after: Json) -> Cards:
    """What differs between two documents. The work is bounded: where there is very much of it, long texts stand whole
    beside each other."""
    found, scribe = difference(before, after), _Scribe(ALL_THE_WORK, before, after)
    known = {field.name: field for field in (*SETTINGS, *DEFINITION_SETTINGS)}
    return Cards(
        tuple(scribe.told(known.get(_last(each.field)), each) for each in found.settings),
        tuple(scribe.card(each, parameter_kind_of(each.kind), scribe.parameters) for each in found.parameters),
        tuple(scribe.card(each, kind_of(each.kind), scribe.blocks) for each in found.blocks),
        in_words(found))


def in_few_words(before: Json | None, after: Json) -> str:
    """One line: what this version changed against the one before it."""
    return "The first version." if before is None else in_words(difference(before, after))


def in_words(found: Difference) -> str:
    """A difference as one short line."""
    told = [*_counted(found.blocks, "block"), *_counted(found.parameters, "input")]
    named = {field.name: field.label for field in (*SETTINGS, *DEFINITION_SETTINGS)}
    if found.settings:
        names = [named.get(_last(each.field), _last(each.field)).lower() for each in found.settings]
        told.append(f"settings: {', '.join(names[:3])}{' and more' if len(names) > 3 else ''}")
    text = ", ".join(told)
    return f"{text[:1].upper()}{text[1:]}." if text else "Nothing but the save itself."


class _Scribe:
    def __init__(self, work: int, before: Json, after: Json) -> None:
        self.left = work
        self.blocks = {how: {str(each.get("label")): each for each in every_block(one)}
                       for how, one in (("removed", before), ("added", after))}
        self.parameters = {how: {str(each.get("key")): each for each in parameters(one)}
                           for how, one in (("removed", before), ("added", after))}

    def card(self, entry: Entry, kind: Kind, known: dict[str, dict[str, Json]]) -> Card:
        fields = {field.name: field for field in kind.fields}
        changes = entry.changes
        if entry.how in known:
            changes = list(_whole(known[entry.how].get(entry.name, {}), entry.how, fields))
        return Card(entry.name, entry.how, kind.title, kind.icon,
                    tuple(self.told(fields.get(_last(each.field)), each) for each in changes))

    def told(self, field: Field | None, change: Change) -> Changed:
        name = _last(change.field)
        label = field.label if field else change.field
        if field and field.control == "secret" or any(word in name for word in SECRET):
            return Changed(label, _hidden(change.before), _hidden(change.after))
        before, after = _text(change.before), _text(change.after)
        if before is None or after is None or max(len(before), len(after)) <= SHORT:
            return Changed(label, before, after)
        work = min(len(before) * len(after) // 16, MOST_WORK)
        if work > self.left:
            return Changed(label, before, after)
        self.left -= work
        return Changed(label, before, after, pieces(before, after))


def _whole(held: Json, how: str, fields: dict[str, Field]) -> Iterator[Change]:
    """What one that came or went says, but for what is usual."""
    for name, value in held.items():
        usual = fields[name].default if name in fields else None
        if name not in SAID and value not in (None, "", [], {}, False) and value != usual:
            yield Change(name, value, None) if how == "removed" else Change(name, None, value)


def _counted(entries: Iterable[Entry], noun: str) -> list[str]:
    told: list[str] = []
    counts = dict.fromkeys(HOW, 0)
    for entry in entries:
        counts[entry.how] = counts.get(entry.how, 0) + 1
    for how, count in counts.items():
        if count:
            told.append(f"{count} {noun}{'' if count == 1 else 's'} {HOW.get(how, how)}" if not told
                        else f"{count} {HOW.get(how, how)}")
    return told


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, indent=2)
    return str(value)


def _hidden(value: Any) -> str | None:
    return None if value in (None, "") else "••••••"


def _last(name: Any) -> str:
    return str(name).rsplit(".", 1)[-1]
