"""What Skyvern takes as a schedule, and how it refuses the rest (schemas/workflow_schedules.py of 1.0.56)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from skyvern_ui.sandbox.refusals import Refusal, invalid, whole_number
from skyvern_ui.schedules.cron import BadCron, parse

CADENCES = ("cron_expression", "interval_seconds", "run_at")
LEAST_SECONDS, MOST_SECONDS, LEAD = 300, 2**31 - 1, timedelta(seconds=60)


def at(text: str) -> datetime:
    """A moment as Skyvern wrote it, or was sent it."""
    when = datetime.fromisoformat(text)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def cadence_of(body: dict[str, Any]) -> str:
    """Which of the three it is; 422 for none, several, or one out of bounds."""
    if not isinstance(body.get("timezone"), str):
        raise invalid(("body", "timezone"), "missing", "Field required", body)
    seconds = body.get("interval_seconds")
    if seconds is not None and not isinstance(seconds, int):
        raise invalid(("body", "interval_seconds"), "int_parsing", "Input should be a valid integer", seconds)
    if seconds is not None:
        whole_number(("body", "interval_seconds"), seconds, LEAST_SECONDS, MOST_SECONDS, LEAST_SECONDS)
    for key in ("first_fire_at", "run_at"):
        _aware(body.get(key), key)
    given = [key for key in CADENCES if body.get(key) is not None]
    if len(given) != 1:
        raise _value_error("Set exactly one of cron_expression, interval_seconds or run_at", body)
    if body.get("first_fire_at") and given[0] != "interval_seconds":
        raise _value_error("first_fire_at requires interval_seconds", body)
    if given[0] == "run_at" and body.get("enabled") is False:
        raise _value_error("A one-time schedule cannot be disabled; cancel it or change run_at instead", body)
    return given[0]


def check(body: dict[str, Any], now: float, before: dict[str, Any] | None) -> None:
    """422 and 400 in the real order: the shape, the expression, the zone, moments that are too near."""
    cadence = cadence_of(body)
    if cadence == "cron_expression":
        try:
            parse(str(body["cron_expression"]))
        except BadCron as error:
            often = "too often" in str(error)
            raise Refusal(400, "Cron interval must be at least 5 minutes" if often else
                          "Invalid cron expression") from None
    try:
        ZoneInfo(body["timezone"])
    except (KeyError, ValueError, OSError):
        raise Refusal(400, f"Invalid timezone '{body['timezone']}'") from None
    for key in ("first_fire_at", "run_at"):
        given, held = body.get(key), (before or {}).get(key)
        if given and not (held and at(given).replace(microsecond=0) == at(held)) and \
                at(given) < datetime.fromtimestamp(now, UTC) + LEAD:
            raise invalid(("body", key), "value_error", f"{key} must be at least 60 seconds in the future", given)


def inputs_of(body: dict[str, Any], workflow: dict[str, Any]) -> dict[str, Any] | None:
    """The inputs that are kept; 400 for those the workflow lacks, and for needed ones that are not there."""
    given = body.get("parameters") or {}
    known = {each["key"]: each for each in workflow["workflow_definition"]["parameters"]
             if each.get("parameter_type") == "workflow"}
    wpid = workflow["workflow_permanent_id"]
    if unknown := sorted(set(given) - set(known)):
        raise Refusal(400, f"Unknown schedule parameters for workflow {wpid}: {', '.join(unknown)}")
    missing = [key for key, each in known.items() if each.get("workflow_parameter_type") != "credential_id"
               and each.get("default_value") is None and key not in given]
    if missing:
        raise Refusal(400, f"Missing schedule parameters for workflow {wpid}: {', '.join(sorted(missing))}")
    return {key: value for key, value in given.items() if value is not None} or None


def _aware(text: Any, key: str) -> None:
    if text is None:
        return
    try:
        when = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise invalid(("body", key), "datetime_from_date_parsing", "Input should be a valid datetime", text) from None
    if when.tzinfo is None:
        raise invalid(("body", key), "timezone_aware", "Input should have timezone info", text)


def _value_error(words: str, body: dict[str, Any]) -> Refusal:
    return invalid(("body",), "value_error", f"Value error, {words}", body, error={})
