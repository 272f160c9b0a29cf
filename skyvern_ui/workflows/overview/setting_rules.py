"""The settings of a workflow in words: only those that are not as Skyvern has them by itself."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ..definition.catalogue import DEFINITION_SETTINGS, SETTINGS
from ..definition.catalogue.kinds import Field

Json = dict[str, Any]
SAID_ELSEWHERE = ("title", "description", "status", "is_saved_task", "parameters", "blocks", "version", "folder_id",
                  "code_version")
LONGEST = 300
NOTHING: tuple[Any, ...] = (None, "", [], {})


def settings_in_words(document: Json) -> list[tuple[str, str]]:
    """Each setting that differs from its default: its name for people, and its value. What may be secret (headers,
    keys) is named and not shown. Never raises."""
    definition = document.get("workflow_definition")
    inner = definition if isinstance(definition, dict) else {}
    return [*_told(document, SETTINGS), *_told(inner, DEFINITION_SETTINGS)]


def in_words(field: Field, value: Any) -> str:
    """One value of a field, as short as it can be said; secrets as "set"."""
    if field.control == "secret":
        return "set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict) and (field.control == "map" or "headers" in field.name):
        return ", ".join(str(key) for key in value) or "none"
    chosen = dict(field.choices).get(str(value)) if not isinstance(value, dict | list) else None
    if chosen:
        return chosen
    if isinstance(value, dict) and set(value) == {"model_name"}:
        return str(value["model_name"])
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
    return text if len(text) <= LONGEST else text[:LONGEST - 1] + "…"


def _told(holder: Json, fields: Iterable[Field]) -> list[tuple[str, str]]:
    found = []
    for field in fields:
        value = holder.get(field.name)
        if field.name in SAID_ELSEWHERE or value in NOTHING or _is_usual(field, value):
            continue
        found.append((field.label, in_words(field, value)))
    return found


def _is_usual(field: Field, value: Any) -> bool:
    if field.default is None and value is False:
        return True
    return bool(value == field.default and type(value) is type(field.default))
