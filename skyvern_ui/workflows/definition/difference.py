"""What is not the same in two documents: by setting, parameter and block, and as lines of text."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .catalogue import DEFINITION_SETTINGS, SETTINGS, Field, kind_of, parameter_kind_of
from .links import aim_of, label_of
from .matching import matched
from .positions import Following, Position, moved, positions
from .text_writing import as_text
from .walk import branches, definition_of, every_block, parameters

Json = dict[str, Any]
# How a block hangs together with others is told by where it stands.
_LINKS = ("label", "next_block_label", "loop_blocks", "branch_conditions")
_DEFAULTS: dict[str, dict[str, Any]] = {}


@dataclass(frozen=True)
class Change:
    """One field; None before or after also stands for nothing."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Entry:
    """A parameter or block (`name`, `kind` its type): "added", "removed", "changed" or "moved"; one that was moved can
    have changes too."""

    name: str
    how: str
    changes: list[Change]
    kind: str


@dataclass
class Difference:
    """All that is not the same. A field that is missing is as good as one that says Skyvern's default."""

    settings: list[Change] = field(default_factory=list)
    parameters: list[Entry] = field(default_factory=list)
    blocks: list[Entry] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.settings or self.parameters or self.blocks)


@dataclass(frozen=True)
class Line:
    """A line of text: "same", "removed" or "added"; its number before and after, from 1, or None."""

    kind: str
    old_no: int | None
    new_no: int | None
    text: str


def difference(before: Json, after: Json) -> Difference:
    """What one must do to `before` to make it `after`. A block or parameter that only got another name is "changed",
    with a change of its label or key. Never raises on documents."""
    found = Difference(_settings(before, after), _parameters(before, after), _blocks(before, after))
    old, new = definition_of(before).get("version"), definition_of(after).get("version")
    if found.is_empty and old != new:
        found.settings.append(Change("version", old, new))
    return found


def text_difference(before: Json, after: Json) -> list[Line]:
    """All lines of both, as YAML, each once."""
    old, new = as_text(before).splitlines(), as_text(after).splitlines()
    head = _same_from_start(old, new)
    tail = _same_from_start(old[head:][::-1], new[head:][::-1])
    found = [Line("same", at + 1, at + 1, old[at]) for at in range(head)]
    middle_old, middle_new = old[head:len(old) - tail], new[head:len(new) - tail]
    i = j = 0
    for at_old, at_new, size in [*matched(middle_old, middle_new), (len(middle_old), len(middle_new), 0)]:
        found += [Line("removed", head + at + 1, None, middle_old[at]) for at in range(i, at_old)]
        found += [Line("added", None, head + at + 1, middle_new[at]) for at in range(j, at_new)]
        found += [Line("same", head + at_old + at + 1, head + at_new + at + 1, middle_old[at_old + at])
                  for at in range(size)]
        i, j = at_old + size, at_new + size
    shift = len(new) - len(old)
    found += [Line("same", at + 1, at + shift + 1, old[at]) for at in range(len(old) - tail, len(old))]
    return found


def _same_from_start(old: list[str], new: list[str]) -> int:
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count


def _settings(before: Json, after: Json) -> list[Change]:
    root = [_without(each, ("workflow_definition",)) for each in (before, after)]
    inner = [_without(definition_of(each), ("version", "parameters", "blocks")) for each in (before, after)]
    return [*_changes(root[0], root[1], _defaults("settings", SETTINGS)),
            *_changes(inner[0], inner[1], _defaults("definition", DEFINITION_SETTINGS))]


def _parameters(before: Json, after: Json) -> list[Entry]:
    old, new = ({str(each.get("key")): each for each in parameters(one)} for one in (before, after))
    renamed = _renamed(old, new, "key", ())
    found = []
    for name, each in new.items():
        kind = str(each.get("parameter_type"))
        if name not in old and name not in renamed:
            found.append(Entry(name, "added", [], kind))
            continue
        was = old[renamed.get(name, name)]
        changes = _changes(was, each, _defaults(f"parameter {kind}", parameter_kind_of(kind).fields))
        if changes:
            found.append(Entry(name, "changed", changes, kind))
    gone = [name for name in old if name not in new and name not in renamed.values()]
    return [*found, *(Entry(name, "removed", [], str(old[name].get("parameter_type"))) for name in gone)]


def _blocks(before: Json, after: Json) -> list[Entry]:
    old, new = ({label_of(each): each for each in reversed(list(every_block(one)))} for one in (before, after))
    renamed = _renamed(old, new, "label", ("next_block_label", "loop_blocks"))
    there, here = positions(before), positions(after)
    was = {_new_name(name, renamed): _renamed_home(place, renamed) for name, place in there.items()}
    gone = moved(was, here)
    both = {name for name in new if name in old or name in renamed}
    following = Following(before, {renamed.get(name, name) for name in both}), Following(after, both)
    found = []
    for name in sorted(new, key=lambda each: here[each].order if each in here else len(here)):
        each, kind = new[name], str(new[name].get("block_type"))
        if name not in both:
            found.append(Entry(name, "added", [], kind))
            continue
        one = old[renamed.get(name, name)]
        changes = _block_changes(one, each, kind)
        if name not in gone and not changes:
            changes = _link_changes(one, each, following, renamed, gone)
        if name in gone or changes:
            found.append(Entry(name, "moved" if name in gone else "changed", changes, kind))
    left = [name for name in old if name not in new and name not in renamed.values()]
    return [*found, *(Entry(name, "removed", [], str(old[name].get("block_type"))) for name in left)]


def _block_changes(old: Json, new: Json, kind: str) -> list[Change]:
    changes = _changes(_without(old, _LINKS), _without(new, _LINKS), _defaults(kind, kind_of(kind).fields))
    if old.get("label") != new.get("label"):
        changes.insert(0, Change("label", old.get("label"), new.get("label")))
    ways = [[_without(branch, ("next_block_label",)) for branch in branches(each)] for each in (old, new)]
    if [_plain(way) for way in ways[0]] != [_plain(way) for way in ways[1]]:
        changes.append(Change("branch_conditions", old.get("branch_conditions"), new.get("branch_conditions")))
    return changes


def _plain(branch: Json) -> Json:
    return {key: value for key, value in branch.items() if value not in (None, False)}


def _link_changes(old: Json, new: Json, following: tuple[Following, Following], renamed: dict[str, str],
                  gone: set[str]) -> list[Change]:
    """Where a block says that it leads elsewhere, and does, though nothing came, went or moved there."""
    changes = []
    was, now = _new_name(following[0].of(label_of(old)), renamed), following[1].of(label_of(new))
    if was != now and not {was, now} & gone and _new_name(aim_of(old), renamed) != aim_of(new):
        changes.append(Change("next_block_label", old.get("next_block_label"), new.get("next_block_label")))
    ways = [_new_name(aim, renamed) for aim in following[0].of_ways(old)], following[1].of_ways(new)
    said = [_new_name(aim_of(way), renamed) for way in branches(old)], [aim_of(way) for way in branches(new)]
    if any(one != other and not {one, other} & gone and before != after
           for one, other, before, after in zip(*ways, *said, strict=False)):
        changes.append(Change("branch_conditions", old.get("branch_conditions"), new.get("branch_conditions")))
    return changes


def _changes(old: Json, new: Json, defaults: dict[str, Any]) -> list[Change]:
    return [Change(key, old.get(key), new.get(key)) for key in [*old, *(each for each in new if each not in old)]
            if not _same(old.get(key, defaults.get(key)), new.get(key, defaults.get(key)))]


def _same(one: Any, other: Any) -> bool:
    """Whether both say the same; nothing in a list or object is as good as none (Skyvern writes either)."""
    one, other = (None if each in ([], {}) else each for each in (one, other))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _renamed(old: dict[str, Json], new: dict[str, Json], name: str, besides: tuple[str, ...]) -> dict[str, str]:
    """New names of those that are as they were but for their name, each with its old one."""
    def said(each: Json) -> str:
        return json.dumps(_without(each, (name, *besides)), sort_keys=True, default=str)

    went = Counter(said(old[each]) for each in old if each not in new)
    came = Counter(said(new[each]) for each in new if each not in old)
    was = {said(old[each]): each for each in old if each not in new}
    return {each: was[text] for each in new if each not in old
            and went[text := said(new[each])] == 1 and came[text] == 1}


def _new_name(label: str | None, renamed: dict[str, str]) -> Any:
    return next((new for new, old in renamed.items() if old == label), label)


def _renamed_home(place: Position, renamed: dict[str, str]) -> Position:
    what, owner, index = place.home
    return Position((what, _new_name(owner, renamed), index), place.order)


def _without(things: Json, names: Iterable[str]) -> Json:
    return {key: value for key, value in things.items() if key not in names}


def _defaults(name: str, fields: Iterable[Field]) -> dict[str, Any]:
    if name not in _DEFAULTS:
        _DEFAULTS[name] = {each.name: each.default for each in fields if not each.required}
    return _DEFAULTS[name]
