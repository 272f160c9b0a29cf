"""Whether a document has the outline of one, and what can be looked at further when it has not."""

from __future__ import annotations

from typing import Any

from .problem import Place
from .walk import copied

Json = dict[str, Any]


def sound(document: Any, place: Place) -> Json | None:
    """The document, or a copy without what is no block or parameter; None when there is nothing to look at. Says what
    is wrong at `place`."""
    if not isinstance(document, dict):
        place.stop(None, "A workflow is a JSON object.")
        return None
    definition = document.get("workflow_definition")
    if not isinstance(definition, dict):
        place.stop("workflow_definition", "“workflow_definition” with parameters and blocks is missing.")
        return None
    for name in ("parameters", "blocks"):
        if not isinstance(definition.get(name), list):
            place.stop(name, f"“{name}” must be a list.")
    if not place.found and _is_sound(definition):
        return document
    made: Json = copied(document)
    definition = made["workflow_definition"]
    waiting = [("parameters", definition), ("blocks", definition)]
    while waiting:
        name, holder = waiting.pop()
        listed = holder.get(name)
        if name != "loop_blocks" and not isinstance(listed, list):
            holder[name] = []
            continue
        if not isinstance(listed, list):
            place.stop(name, f"The list of blocks in {str(holder.get('label'))[:60]} is none.")
            holder[name] = []
            continue
        holder[name] = [each for each in listed if isinstance(each, dict)]
        if len(holder[name]) < len(listed):
            place.stop(name, f"Something in “{name}” is no object.")
        if name != "parameters":
            waiting += [("loop_blocks", each) for each in holder[name] if "loop_blocks" in each]
    return made


def _is_sound(definition: Json) -> bool:
    if not all(isinstance(each, dict) for each in definition["parameters"]):
        return False
    ahead = [definition["blocks"]]
    while ahead:
        listed = ahead.pop()
        if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
            return False
        ahead += [each["loop_blocks"] for each in listed if "loop_blocks" in each]
    return True
