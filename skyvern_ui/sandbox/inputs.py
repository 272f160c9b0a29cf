"""What a run is given, checked as Skyvern 1.0.56 checks it before it makes the run."""

from __future__ import annotations

import difflib
import json
from typing import Any

from skyvern_ui.sandbox.refusals import Refusal, invalid
from skyvern_ui.sandbox.world import World

Parameter = dict[str, Any]
MOST_ENTRIES, LONGEST_KEY, LONGEST_VALUE, MOST_MINUTES = 20, 64, 256, 480
TRUTHS = ("true", "false", "1", "0")


def check_request(body: dict[str, Any]) -> None:
    """The options: what excludes each other, what is too long. 422 as pydantic says it."""
    minutes = body.get("max_elapsed_time_minutes")
    if isinstance(minutes, int) and not 1 <= minutes <= MOST_MINUTES:
        raise invalid(("body", "max_elapsed_time_minutes"), "less_than_equal",
                      f"Input should be less than or equal to {MOST_MINUTES}", minutes, le=MOST_MINUTES)
    if body.get("start_fresh_browser") and (body.get("browser_session_id") or body.get("browser_profile_id")):
        words = "start_fresh_browser cannot be combined with browser_session_id"
        raise invalid(("body",), "value_error", f"Value error, {words}", body, error={})
    told = body.get("run_metadata") or {}
    problem = (f"run_metadata can include at most {MOST_ENTRIES} entries" if len(told) > MOST_ENTRIES else
               f"run_metadata keys must be at most {LONGEST_KEY} characters"
               if any(len(key.strip()) > LONGEST_KEY for key in told) else
               f"run_metadata values must be at most {LONGEST_VALUE} characters"
               if any(len(str(value).strip()) > LONGEST_VALUE for value in told.values()) else "")
    if problem:
        raise invalid(("body", "run_metadata"), "value_error", f"Value error, {problem}", told, error={})


def check_inputs(world: World, workflow: dict[str, Any], given: dict[str, Any] | None) -> None:
    """The inputs: 400 for what is missing, for what is not of its type and for a credential that is not there."""
    wpid, given = workflow["workflow_permanent_id"], given or {}
    if not workflow["workflow_definition"]["blocks"]:
        raise Refusal(400, f"Workflow {wpid} has no blocks to run. Add at least one block before running it.")
    parameters: list[Parameter] = workflow["workflow_definition"]["parameters"] or []
    declared = {str(each.get("key")) for each in parameters}
    own = [each for each in parameters if each.get("parameter_type") == "workflow"]
    absent = [str(each["key"]) for each in own if _is_absent_credential(each, given)]
    unknown = sorted(set(given) - declared)
    if any(difflib.get_close_matches(key, absent, n=1) for key in unknown):
        raise Refusal(400, f"The run request sent parameter(s) this workflow does not declare: {', '.join(unknown)}. "
                           f"No credential resolved for {', '.join(sorted(absent))}, so the run would have started "
                           f"without one. This workflow accepts: {', '.join(sorted(declared))}.")
    missing = sorted(str(each["key"]) for each in own if _value(each, given) is None and not _is_credential(each))
    if missing:
        raise Refusal(400, f"Missing value for parameter {', '.join(missing)} in workflow {wpid}")
    named = [str(_value(each, given)) for each in own if _is_credential(each) and _value(each, given)]
    if lost := [each for each in dict.fromkeys(named) if each not in world.credentials]:
        raise Refusal(400, f"Invalid credential ID: {', '.join(lost)}. Failed to resolve to a valid credential.")
    for each in parameters:
        _check_choice(each, given)
    for each in own:
        _convert(each.get("workflow_parameter_type"), _value(each, given))


def _value(parameter: Parameter, given: dict[str, Any]) -> Any:
    value = given.get(str(parameter["key"]))
    return parameter.get("default_value") if value is None else value


def _is_credential(parameter: Parameter) -> bool:
    return parameter.get("workflow_parameter_type") == "credential_id"


def _is_absent_credential(parameter: Parameter, given: dict[str, Any]) -> bool:
    return (_is_credential(parameter) and parameter["key"] not in given
            and parameter.get("default_value") is None)


def _check_choice(parameter: Parameter, given: dict[str, Any]) -> None:
    pool = [*(parameter.get("credential_ids") or []), *(parameter.get("fallback_credential_ids") or [])]
    chosen = given.get(str(parameter.get("key")))
    if parameter.get("parameter_type") == "credential" and pool and chosen \
            and chosen not in (*pool, parameter.get("credential_id")):
        raise Refusal(400, f"Credential override for parameter {parameter['key']} must be one of the configured "
                           "rotation or fallback credentials.")


def _convert(kind: Any, value: Any) -> None:
    try:
        if value is None:
            return
        if kind == "integer":
            int(value)
        elif kind == "float":
            float(value)
        elif kind == "boolean" and not isinstance(value, bool) and str(value).lower() not in TRUTHS:
            raise ValueError
        elif kind == "json" and not isinstance(value, dict | list):
            json.loads(value)
    except (TypeError, ValueError):
        raise Refusal(400, f"Invalid workflow parameter. Expected parameter type: {kind}. Value: {value}.") from None
