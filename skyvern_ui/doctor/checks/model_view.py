"""Which model Skyvern's runs use, as far as Skyvern lets anybody know."""

from __future__ import annotations

from ...skyvern.client import Skyvern
from ...skyvern.errors import Missing, SkyvernError
from ...skyvern.values.llm import CustomLlm, DefaultLlms, LlmStatus
from ..check import Patient
from ..finding import Finding, ok, skip

CHECK, LAYER, MEND = "model-view", "model", "/settings/llms"
NEVER_SAID = "Skyvern does not tell whether a model answers, only that one is set up."


def look_at_view(patient: Patient) -> Finding:
    """The organisation's defaults, the registered models and, where Skyvern says it, its own settings."""
    if patient.connection is None:
        return skip(CHECK, LAYER, "There is no connection.")
    skyvern = Skyvern(patient.connection)
    try:
        defaults = skyvern.get_default_llms()
        registered = _registered(skyvern)
        status = skyvern.get_llm_status()
    except SkyvernError as error:
        return Finding(CHECK, LAYER, "unknown", "model_view_unread", "Skyvern did not tell which model it uses",
                       error.sentence)
    return judge_view(defaults, registered, status)


def judge_view(defaults: DefaultLlms, registered: list[CustomLlm] | None, status: LlmStatus | None) -> Finding:
    """What the three together mean. `registered` is None on releases that know no registering, `status` None where
    Skyvern does not tell: neither is a fault."""
    known = {each.llm_key: each for each in registered or ()}
    evidence = _evidence(defaults, registered, status, known)
    gone = [key for key in (defaults.smart, defaults.fast) if key and registered is not None and key not in known]
    if gone:
        return Finding(CHECK, LAYER, "warn", "default_model_gone", "The default model is not registered any more",
                       "Skyvern keeps its name and silently takes the model of its own settings instead.",
                       ("Choose another default, or none, under Settings, Models.",), evidence, MEND)
    if status is not None and status.status not in ("ok", "") and not defaults.smart:
        missing = f" It lacks: {', '.join(status.missing)}." if status.missing else ""
        return Finding(CHECK, LAYER, "fail", "no_model_set_up", "Skyvern has no model that it could use",
                       f"Its own settings name none that is complete.{missing}",
                       ("Register a model under Settings, Models: no file needs editing.",
                        "Or complete it in Skyvern's .env and restart Skyvern."), evidence, MEND)
    if defaults.smart and defaults.smart in known:
        return ok(CHECK, LAYER, f"Runs use {known[defaults.smart].display_name}", *evidence, explain=NEVER_SAID)
    if status is not None and status.default_key:
        return ok(CHECK, LAYER, f"Runs use Skyvern's own model, {status.default_key}", *evidence, explain=NEVER_SAID)
    return ok(CHECK, LAYER, "Runs use the model of Skyvern's own settings", *evidence,
              explain="Which one that is stands in its .env (LLM_KEY) and cannot be seen from here.")


def _registered(skyvern: Skyvern) -> list[CustomLlm] | None:
    try:
        return skyvern.list_custom_llms()
    except Missing:
        return None


def _evidence(defaults: DefaultLlms, registered: list[CustomLlm] | None, status: LlmStatus | None,
              known: dict[str, CustomLlm]) -> tuple[tuple[str, str], ...]:
    def name(key: str | None) -> str:
        return "Skyvern's own settings" if key is None else known[key].display_name if key in known else key

    count = "not possible in this release" if registered is None else str(len(registered))
    own = status.default_key or "none" if status else "not told"
    return ("Smart model", name(defaults.smart)), ("Fast model", name(defaults.fast)), ("Registered", count), (
        "Of its own settings", own)
