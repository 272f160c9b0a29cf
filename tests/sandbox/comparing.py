"""Structural comparison of two recordings of the same answer: keys, types, status, refusals word for word."""

from __future__ import annotations

import re
from typing import Any

FREE_FORM = {"output", "outputs", "parameters", "models", "run_metadata", "navigation_payload", "downloaded_files",
             "skyvern_element_data", "api_keys", "workflow_tags"}
ANYTHING = {"default_value"}
NAMED = {"block_type", "parameter_type", "artifact_type"}  # items of a list are compared by this kind
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?(Z?)")
IDS = re.compile(r"\b(?:tsk_v2|tsk|wr|wpid|w|o|a|pbs|stp|act|file|op|fld|wfs|cred|s)_\d+")


def differences(real: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    """Sentences on how `ours` departs from `real`; both are what tests/real/record.py writes."""
    found = []
    if real["status"] != ours["status"]:
        found.append(f"status {ours['status']} instead of {real['status']}")
    for name, value in real["headers"].items():
        if _kind(ours["headers"].get(name)) != _kind(value):
            found.append(f"header {name} is {ours['headers'].get(name)!r} instead of {value!r}")
    if real["status"] >= 400:
        told, said = _without_ids(real["body"]), _without_ids(ours["body"])
        return found if told == said else [*found, f"refusal {said!r} instead of {told!r}"]
    return found + list(_compare(real["body"], ours["body"], "body"))


def _compare(real: Any, ours: Any, where: str) -> list[str]:
    if real is None or ours is None:
        return []
    if isinstance(real, dict) and isinstance(ours, dict):
        found = [f"{where} lacks {key}" for key in real if key not in ours]
        found += [f"{where} has {key}, which the real one lacks" for key in ours if key not in real]
        for key in real.keys() & ours.keys():
            if key not in ANYTHING and not (key in FREE_FORM and isinstance(real[key], dict)):
                found += _compare(real[key], ours[key], f"{where}.{key}")
        return found
    if isinstance(real, list) and isinstance(ours, list):
        return _compare_lists(real, ours, where)
    if _type(real) != _type(ours):
        return [f"{where} is {_type(ours)} instead of {_type(real)}"]
    return []


def _compare_lists(real: list[Any], ours: list[Any], where: str) -> list[str]:
    found: list[str] = []
    for item in ours:
        same_kind = [other for other in real if _named(other) == _named(item)]
        if same_kind:
            found += _compare(same_kind[0], item, f"{where}[{_named(item) or 0}]")
    return found


def _named(item: Any) -> str | None:
    if not isinstance(item, dict):
        return type(item).__name__
    if isinstance(item.get("block"), dict):  # a timeline entry
        return str(item["block"].get("block_type"))
    return next((str(item[key]) for key in sorted(NAMED) if key in item), None)


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str) and (found := MOMENT.fullmatch(value)):
        return f"moment{found[1]}"  # Skyvern writes most of them without an offset, a few with Z
    return type(value).__name__


def _kind(value: str | None) -> str | None:
    """A header without what must differ: sizes in a content range, the parameters of a type."""
    return None if value is None else re.sub(r"\d+", "n", value.split(";")[0])


def _without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_ids(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_ids(item) for item in value]
    return IDS.sub("<id>", value) if isinstance(value, str) else value
