"""The inputs of a workflow, typed by its definition (api 3.3): what they are, and what was typed into them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...skyvern.values.reading import read_dict, read_list, read_text
from ..json_reading import read_json

LOGIN = "login"
KINDS = ("string", "integer", "float", "boolean", "json", "file_url", "credential_id", LOGIN)
LONGEST = 200_000
UNFIT = "This holds characters that cannot be kept."


class BadValue(ValueError):
    """A value that does not fit its input. The text is one sentence."""


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a workflow. Without a default something must be given, but a text may be empty and a credential
    may be left out (1.0.56). Of kind `login` are the credential parameters that hold several credentials: a run may
    choose one of `choices`, and no other."""

    key: str
    kind: str
    description: str
    default: Any
    choices: tuple[str, ...] = ()

    @property
    def is_needed(self) -> bool:
        """True when Skyvern refuses a run without a value."""
        return self.default is None and self.kind not in ("string", "credential_id", LOGIN)


def inputs_of(workflow: Mapping[str, Any]) -> tuple[Input, ...]:
    """What a workflow asks of whoever runs it; what it fetches by itself (secrets, outputs) is none of it."""
    found = [each for each in read_list(read_dict(workflow, "workflow_definition"), "parameters")
             if isinstance(each, dict) and each.get("key")]
    inputs = [Input(str(each["key"]), str(each.get("workflow_parameter_type") or "string"),
                    read_text(each, "description") or "", each.get("default_value"))
              for each in found if each.get("parameter_type") == "workflow"]
    return (*inputs, *_logins(found))


def read_inputs(inputs: Iterable[Input], typed: Mapping[str, str | None]) -> tuple[dict[str, Any], dict[str, str]]:
    """(values by key, sentences by key) of what was typed. What was left empty is in neither, unless it is needed."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for each in inputs:
        try:
            value = read_value(each, typed.get(each.key))
        except BadValue as error:
            wrong[each.key] = str(error)
            continue
        if value is not None:
            values[each.key] = value
    return values, wrong


def read_value(one: Input, text: str | None) -> Any:
    """What was typed, as the input's type; None for nothing. Raises BadValue."""
    typed = text or ""
    if len(typed) > LONGEST:
        raise BadValue(f"At most {LONGEST:,} characters.")
    if "\x00" in typed or not _is_text(typed):
        raise BadValue(UNFIT)
    if one.kind == "string":
        return typed if typed or one.default is None else None
    typed = typed.strip()
    if not typed:
        if one.is_needed:
            raise BadValue("The workflow needs this.")
        return None
    if one.kind == LOGIN and typed not in one.choices:
        raise BadValue("Choose one of the credentials that the workflow names.")
    if one.kind == "credential_id" and (" " in typed or not typed.isprintable()):
        raise BadValue("The id of a credential has no spaces in it.")
    read = READERS.get(one.kind)
    return read(typed) if read else typed


def shown(value: Any) -> str:
    """A value as it would have been typed."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, indent=2 if isinstance(value, dict | list) else None, ensure_ascii=False)


def filled(inputs: Iterable[Input], given: Mapping[str, Any] | None = None) -> dict[str, str]:
    """The inputs as texts: what was given, else the default."""
    known = given or {}
    return {each.key: shown(known.get(each.key, each.default)) for each in inputs}


def _logins(parameters: list[dict[str, Any]]) -> list[Input]:
    """Credential parameters with several credentials: a run may name one of them under the parameter's key (since
    1.0.45); one that names a single credential is fixed by the workflow."""
    found = []
    for each in parameters:
        if each.get("parameter_type") == "credential":
            ids = [*(each.get("credential_ids") or []), *(each.get("fallback_credential_ids") or [])]
            if ids:
                known = tuple(dict.fromkeys(str(one) for one in (*ids, each.get("credential_id")) if one))
                found.append(Input(str(each["key"]), LOGIN, read_text(each, "description") or "", None, known))
    return found


def _is_text(text: str) -> bool:
    """False for halves of characters, which no database and no request can hold."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _whole(text: str) -> int:
    if not text.removeprefix("-").isdecimal() or not text.isascii() or len(text) > 18:
        raise BadValue("Enter a whole number, such as 12.")
    return int(text)


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise BadValue("Enter a number, such as 1.5.") from error
    if not math.isfinite(number):
        raise BadValue("Enter a number, such as 1.5.")
    return number


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false", "yes", "no", "1", "0"):
        raise BadValue("Choose yes or no.")
    return text.lower() in ("true", "yes", "1")


def _json(text: str) -> Any:
    try:
        value = read_json(text)
    except ValueError as error:
        at = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else \
            f": {error}"
        raise BadValue(f"This is not valid JSON{at}.") from error
    if not isinstance(value, dict | list):
        raise BadValue('Enter a JSON object or list, such as {"name": "text"}.')
    return value


READERS = {"integer": _whole, "float": _number, "boolean": _truth, "json": _json}
