"""Fields as a form shows them: their text, what can be chosen, and which are folded away."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as held_in
from typing import Any

from ..definition.catalogue import Field, Kind
from ..definition.walk import labels, parameters, top
from .reading import Sent, box, is_rows, rest_of, row_text
from .values import as_json, is_lines, plain, text_of

Json = dict[str, Any]
TITLES = {
    "main": "More", "page": "Page and browser", "output": "Output", "limits": "Limits and checks",
    "errors": "When it fails", "code": "Generated code", "storage": "Storage", "e-mail": "E-mail",
    "sign-in": "Sign-in and one-time codes", "more": "More settings",
}
HINTED = ("template", "long_template", "address", "condition", "branches", "map")
LONG = ("long_text", "long_template", "code", "json", "schema", "retry", "list", "credentials")
MONO = ("code", "json", "schema", "retry")


@dataclass(frozen=True)
class Around:
    """What the document offers to its fields: keys of parameters and outputs, labels, logins (id, name)."""

    keys: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    logins: tuple[tuple[str, str], ...] = ()


@dataclass
class Face:
    """One field. `text` stands in its box; `options` are value and words; `rows` of a map are name and value."""

    field: Field
    name: str
    id: str
    control: str
    text: str
    value: Any
    options: list[tuple[str, str]] = held_in(default_factory=list)
    rows: list[tuple[str, str]] = held_in(default_factory=list)
    error: str = ""
    applies: bool = True
    is_set: bool = False

    @property
    def is_hinted(self) -> bool:
        return self.field.control in HINTED

    @property
    def placeholder(self) -> str:
        if self.field.default not in (None, "", [], {}) and not isinstance(self.field.default, bool):
            return str(self.field.default)
        return self.field.example if "\n" not in self.field.example else ""


@dataclass
class Section:
    """Fields that belong together. The one without a title stands open above the others."""

    title: str
    faces: list[Face]

    @property
    def count_set(self) -> int:
        return sum(face.is_set for face in self.faces)

    @property
    def is_open(self) -> bool:
        return any(face.error for face in self.faces)


def around(document: Json, logins: tuple[tuple[str, str], ...] = ()) -> Around:
    """What fields of this document can name."""
    keys = tuple(str(each.get("key")) for each in parameters(document))
    return Around(keys, tuple(f"{label}_output" for label in labels(document)),
                  tuple(str(block.get("label")) for block in top(document)), logins)


def sections(kind: Kind, holder: Json, key: str, offers: Around, errors: dict[str, str] | None = None,
             typed: Sent | None = None) -> list[Section]:
    """The fields of a kind with the values of `holder`, the common ones first; `key` begins the ids."""
    found: dict[str, list[Face]] = {}
    for each in kind.fields:
        if each.control == "blocks":
            continue
        face = _face(each, holder, key, offers, (errors or {}).get(each.name, ""), typed)
        face.applies = kind.applies(each, holder) or face.is_set
        found.setdefault("" if each.common or each.required else each.group, []).append(face)
    first = found.pop("", [])
    order = [name for name in TITLES if name in found]
    return [Section("", first), *(Section(TITLES[name], found[name]) for name in order)]


def rest_text(kind: Kind, holder: Json, hidden: frozenset[str], typed: Sent | None = None) -> str:
    """The other fields of the holder as JSON; empty when there are none."""
    if typed is not None and "rest" in typed:
        return plain(typed.getlist("rest")[-1])
    rest = rest_of(kind.fields, holder, hidden)
    return as_json(rest) if rest else ""


def _face(each: Field, holder: Json, key: str, offers: Around, error: str, typed: Sent | None) -> Face:
    value = holder.get(each.name)
    name = box(each.name)
    face = Face(each, name, f"{key}-{each.name}", _control(each, holder), text_of(each, value), value, error=error,
                is_set=value is not None and value != each.default and value not in ("", [], {}))
    if error and typed is not None and name in typed:
        face.text = plain(typed.getlist(name)[-1])
    if face.control == "map":
        face.rows = [(str(row), row_text(held)) for row, held in (value or {}).items()]
        if error and typed is not None and f"{name}.key" in typed:
            face.rows = list(zip(typed.getlist(f"{name}.key"), typed.getlist(f"{name}.value"), strict=False))
    face.options = _options(face, holder, offers)
    return face


def _control(each: Field, holder: Json) -> str:
    """Which macro draws it: a value that its control cannot show is shown as JSON."""
    value, control = holder.get(each.name), each.control
    if control == "flag" and each.name in holder and not (isinstance(value, bool) or value is None):
        return "line"
    if control == "flag":
        return "flag" if each.default is not None else "choice"
    if control == "value":
        kind = holder.get("workflow_parameter_type")
        return "choice" if kind == "boolean" else "area" if kind == "json" or "\n" in text_of(each, value) else "line"
    if control in ("branches", "condition"):
        fits = isinstance(value, list) if control == "branches" else value is None or isinstance(value, dict)
        return control if fits else "area"
    if control == "map":
        return "map" if is_rows(value) else "area"
    if control == "parameters":
        return "parameters" if value is None or is_lines(value) else "area"
    if control in ("choice", "parameter", "block", "proxy"):
        return "choice" if value is None or isinstance(value, str) else "area"
    if control == "secret":
        return "secret" if value is None or isinstance(value, str) and "{{" not in value else "line"
    if control in LONG or not isinstance(value, (str, int, float, type(None))) and control != "model" or \
            "\n" in text_of(each, value):
        return "area"
    return {"credential": "login", "workflow": "workflow"}.get(control, "line")


def _options(face: Face, holder: Json, offers: Around) -> list[tuple[str, str]]:
    each = face.field
    if face.control == "parameters":
        known = [*offers.keys, *(key for key in face.value or [] if key not in offers.keys)]
        return [(key, key) for key in known]
    if face.control == "login":
        return list(offers.logins)
    if face.control != "choice":
        return []
    found: list[tuple[str, str]] = list(each.choices)
    if each.control in ("flag", "value"):
        found = [("true", "Yes"), ("false", "No")]
    elif each.control == "parameter":
        found = [(key, key) for key in (*offers.keys, *offers.outputs)]
    elif each.control == "block":
        found = [(label, label) for label in offers.blocks]
    if face.text and face.text not in [value for value, _ in found]:
        found.append((face.text, face.text))
    if not each.required or not face.text:
        usual = dict(each.choices).get(str(each.default), "")
        found.insert(0, ("", f"Default: {usual}" if usual else "Not set"))
    return found
