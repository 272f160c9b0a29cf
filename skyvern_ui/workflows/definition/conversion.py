"""From what Skyvern reads out to what it accepts back (api 3.2): total; a key that it does not know stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .walk import copied

Json = dict[str, Any]

MADE_BY_SKYVERN = frozenset({
    "workflow_id", "organization_id", "workflow_permanent_id", "agent_id", "version", "is_template", "import_error",
    "created_by", "edited_by", "copilot_authored", "effective_default_engine", "original_created_by",
    "original_created_at", "created_at", "modified_at", "deleted_at",
})
MADE_FOR_PARAMETERS = frozenset({"workflow_id", "created_at", "modified_at", "deleted_at"})
# What stands for the server's own mail server where a block sends by another: it is no parameter.
UNUSED = "UNUSED_CUSTOM_SMTP_PLACEHOLDER"
SECRETS_OF_EMAIL = ("smtp_host", "smtp_port", "smtp_username", "smtp_password")
# What 1.0.56 reads out of every block that can drive a browser, whether that type takes it or not, with the values
# that say nothing. Another value may mean something to a newer server, and is kept.
NOISE: dict[str, tuple[Any, ...]] = {
    "task_type": ("general", "validation", "action", "extraction", "login", None),
    "include_extracted_text": (True, False),
    "complete_verification": (True, False), "include_action_history_in_verification": (True, False),
    "complete_criterion_is_untrusted": (False,), "complete_on_download": (True, False), "disable_cache": (False,),
    "continue_on_empty": (False,),
    "engine": ("skyvern-1.0", None), "engine_pinned": (False,), "max_retries": (0,), "title": ("",),
    **dict.fromkeys((
        "url", "complete_criterion", "terminate_criterion", "data_extraction_goal", "data_schema", "download_suffix",
        "download_timeout", "error_code_mapping", "max_steps_per_run", "navigation_goal", "totp_identifier",
        "totp_verification_url", "selector", "code_version"), (None,)),
}


def writable(read: Json, takes: Callable[[str, str], bool]) -> Json:
    """The document that, sent back, changes nothing. `read` is a workflow as `GET /v1/workflows/{wpid}` answers and is
    left alone; `takes(block_type, key)` tells whether a type of block has a field of that name (`catalogue.takes`).
    Never raises on anything that is a JSON object."""
    document = {key: copied(value) for key, value in read.items() if key not in MADE_BY_SKYVERN}
    if document.get("run_sequentially", False) is None:
        del document["run_sequentially"]  # old rows have null, which cannot be sent
    definition = document.get("workflow_definition")
    if isinstance(definition, dict):
        definition["parameters"] = [
            writable_parameter(each) for each in _dicts(definition.get("parameters"))
            if each.get("parameter_type") != "output"]
        ahead = [(definition, "blocks")]
        while ahead:
            holder, name = ahead.pop()
            holder[name] = [_sent(each, takes) for each in _dicts(holder.get(name))]
            ahead += [(each, "loop_blocks") for each in holder[name] if "loop_blocks" in each]
    return document


def writable_parameter(read: Json) -> Json:
    """A parameter as it is sent; whatever has no known meaning stays."""
    sent = {key: value for key, value in read.items()
            if key not in MADE_FOR_PARAMETERS and not key.endswith("_parameter_id")}
    if read.get("parameter_type") == "workflow":
        sent.pop("workflow_parameter_id", None)
    if read.get("parameter_type") == "context" and "source" in read:
        source = sent.pop("source")
        sent.pop("value", None)
        if "source_parameter_key" not in sent:
            sent["source_parameter_key"] = _key_of(source)
    return sent


def _sent(read: Json, takes: Callable[[str, str], bool]) -> Json:
    """A block as it is sent; those inside it are still as they were read."""
    kind = str(read.get("block_type"))
    sent = {key: value for key, value in read.items() if not _is_noise(kind, key, value, takes)}
    sent.pop("output_parameter", None)
    if isinstance(given := sent.get("parameters"), list) and all(isinstance(_key_of(each), str) for each in given):
        keys = [_key_of(each) for each in sent.pop("parameters")]
        if keys or takes(kind, "parameter_keys"):
            sent.setdefault("parameter_keys", keys or None)
    if "loop_over" in sent:
        over = sent.pop("loop_over")
        if over is not None:
            sent.setdefault("loop_over_parameter_key", _key_of(over))
    if kind == "send_email":
        for name in SECRETS_OF_EMAIL:
            if name in sent:
                secret = sent.pop(name)
                sent.setdefault(f"{name}_secret_parameter_key", _secret_key(secret))
    if isinstance(sent.get("branch_conditions"), list):
        sent["branch_conditions"] = [
            {key: value for key, value in each.items() if key != "id"} if isinstance(each, dict) else each
            for each in sent["branch_conditions"]]
    return sent


def _is_noise(kind: str, key: str, value: Any, takes: Callable[[str, str], bool]) -> bool:
    if key not in NOISE or takes(kind, key):
        return False
    return any(value is said or (value == said and type(value) is type(said)) for said in NOISE[key])


def _key_of(thing: Any) -> Any:
    return thing.get("key") if isinstance(thing, dict) else thing


def _secret_key(secret: Any) -> Any:
    return None if isinstance(secret, dict) and secret.get("aws_key") == UNUSED else _key_of(secret)


def _dicts(things: Any) -> list[Json]:
    return [each for each in things if isinstance(each, dict)] if isinstance(things, list) else []
