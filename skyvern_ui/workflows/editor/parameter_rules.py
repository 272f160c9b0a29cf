"""The parameters of a document: listed, added, taken away, moved."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from ..definition.catalogue import WORKFLOW_PARAMETER_TYPES, Kind, parameter_kind_of, start_parameter
from ..definition.changes import Impossible, free_label
from ..definition.problems import Problem
from ..definition.references import Mention, mentions
from ..definition.walk import labels, parameters
from .cards import key_of

Json = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One parameter in the list."""

    key: str
    id: str
    kind: Kind
    words: str
    problems: list[Problem]

    @property
    def worst(self) -> str:
        return "bad" if any(each.stops for each in self.problems) else "warn" if self.problems else ""


def rows_of(document: Json, found: list[Problem]) -> list[Row]:
    """All parameters as they are listed."""
    by_key: dict[str, list[Problem]] = {}
    for problem in found:
        if problem.where == "parameter":
            by_key.setdefault(problem.name, []).append(problem)
    rows: list[Row] = []
    used: dict[str, int] = {}
    for each in parameters(document):
        key = str(each.get("key"))
        row_id = key_of(key)
        used[row_id] = count = used.get(row_id, 0) + 1
        row_id += f"-again-{count}" if count > 1 else ""
        rows.append(Row(key, row_id, parameter_kind_of(each.get("parameter_type")), _words(each),
                        by_key.get(key, [])))
    return rows


def used_by(document: Json, key: str) -> list[Mention]:
    """Where a parameter is mentioned."""
    return mentions(document, key)


def add_parameter(document: Json, kind: str, wanted: str) -> tuple[Json, str]:
    """The document with one more parameter, and its key. Raises Impossible."""
    if parameter_kind_of(kind).category == "unknown":
        raise Impossible("There is no such type of parameter.")
    taken = [str(each.get("key")) for each in parameters(document)] + [
        f"{label}_output" for label in labels(document)]
    if wanted and not wanted.isidentifier():
        raise Impossible("A key has letters, digits and _ only, and does not begin with a digit.")
    if wanted in taken:
        raise Impossible(f"{wanted} is there already.")
    key = wanted or free_label({"workflow": "input"}.get(kind, kind.split("_")[0]), taken)
    changed = deepcopy(document)
    parameters(changed).append(start_parameter(kind, key))
    return changed, key


def change_parameter(document: Json, key: str, fields: Json) -> Json:
    """The parameter with these fields set; a field that is `...` is taken away. Raises Impossible."""
    changed = deepcopy(document)
    holder = parameters(changed)[_index(changed, key)]
    for name, value in fields.items():
        if value is ...:
            holder.pop(name, None)
        else:
            holder[name] = value
    return changed


def remove_parameter(document: Json, key: str) -> Json:
    """The document without the parameter; what mentions it stays, and is told as a problem. Raises Impossible."""
    changed = deepcopy(document)
    del parameters(changed)[_index(changed, key)]
    return changed


def move_parameter(document: Json, key: str, direction: str) -> Json:
    """The parameter one place up or down: the order in which they are asked for. Raises Impossible."""
    changed = deepcopy(document)
    held, index = parameters(changed), _index(changed, key)
    other = index - 1 if direction == "up" else index + 1
    if not 0 <= other < len(held):
        raise Impossible("It is the last one." if direction == "down" else "It is the first one.")
    held[index], held[other] = held[other], held[index]
    return changed


def _index(document: Json, key: str) -> int:
    for index, each in enumerate(parameters(document)):
        if each.get("key") == key:
            return index
    raise Impossible(f"There is no parameter named {key}.")


def _words(parameter: Json) -> str:
    kind = parameter.get("parameter_type")
    if kind == "workflow":
        names = dict(WORKFLOW_PARAMETER_TYPES)
        held = str(parameter.get("workflow_parameter_type"))
        default = parameter.get("default_value")
        return names.get(held, held) + (", required" if default is None else "")
    return parameter_kind_of(kind).title
