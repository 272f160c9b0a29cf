"""What blocks say of parameters and of each other: hints while writing, mentions, and new names in all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .hints import Hint, hints
from .placing import Impossible
from .renaming import Renaming, anew
from .walk import copied, every_block, find, labels, parameters

__all__ = ["Hint", "Impossible", "Mention", "hints", "mentions", "rename_block", "rename_parameter"]

Json = dict[str, Any]
LONGEST = 160
_MARK = "_new_name_"


@dataclass(frozen=True)
class Mention:
    """A place that speaks of a block or parameter: `where` is "block", "parameter" or "settings", `name` its label or
    key, `line_text` the line that does."""

    where: str
    name: str
    field: str
    line_text: str


def mentions(document: Json, name: str) -> list[Mention]:
    """Every place that speaks of the block or parameter of that name: those which renaming it writes anew."""
    found: list[Mention] = []

    def told(where: str, at: str, field: str, before: Any, after: Any) -> None:
        found.append(Mention(where, at, field, _line(before, after)))

    if name in labels(document):
        anew(document, _of_block(document, name, f"{name}{_MARK}"), told)
    if any(each.get("key") == name for each in parameters(document)):
        anew(document, _of_parameter(name, f"{name}{_MARK}"), told)
    return list(dict.fromkeys(found))


def rename_block(document: Json, old: str, new: str) -> Json:
    """The document in which the block has another label, and everything that spoke of it speaks of that: what comes
    next, `{{ label_output }}`, `{{ label }}`, keys of parameters, and outputs as variables in code. Of blocks whose
    labels clash the first gets the new one, and nothing else is touched. Raises Impossible when there is such a label
    already."""
    if old == new:
        return document
    if new in labels(document):
        raise Impossible(f"There is a block named {new} already.")
    if labels(document).count(old) > 1:
        alone: Json = copied(document)
        (find(alone, old) or {})["label"] = new
        return alone
    made = anew(document, _of_block(document, old, new))
    for block in every_block(made):
        if block.get("label") == old:
            block["label"] = new
    return made


def rename_parameter(document: Json, old: str, new: str) -> Json:
    """The document in which the parameter has another key, and everything that spoke of it speaks of that. Raises
    Impossible when there is such a key already."""
    if old == new:
        return document
    if any(each.get("key") == new for each in parameters(document)):
        raise Impossible(f"There is a parameter named {new} already.")
    made = anew(document, _of_parameter(old, new))
    for each in parameters(made):
        if each.get("key") == old:
            each["key"] = new
    return made


def _of_block(document: Json, old: str, new: str) -> Renaming:
    names = {f"{old}_output": f"{new}_output"}
    if not any(each.get("key") == old for each in parameters(document)):
        names[old] = new  # else `{{ old }}` is the parameter
    return Renaming(names, {f"{old}_output": f"{new}_output"}, {old: new})


def _of_parameter(old: str, new: str) -> Renaming:
    return Renaming({old: new}, {old: new})


def _line(before: Any, after: Any) -> str:
    """The first line that is not the same."""
    old, new = str(before).splitlines() or [""], str(after).splitlines()
    line = next((one for one, other in zip(old, new, strict=False) if one != other), old[0]).strip()
    if len(line) > LONGEST:
        at = next((place for place, (one, other) in enumerate(zip(line, str(after), strict=False)) if one != other), 0)
        start = max(0, min(at - LONGEST // 2, len(line) - LONGEST))
        line = ("…" if start else "") + line[start:start + LONGEST] + "…"
    return line
