"""What Skyvern refuses of parameters (api 3.1, 3.3)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .catalogue import parameter_kind_of
from .problem import Place, Problem
from .value_rules import judge_fields

Json = dict[str, Any]
RESERVED = frozenset({
    "current_item", "current_value", "current_index", "current_date", "workflow_title", "workflow_id",
    "workflow_permanent_id", "workflow_run_id", "workflow_run_outputs", "workflow_run_summary"})


def judge_parameters(listed: list[Json], labels: Collection[str]) -> list[Problem]:
    """All problems of the parameters; `labels` are those of all blocks."""
    found: list[Problem] = []
    outputs = {f"{label}_output" for label in labels}
    # What values can be taken from: the context parameters come after the others, each sees those before it.
    known = outputs | {str(each.get("key")) for each in listed if each.get("parameter_type") != "context"}
    seen: set[str] = set()
    for parameter in listed:
        place = Place("parameter", str(parameter.get("key") or ""))
        _judge_key(place, parameter.get("key"), outputs, seen)
        _judge_type(place, parameter, known)
        if isinstance(parameter.get("key"), str):
            known.add(parameter["key"])
        found += place.found
    return found


def _judge_key(place: Place, key: Any, outputs: set[str], seen: set[str]) -> None:
    if not isinstance(key, str) or not key:
        place.stop("key", "A parameter needs a key.")
        return
    if not key.isidentifier():
        place.stop("key", "A key has only letters, digits and _, and does not begin with a digit.")
    elif key in RESERVED:
        place.stop("key", f"{key} is Skyvern's own word; choose another key.")
    elif key in outputs:
        place.stop("key", f"{key} is the output of a block; choose another key.")
    elif key in seen:
        place.stop("key", f"There are two parameters with the key {key}.")
    seen.add(key)


def _judge_type(place: Place, parameter: Json, known: set[str]) -> None:
    kind_name = parameter.get("parameter_type")
    if not isinstance(kind_name, str) or not kind_name:
        place.stop("parameter_type", "The type of the parameter is missing.")
        return
    if kind_name == "output":
        place.stop("parameter_type", "Outputs are made by Skyvern; they cannot be written.")
        return
    kind = parameter_kind_of(kind_name)
    if kind.category == "unknown":
        place.warn("parameter_type", f"Skyvern 1.0.56 takes no parameters of type {kind_name}; a newer one may.")
        return
    judge_fields(place, parameter, kind)
    if kind_name == "context":
        source = parameter.get("source_parameter_key")
        if isinstance(source, str) and source not in known and not place.has("key"):
            place.stop("source_parameter_key", f"There is no parameter or output named {source}." if source
                       else "Choose the source.")
    elif kind_name == "workflow":
        _judge_default(place, parameter)
    elif kind_name == "credential":
        _judge_logins(place, parameter)
    elif kind_name == "bitwarden_login_credential":
        _judge_bitwarden(place, parameter)


def _judge_default(place: Place, parameter: Json) -> None:
    value, kind = parameter.get("default_value"), parameter.get("workflow_parameter_type")
    if value is None:
        return
    try:
        if kind == "integer":
            int(value)
        elif kind == "float":
            float(value)
        elif kind == "boolean" and not isinstance(value, bool) and str(value).lower() not in ("true", "false", "1",
                                                                                              "0"):
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        words = {"integer": "a whole number", "float": "a number", "boolean": "true or false"}
        place.stop("default_value", f"The default must be {words[str(kind)]}.")


def _judge_logins(place: Place, parameter: Json) -> None:
    turns, others = parameter.get("credential_ids"), parameter.get("fallback_credential_ids")
    if isinstance(turns, list) and not turns:
        place.stop("credential_ids", "Choose logins to take turns, or take the list away.")
    left = [each for each in others if turns is not None or each != parameter.get("credential_id")] if isinstance(
        others, list) else []
    if turns is not None and left:
        place.stop("fallback_credential_ids", "Logins can take turns or stand in for each other, not both.")
    if parameter.get("fallback_trigger") is not None and not left:
        place.stop("fallback_trigger", "Choose a second login first, or take this away.")


def _judge_bitwarden(place: Place, parameter: Json) -> None:
    if parameter.get("bitwarden_item_id"):
        return
    if not parameter.get("bitwarden_collection_id"):
        place.stop("bitwarden_item_id", "Name the item, or a collection.")
    elif not parameter.get("url_parameter_key"):
        place.stop("url_parameter_key", "With a collection only, name the parameter that holds the site.")
