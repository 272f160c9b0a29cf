"""A document from YAML or JSON that a person wrote: strict, bounded, and exact about the place of a mistake.

The YAML is read event by event, so that nothing is built that was not counted first: no tags, no merge keys, no key
twice, no keys but text; an alias is copied and its copies count. Dates stay text, as Skyvern reads them.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from .json_text import from_json
from .text_shape import DEEPEST, MOST_VALUES, BadText, checked, place_of

Json = dict[str, Any]

LARGEST = 2_000_000  # characters
MOST_BITS = 4096  # of a whole number
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|0b[01_]+|0[0-7_]+)\Z")
_TAG = "tag:yaml.org,2002:"


def from_text(text: str) -> Json:
    """The document that the text says, YAML or JSON. Raises BadText."""
    if len(text) > LARGEST:
        raise BadText(f"The text is longer than {LARGEST // 1_000_000} million characters.")
    if text.lstrip()[:1] == "{":
        found = from_json(text)
        if found is not None:
            return found
    try:
        document = _Builder(text).build()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = (error.problem or error.context or "it cannot be read").strip()
        raise BadText(f"This is not YAML: {said}.", *place_of(mark)) from None
    except yaml.YAMLError:
        raise BadText("There is a character that YAML does not allow.", *_odd_character(text)) from None
    return document


@dataclass
class _Open:
    """A mapping or list that is being filled."""

    value: Any
    mark: Any
    anchor: str | None
    key: str | None = None
    is_key_next: bool = True
    marks: dict[str, Any] = field(default_factory=dict)


class _Builder:
    """Builds values from events, without recursion."""

    def __init__(self, text: str) -> None:
        self.loader = _Loader(text)
        self.open: list[_Open] = []
        self.anchors: dict[str, Any] = {}
        self.count = 0
        self.marks: dict[int, Any] = {}
        self.root: Any = None
        self.has_root = False

    def build(self) -> Json:
        try:
            while True:
                event = self.loader.get_event()
                if event is None or isinstance(event, yaml.StreamEndEvent):
                    break
                self._take(event)
        finally:
            self.loader.dispose()
        return checked(self.root, self.marks)

    def _take(self, event: Any) -> None:
        if isinstance(event, yaml.DocumentStartEvent) and self.has_root:
            raise BadText("There is a second document after “---”; one is meant.", *place_of(event.start_mark))
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._begin(event)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            done = self.open.pop()
            self._put(done.value, event)
            if done.anchor:
                self.anchors[done.anchor] = done.value
        elif isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event)
            self._put(value, event)
            if event.anchor:
                self.anchors[event.anchor] = value
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                raise BadText(f"There is no &{event.anchor} above this *{event.anchor}.", *place_of(event.start_mark))
            self._put(self._copy(self.anchors[event.anchor], event), event)

    def _begin(self, event: Any) -> None:
        if event.tag and event.tag not in (f"{_TAG}map", f"{_TAG}seq", "!"):
            raise BadText("Tags such as “!name” have no meaning here.", *place_of(event.start_mark))
        if len(self.open) >= DEEPEST:
            raise BadText(f"This is nested more than {DEEPEST} deep.", *place_of(event.start_mark))
        if self._awaits_key():
            raise BadText("A key must be text.", *place_of(event.start_mark))
        made: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.marks[id(made)] = event.start_mark
        self.open.append(_Open(made, event.start_mark, event.anchor))

    def _awaits_key(self) -> bool:
        return bool(self.open) and isinstance(self.open[-1].value, dict) and self.open[-1].is_key_next

    def _put(self, value: Any, event: Any) -> None:
        self.count += 1
        if self.count > MOST_VALUES:
            raise BadText(f"There are more than {MOST_VALUES:,} values.", *place_of(event.start_mark))
        if not self.open:
            self.root, self.has_root = value, True
            return
        inside = self.open[-1]
        if isinstance(inside.value, list):
            inside.value.append(value)
        elif inside.is_key_next:
            inside.key, inside.is_key_next = self._key(value, inside, event), False
        else:
            inside.value[inside.key] = value
            inside.is_key_next = True

    def _key(self, value: Any, inside: _Open, event: Any) -> str:
        if getattr(event, "value", "") == "<<" and not event.style:
            raise BadText("Merge keys (“<<”) have no meaning here.", *place_of(event.start_mark))
        if not isinstance(value, str):
            raise BadText(f"Put the key {getattr(event, 'value', value)} in quotes: a key must be text.",
                          *place_of(event.start_mark))
        if value in inside.value:
            raise BadText(f"The key {value} is here twice.", *place_of(event.start_mark))
        return value

    def _scalar(self, event: Any) -> Any:
        tag = event.tag
        if tag is None or tag == "!":
            tag = self.loader.resolve(yaml.ScalarNode, event.value, event.implicit) if tag is None else f"{_TAG}str"
        value = _value(event.value, tag, event)
        if isinstance(value, str):
            try:
                value.encode("utf-8")
            except UnicodeEncodeError:
                raise BadText("There is half of a character here (a lone surrogate).",
                              *place_of(event.start_mark)) from None
        return value

    def _copy(self, value: Any, event: Any, depth: int = 0) -> Any:
        if depth + len(self.open) > DEEPEST:
            raise BadText(f"This is nested more than {DEEPEST} deep.", *place_of(event.start_mark))
        self.count += 1
        if self.count > MOST_VALUES:
            raise BadText(f"With its aliases there are more than {MOST_VALUES:,} values.", *place_of(event.start_mark))
        if isinstance(value, dict):
            made: Any = {key: self._copy(each, event, depth + 1) for key, each in value.items()}
        elif isinstance(value, list):
            made = [self._copy(each, event, depth + 1) for each in value]
        else:
            return value
        self.marks[id(made)] = event.start_mark
        return made


def _value(said: str, tag: str, event: Any) -> Any:
    kind = tag.removeprefix(_TAG)
    if kind in ("str", "timestamp", "merge", "value"):
        return said
    if kind == "null":
        return None
    if kind == "bool":
        return said.lower() in ("yes", "true", "on", "y")
    try:
        if kind == "int":
            if not _INTEGER.match(said):
                return said  # 12:30 is a time of day to everybody but YAML 1.1
            whole = int(said.replace("_", ""), 0) if said.lstrip("+-")[:2].lower() in ("0x", "0b") else int(
                said.replace("_", ""), 8 if said.lstrip("+-").startswith("0") and said.strip("+-0_") else 10)
            if whole.bit_length() <= MOST_BITS:
                return whole
        if kind == "float":
            number = float(said.replace("_", ""))
            if math.isfinite(number):
                return number
    except ValueError:
        if ":" in said:
            return said
    if kind in ("int", "float"):
        raise BadText(f"“{said[:40]}” is no number that JSON can hold.", *place_of(event.start_mark))
    raise BadText("Tags such as “!name” have no meaning here.", *place_of(event.start_mark))


def _odd_character(text: str) -> tuple[int, int]:
    odd = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    at = odd.start() if odd else 0
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1
