"""The form of one open thing: a block, a parameter, or the settings of the workflow."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from ..definition.catalogue import DEFINITION_SETTINGS, SETTINGS, Kind, kind_of, parameter_kind_of
from ..definition.outline import outline
from ..definition.problems import Problem
from ..definition.walk import branches, definition_of, find, parameters
from .cards import STRUCTURE, Board, digest, key_of, seen_of
from .faces import Around, Section, around, rest_text, sections
from .places import spots, way_words
from .reading import Reading, Sent, box

Json = dict[str, Any]
Clash = list[tuple[str, str, str]]
PARAMETER_STRUCTURE = frozenset({"parameter_type", "key"})
SETTINGS_KIND = Kind("settings", "Settings", "settings", "", "", (*SETTINGS, *DEFINITION_SETTINGS))
OF_DEFINITION = frozenset(each.name for each in DEFINITION_SETTINGS)
NOT_SETTINGS = frozenset({"workflow_definition"})


@dataclass
class Sheet:
    """A form as its template needs it. `seen` says what it was drawn from; `clash` shows field, the draft's text and
    the typed one when that is not the newest any more, `newest` is what to send then to insist."""

    key: str
    label: str
    kind: Kind
    sections: list[Section]
    rest: str
    seen: str
    problems: list[Problem] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    clash: Clash = field(default_factory=list)
    newest: str = ""
    query: str = ""
    reload: str = ""
    ways: list[str] = field(default_factory=list)
    has_default: bool = False
    places: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    count_inside: int = 0
    used_by: list[str] = field(default_factory=list)

    @property
    def is_unknown(self) -> bool:
        return self.kind.category == "unknown"

    def label_of(self, name: str) -> str:
        found = self.kind.field(name)
        return found.label if found else "Other fields"


def block_sheet(document: Json, label: str, board: Board, logins: tuple[tuple[str, str], ...] = (),
                reading: Reading | None = None, typed: Sent | None = None) -> Sheet | None:
    """The form of a block, or None when there is no such block."""
    block, card = find(document, label), board.find(label)
    if block is None or card is None:
        return None
    sheet = _sheet(kind_of(block.get("block_type")), block, card.key, label, STRUCTURE, around(document, logins),
                   seen_of(block), reading, typed)
    sheet.problems, sheet.count_inside = card.problems, card.count_inside
    sheet.query, sheet.reload = urlencode({"card": label}), f"block:{label}"
    if block.get("block_type") == "conditional":
        found = branches(block)
        sheet.ways = [way_words(branch, index) for index, branch in enumerate(found)]
        sheet.has_default = any(branch.get("is_default") for branch in found)
    sheet.places = _places(document, label)
    return sheet


def parameter_sheet(document: Json, key: str, found: list[Problem], logins: tuple[tuple[str, str], ...] = (),
                    reading: Reading | None = None, typed: Sent | None = None) -> Sheet | None:
    """The form of a parameter, or None when there is no such parameter."""
    holder = next((each for each in parameters(document) if each.get("key") == key), None)
    if holder is None:
        return None
    sheet = _sheet(parameter_kind_of(holder.get("parameter_type")), holder, f"p-{key_of(key)}", key,
                   PARAMETER_STRUCTURE, around(document, logins), digest(holder), reading, typed)
    sheet.problems = [each for each in found if each.where == "parameter" and each.name == key]
    sheet.query, sheet.reload = urlencode({"side": "parameters", "key": key}), f"parameter:{key}"
    return sheet


def settings_sheet(document: Json, found: list[Problem], reading: Reading | None = None,
                   typed: Sent | None = None) -> Sheet:
    """The form of all settings: those of the body and those of the definition."""
    sheet = _sheet(SETTINGS_KIND, settings_of(document), "settings", "", NOT_SETTINGS, around(document),
                   digest(settings_of(document)), reading, typed)
    sheet.problems = [each for each in found if each.where == "settings"]
    sheet.query, sheet.reload = "side=settings", "settings:"
    return sheet


def settings_of(document: Json) -> Json:
    """All settings in one: what the body has beside the definition, and the described ones of the definition."""
    inner = {key: value for key, value in definition_of(document).items() if key in OF_DEFINITION}
    return {key: value for key, value in document.items() if key not in NOT_SETTINGS} | inner


def clash_of(kind: Kind, now: Json, reading: Reading, sent: Sent) -> Clash:
    """For each field that was typed otherwise than the draft has it: its name, the draft's text and the typed one."""
    found = []
    for name, value in reading.changes.items():
        known = kind.field(name)
        shown = "\n".join(sent.getlist(box(name))) if box(name) in sent else _text(value)
        found.append((known.label if known else name, _text(now.get(name)), shown))
    return found


def _sheet(kind: Kind, holder: Json, key: str, label: str, hidden: frozenset[str], offers: Around, seen: str,
           reading: Reading | None, typed: Sent | None) -> Sheet:
    errors = reading.errors if reading else {}
    return Sheet(key, label, kind, sections(kind, holder, key, offers, errors, typed),
                 rest_text(kind, holder, hidden, typed if "rest" in errors else None), seen, errors=errors)


def _places(document: Json, label: str) -> list[tuple[str, list[tuple[str, str]]]]:
    found = []
    for spot in spots(outline(document)):
        places = [(spot.name, "First")] if not spot.items or spot.items[0].label != label else []
        places += [(f"after:{item.label}", f"After {item.label}") for item in spot.items if item.label != label]
        if places and spot.owner != label:
            found.append((spot.words[:1].upper() + spot.words[1:], places))
    return found


def _text(value: Any) -> str:
    if value is None or value is ...:
        return "–"
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
