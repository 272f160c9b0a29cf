"""What Skyvern refuses of blocks, type by type, beside what the description of their fields says (api 3.1, 3.4)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from .code_rules import judge_code
from .jinja import has_jinja, mistake
from .message_rules import judge_email
from .problem import Place
from .schema_rules import judge_schema
from .value_rules import as_number

Json = dict[str, Any]
Judge = Callable[[Place, Json], None]


def _for_loop(place: Place, block: Json) -> None:
    if not block.get("loop_over_parameter_key") and not block.get("loop_variable_reference"):
        place.stop("loop_variable_reference", "Say for which values it repeats.")
    if block.get("loop_blocks") == []:
        place.warn("loop_blocks", "It repeats nothing yet: put a block into it.")


def _while_loop(place: Place, block: Json) -> None:
    if block.get("loop_blocks") == []:
        place.warn("loop_blocks", "It repeats nothing yet: put a block into it.")
    condition = block.get("condition")
    if not isinstance(condition, dict):
        return
    _criteria(place, "condition", condition, "The condition")
    said = condition.get("expression")
    if (isinstance(said, str) and said.strip() and condition.get("criteria_type", "jinja2_template") != "prompt"
            and not has_jinja(said)):
        place.warn("condition", "Without braces the condition is never worked out: it counts as true each time.")


def _conditional(place: Place, block: Json) -> None:
    ways = block.get("branch_conditions", [])
    if not isinstance(ways, list):
        return
    if not ways:
        place.stop("branch_conditions", "A branch needs one way at least.")
    if sum(1 for way in ways if isinstance(way, dict) and way.get("is_default") is True) > 1:
        place.stop("branch_conditions", "Only one way can be the default.")
    for number, way in enumerate(ways, 1):
        if not isinstance(way, dict):
            place.stop("branch_conditions", f"Way {number} is not an object.")
            continue
        criteria, name = way.get("criteria"), f"Way {number}"
        if criteria is None and not way.get("is_default"):
            place.stop("branch_conditions", f"{name} needs a condition, or must be the default.")
        elif criteria is not None and way.get("is_default"):
            place.stop("branch_conditions", f"{name} is the default and has a condition; it can be one of the two.")
        elif criteria is not None and not isinstance(criteria, dict):
            place.stop("branch_conditions", f"The condition of {name.lower()} is not an object.")
        elif isinstance(criteria, dict):
            _criteria(place, "branch_conditions", criteria, f"The condition of {name.lower()}")
        aim = way.get("next_block_label")
        if aim is not None and not isinstance(aim, str):
            place.stop("branch_conditions", f"{name} must lead to the label of a block.")


def _criteria(place: Place, field: str, criteria: Json, name: str) -> None:
    said = criteria.get("expression")
    if not isinstance(said, str):
        place.stop(field, f"{name} is missing.")
        return
    if not said.strip():
        place.warn(field, f"{name} is still empty.")
    if criteria.get("criteria_type", "jinja2_template") not in ("jinja2_template", "prompt"):
        place.warn(field, f"Skyvern 1.0.56 does not know the kind of {name.lower()}.")
    wrong = mistake(said)
    if wrong is not None:
        place.warn(field, f"{name} does not work out: {wrong[0][:80]}")


def _wait(place: Place, block: Json) -> None:
    seconds = as_number(block.get("wait_sec"))
    if seconds is None or place.has("wait_sec"):
        return
    if seconds <= 0:
        place.stop("wait_sec", "Wait one second at least.")
    elif seconds > 1800:
        place.warn("wait_sec", "Skyvern refuses more than 1800 seconds, unless its limit was raised.")


def _action(place: Place, block: Json) -> None:
    if block.get("navigation_goal") == "":
        place.stop("navigation_goal", "Say what to do.")


def _validation(place: Place, block: Json) -> None:
    if not block.get("complete_criterion") and not block.get("terminate_criterion"):
        place.stop("complete_criterion", "Say when it is done, or when to give up: one of the two is needed.")


def _extraction(place: Place, block: Json) -> None:
    if _is_on(block.get("export_enabled")) and not block.get("export_data_schema"):
        place.stop("export_data_schema", "To save as a file, say which columns it has.")


def _http_request(place: Place, block: Json) -> None:
    if _is_on(block.get("save_response_as_file")) and block.get("secret_response_paths"):
        place.stop("secret_response_paths", "Parts of an answer cannot be hidden when it is saved as a file.")
    if not str(block.get("url") or "").strip():
        place.warn("url", "“Address” is still empty.")


def _web_search(place: Place, block: Json) -> None:
    if block.get("query") == "":
        place.stop("query", "Say what to search for.")
    count = block.get("num_results", 10)
    if (isinstance(count, (bool, str, float))) and not place.has("num_results"):
        place.stop("num_results", "“Number of results” must be a whole number, without quotes.")
    for name in ("no_results_error_code", "no_match_error_code"):
        code = block.get(name)
        if isinstance(code, str) and not 1 <= len(code.strip()) <= 100:
            place.stop(name, "A code has 1 to 100 characters.")
    if block.get("no_match_error_code") is not None and not str(block.get("prompt") or "").strip():
        place.stop("no_match_error_code", "This code needs “What to look for in the results”.")
    judge_schema(place, "json_schema", block.get("json_schema"))


def _terminate(place: Place, block: Json) -> None:
    reason = block.get("reason")
    if isinstance(reason, str) and not reason.strip():
        place.stop("reason", "Say why it ends.")
    code = block.get("error_code")
    if not isinstance(code, str):
        return
    said = code.strip()
    if re.search(r"\{[{%#]", said):
        if any(unicodedata.category(sign).startswith("C") for sign in said):
            place.stop("error_code", "The error code must be one line.")
    elif not re.fullmatch(r"[A-Za-z0-9_.:-]{1,128}", said):
        place.stop("error_code", "An error code has 1 to 128 letters, digits, and _ . : -")


JUDGES: dict[str, Judge] = {
    "for_loop": _for_loop, "while_loop": _while_loop, "conditional": _conditional, "wait": _wait, "action": _action,
    "validation": _validation, "extraction": _extraction, "http_request": _http_request, "web_search": _web_search,
    "terminate": _terminate, "code": judge_code, "send_email": judge_email,
}


def _is_on(value: Any) -> bool:
    return value is True or value == 1 or str(value).lower() in ("true", "on", "yes", "y", "t")
