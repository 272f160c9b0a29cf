"""What Skyvern refuses of the settings of a workflow, and of its definition as a whole."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from .catalogue import DEFINITION_SETTINGS, SETTINGS, Kind
from .jinja import mistake
from .problem import Place
from .value_rules import is_a, judge_fields

Json = dict[str, Any]
ENDINGS = ("completed", "failed", "terminated", "canceled", "timed_out")
_ROOT = Kind("settings", "Settings", "settings", "settings", "", SETTINGS)
_INNER = Kind("definition", "Definition", "settings", "settings", "", DEFINITION_SETTINGS)


def judge_settings(place: Place, document: Json, definition: Json) -> None:
    judge_fields(place, document, _ROOT)
    judge_fields(place, definition, _INNER)
    if isinstance(document.get("max_elapsed_time_minutes"), bool):
        place.stop("max_elapsed_time_minutes", "“Longest run in minutes” must be a whole number.")
    profile = document.get("browser_profile_key")
    if isinstance(profile, str) and mistake(profile.strip()) is not None:
        place.stop("browser_profile_key", "The braces in “One profile for each” do not work out.")
    if document.get("browser_type") is not None:
        place.warn("browser_type", "A self-hosted Skyvern refuses to choose the browser.")
    _judge_retries(place, definition.get("retry_policy"))
    browser = definition.get("browser_settings")
    zone = browser.get("timezone_id") if isinstance(browser, dict) else None
    if zone is not None and (not isinstance(zone, str) or zone not in _zones()):
        place.stop("browser_settings", "The time zone must be a name such as Europe/Berlin.")


def judge_finally(place: Place, definition: Json, blocks: list[Json]) -> None:
    """The block that runs last of all: one of the outermost, with nothing after it."""
    label = definition.get("finally_block_label")
    if not isinstance(label, str) or not label:
        return
    block = next((each for each in blocks if each.get("label") == label), None)
    if block is None:
        place.stop("finally_block_label", f"There is no outermost block named {label} to run last of all.")
    elif block.get("next_block_label") is not None:
        place.stop("finally_block_label", f"{label} runs last of all, so nothing can come after it.")


def judge_version(place: Place, definition: Json, is_linked: bool) -> bool:
    """Whether the document counts as linked (version 2)."""
    version = definition.get("version")
    if version is None:
        return is_linked
    if not is_a(version, "number"):
        place.stop("version", "“version” must be a whole number.")
        return is_linked
    if int(float(version)) < 2 and is_linked:
        place.stop("version", "With branches or links between blocks, “version” must be 2.")
    return int(float(version)) >= 2


def _judge_retries(place: Place, policy: Any) -> None:
    if not isinstance(policy, dict):
        return
    for name, least, most, label in (("max_retries", 1, 5, "Try again at most"),
                                     ("delay_seconds", 0, 3600, "Wait before that")):
        value = policy.get(name, least)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            place.stop("retry_policy", f"“{label}” must be a whole number from {least} to {most}.")
    if not isinstance(policy.get("webhook_on_retry", ""), str):
        place.stop("retry_policy", "When the webhook is told must be a word.")
    elif policy.get("webhook_on_retry", "final_only") not in ("final_only", "every_attempt"):
        place.warn("retry_policy", "Skyvern 1.0.56 does not know this way to tell the webhook.")
    rules = policy.get("retry_on")
    if not isinstance(rules, list) or not rules:
        place.stop("retry_policy", "Say after which endings it is tried again.")
        return
    said = []
    for rule in rules:
        status = rule.get("status") if isinstance(rule, dict) else None
        if not isinstance(status, str):
            place.stop("retry_policy", "Each rule needs the ending it is for.")
            continue
        if status not in ENDINGS:
            place.warn("retry_policy", f"Skyvern 1.0.56 does not know the ending {status[:40]}.")
        said.append(status)
        codes = rule.get("error_codes")
        if codes is not None and not (is_a(codes, "texts") and all(codes)):
            place.stop("retry_policy", "Error codes must be a list of texts, none of them empty.")
    if len(said) != len(set(said)):
        place.stop("retry_policy", "Each ending can have one rule.")


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - {"localtime"}
